"""Facts over time: which value holds from when to when, and what stands against it.

Without a model three things assert something: a place on screen whose number changes (a score, a
slide number, a price, a clock), a line `label: value`, and plain sentences ("the code of the door
is 12", "the launch was moved to Sunday"). Facts that a model told join them. Of one subject and
predicate a later value closes the interval of an earlier one, which is kept; values of the same
time are a conflict, and both are shown. After the world-state of RoboMemory and the supersession
that HaluMem and MemoryAgentBench test; nothing is overwritten, since intervals are made when read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from memory.organise.records import Assertion, plain
from memory.records import Video

FUNCTIONAL = frozenset(
    "is|are|was|were|equals|shows|reads|costs|has price|has value|has status|is called|is named|"
    "is at|is in|is on|is located in|is located at|lives in|lives at|works at|works for|weighs|"
    "measures|is scheduled for|is due|starts at|ends at|belongs to|is married to".split("|")
)
"""Predicates of models' facts of which a subject has one value at a time; of all others several."""

_TIED = 0.5
"""Share of the shorter telling that two values share in time, from which they are a conflict."""


class Status(StrEnum):
    """What became of a value."""

    CURRENT = "current"
    SUPERSEDED = "superseded"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Fact:
    """A value of something and the interval in which it held."""

    subject: str
    predicate: str
    value: str
    video_id: str
    """Where it was told first."""
    start: int
    """When it was told first, in microseconds of that video."""
    end: int | None
    """When another value was told, on the clock of `ended_in`; None while it holds."""
    ended_in: str
    """The video that told the other value; empty while it holds."""
    status: Status
    how: str
    local: bool
    source_ids: tuple[str, ...]
    """Every row that told it, the first one in front."""
    superseded_by: str = ""
    """The value that came after it."""

    def to_json(self, names: Mapping[str, str]) -> dict[str, object]:
        """As the documented object, times in seconds; `names` are those of videos."""
        return {
            "subject": self.subject,
            "predicate": self.predicate,
            "value": self.value,
            "status": str(self.status),
            "video_id": self.video_id,
            "video": names.get(self.video_id, self.video_id),
            "from": self.start / 1e6,
            "to": None if self.end is None else self.end / 1e6,
            "ended_in": names.get(self.ended_in, self.ended_in),
            "superseded_by": self.superseded_by,
            "how": self.how,
            "of_one_video": self.local,
            "sources": list(self.source_ids),
        }


def facts_of(assertions: Iterable[Assertion], videos: Sequence[Video]) -> list[Fact]:
    """All facts with their intervals, by subject and predicate, in the order of time.

    Videos follow each other by when they were recorded, else by when they came.
    """
    place = {video.video_id: (moment(video), video.video_id) for video in videos}
    by_key: dict[tuple[str, str, str], list[Assertion]] = {}
    for one in sorted(assertions, key=lambda a: (place.get(a.video_id, ("", "")), *_order(a))):
        room = one.video_id if one.local else ""
        by_key.setdefault((room, plain(one.subject), plain(one.predicate)), []).append(one)
    return [fact for told in by_key.values() for fact in _intervals(told)]


def as_of(
    assertions: Iterable[Assertion], videos: Sequence[Video], at: int | datetime
) -> list[Assertion]:
    """What had been told by then: `at` in microseconds of each video, or on the wall clock.

    On the wall clock, what is told in videos of which nobody knows when they were recorded is left
    out.
    """
    if isinstance(at, int):
        return [one for one in assertions if one.known_at <= at]
    begins = {v.video_id: datetime.fromisoformat(v.recorded_at) for v in videos if v.recorded_at}
    return [
        one
        for one in assertions
        if (begin := begins.get(one.video_id)) is not None
        and (begin + timedelta(microseconds=one.known_at)).replace(tzinfo=at.tzinfo) <= at
    ]


def moment(video: Video) -> str:
    """What videos are ordered by: when they were recorded, else when they came."""
    return video.recorded_at or video.created_at


def _order(one: Assertion) -> tuple[int, int, str]:
    return one.start, one.end, one.assertion_id


def _intervals(told: Sequence[Assertion]) -> list[Fact]:
    """The facts of one subject and predicate, from its assertions in the order of time."""
    if told[0].how == "model" and plain(told[0].predicate) not in FUNCTIONAL:
        return _each(told)
    runs: list[list[Assertion]] = []
    for one in told:
        if runs and plain(runs[-1][0].value) == plain(one.value):
            runs[-1].append(one)
        else:
            runs.append([one])
    facts = [_fact(run) for run in runs]
    for number in range(len(facts) - 1):
        facts[number] = _closed(facts[number], facts[number + 1], runs[number], runs[number + 1])
        if facts[number].status is Status.CONFLICT:
            facts[number + 1] = replace(facts[number + 1], status=Status.CONFLICT)
    return facts


def _closed(old: Fact, new: Fact, told: list[Assertion], later: list[Assertion]) -> Fact:
    """The older of two facts as the newer one leaves it: closed, or in conflict with it."""
    if _tied(told[-1], later[0]):
        return replace(old, status=Status.CONFLICT, superseded_by="")
    if old.status is Status.CONFLICT:
        return replace(old, end=new.start, ended_in=new.video_id)
    return replace(
        old, status=Status.SUPERSEDED, end=new.start, ended_in=new.video_id, superseded_by=new.value
    )


def _tied(one: Assertion, other: Assertion) -> bool:
    """Whether both were told at the same time."""
    if one.video_id != other.video_id:
        return False
    shared = min(one.end, other.end) - max(one.start, other.start)
    shorter = min(one.end - one.start, other.end - other.start)
    return (shared > 0 and shared >= _TIED * shorter) or one.start == other.start


def _each(told: Sequence[Assertion]) -> list[Fact]:
    """Facts of a predicate with several values at a time: none of them ends another."""
    values: dict[str, list[Assertion]] = {}
    for one in told:
        values.setdefault(plain(one.value), []).append(one)
    return [_fact(run) for run in values.values()]


def _fact(run: Sequence[Assertion]) -> Fact:
    first = run[0]
    sources = tuple(dict.fromkeys(key for one in run for key in one.source_ids))
    return Fact(
        first.subject,
        first.predicate,
        first.value,
        first.video_id,
        first.start,
        None,
        "",
        Status.CURRENT,
        first.how,
        first.local,
        sources,
    )
