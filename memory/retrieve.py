"""Retrieval, coarse to fine: segments by pooled evidence, then their rows, fused by fitted weights.

1. Every channel (words, meaning, words to pictures, picture to pictures) searches the scope. Where
   its list was cut, the segments of the videos are ranked by all that was found in them, and the
   best are searched once more: four to eight queries, however many videos there are.
2. Each row found is judged on its own (`words`, `text`, `vector`, ...), in windows of time around
   it (`beside` to `segment`: which of the question's words is said, written or shown there), by the
   longer rows that hold it (`shot` to `video`), and by what it is (`brief`, `perceived`, ...).
3. A score is the sum of these parts, each 0 to 1, times the weights of `Fusion`: differences of
   scores are the logarithm of the odds that one row rather than the other is the moment.

`python -m tests.benchmarks.recall.run --write` fits the weights; `data/results/recall.md` has their
worth.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from memory.records import SECOND, Hit, Kind, Level, Memory, Scope, Span, Vector
from memory.store import Searcher
from memory.terms import held

Numbers = NDArray[np.float64]

WINDOWS: Mapping[str, int] = {
    "beside": 2 * SECOND,
    "near": 15 * SECOND,
    "around": 45 * SECOND,
    "segment": 150 * SECOND,
}
"""How far before and after a row its windows reach."""

_LEVELS = (Level.SHOT, Level.SCENE, Level.CHAPTER, Level.VIDEO)

LONGER = 1.5
"""How many times longer than a row another must be to hold it."""

LONG = 120.0
"""Seconds from which a row is not brief at all."""


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
    question: str = ""
    """Everything that was asked, where `text` is a part of it; rows are searched for by `text`."""
    kinds: tuple[Kind, ...] = ()
    """Kinds that are rather meant than others."""
    anchors: tuple[tuple[str, Span, float], ...] = ()
    """Stretches of videos in which it rather lies, with how sure that is, 0 to 1."""
    dated: Mapping[str, float] = field(default_factory=dict[str, float])
    """By video, how near its recording lies to the time that is asked about, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Fusion:
    """Weights of the parts of a score; 0 switches one off.

    Fitted, but for `image`, `anchor` and `dated`.
    """

    text: float = 0.635
    vector: float = 2.71
    aligned: float = 1.75
    image: float = 3.0
    words: float = 2.7
    beside: float = 3.94
    near: float = 2.54
    around: float = 0
    segment: float = 0.506
    meaning: float = 2.19
    shot: float = 0.846
    scene: float = 0.241
    chapter: float = 0.988
    video: float = 0.0311
    brief: float = 2.33
    perceived: float = 1.26
    verbatim: float = 0
    picture: float = 0.815
    asked: float = 1.4
    anchor: float = 2.0
    dated: float = 2.0
    depth: int = 200
    """How many rows each channel finds in the scope, and once more in its best segments."""
    opened: int = 8
    """How many segments are searched once more where the scope holds more rows than `depth`."""


@dataclass(slots=True)
class _Found:
    """Rows with what each channel measured, and the least that each full list held."""

    rows: dict[str, Memory] = field(default_factory=dict[str, Memory])
    scores: dict[str, dict[str, float]] = field(default_factory=dict[str, dict[str, float]])
    floors: dict[str, float] = field(default_factory=dict[str, float])

    def shares(self) -> dict[str, Numbers]:
        """What each row has of the best score of each channel, 0 to 1.

        A row that is behind a list's end has at most what the last one has, and is given that.
        """
        made: dict[str, Numbers] = {}
        for channel, scores in self.scores.items():
            best = max(scores.values(), default=0.0)
            floor = max(0.0, self.floors.get(channel, 0.0))
            given = [max(0.0, scores.get(key, floor)) for key in self.rows]
            made[channel] = np.asarray(given) / (best if best > 0 else 1.0)
        return made


def retrieve(
    searcher: Searcher, query: Query, scope: Scope, *, limit: int, settings: Fusion | None = None
) -> list[Hit]:
    """The best `limit` rows of a scope, best first; equal scores in order of time.

    The parts of each hit's score add up to it; they are named as the weights of `Fusion` are.
    """
    use = settings or Fusion()
    wide = replace(scope, kinds=(), levels=())
    found = _search(searcher, query, wide, use, _Found())
    if wide != scope:  # rows of other kinds and levels lend evidence, but are not listed
        _search(searcher, query, scope, use, found)
    if found.floors and not scope.parts and use.opened:
        opened = tuple(best_segments(found, query, use.opened))
        _search(searcher, query, replace(scope, parts=opened), use, found)
    rows = list(found.rows.values())
    parts = evidence(rows, found.shares(), query)
    weighted = {name: getattr(use, name) * values for name, values in parts.items()}
    hits = [
        Hit(row, sum(own.values()), own)
        for number, row in enumerate(rows)
        if _is_in(row, scope)
        for own in ({name: float(v[number]) for name, v in weighted.items() if v[number]},)
    ]
    return _without_doubles(sorted(hits, key=_order))[:limit]


def _search(searcher: Searcher, query: Query, scope: Scope, use: Fusion, found: _Found) -> _Found:
    """Add what every channel finds in a scope."""
    for name, hits in _channels(searcher, query, scope, use):
        scores = found.scores.setdefault(name, {})
        for hit in hits:
            if hit.score > 0:
                found.rows.setdefault(hit.memory.memory_id, hit.memory)
                scores[hit.memory.memory_id] = hit.score
        # A full list may be longer: rows that say the same as one of it come with it.
        if len(hits) >= use.depth:  # without its words a row has no share
            found.floors[name] = 0.0 if name == "text" else min(hit.score for hit in hits)
    return found


def _channels(
    searcher: Searcher, query: Query, scope: Scope, use: Fusion
) -> Iterable[tuple[str, list[Hit]]]:
    if use.text and query.text.strip():
        yield "text", searcher.search_text(query.text, scope, use.depth)
    if use.vector and query.text_vector is not None:
        yield "vector", searcher.search_vector(query.text_vector, scope, use.depth)
    if use.aligned and query.aligned_vector is not None:
        yield "aligned", searcher.search_aligned(query.aligned_vector, scope, use.depth)
    if use.image and query.image_vector is not None:
        yield "image", searcher.search_image(query.image_vector, scope, use.depth)


def best_segments(found: _Found, query: Query, most: int) -> list[tuple[str, Span]]:
    """The segments, on a fixed grid, in which most of what was asked for was found together.

    A segment has the words that any of its rows holds, and the best share of each channel; half of
    what its whole video has so is added, so that videos are ranked before their segments.
    """
    rows, shares = list(found.rows.values()), found.shares()
    holds, worth = held(query.question or query.text, [row.text or "" for row in rows])
    own = sum(shares.values(), np.zeros(len(rows)))
    members: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
    videos: defaultdict[str, list[int]] = defaultdict(list)
    length = 2 * WINDOWS["segment"]
    for number, row in enumerate(rows):
        videos[row.video_id].append(number)
        if row.span.length <= length:
            members[row.video_id, row.span.middle // length].append(number)

    def pooled(group: list[int]) -> float:
        words = float(holds[group].any(axis=0) @ worth) if holds.shape[1] else 0.0
        return words + float(own[group].max())

    whole = {video_id: pooled(group) for video_id, group in videos.items()}
    score = {key: pooled(group) + whole[key[0]] / 2 for key, group in members.items()}
    best = sorted(score, key=lambda key: (-score[key], key))[:most]
    return [(v, Span(place * length, (place + 1) * length)) for v, place in best]


def evidence(
    rows: Sequence[Memory], shares: Mapping[str, Numbers], query: Query
) -> dict[str, Numbers]:
    """The parts of each row's score before they are weighted, each 0 to 1, shape (n,)."""
    holds, worth = held(query.question or query.text, [row.text or "" for row in rows])
    starts = np.asarray([row.span.start for row in rows], dtype=np.int64)
    ends = np.asarray([row.span.end for row in rows], dtype=np.int64)
    lends = _told(rows, lambda kind: not kind.is_composed) > 0
    made: dict[str, Numbers] = {**shares, "words": holds @ worth}
    made |= {name: np.zeros(len(rows)) for name in (*WINDOWS, *_LEVELS)}
    if "vector" in shares:
        made["meaning"] = np.zeros(len(rows))
    own = _of_best(rows, shares)
    for video in _by_video(rows):  # rows of other videos are in no window, and hold nothing
        start, end, told = starts[video], ends[video], holds[video].astype(np.float32)
        for name, reach in WINDOWS.items():
            within = lends[video] & (start < end[:, None] + reach) & (end > start[:, None] - reach)
            made[name][video] = (within.astype(np.float32) @ told > 0) @ worth
            if name == "near" and "vector" in shares:
                near = np.where(within, shares["vector"][video], 0.0)
                made["meaning"][video] = near.max(axis=1, initial=0.0)
        lengths = end - start
        holding = (start <= start[:, None]) & (end >= end[:, None])
        holding &= lengths > LONGER * lengths[:, None]
        for name, share in own.items():
            made[name][video] = np.where(holding, share[video], 0.0).max(axis=1, initial=0.0)
    return made | _traits(rows, (ends - starts) / SECOND, query)


def _by_video(rows: Sequence[Memory]) -> list[NDArray[np.intp]]:
    """The places of the rows of each video."""
    _, videos = np.unique([row.video_id for row in rows], return_inverse=True)
    order = np.argsort(videos, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(videos[order])) + 1) if rows else []


def _of_best(rows: Sequence[Memory], shares: Mapping[str, Numbers]) -> dict[str, Numbers]:
    """Per level, the share that each of its rows has of the best of them; 0 for other rows."""
    own = sum(shares.values(), np.zeros(len(rows)))
    made: dict[str, Numbers] = {}
    for level in _LEVELS:
        at = np.asarray([row.level is level for row in rows], dtype=bool)
        made[str(level)] = np.where(at, own / (float(own[at].max(initial=0.0)) or 1.0), 0.0)
    return made


def _traits(rows: Sequence[Memory], seconds: Numbers, query: Query) -> dict[str, Numbers]:
    """What is told by what a row is, whatever it says."""
    return {
        "brief": 1 - np.minimum(1.0, np.log1p(seconds) / np.log1p(LONG)),
        "perceived": _told(rows, lambda kind: kind.is_perceived),
        "verbatim": _told(rows, lambda kind: kind.is_verbatim),
        "picture": _told(rows, lambda kind: kind.is_picture),
        "asked": _told(rows, lambda kind: kind in query.kinds),
        "anchor": np.asarray([_anchored(row, query) for row in rows], dtype=np.float64),
        "dated": np.asarray([query.dated.get(r.video_id, 0.0) for r in rows], dtype=np.float64),
    }


def _told(rows: Sequence[Memory], of: Callable[[Kind], bool]) -> Numbers:
    """1 for each row of whose kind something is true, else 0; each kind is asked once."""
    known = {kind: float(of(kind)) for kind in {row.kind for row in rows}}
    return np.asarray([known[row.kind] for row in rows], dtype=np.float64)


def _anchored(row: Memory, query: Query) -> float:
    sure = [s for v, span, s in query.anchors if v == row.video_id and span.overlap(row.span)]
    return max(sure, default=0.0)


def _is_in(row: Memory, scope: Scope) -> bool:
    """Whether a row is of the kinds and levels that were asked for."""
    is_kind = not scope.kinds or row.kind in scope.kinds
    return is_kind and (not scope.levels or row.level in scope.levels)


def _order(hit: Hit) -> tuple[float, str, Span, int, str]:
    row = hit.memory
    return (-round(hit.score, 12), row.video_id, row.span, row.level.rank, row.memory_id)


def _without_doubles(ranked: Iterable[Hit]) -> list[Hit]:
    """Of rows that say the same about the same time, only the first."""
    seen: set[tuple[str, Span, str]] = set()
    kept: list[Hit] = []
    for hit in ranked:
        row = hit.memory
        said = (row.video_id, row.span, (row.text or row.memory_id).strip().casefold())
        if said not in seen:
            seen.add(said)
            kept.append(hit)
    return kept
