"""Laws of spans that everything about time leans on."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from memory.records import SECOND, Span, content_id, iou

TIMES = st.integers(0, 36_000 * SECOND)
SPANS = st.tuples(TIMES, TIMES).map(lambda pair: Span(min(pair), max(pair)))


@given(SPANS, SPANS)
def test_overlap_is_shared_and_bounded(one: Span, other: Span) -> None:
    assert one.overlap(other) == other.overlap(one)
    assert 0 <= one.overlap(other) <= min(one.length, other.length)
    assert one.overlap(one) == one.length


@given(SPANS, SPANS)
def test_two_spans_overlap_or_have_a_gap_or_touch(one: Span, other: Span) -> None:
    assert one.gap(other) == other.gap(one) >= 0
    assert one.gap(other) == 0 or one.overlap(other) == 0
    hull = one.hull(other)
    assert hull.contains(one) and hull.contains(other)
    assert hull.length == one.length + other.length - one.overlap(other) + one.gap(other)


@given(SPANS, SPANS)
def test_a_clip_is_the_overlap(one: Span, other: Span) -> None:
    clip = one.clipped(other)
    assert (0 if clip is None else clip.length) == one.overlap(other)
    assert clip is None or (one.contains(clip) and other.contains(clip) and clip.length > 0)


@given(SPANS, SPANS)
def test_containment_is_what_overlap_says(one: Span, other: Span) -> None:
    assume(other.length > 0)
    assert one.contains(other) == (one.overlap(other) == other.length)


@given(SPANS, SPANS)
def test_iou_is_a_similarity(one: Span, other: Span) -> None:
    assert 0 <= iou(one, other) == iou(other, one) <= 1
    assume(one.length > 0 or other.length > 0)
    assert (iou(one, other) == 1) == (one == other)


@given(SPANS)
def test_the_middle_lies_inside_and_seconds_return(span: Span) -> None:
    assert span.start <= span.middle <= span.end
    assert Span.of_seconds(*span.seconds) == span


@given(TIMES, st.integers(1, SECOND))
def test_a_span_cannot_run_backwards(start: int, length: int) -> None:
    with pytest.raises(ValueError, match="before it starts"):
        Span(start + length, start)


@given(st.lists(st.text()), st.lists(st.text()))
def test_ids_differ_when_any_part_does(one: list[str], other: list[str]) -> None:
    assert (content_id("m", *one) == content_id("m", *other)) == (one == other)
