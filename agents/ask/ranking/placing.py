"""Where a candidate lies in time: beside the event that a question hangs on, first or last."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from agents.ask.answer import Context
from agents.ask.plan import Plan, Relation
from agents.ask.ranking.candidates import Candidate
from agents.text.words import FUZZY
from memory.records import SECOND, Kind, Memory, Span

SLACK = SECOND // 2
"""How far edges that are the same may lie apart."""
AT_EDGE = 2.0
"""Seconds from an edge of the video within which something rarely is what people ask about."""


@dataclass(frozen=True, slots=True)
class Order:
    """The rows of one kind in time, each with the moment that it tells."""

    starts: tuple[int, ...]
    places: tuple[int, ...]
    """Never falling."""
    of: Mapping[str, int]
    """The moment of each row, by its id."""

    @classmethod
    def among(cls, rows: Sequence[Memory]) -> Order:
        """Of rows of one kind."""
        of = moments_of(rows)
        known = sorted((row.span.start, of[row.memory_id]) for row in rows)
        return cls(tuple(at for at, _ in known), tuple(place for _, place in known), of)

    def between(self, start: int, end: int, without: Iterable[int | None]) -> int:
        """How many moments begin in a stretch, other than those named."""
        first, behind = bisect_left(self.starts, start), bisect_left(self.starts, end)
        if first >= behind:
            return 0
        lowest, highest = self.places[first], self.places[behind - 1]
        own = {place for place in without if place is not None and lowest <= place <= highest}
        return highest - lowest + 1 - len(own)


class Placing:
    """The order in time of what was recalled, for one question."""

    def __init__(self, plan: Plan, context: Context) -> None:
        self._rows = context.rows
        self._position = plan.position
        self._names_time = plan.position is not None or plan.anchor is not None
        self._ends = {video.video_id: video.duration for video in context.videos}
        self._relation = plan.anchor.relation if plan.anchor else None
        self._orders: dict[Kind, Order] = {}
        self._anchor = context.anchors[0].memory if context.anchors else None
        self._event = self._whole(self._anchor) if self._anchor else None

    def of(self, each: Candidate) -> tuple[float, float, float, float, float]:
        """Next after the anchor, next before it, the anchor itself, first, last; each 0 to 1.

        The next one has 1, the one behind it a half, and so on.
        """
        order = self._order(each.row.kind)
        place = order.of.get(each.row.memory_id, 0)
        behind = max(order.places, default=0) - place
        first = 1 / (1 + place) if self._position == 1 else 0.0
        last = 1 / (1 + behind) if self._position == -1 else 0.0
        return (*self._beside(each), first, last)

    def at_edges(self, each: Candidate) -> tuple[float, float]:
        """How near to the start and to the end of its video, 0 to 1.

        0 where the question names a time or an order. Whoever asks of an event rarely means the
        first or last moment, which every video has: a prior, where nothing else tells.
        """
        end = self._ends.get(each.row.video_id)
        if self._names_time or end is None:
            return 0.0, 0.0
        since, until = each.moment.middle / SECOND, (end - each.moment.middle) / SECOND
        return math.exp(-max(0.0, since) / AT_EDGE), math.exp(-max(0.0, until) / AT_EDGE)

    def _beside(self, each: Candidate) -> tuple[float, float, float]:
        anchor, event = self._anchor, self._event
        if anchor is None or event is None or anchor.video_id != each.row.video_id:
            return 0.0, 0.0, 0.0
        order = self._order(each.row.kind)
        own, known = order.of.get(each.row.memory_id), order.of.get(anchor.memory_id)
        if anchor.memory_id == each.row.memory_id or (known is not None and known == own):
            return 0.0, 0.0, 1.0
        begins, ends = each.moment.start, event.end - SLACK
        if self._relation is Relation.AFTER and begins >= ends:
            return 1 / (1 + order.between(ends, begins, (own, known))), 0.0, 0.0
        if self._relation is Relation.BEFORE and each.moment.end <= event.start + SLACK:
            return 0.0, 1 / (1 + order.between(each.moment.end, event.start, (own, known))), 0.0
        return 0.0, 0.0, 0.0

    def _whole(self, anchor: Memory) -> Span:
        """The time of the moment that the anchor tells: a look shows a part of it."""
        of, span = self._order(anchor.kind).of, anchor.span
        place = of.get(anchor.memory_id)
        for row in self._rows if place is not None else ():
            span = span.hull(row.span) if of.get(row.memory_id) == place else span
        return span

    def _order(self, kind: Kind) -> Order:
        if kind not in self._orders:
            self._orders[kind] = Order.among([row for row in self._rows if row.kind is kind])
        return self._orders[kind]


def moments_of(rows: Iterable[Memory]) -> dict[str, int]:
    """Which moment in time each row of one kind tells, counted from 0, by its id.

    What a look tells is no new moment while the one before it lasts, or where it says the same: a
    look samples a stretch closely, so that one card makes many rows.
    """
    places: dict[str, int] = {}
    number, until, before = -1, 0, None
    for row in sorted(rows, key=lambda row: (row.span.start, row.memory_id)):
        is_known = before is not None and before.video_id == row.video_id and row.is_look
        goes_on = is_known and row.span.start < until
        if before is not None and is_known and (goes_on or says_the_same(row, before)):
            until = min(until, row.span.end) if goes_on else row.span.end
        else:
            number, until, before = number + 1, row.span.end, row
        places[row.memory_id] = number
    return places


def says_the_same(one: Memory, other: Memory) -> bool:
    """Whether two rows tell the same text, misread letters forgiven."""
    return fuzz.ratio((one.text or "").lower(), (other.text or "").lower()) >= FUZZY
