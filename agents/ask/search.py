"""Searching without asking: hits joined to moments, each with what there is to see of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from agents.ask.asked import shots_of
from agents.ask.relevance import DEPTH, pictures_like, readable, relevant
from agents.runtime import Runtime
from memory.records import SECOND, Hit, Kind, Level, Memory, Scope, Span
from memory.retrieve import Query, retrieve
from memory.store import Store

MOMENT = 30 * SECOND
"""Longest row that others are taken into because they overlap it: what lies further apart in a row
that is longer are moments of their own."""

NEAR = 10 * SECOND
"""Time around a moment in which a picture of it may be borrowed."""

Shots = Mapping[str, Sequence[Span]]
"""Shots by video, in order."""


@dataclass(slots=True)
class Moment:
    """One stretch of a video, by its best row; `joined` are the other rows about it."""

    hit: Hit
    extent: Span
    """Its row's span; for a single frame, the shot around it."""
    joined: list[Memory] = field(default_factory=list[Memory])
    picture: str | None = None
    """Thumbnail, its own or that of the nearest keyframe."""
    shows: str = ""
    """What is on a picture, as far as memory knows; empty for rows that have words themselves."""

    @property
    def seen(self) -> Span:
        """Where a frame, and those joined to it, are seen: half way to other keyframes."""
        frames = [self.hit.memory, *(row for row in self.joined if row.level is Level.FRAME)]
        start = min(row.span.start for row in frames) - NEAR // 2
        end = max(row.span.end for row in frames) + NEAR // 2
        return Span(max(0, start), end).clipped(self.extent) or self.hit.memory.span

    @property
    def text(self) -> str | None:
        """What to read about it."""
        return self.hit.memory.text or self.shows or None


def find_moments(runtime: Runtime, query: Query, scope: Scope, limit: int) -> list[Moment]:
    """The best `limit` moments that have to do with a query, best first; none for nonsense."""
    store, query = runtime.store, readable(runtime.models, query)
    hits = retrieve(store, query, scope, limit=DEPTH)
    like = pictures_like(store, query.image_vector, scope)
    kept = relevant(runtime, hits, query.text, like)
    found = moments(kept, shots_of(store, (hit.memory for hit in kept)))[:limit]
    for moment in found:
        _illustrate(store, moment)
    return found


def moments(hits: Sequence[Hit], shots: Shots) -> list[Moment]:
    """Hits joined over levels and kinds, by time; the order and the scores are those of the hits.

    What was perceived leads, best first. What is composed of it joins the best moment in its span,
    and stands for itself, the finest first, only where nothing else was found.
    """
    found: list[Moment] = []
    for hit in hits:
        if not hit.memory.kind.is_composed:
            _take(found, hit, _extent(hit.memory, shots), _is_same)
    composed = [hit for hit in hits if hit.memory.kind.is_composed]
    for hit in sorted(composed, key=lambda hit: hit.memory.level.rank):  # stable: best first
        _take(found, hit, hit.memory.span, _half_inside)
    place = {hit.memory.memory_id: number for number, hit in enumerate(hits)}
    return sorted(found, key=lambda moment: place[moment.hit.memory.memory_id])


def _take(
    found: list[Moment], hit: Hit, extent: Span, belongs: Callable[[Span, Span], bool]
) -> None:
    """Join a hit to the first moment that it belongs to, or begin one."""
    row = hit.memory
    for moment in found:
        if moment.hit.memory.video_id == row.video_id and belongs(extent, moment.extent):
            moment.joined.append(row)
            return
    found.append(Moment(hit, extent))


def _extent(row: Memory, shots: Shots) -> Span:
    """The time that a row stands for: a frame for its shot, as far as that is one moment."""
    if row.level is not Level.FRAME:
        return row.span
    near = Span(max(0, row.span.middle - MOMENT // 2), row.span.middle + MOMENT // 2)
    shot = next((s for s in shots.get(row.video_id, ()) if s.overlap(row.span)), row.span)
    return shot.clipped(near) or row.span


def _is_same(one: Span, other: Span) -> bool:
    """Whether two stretches are one moment: half of the shorter lies in the longer.

    Of what lasts longer than a moment, the parts are moments of their own.
    """
    shorter, longer = sorted((one.length, other.length))
    if longer > MOMENT and 2 * shorter < longer:
        return False
    return _half_inside(one, other)


def _half_inside(one: Span, other: Span) -> bool:
    shared, shorter = one.overlap(other), min(one.length, other.length)
    return 2 * shared > shorter or one.contains(other) or other.contains(one)


def _illustrate(store: Store, moment: Moment) -> None:
    """Find a picture of a moment, and say what is on it where the moment has no words."""
    row = moment.hit.memory
    around = Span(max(0, row.span.start - NEAR), row.span.end + NEAR)
    kinds = (*(kind for kind in Kind if kind.is_visual), Kind.CAPTION)
    rows = store.memories(Scope(row.tenant, (row.video_id,), kinds, within=around))
    moment.picture = row.thumbnail or _nearest_picture(rows, row.span)
    if row.text is None:
        moment.shows = shown_by(r for r in rows if r.span.overlap(row.span))


def _nearest_picture(rows: Iterable[Memory], span: Span) -> str | None:
    pictures = [row for row in rows if row.thumbnail]
    best = min(pictures, key=lambda row: (row.span.gap(span), row.span.start), default=None)
    return best.thumbnail if best else None


def shown_by(rows: Iterable[Memory]) -> str:
    """Things and text at a time, else the caption; the row that tells of it most closely."""
    closest = sorted(rows, key=lambda row: (row.span.length, row.memory_id))
    told: dict[Kind, str] = {}
    for row in closest:
        if row.text and not (row.kind is Kind.CAPTION and row.is_look):
            told.setdefault(row.kind, row.text)
    shown = sorted((k for k in told if k.is_visual), key=lambda kind: not kind.is_thing)
    parts = [told[kind] for kind in shown]
    return "\n".join(parts) or told.get(Kind.CAPTION, "")
