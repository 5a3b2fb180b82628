"""Questions, drafts and results: what goes into the loop and what comes out of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from agents.ask.plan import Plan
from agents.ask.result.evidence import ClosestMoment, Evidence
from agents.ask.when import When
from memory.organise.truth import Fact
from memory.records import Hit, Kind, Memory, Node, Span, Vector, Video


class Status(StrEnum):
    """How a question ended."""

    ANSWERED = "answered"
    LIKELY = "likely"
    """The best answer there is, with its probability; not sure enough to be called answered."""
    ABSTAINED = "abstained"
    FORCED = "forced"
    BUDGET_EXHAUSTED = "budget_exhausted"


class Phase(StrEnum):
    """Where in the loop the answer was found."""

    COARSE = "coarse"
    BACKTRACK = "backtrack"
    FORCED = "forced"


@dataclass(frozen=True, slots=True)
class Question:
    """What a user asks, and of what."""

    text: str
    tenant: str
    video_ids: tuple[str, ...]
    """Videos to ask; never empty once the loop starts."""
    choices: tuple[str, ...] = ()
    must_answer: bool = False
    within: Span | None = None
    image_vector: Vector | None = field(default=None, compare=False, repr=False)
    """An example picture that the question is about, in the image space."""
    when: When | None = None
    """The wall-clock time that it is about; `text` is then without the words that chose videos."""

    @property
    def asked(self) -> str:
        """The question as it was asked."""
        return self.when.asked if self.when else self.text


@dataclass(frozen=True, slots=True)
class Cited:
    """A row that proves an answer, and the part of its span that does."""

    memory: Memory
    span: Span


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment that may be the one asked for."""

    memory: Memory
    span: Span
    score: float
    """Its share among everything that was compared, 0 to 1."""
    probability: float
    """That it is the right moment, 0 to 1."""
    why: str
    """What ties it to the question and what is missing."""
    parts: Mapping[str, float] = field(default_factory=dict[str, float], hash=False)
    """What each group of features added to its rank, where that was fitted; see `ranking/`."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer that may be given: `proven` says whether the reader found enough evidence."""

    text: str | None
    cited: tuple[Cited, ...] = ()
    confidence: float = 0.0
    proven: bool = False
    reason: str = ""
    choice: int | None = None
    missing: str = ""
    """What else must be known, as words to search for."""
    spent: bool = False
    """The budget ended this reading."""
    moments: tuple[Moment, ...] = ()
    """The best distinct moments, best first, whatever becomes of the draft."""
    likely: bool = False
    """Not proven, but worth telling with its probability."""
    label: str = ""
    """What the text is the value of, where a rule knows: "code of the cellar"."""


@dataclass(frozen=True, slots=True)
class Context:
    """What recall brought together for the reader."""

    hits: tuple[Hit, ...]
    """Ranked rows for the question's own words."""
    rows: tuple[Memory, ...]
    """Everything perceived in and around the moments that matter, in time order."""
    focus: tuple[tuple[str, Span], ...] = ()
    """(video_id, span) in which the answer must lie; empty when the question names none."""
    anchors: tuple[Hit, ...] = ()
    """Rows at which the anchoring event was found, best first."""
    options: tuple[tuple[Hit, ...], ...] = ()
    """For each choice of the plan, ranked rows for its words."""
    nodes: tuple[Node, ...] = ()
    videos: tuple[Video, ...] = ()
    note: str = ""
    """How the search was less than it could be, if so."""
    pictured: tuple[Hit, ...] | None = None
    """Keyframes that show the question's picture, one a moment, best first; None without one."""
    facts: tuple[Fact, ...] = ()
    """The values over time of the one thing that the question names, in order, if it names one."""

    def with_rows(self, more: tuple[Memory, ...]) -> Context:
        """The same context and what a look added to it."""
        known = {row.memory_id for row in self.rows}
        rows = self.rows + tuple(row for row in more if row.memory_id not in known)
        return replace(self, rows=sharpest(rows))

    def video(self, video_id: str) -> Video:
        """The video of this id."""
        return next(video for video in self.videos if video.video_id == video_id)


def sharpest(rows: Sequence[Memory]) -> tuple[Memory, ...]:
    """The rows in time order, without coarse readings of what was read closely since."""
    looked = [r for r in rows if r.is_look and r.kind is Kind.CAPTION]
    kept = [
        row
        for row in rows
        if row.is_look
        or row.kind is not Kind.SCREEN_TEXT
        or not any(v.video_id == row.video_id and _covers(v.span, row.span) for v in looked)
    ]
    return tuple(sorted(kept, key=lambda row: (row.video_id, row.span, row.memory_id)))


def _covers(look: Span, span: Span) -> bool:
    """Whether a look saw most of a span."""
    return look.overlap(span) >= 0.8 * max(span.length, 1)


@dataclass(frozen=True, slots=True)
class Observation:
    """What a look brought: rows, whether they were already there, and the frames it cost."""

    rows: tuple[Memory, ...]
    cached: bool
    frames: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of a question; `to_json` is the interface that scripts rely on."""

    question: str
    plan: Plan
    status: Status
    answer: str | None
    choice: int | None
    confidence: float
    phase: Phase | None
    evidence: tuple[Evidence, ...]
    moments: tuple[ClosestMoment, ...]
    """The best distinct moments, best first, whatever became of the question."""
    usage: dict[str, Any]
    rounds: tuple[dict[str, Any], ...]
    reason: str
    searched: str
    """What was searched, in words, for a reader who gets no answer."""
    models: dict[str, str]
    run_id: str
    flow_run_id: str | None = None
    as_of: float | None = None
    """Seconds up to which anything was used; None for everything."""
    fallback: str | None = None
    """Which language models failed and why, where the embedded agents answered instead of them."""
    failed_roles: dict[str, str] = field(default_factory=dict[str, str])
    """Why a role's model last failed, by role, whether it mattered or not."""
    when: dict[str, Any] | None = None
    """The wall-clock time that was asked about and what became of it; see `agents/ask/when.py`."""

    def to_json(self) -> dict[str, Any]:
        """The documented object, plain JSON types only."""
        return {
            "question": self.question,
            "answer": self.answer,
            "status": str(self.status),
            "choice": self.choice,
            "confidence": round(self.confidence, 3),
            "phase": str(self.phase) if self.phase else None,
            "evidence": [item.to_json() for item in self.evidence],
            "moments": [item.to_json() for item in self.moments],
            "usage": self.usage,
            "rounds": list(self.rounds),
            "reason": self.reason,
            "searched": self.searched,
            "as_of": self.as_of,
            "when": self.when,
            "models": self.models,
            "fallback": self.fallback,
            "failed_roles": self.failed_roles,
            "run_id": self.run_id,
            "flow_run_id": self.flow_run_id,
        }

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from agents.ask.result.notebook import answer_html

        return answer_html(self)
