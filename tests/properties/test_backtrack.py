"""The cursor never repeats a look, always ends, and never takes more than it may."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from agents.ingest.tree import build_tree
from memory.backtrack import Branch, Cursor, Move, Segment, above, as_segment, below, beside
from memory.records import SECOND, Level, Owner, Span

segments = st.builds(
    lambda video, level, start, length: Segment(video, level, Span(start, start + length)),
    st.sampled_from(["a", "b"]),
    st.sampled_from(list(Level)),
    st.integers(0, 5),
    st.integers(1, 5),
)
branches = st.builds(Branch, segments, st.floats(0, 1), st.sampled_from(list(Move)))


@given(st.lists(branches), st.integers(0, 12))
def test_it_takes_each_segment_once_and_no_more_than_its_limit(
    offered: list[Branch], limit: int
) -> None:
    cursor = Cursor(limit)
    for branch in offered:
        cursor.offer(branch)
    taken = []
    while (branch := cursor.take()) is not None:
        taken.append(branch.segment)
        cursor.offer(branch)  # offering again what was taken must not bring it back
    spans = {(segment.video_id, segment.span) for segment in taken}
    assert len(taken) == len(spans) <= limit


@given(st.lists(branches, min_size=1), st.randoms())
def test_the_order_of_offers_does_not_matter(offered: list[Branch], random: object) -> None:
    def order(items: list[Branch]) -> list[Segment]:
        cursor = Cursor(len(items))
        for item in items:
            cursor.offer(item)
        return [branch.segment for branch in iter(cursor.take, None)]

    best = {}
    for branch in offered:
        best.setdefault((branch.segment.video_id, branch.segment.span), branch)
    unique = list(best.values())
    assert order(unique) == order(unique[::-1])


def test_the_best_branch_comes_first_and_a_jump_is_marked() -> None:
    here = Segment("a", Level.SHOT, Span(0, 10))
    near = Segment("a", Level.SHOT, Span(10, 20))
    far = Segment("a", Level.SHOT, Span(50, 60))
    cursor = Cursor(9)
    cursor.offer(Branch(here, 0.9, Move.DOWN))
    first = cursor.take()
    assert first is not None and first.segment == here and first.move is Move.DOWN
    cursor.offer(Branch(near, 0.5, Move.SIDEWAYS, here))
    cursor.offer(Branch(far, 0.4, Move.SIDEWAYS, near))
    cursor.offer(Branch(Segment("b", Level.SHOT, Span(0, 1)), 0.45, Move.SIDEWAYS, here))
    moves = [branch.move for branch in iter(cursor.take, None)]
    assert moves == [Move.SIDEWAYS, Move.BRANCH, Move.BRANCH]


@given(
    st.lists(st.integers(1, 1_200), max_size=60),
    st.integers(1, 1_300),
)
def test_the_tree_nests_and_covers_the_video(cuts: list[int], seconds: int) -> None:
    owner = Owner("t", "v", "p")
    nodes = build_tree(owner, seconds * SECOND, [cut * SECOND for cut in cuts], [])
    by_id = {node.node_id: node for node in nodes}
    for level in (Level.VIDEO, Level.CHAPTER, Level.SCENE, Level.SHOT):
        spans = sorted(node.span for node in nodes if node.level is level)
        assert spans[0].start == 0 and spans[-1].end == seconds * SECOND
        assert all(a.end == b.start for a, b in itertools.pairwise(spans))
    for node in nodes:
        if node.parent_id is not None:
            assert by_id[node.parent_id].span.contains(node.span)


@given(st.lists(st.integers(1, 600), max_size=30))
def test_moves_stay_in_the_tree_and_invert(cuts: list[int]) -> None:
    nodes = build_tree(Owner("t", "v", "p"), 600 * SECOND, [c * SECOND for c in cuts], [])
    known = {as_segment(node) for node in nodes}
    for node in nodes:
        segment = as_segment(node)
        for finer in below(segment, nodes):
            assert finer in known and segment.span.contains(finer.span)
            assert above(finer, nodes) == segment
        for neighbour in beside(segment, nodes):
            assert neighbour.level is segment.level
            assert segment in beside(neighbour, nodes)
