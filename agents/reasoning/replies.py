"""The shapes that models must answer in. Places are numbers of rows, never times."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from agents.plan import Asked

Line = Annotated[str, Field(max_length=400)]
Passage = Annotated[str, Field(max_length=6000)]
Numbers = Annotated[list[int], Field(max_length=200)]


class PlanReply(BaseModel):
    """What a question asks."""

    asked: Asked
    terms: Annotated[list[Line], Field(max_length=40)]
    target: Line = ""


class ReadingReply(BaseModel):
    """An answer and the rows that prove it."""

    answer: Passage
    cited: Numbers
    confident: bool
    choice: int | None = None
    missing: Line = ""


class PickReply(BaseModel):
    """Segments to look at, best first, and what to look for."""

    segments: Numbers
    look_for: int = 1


class Moment(BaseModel):
    """Something that pictures `first` to `last` (from 1) show."""

    first: int
    last: int
    text: Passage


class CaptionReply(BaseModel):
    """What pictures show."""

    caption: Passage
    moments: Annotated[list[Moment], Field(max_length=100)]


class SummaryReply(BaseModel):
    """What happens in a stretch."""

    summary: Passage


class CheckReply(BaseModel):
    """Whether an answer follows from its rows."""

    supported: bool
    why: Passage = ""


class PeriodsReply(BaseModel):
    """Which periods a question is about."""

    needs_all: bool
    periods: Numbers


class LocateReply(BaseModel):
    """The next period to look at, and what to look for there."""

    segment: int
    instruction: Line


class MemoryReply(BaseModel):
    """Whether to go on collecting, and where."""

    decision: Literal["search", "answer"]
    memory: Literal["episodic", "semantic", "visual"]
    query: Line


class Triple(BaseModel):
    """A fact and the rows that tell it."""

    subject: Line
    predicate: Line
    object: Line
    rows: Numbers


class TriplesReply(BaseModel):
    """Facts."""

    triples: Annotated[list[Triple], Field(max_length=200)]
