"""Proven answers, kept: the same question about the same memory is not paid for twice."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from pydantic import BaseModel, ValidationError

from agents.answer import Cited, Draft, Question
from agents.models.cache import ReplyCache, reply_key
from memory.errors import UnknownMemory
from memory.records import Span

if TYPE_CHECKING:
    from memory.lance.store import Store

log = logging.getLogger(__name__)


class KeptCitation(BaseModel):
    """A cited row and the part of it that proves."""

    memory_id: str
    start: int
    end: int


class KeptAnswer(BaseModel):
    """A proven answer without the rows themselves."""

    text: str
    choice: int | None
    confidence: float
    cited: list[KeptCitation]


def answer_key(question: Question, store: Store, *models: str) -> str:
    """Stands for a question, the memory it is asked of, and the models that are to answer."""
    videos = [store.video(question.tenant, video_id) for video_id in question.video_ids]
    asked_of = sorted((video.video_id, video.active_key or "") for video in videos)
    within = question.within.seconds if question.within else None
    picture = question.image_vector.tobytes().hex() if question.image_vector is not None else ""
    return reply_key("answer", question.text, question.choices, within, picture, asked_of, models)


def keep_answer(cache: ReplyCache, key: str, draft: Draft, question: Question) -> None:
    """Keep a proven draft; it goes with any of the videos that were asked."""
    cited = [
        KeptCitation(memory_id=c.memory.memory_id, start=c.span.start, end=c.span.end)
        for c in draft.cited
    ]
    answer = KeptAnswer(
        text=draft.text or "", choice=draft.choice, confidence=draft.confidence, cited=cited
    )
    cache.put(key, answer.model_dump_json(), question.video_ids)


def kept_answer(cache: ReplyCache, key: str, question: Question, store: Store) -> Draft | None:
    """The draft of a key, if every row it cites is still there."""
    text = cache.get(key, question.video_ids)
    if text is None:
        return None
    try:
        kept = KeptAnswer.model_validate_json(text)
        cited = tuple(
            Cited(store.memory(question.tenant, item.memory_id), Span(item.start, item.end))
            for item in kept.cited
        )
    except (ValidationError, UnknownMemory) as error:
        log.info("a kept answer does not hold any more: %s", error)
        return None
    reason = "answered before, from the same memory"
    return Draft(kept.text, cited, kept.confidence, True, reason, kept.choice)
