"""The backtracking cursor: which segment to look at next. Pure, no store, no models.

A best-first search over segments of time. Branches wait in a frontier; the best is taken, and what
was learned there offers new ones: **down** (finer), **sideways** (neighbours), **up** (the parent,
when a trail is cold). A segment enters the frontier once in its life, so the cursor never repeats a
look and always ends.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from enum import StrEnum

from memory.records import Level, Node, Span


class Move(StrEnum):
    """How a branch was reached."""

    RECALL = "recall"
    DOWN = "down"
    SIDEWAYS = "sideways"
    UP = "up"
    BRANCH = "branch"
    """Back to the best branch that was left waiting."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of one video at one level: what an agent picks by number."""

    video_id: str
    level: Level
    span: Span


@dataclass(frozen=True, slots=True)
class Branch:
    """A segment in the frontier, how promising it is (higher is better) and where it came from."""

    segment: Segment
    score: float
    move: Move
    origin: Segment | None = None


class Cursor:
    """A frontier of branches, at most `limit` of which are ever taken.

    Deterministic: equal scores are taken in video, time and level order.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._heap: list[tuple[tuple[float, str, int, int, int], Branch]] = []
        self._offered: set[tuple[str, Span]] = set()
        self._last: Segment | None = None
        self.trail: list[Branch] = []
        """Branches taken so far, in order."""

    def offer(self, branch: Branch) -> bool:
        """Put a branch into the frontier; False when its span was offered before, at any level."""
        segment = branch.segment
        if (segment.video_id, segment.span) in self._offered:
            return False
        self._offered.add((segment.video_id, segment.span))
        rank = (
            -branch.score,
            segment.video_id,
            segment.span.start,
            segment.span.end,
            segment.level.rank,
        )
        heapq.heappush(self._heap, (rank, branch))
        return True

    def take(self) -> Branch | None:
        """The best waiting branch, or None when all are spent or the limit is reached.

        A branch that does not continue from the segment taken last is marked as a return to
        another branch.
        """
        if not self._heap or len(self.trail) >= self._limit:
            return None
        _, branch = heapq.heappop(self._heap)
        if branch.origin is not None and branch.origin != self._last:
            branch = Branch(branch.segment, branch.score, Move.BRANCH, branch.origin)
        self._last = branch.segment
        self.trail.append(branch)
        return branch

    def __len__(self) -> int:
        """Number of branches waiting."""
        return len(self._heap)


def as_segment(node: Node) -> Segment:
    """The segment a node of the tree covers."""
    return Segment(node.video_id, node.level, node.span)


def below(segment: Segment, nodes: list[Node]) -> list[Segment]:
    """Segments one level finer that lie in this one; frames are never listed, only looked at."""
    finer = {Level.VIDEO: Level.CHAPTER, Level.CHAPTER: Level.SCENE, Level.SCENE: Level.SHOT}
    level = finer.get(segment.level)
    return [as_segment(n) for n in _of(segment, nodes, level) if segment.span.contains(n.span)]


def beside(segment: Segment, nodes: list[Node]) -> list[Segment]:
    """The neighbours of the segment at its own level, the earlier one first."""
    row = sorted(_of(segment, nodes, segment.level), key=lambda node: node.span)
    spans = [node.span for node in row]
    if segment.span not in spans:
        return []
    at = spans.index(segment.span)
    return [as_segment(row[i]) for i in (at - 1, at + 1) if 0 <= i < len(row)]


def above(segment: Segment, nodes: list[Node]) -> Segment | None:
    """The parent segment, or None at the top."""
    coarser = [n for n in nodes if n.video_id == segment.video_id]
    holding = [
        n for n in coarser if n.level.rank > segment.level.rank and n.span.contains(segment.span)
    ]
    return as_segment(min(holding, key=lambda n: n.level.rank)) if holding else None


def _of(segment: Segment, nodes: list[Node], level: Level | None) -> list[Node]:
    return [n for n in nodes if n.video_id == segment.video_id and n.level == level]
