"""Reading by model: an answer with numbered citations, checked by machine and by another call."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pydantic import BaseModel

from agents.ask.answer import Cited, Context, Draft, Question
from agents.ask.executor.context import row_lines
from agents.ask.executor.navigate import needs_several
from agents.ask.plan import Plan
from agents.ask.verify import verify
from agents.budget import Meter
from agents.models.chat import ModelRoles, Prompt
from agents.prompting.evidence import fenced, message, quoted
from agents.prompting.prompts import Prompts
from agents.prompting.schemas import Line, Numbers, Passage
from agents.text.stop_words import STOP_WORDS
from agents.text.words import coverage, numbers, words
from memory.records import Memory

SURE, UNSURE = 0.85, 0.35
"""Confidence of an answer that passed all checks, and of one that did not."""
READINGS = 4
"""Most readings of the same rows, after answers that the verifier rejects."""
OBJECTS = "the verifier objects"
GROUNDED = 0.3
"""Share of an answer's own words that its evidence must hold, whatever the models say."""
SAME_WORDS = 0.85
"""Share of a row's words from which another says the same."""
BARE = frozenset(("yes", "no", "none", "true", "false"))


class ReadingReply(BaseModel):
    """An answer and the rows that prove it."""

    answer: Passage
    cited: Numbers
    confident: bool
    choice: int | None = None
    missing: Line = ""


class CheckReply(BaseModel):
    """Whether an answer follows from its rows."""

    supported: bool
    why: Passage = ""


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads rows for one question."""

    question: Question
    roles: ModelRoles
    prompts: Prompts
    meter: Meter
    check: bool = True
    """Whether a second call must agree that the answer follows from the cited rows."""

    def read(self, rows: Sequence[Memory], context: Context) -> Draft:
        """A draft from the rows; proven only when every check passed.

        Raises:
            ModelFailed: the reader gave no valid reply.
            BudgetExhausted: there is nothing left to pay it with.
        """
        if not rows:
            return Draft(None, reason="there is nothing to read")
        order = shuffled(len(self.question.choices), self.question)
        options = [self.question.choices[index] for index in order]
        lines = row_lines(rows, context)
        content = message(self.question.text, options, lines)
        videos = tuple(dict.fromkeys(row.video_id for row in rows))
        prompt = Prompt("reader", self.prompts.reader, content, video_ids=videos)
        reply = self.roles.of("reader").ask(prompt, ReadingReply, self.meter)
        draft = drafted(reply, rows, order, self.question)
        return self._checked(draft, context) if draft.proven else draft

    def agrees(self, draft: Draft, context: Context) -> bool:
        """Whether an answer given before, to another question, also settles this one.

        Raises:
            ModelFailed: the verifier gave no valid reply.
            BudgetExhausted: there is nothing left to pay it with.
        """
        fine = verify(draft, context).proven and ungrounded(draft) is None
        return fine and self._objection(draft, context) is None

    def _checked(self, draft: Draft, context: Context) -> Draft:
        verified = verify(draft, context)
        fault = None if verified.proven else verified.reason
        fault = fault or ungrounded(draft)
        if fault is None and self.check:
            fault = self._objection(draft, context)
        if fault is None:
            return draft
        return replace(draft, proven=False, confidence=UNSURE, reason=fault)

    def _objection(self, draft: Draft, context: Context) -> str | None:
        """Why the verifier does not agree, or None."""
        rows = [item.memory for item in draft.cited]
        lines = row_lines(rows, context)
        answer = f"Answer: {quoted(draft.text or '')}"
        content = f"Question: {quoted(self.question.text)}\n{answer}\n{fenced(lines)}"
        videos = tuple(dict.fromkeys(row.video_id for row in rows))
        prompt = Prompt("verifier", self.prompts.verifier, content, video_ids=videos)
        reply = self.roles.of("verifier").ask(prompt, CheckReply, self.meter)
        return None if reply.supported else f"{OBJECTS}: {reply.why[:200]}"


@dataclass(slots=True)
class Rereader:
    """Reads again without the rows that a rejected answer rested on."""

    reader: Reader
    doubted: set[str] = field(default_factory=set[str])
    """Ids of rows that are not read again for this question, else the same lure wins each time."""

    def read(self, plan: Plan, rows: Sequence[Memory], context: Context) -> Draft:
        """A draft that the verifier does not reject, or the last one that it rejected.

        Raises:
            ModelFailed: the reader or the verifier gave no valid reply.
            BudgetExhausted: there is nothing left to pay it with.
        """
        draft = Draft(None)
        for _ in range(READINGS):
            left = [row for row in rows if row.memory_id not in self.doubted]
            draft = self.reader.read(left, context)
            if needs_several(plan) or not draft.reason.startswith(OBJECTS):
                break
            cited = [item.memory for item in draft.cited]
            self.doubted |= {r.memory_id for r in rows if any(says_same(r, c) for c in cited)}
        return draft


def drafted(
    reply: ReadingReply, rows: Sequence[Memory], order: Sequence[int], question: Question
) -> Draft:
    """The draft that a reply stands for; rows and options are found by their numbers only."""
    numbers = dict.fromkeys(n for n in reply.cited if 1 <= n <= len(rows))
    cited = tuple(Cited(rows[n - 1], rows[n - 1].span) for n in numbers)
    text, choice = reply.answer.strip() or None, None
    if question.choices:
        picked = reply.choice or 0
        choice = order[picked - 1] if 1 <= picked <= len(order) else None
        text = question.choices[choice] if choice is not None else None
    fault = _fault(text, cited, reply.confident)
    confidence = UNSURE if text else 0.0
    if fault:
        return Draft(text, cited, confidence, False, fault, choice, reply.missing.strip())
    return Draft(text, cited, SURE, True, f"read in {len(cited)} cited rows", choice)


def _fault(text: str | None, cited: Sequence[Cited], confident: bool) -> str:
    if text is None:
        return "the rows do not tell"
    if not confident:
        return "the reader is not sure"
    return "" if cited else "the reader cites no row that it was shown"


def ungrounded(draft: Draft) -> str | None:
    """Why an answer has too little to do with its evidence, or None."""
    own = [w for w in words((draft.text or "").lower()) if w not in STOP_WORDS and w not in BARE]
    if numbers(draft.text or "") == (str(len(draft.cited)),):
        return None  # a count: as many rows as it says
    said = " ".join(item.memory.text or "" for item in draft.cited)
    if own and coverage(own, said) < GROUNDED:
        return "the cited rows do not speak of the answer"
    return None


def shuffled(count: int, question: Question) -> list[int]:
    """An order of the options that the question alone decides."""
    seed = hashlib.sha256("\n".join((question.text, *question.choices)).encode()).digest()
    order = list(range(count))
    random.Random(seed).shuffle(order)  # noqa: S311
    return order


def says_same(row: Memory, other: Memory) -> bool:
    """Whether one of two rows holds nearly all that the other says."""
    one, two = row.text or "", other.text or ""
    return max(coverage(words(one), two), coverage(words(two), one)) >= SAME_WORDS
