"""What rows tell: of a segment, before a look, and whether two say the same."""

from __future__ import annotations

from collections.abc import Sequence

from agents.ask.answer import Context
from agents.text.words import coverage, words
from memory.backtrack import Segment
from memory.records import Memory

SAME = 0.85
"""Share of a row's words from which another says the same."""


def says_same(row: Memory, other: Memory) -> bool:
    """Whether one of two rows holds nearly all that the other says."""
    one, two = row.text or "", other.text or ""
    return max(coverage(words(one), two), coverage(words(two), one)) >= SAME


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
