"""What memory tells of a segment: before a look and after it, and as numbered lines for a model."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from agents.ask.answer import Context
from agents.prompting.evidence import line
from memory.backtrack import Branch, Segment
from memory.records import Memory, Span

KNOWN = 300
"""Characters of what is known of a segment that are shown."""
WIDE = 2
"""How many times longer than a segment a row may be and still describe it."""
SHARED = 0.3
"""Share of the shorter span that a row and a segment must have in common."""


def told_in(rows: Sequence[Memory], at: Segment) -> str:
    """What rows tell of a segment."""
    return " ".join(row.text or "" for row in rows if lies_in(row, at))


def known_before(at: Segment, context: Context) -> str:
    """What was known of a segment without looking."""
    rows = (*context.rows, *(hit.memory for hit in context.hits))
    near = [r for r in rows if r.video_id == at.video_id and r.span.overlap(at.span)]
    return " ".join(row.text or "" for row in near if not row.is_look)


def lies_in(row: Memory, at: Segment) -> bool:
    """Whether a row tells of a part of a segment."""
    return row.video_id == at.video_id and at.span.contains(row.span)


def segment_lines(
    branches: Sequence[Branch], known: Sequence[Memory], context: Context
) -> list[str]:
    """One numbered line per branch, with what is known of its segment."""
    places = {video.video_id: number for number, video in enumerate(context.videos, 1)}
    by_time, lines = ByTime(known), list[str]()
    for number, branch in enumerate(branches, 1):
        at = branch.segment
        text = " / ".join(told_of(at, by_time.near(at)))[:KNOWN]
        lines.append(line(number, places.get(at.video_id, 0), at.span, str(at.level), text))
    return lines


class ByTime:
    """Rows found by time without going through all of them."""

    def __init__(self, rows: Sequence[Memory]) -> None:
        groups: dict[tuple[str, int], list[Memory]] = {}
        for row in rows:
            groups.setdefault((row.video_id, row.span.length.bit_length()), []).append(row)
        self._groups = {
            key: sorted(group, key=lambda row: row.span.start) for key, group in groups.items()
        }
        self._starts = {
            key: [row.span.start for row in group] for key, group in self._groups.items()
        }

    def near(self, at: Segment) -> list[Memory]:
        """All rows that touch a segment, and some beside it."""
        found: list[Memory] = []
        for (video_id, bits), group in self._groups.items():
            if video_id == at.video_id:
                starts = self._starts[video_id, bits]
                first = bisect_left(starts, at.span.start - (1 << bits))
                found += group[first : bisect_left(starts, at.span.end)]
        return found


def _shared(one: Span, other: Span) -> float:
    """Overlap as a share of the shorter span."""
    return one.overlap(other) / max(1, min(one.length, other.length))


def told_of(at: Segment, known: Sequence[Memory]) -> list[str]:
    """What is known of a segment, the rows nearest to it in extent first.

    Rows on much longer stretches say little about it: they count only where nothing else does.
    """
    touching = [
        row
        for row in known
        if row.text and row.video_id == at.video_id and _shared(row.span, at.span) >= SHARED
    ]
    close = [row for row in touching if row.span.length <= WIDE * at.span.length]
    shortest = min((row.span.length for row in touching), default=0)
    chosen = close or [row for row in touching if row.span.length == shortest]
    chosen.sort(key=lambda row: (abs(row.span.length - at.span.length), row.span, row.memory_id))
    return list(dict.fromkeys(" ".join((row.text or "").split()) for row in chosen))
