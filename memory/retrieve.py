"""Retrieval: several searches, fused over channels, time scales and neighbours into one ranking.

Every channel's list is divided by its best score and the lists are added with weights. A row then
gains from longer rows around it that match too (its scene, its chapter), from rows of other kinds
about the same stretch of time, and, in a second round, from a first hit next to it. Reciprocal rank
fusion with its usual constant is worse where one list is a coarse parent of another; hard caps for
diversity are worse everywhere we measured.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from memory.records import Hit, Kind, Level, Memory, Scope, Span, Vector, iou
from memory.store import Searcher

_MARGIN = 30_000_000
"""Microseconds around a hit in which its neighbours are looked for, at least."""

_LONGER = 1.5
"""How many times longer than a row another must be to count as the context around it."""

_SAME = 0.5
"""Temporal intersection over union from which two rows are about the same time."""


@dataclass(frozen=True, slots=True)
class Query:
    """What is searched for. Channels whose vector is None are left out."""

    text: str = ""
    text_vector: Vector | None = None
    """Shape (d,), in the space of the text encoder."""
    aligned_vector: Vector | None = None
    """The text in the space that keyframes share with texts."""
    image_vector: Vector | None = None
    """An example picture in the image space."""


@dataclass(frozen=True, slots=True)
class Fusion:
    """Weights of the parts of a score; 0 (or False) switches a part off."""

    text: float = 1.0
    vector: float = 0.7
    aligned: float = 0.5
    image: float = 1.0
    levels: bool = True
    """Whether rows gain from longer rows around them and from rows of other kinds."""
    context: float = 0.5
    """Share that a row gets of the best longer row around it, per level."""
    agreement: float = 0.1
    """Share that a row gets of the best row of another kind about the same time, per kind."""
    neighbours: float = 0.1
    """Share that the next row of the same kind and level gets of a first hit; squared for the
    second next, and so on."""
    reach: int = 2
    """How many neighbours on either side."""
    seeds: int = 5
    """How many first hits have neighbours."""
    depth: int = 200
    """How many rows each channel contributes."""


@dataclass(slots=True)
class _Scored:
    memory: Memory
    parts: dict[str, float] = field(default_factory=dict[str, float])

    @property
    def score(self) -> float:
        return sum(self.parts.values())

    @property
    def order(self) -> tuple[float, str, Span, int, str]:
        row = self.memory
        return (-round(self.score, 12), row.video_id, row.span, row.level.rank, row.memory_id)


def retrieve(
    searcher: Searcher, query: Query, scope: Scope, *, limit: int, settings: Fusion | None = None
) -> list[Hit]:
    """The best `limit` rows of a scope, best first; equal scores in order of time.

    The parts of each hit's score add up to it: `text`, `vector`, `aligned`, `image` (the
    channels), `level:scene` and so on (longer rows around it), `agreement`, `neighbours`.
    """
    use = settings or Fusion()
    found = _candidates(searcher, query, scope, use)
    if use.levels:
        _add_levels(found, _around(searcher, query, scope, use, found), use)
    if use.neighbours:
        _add_neighbours(searcher, found, scope, use)
    ranked = _without_doubles(sorted(found.values(), key=lambda one: one.order))
    return [Hit(one.memory, one.score, one.parts) for one in ranked[:limit]]


def _candidates(searcher: Searcher, query: Query, scope: Scope, use: Fusion) -> dict[str, _Scored]:
    """Rows that any channel finds, each with its share of every channel."""
    found: dict[str, _Scored] = {}
    for name, weight, hits in _channels(searcher, query, scope, use):
        best = max((hit.score for hit in hits), default=0.0)
        for hit in hits:
            if best > 0 and hit.score > 0:
                one = found.setdefault(hit.memory.memory_id, _Scored(hit.memory))
                one.parts[name] = weight * hit.score / best
    return found


def _channels(
    searcher: Searcher, query: Query, scope: Scope, use: Fusion
) -> Iterable[tuple[str, float, list[Hit]]]:
    if use.text and query.text.strip():
        yield "text", use.text, searcher.search_text(query.text, scope, use.depth)
    if use.vector and query.text_vector is not None:
        yield "vector", use.vector, searcher.search_vector(query.text_vector, scope, use.depth)
    if use.aligned and query.aligned_vector is not None:
        hits = searcher.search_aligned(query.aligned_vector, scope, use.depth)
        yield "aligned", use.aligned, hits
    if use.image and query.image_vector is not None:
        yield "image", use.image, searcher.search_image(query.image_vector, scope, use.depth)


def _around(
    searcher: Searcher, query: Query, scope: Scope, use: Fusion, found: dict[str, _Scored]
) -> list[_Scored]:
    """Rows that may lend their score: also those of kinds and levels that were not asked for."""
    if scope.kinds or scope.levels:
        found = _candidates(searcher, query, replace(scope, kinds=(), levels=()), use)
    return [_Scored(one.memory, dict(one.parts)) for one in found.values()]


def _add_levels(found: dict[str, _Scored], lenders: Sequence[_Scored], use: Fusion) -> None:
    """Give each row its shares of the rows around it and of those that agree with it."""
    best: dict[Level, float] = {}
    for other in lenders:
        best[other.memory.level] = max(best.get(other.memory.level, 0.0), other.score)
    timelines = _timelines(lenders)
    for one in found.values():
        context: dict[Level, float] = {}
        agreeing: dict[Kind, float] = {}
        for other in _overlapping(timelines, one.memory):
            row, score = other.memory, other.score
            if _is_around(row.span, one.memory.span):
                context[row.level] = max(context.get(row.level, 0.0), score / best[row.level])
            elif row.kind is not one.memory.kind and iou(row.span, one.memory.span) >= _SAME:
                agreeing[row.kind] = max(agreeing.get(row.kind, 0.0), score)
        for level, share in sorted(context.items()):
            one.parts[f"level:{level}"] = use.context * share
        if agreeing:
            one.parts["agreement"] = use.agreement * sum(agreeing.values())


@dataclass(frozen=True, slots=True)
class _Timeline:
    """The lenders of one video, quick to ask for those at a time."""

    rows: list[_Scored]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]

    def overlapping(self, span: Span) -> list[_Scored]:
        """The rows that share time with `span`."""
        shared = np.flatnonzero((self.starts < span.end) & (self.ends > span.start))
        return [self.rows[index] for index in shared]


def _overlapping(timelines: dict[str, _Timeline], row: Memory) -> list[_Scored]:
    timeline = timelines.get(row.video_id)
    return [] if timeline is None else timeline.overlapping(row.span)


def _timelines(lenders: Sequence[_Scored]) -> dict[str, _Timeline]:
    by_video: defaultdict[str, list[_Scored]] = defaultdict(list)
    for one in lenders:
        by_video[one.memory.video_id].append(one)
    return {
        video_id: _Timeline(
            rows,
            np.array([one.memory.span.start for one in rows], dtype=np.int64),
            np.array([one.memory.span.end for one in rows], dtype=np.int64),
        )
        for video_id, rows in by_video.items()
    }


def _is_around(outer: Span, inner: Span) -> bool:
    """Whether `outer` is clearly longer and holds at least half of `inner`."""
    return outer.length >= _LONGER * inner.length and 2 * outer.overlap(inner) >= inner.length


def _add_neighbours(
    searcher: Searcher, found: dict[str, _Scored], scope: Scope, use: Fusion
) -> None:
    """Give the rows next to the first hits a share of their score; some are found only now."""
    seeds = sorted(found.values(), key=lambda one: one.order)[: use.seeds]
    gains: dict[str, tuple[float, Memory]] = {}
    for seed in seeds:
        for steps, row in _near(searcher, seed.memory, scope, use.reach):
            gain = seed.score * use.neighbours**steps
            if gain > gains.get(row.memory_id, (0.0, row))[0]:
                gains[row.memory_id] = gain, row
    for key, (gain, row) in gains.items():
        found.setdefault(key, _Scored(row)).parts["neighbours"] = gain


def _near(
    searcher: Searcher, seed: Memory, scope: Scope, reach: int
) -> Iterable[tuple[int, Memory]]:
    """Rows of the seed's kind and level with their distance from it, 1 to `reach`."""
    margin = max(_MARGIN, (reach + 1) * seed.span.length)
    window = Span(seed.span.start - margin, seed.span.end + margin)
    window = window if scope.within is None else window.clipped(scope.within)
    if window is None:
        return
    here = Scope(scope.tenant, (seed.video_id,), (seed.kind,), (seed.level,), window)
    rows = [row for row in searcher.memories(here) if row.span != seed.span]
    before = [row for row in rows if row.span < seed.span]
    after = [row for row in rows if row.span > seed.span]
    for side, nearest_first in ((before, True), (after, False)):
        spans = sorted({row.span for row in side}, reverse=nearest_first)[:reach]
        steps = {span: number for number, span in enumerate(spans, 1)}
        yield from ((steps[row.span], row) for row in side if row.span in steps)


def _without_doubles(ranked: Iterable[_Scored]) -> list[_Scored]:
    """Of rows that say the same about the same time, only the first."""
    seen: set[tuple[str, Span, str]] = set()
    kept: list[_Scored] = []
    for one in ranked:
        row = one.memory
        said = (row.video_id, row.span, (row.text or row.memory_id).strip().casefold())
        if said not in seen:
            seen.add(said)
            kept.append(one)
    return kept
