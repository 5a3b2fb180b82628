"""What questions came to, kept: the same question about the same memory is not paid for twice.

A proven answer holds as long as its rows are there. That nothing was found holds as long as nothing
was looked at since. A question in other words is found by meaning; whether the answer is also its
answer is for the verifier to say.
"""

from __future__ import annotations

import hashlib
import logging
from typing import TYPE_CHECKING

from pydantic import BaseModel, Field, ValidationError

from agents.ask.answer import Cited, Draft, Question
from agents.models.cache import ReplyCache, reply_key
from agents.models.ports import TextEncoder
from memory.errors import UnknownMemory
from memory.records import LOOKS_KEY, Kind, Scope, Span

if TYPE_CHECKING:
    from memory.lance.store import Store

log = logging.getLogger(__name__)

ALIKE = 0.6
"""Cosine similarity from which a question may be another in other words."""
TRIED = 2
"""Most answers to similar questions that the verifier is asked about."""
LISTED = 500
"""Most questions that are remembered per set of videos; the oldest go first."""


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


class KeptNothing(BaseModel):
    """That nothing was found, and what had been looked at by then."""

    nothing: str
    looks: str


class KeptQuestions(BaseModel):
    """Questions with proven answers, and the answers' keys."""

    questions: list[tuple[str, str]] = Field(default_factory=list[tuple[str, str]])


def answer_key(question: Question, store: Store, *models: object) -> str:
    """Stands for a question, the memory it is asked of, and the models that are to answer."""
    picture = question.image_vector.tobytes().hex() if question.image_vector is not None else ""
    own = (question.text, question.choices, picture)
    return reply_key("answer", *own, _asked_of(question, store), models)


def _asked_of(question: Question, store: Store) -> object:
    videos = [store.video(question.tenant, video_id) for video_id in question.video_ids]
    within = question.within.seconds if question.within else None
    return within, store.until, sorted((v.video_id, v.active_key or "") for v in videos)


def keep_answer(
    cache: ReplyCache, key: str, draft: Draft, question: Question, store: Store
) -> None:
    """Keep a proven draft; it goes with any of the videos that were asked."""
    cited = [
        KeptCitation(memory_id=c.memory.memory_id, start=c.span.start, end=c.span.end)
        for c in draft.cited
    ]
    answer = KeptAnswer(
        text=draft.text or "", choice=draft.choice, confidence=draft.confidence, cited=cited
    )
    cache.put(key, answer.model_dump_json(), question.video_ids)
    if not question.choices and question.image_vector is None:
        listed = [entry for entry in _listed(cache, question, store) if entry[1] != key]
        kept = KeptQuestions(questions=[*listed, (question.text, key)][-LISTED:])
        place = reply_key("questions", _asked_of(question, store))
        cache.put(place, kept.model_dump_json(), question.video_ids)


def kept_answer(cache: ReplyCache, key: str, question: Question, store: Store) -> Draft | None:
    """The draft of a key, if every row it cites is still there; unproven for nothing."""
    text = cache.get(key, question.video_ids)
    if text is None:
        return None
    try:
        if text.startswith('{"nothing"'):
            return _nothing(KeptNothing.model_validate_json(text), question, store)
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


def similar_answers(
    cache: ReplyCache, question: Question, store: Store, encoder: TextEncoder
) -> list[Draft]:
    """Proven answers to the questions nearest in meaning, nearest first."""
    listed = _listed(cache, question, store)
    if not listed or question.choices or question.image_vector is not None:
        return []
    vectors = encoder.encode([question.text, *(text for text, _ in listed)])
    near = vectors[1:] @ vectors[0]
    order = sorted(range(len(listed)), key=lambda i: (-float(near[i]), i))[:TRIED]
    found = [kept_answer(cache, listed[i][1], question, store) for i in order if near[i] >= ALIKE]
    return [draft for draft in found if draft is not None and draft.proven]


def keep_nothing(
    cache: ReplyCache, key: str, draft: Draft, question: Question, store: Store
) -> None:
    """Keep that nothing was found, for as long as no more has been looked at."""
    told = KeptNothing(nothing=draft.reason, looks=_looks(question, store))
    cache.put(key, told.model_dump_json(), question.video_ids)


def _nothing(kept: KeptNothing, question: Question, store: Store) -> Draft | None:
    if kept.looks != _looks(question, store):
        return None
    return Draft(None, reason=f"looked for before, in the same memory: {kept.nothing}")


def _looks(question: Question, store: Store) -> str:
    """Stands for everything that looks have brought so far."""
    scope = Scope(question.tenant, question.video_ids, kinds=(Kind.CAPTION,))
    rows = store.memories(scope, perception_key=LOOKS_KEY)
    ids = "\n".join(sorted(row.memory_id for row in rows))
    return hashlib.sha256(ids.encode()).hexdigest()


def _listed(cache: ReplyCache, question: Question, store: Store) -> list[tuple[str, str]]:
    place = reply_key("questions", _asked_of(question, store))
    text = cache.get(place, question.video_ids)
    try:
        return KeptQuestions.model_validate_json(text).questions if text else []
    except ValidationError as error:
        log.info("the list of kept answers cannot be read: %s", error)
        return []
