"""What questions came to, kept: the same question about the same memory is not paid for twice.

A proven answer holds as long as its rows are there. That nothing was found holds as long as nothing
was looked at since. A question in other words is found by meaning; whether the answer is also its
answer is for the verifier to say.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, replace

from pydantic import BaseModel, Field, ValidationError

from agents.ask.answer import Cited, Context, Draft, Question
from agents.ask.asked import asked_videos
from agents.ask.executor.by_model.read import Reader
from agents.errors import BudgetExhausted, ModelError
from agents.models.cache import ReplyCache, reply_key
from agents.models.ports import TextEncoder
from memory.errors import UnknownMemory
from memory.records import LOOKS_KEY, Kind, Scope, Span
from memory.store import Store

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


@dataclass(frozen=True, slots=True)
class AnswerCache:
    """What one question came to, and what questions like it did."""

    cache: ReplyCache
    store: Store
    question: Question
    answered_by: tuple[object, ...]
    """The models that are to answer, and what else an answer depends on."""

    def remembered(self, reader: Reader, encoder: TextEncoder) -> Draft | None:
        """What the question came to before; else a similar one's answer, if the verifier agrees."""
        kept = self._kept(self._key)
        if kept is not None:
            return kept
        for draft in self._similar(encoder):
            if self._is_agreed(draft, reader):
                self.keep(draft)
                return replace(draft, reason="answered before, in other words; checked again")
        return None

    def keep(self, draft: Draft) -> None:
        """Keep a proven draft; it goes with any of the videos that were asked."""
        question, key = self.question, self._key
        cited = [
            KeptCitation(memory_id=c.memory.memory_id, start=c.span.start, end=c.span.end)
            for c in draft.cited
        ]
        answer = KeptAnswer(
            text=draft.text or "", choice=draft.choice, confidence=draft.confidence, cited=cited
        )
        self._put(key, answer)
        if not question.choices and question.image_vector is None:
            listed = [entry for entry in self._listed() if entry[1] != key]
            kept = KeptQuestions(questions=[*listed, (question.text, key)][-LISTED:])
            self._put(self._list_key, kept)

    def keep_nothing(self, draft: Draft) -> None:
        """Keep that nothing was found, for as long as no more has been looked at."""
        self._put(self._key, KeptNothing(nothing=draft.reason, looks=self._looks()))

    @property
    def _key(self) -> str:
        """Stands for the question, the memory it is asked of, and what is to answer it."""
        asked = self.question
        picture = asked.image_vector.tobytes().hex() if asked.image_vector is not None else ""
        own = (asked.text, asked.choices, picture)
        return reply_key("answer", *own, self._memory(), self.answered_by)

    @property
    def _list_key(self) -> str:
        return reply_key("questions", self._memory())

    def _memory(self) -> object:
        """Stands for the memory that is asked."""
        asked = self.question
        videos = asked_videos(self.store, asked.tenant, asked.video_ids)[0]
        within = asked.within.seconds if asked.within else None
        return within, self.store.until, sorted((v.video_id, v.active_key or "") for v in videos)

    def _put(self, key: str, value: BaseModel) -> None:
        self.cache.put(key, value.model_dump_json(), self.question.video_ids)

    def _kept(self, key: str) -> Draft | None:
        """The draft of a key, if every row it cites is still there; unproven for nothing."""
        text = self.cache.get(key, self.question.video_ids)
        if text is None:
            return None
        try:
            if text.startswith('{"nothing"'):
                return self._nothing(KeptNothing.model_validate_json(text))
            kept = KeptAnswer.model_validate_json(text)
            tenant = self.question.tenant
            cited = tuple(
                Cited(self.store.memory(tenant, item.memory_id), Span(item.start, item.end))
                for item in kept.cited
            )
        except (ValidationError, UnknownMemory) as error:
            log.info("a kept answer does not hold any more: %s", error)
            return None
        reason = "answered before, from the same memory"
        return Draft(kept.text, cited, kept.confidence, True, reason, kept.choice)

    def _nothing(self, kept: KeptNothing) -> Draft | None:
        if kept.looks != self._looks():
            return None
        return Draft(None, reason=f"looked for before, in the same memory: {kept.nothing}")

    def _looks(self) -> str:
        """Stands for everything that looks have brought so far."""
        scope = Scope(self.question.tenant, self.question.video_ids, kinds=(Kind.CAPTION,))
        rows = self.store.memories(scope, perception_key=LOOKS_KEY)
        ids = "\n".join(sorted(row.memory_id for row in rows))
        return hashlib.sha256(ids.encode()).hexdigest()

    def _similar(self, encoder: TextEncoder) -> list[Draft]:
        """Proven answers to the questions nearest in meaning, nearest first."""
        asked, listed = self.question, self._listed()
        if not listed or asked.choices or asked.image_vector is not None:
            return []
        vectors = encoder.encode([asked.text, *(text for text, _ in listed)])
        near = vectors[1:] @ vectors[0]
        order = sorted(range(len(listed)), key=lambda i: (-float(near[i]), i))[:TRIED]
        found = [self._kept(listed[i][1]) for i in order if near[i] >= ALIKE]
        return [draft for draft in found if draft is not None and draft.proven]

    def _listed(self) -> list[tuple[str, str]]:
        text = self.cache.get(self._list_key, self.question.video_ids)
        try:
            return KeptQuestions.model_validate_json(text).questions if text else []
        except ValidationError as error:
            log.info("the list of kept answers cannot be read: %s", error)
            return []

    def _is_agreed(self, draft: Draft, reader: Reader) -> bool:
        """Whether the verifier takes the answer to a similar question for this one's too."""
        asked = self.question
        videos = asked_videos(self.store, asked.tenant, asked.video_ids)[0]
        rows = tuple(item.memory for item in draft.cited)
        try:
            return reader.agrees(draft, Context((), rows, videos=videos))
        except (ModelError, BudgetExhausted) as error:
            log.info("a kept answer could not be checked for another question: %s", error)
            return False
