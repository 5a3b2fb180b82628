"""Where a candidate lies in time: beside the event that a question hangs on, first or last."""

from __future__ import annotations

from collections.abc import Sequence

from agents.ask.answer import Context
from agents.ask.plan import Plan, Relation
from agents.ask.ranking.candidates import Candidate
from memory.records import SECOND, Kind, Memory

SLACK = SECOND // 2
"""How far edges that are the same may lie apart."""


class Placing:
    """The order in time of what was recalled, for one question."""

    def __init__(self, plan: Plan, context: Context) -> None:
        self._rows = context.rows
        self._position = plan.position
        self._anchor = context.anchors[0].memory if context.anchors else None
        self._relation = plan.anchor.relation if plan.anchor else None
        self._orders: dict[Kind, dict[str, int]] = {}

    def of(self, each: Candidate) -> tuple[float, float, float, float, float]:
        """Next after the anchor, next before it, the anchor itself, first, last; each 0 to 1.

        The next one has 1, the one behind it a half, and so on.
        """
        order = self._order(each.row.kind)
        place = order.get(each.row.memory_id, 0)
        first = 1 / (1 + place) if self._position == 1 else 0.0
        last = 1 / max(1, len(order) - place) if self._position == -1 else 0.0
        return (*self._beside(each), first, last)

    def _beside(self, each: Candidate) -> tuple[float, float, float]:
        anchor = self._anchor
        if anchor is None or anchor.video_id != each.row.video_id:
            return 0.0, 0.0, 0.0
        if anchor.memory_id == each.row.memory_id:
            return 0.0, 0.0, 1.0
        alike = [row for row in self._rows if row.kind is each.row.kind]
        if self._relation is Relation.AFTER and each.moment.start >= anchor.span.end - SLACK:
            return 1 / (1 + _between(alike, anchor.span.end - SLACK, each.moment.start)), 0.0, 0.0
        if self._relation is Relation.BEFORE and each.moment.end <= anchor.span.start + SLACK:
            return 0.0, 1 / (1 + _between(alike, each.moment.end, anchor.span.start)), 0.0
        return 0.0, 0.0, 0.0

    def _order(self, kind: Kind) -> dict[str, int]:
        if kind not in self._orders:
            own = sorted((r.span.start, r.memory_id) for r in self._rows if r.kind is kind)
            self._orders[kind] = {row: place for place, (_, row) in enumerate(own)}
        return self._orders[kind]


def _between(rows: Sequence[Memory], start: int, end: int) -> int:
    return sum(start <= row.span.start < end for row in rows)
