"""When a question hangs on an event or a time: the candidate times, best first, with scores."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from agents.ask.plan import Anchor, Plan, Relation
from agents.text.words import coverage
from memory.records import SECOND, Hit, Memory, Span, Video

NEXT = 20 * SECOND
"""How far "after" and "before" reach."""
APART = 2 * SECOND
"""Rows that lie closer together tell of one event."""
CANDIDATES = 3
"""Most times that one event may have been at."""
LEAST = 0.1
"""Score of an event that was found by its meaning alone."""
LINE = 90
"""Similarity (0 to 100) from which a line is the text that a question names."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A stretch in which the answer may lie, and how well the event before, after or in it fits."""

    video_id: str
    span: Span
    score: float
    """0 to 1; the best candidate has the share of the event's words that it holds."""


def anchored(hits: Sequence[Hit], text: str, *, lasting: bool = False) -> list[Hit]:
    """Hits that are moments (not compositions), those that hold the words first.

    `lasting` leaves out what only marks a point in time: nothing is there while it happens.
    """
    words = text.split()
    moments = [hit for hit in hits if not hit.memory.kind.is_composed]
    moments = [hit for hit in moments if not (lasting and hit.memory.kind.is_instant)]

    def rank(hit: Hit) -> tuple[bool, float, float, Span]:
        held = coverage(words, hit.memory.text or "")
        return (not _has_line(hit.memory, text), -round(held, 2), -hit.score, hit.memory.span)

    return sorted(moments, key=rank)


def candidates(
    plan: Plan, anchors: Sequence[Hit], videos: Sequence[Video]
) -> tuple[Candidate, ...]:
    """Where the answer may lie by the events found, `anchors` in the order of `anchored`.

    One candidate per moment. Its score is the share of the event's words that it holds (a line that
    is the text: 1), less where the search thought less of it than of the best.
    """
    anchor = plan.anchor
    if anchor is None or not anchor.text or not anchors:
        return ()
    best = max(hit.score for hit in anchors)
    by_id = {video.video_id: video for video in videos}
    kept: list[Memory] = []
    made: list[Candidate] = []
    for hit in anchors:
        row = hit.memory
        if any(row.video_id == o.video_id and row.span.gap(o.span) < APART for o in kept):
            continue
        held = coverage(anchor.text.split(), row.text or "")
        held = 1.0 if _has_line(row, anchor.text) else held
        kept.append(row)
        span = beside(anchor.relation, row.span, by_id[row.video_id])
        worth = max(held, LEAST) * math.exp(min(0.0, hit.score - best) / 2)
        made.append(Candidate(row.video_id, span, worth))
        if len(made) == CANDIDATES:
            break
    return tuple(made)


def focus_of(
    plan: Plan, beside: Sequence[Candidate], videos: Sequence[Video]
) -> tuple[tuple[str, Span], ...]:
    """The spans in which the answer must lie: by the best candidate, or by the time named."""
    anchor = plan.anchor
    if anchor is None or anchor.span is None or anchor.text:
        return tuple((each.video_id, each.span) for each in beside[:1])
    return tuple((v.video_id, s) for v in videos if (s := timed(anchor, v)) is not None)


def timed(anchor: Anchor, video: Video) -> Span | None:
    """The anchor's time on this video, or None when the video is too short for it."""
    span = on_clock(anchor, video)
    if anchor.relation is Relation.AFTER:
        span = Span(min(span.start, video.duration), video.duration)
    elif anchor.relation is Relation.BEFORE:
        span = Span(0, min(span.end, video.duration))
    if span.start >= video.duration:
        return None
    end = max(min(span.end, video.duration), span.start + 1)
    return Span(span.start, end)


def on_clock(anchor: Anchor, video: Video) -> Span:
    """The anchor's span counted from the start of the video."""
    span = anchor.span or Span(0, 0)
    if not anchor.from_end:
        return span
    return Span(max(0, video.duration - span.end), max(0, video.duration - span.start))


def beside(relation: Relation, span: Span, video: Video) -> Span:
    """The stretch that lies so to an event."""
    if relation is Relation.AFTER:
        return Span(min(span.end, video.duration - 1), min(span.end + NEXT, video.duration))
    if relation is Relation.BEFORE:
        return Span(max(0, span.start - NEXT), max(span.start, 1))
    return span


def _has_line(row: Memory, text: str) -> bool:
    """Whether one line of the row is just this text: a title that a question names."""
    lines = (row.text or "").casefold().splitlines()
    return any(fuzz.ratio(line.strip(), text.casefold().strip()) >= LINE for line in lines)
