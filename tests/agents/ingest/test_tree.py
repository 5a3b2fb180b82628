"""The tree: levels that cover the video, children inside their parents, shots left whole."""

from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from agents.ingest.tree import CHAPTER_TARGET, SCENE_TARGET, Holders, build_tree
from memory.records import SECOND, Level, Node, Owner, Span

OWNER = Owner("t", "v", "p")


def by_level(nodes: list[Node]) -> dict[Level, list[Span]]:
    return {level: [n.span for n in nodes if n.level is level] for level in Level}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(1, 1800), max_size=60, unique=True),
    st.integers(1, 2000),
    st.lists(st.integers(0, 2200), max_size=9, unique=True),
)
def test_every_level_covers_the_video_and_nests(
    cuts: list[int], seconds: int, chapters: list[int]
) -> None:
    duration = seconds * SECOND
    starts = [start * SECOND for start in sorted(chapters)]
    nodes = build_tree(OWNER, duration, [cut * SECOND for cut in cuts], [], starts)
    begun = [start for start in starts if 0 < start < duration]
    if begun:
        assert [span.start for span in by_level(nodes)[Level.CHAPTER]] == [0, *begun]
    known = {node.node_id: node for node in nodes}
    for level, spans in by_level(nodes).items():
        if level is Level.FRAME:
            continue
        assert (spans[0].start, spans[-1].end) == (0, duration)
        assert all(a.end == b.start for a, b in itertools.pairwise(spans))
    for node in nodes:
        if node.parent_id:
            assert known[node.parent_id].span.contains(node.span)
            assert known[node.parent_id].level.rank == node.level.rank + 1
    assert len(known) == len(nodes)


def test_scenes_and_chapters_come_near_their_targets() -> None:
    cuts = [t * SECOND for t in range(5, 3600, 5)]
    levels = by_level(build_tree(OWNER, 3600 * SECOND, cuts, []))
    scenes = [span.length for span in levels[Level.SCENE]]
    chapters = [span.length for span in levels[Level.CHAPTER]]
    assert all(30 * SECOND <= length <= 60 * SECOND for length in scenes)
    assert all(0.6 * CHAPTER_TARGET <= length <= 1.4 * CHAPTER_TARGET for length in chapters)
    assert abs(sum(scenes) / len(scenes) - SCENE_TARGET) < 10 * SECOND


def test_a_long_shot_is_never_cut_to_fit() -> None:
    levels = by_level(build_tree(OWNER, 600 * SECOND, [300 * SECOND], []))
    assert levels[Level.SHOT] == [Span(0, 300 * SECOND), Span(300 * SECOND, 600 * SECOND)]
    assert levels[Level.SCENE] == levels[Level.SHOT]


def test_the_finest_holder_of_a_span_is_found() -> None:
    nodes = build_tree(OWNER, 20 * SECOND, [8 * SECOND], [])
    holders = Holders(nodes)
    assert holders.of(Span(0, SECOND)).level is Level.SHOT
    assert holders.of(Span(7 * SECOND, 9 * SECOND)).level is Level.SCENE
    assert holders.of(Span(0, 99 * SECOND)).level is Level.VIDEO
