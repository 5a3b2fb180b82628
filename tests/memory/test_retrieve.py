"""Channels, windows, levels and segments, on a searcher whose lists we choose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace

import numpy as np
import pytest

from memory.records import Hit, Kind, Level, Memory, Producer, Scope, Span, Vector
from memory.retrieve import Fusion, Query, retrieve

NAMES = [f.name for f in fields(Fusion) if f.name not in ("depth", "opened")]
CHANNELS = ("text", "vector", "aligned", "image")
BARE = replace(Fusion(**dict.fromkeys(NAMES, 0.0)), **dict.fromkeys(CHANNELS, 1.0))  # type: ignore[arg-type]
"""Channels alone."""
SCOPE = Scope("t")
VECTOR = np.ones(2, np.float32)


def row(
    name: str,
    start: float,
    end: float,
    level: Level = Level.SHOT,
    kind: Kind = Kind.CAPTION,
    video: str = "v",
    text: str | None = None,
) -> Memory:
    return Memory(name, "t", video, "k", "w", "n", level, kind, Span.of_seconds(start, end),
                  text or name, Producer("p"))  # fmt: skip


def passes(memory: Memory, scope: Scope) -> bool:
    within = scope.within
    return (
        (not scope.video_ids or memory.video_id in scope.video_ids)
        and (not scope.kinds or memory.kind in scope.kinds)
        and (not scope.levels or memory.level in scope.levels)
        and (within is None or within.overlap(memory.span) > 0)
        and memory.video_id not in scope.without
        and (
            not scope.parts
            or any(
                video == memory.video_id and span.overlap(memory.span)
                for video, span in scope.parts
            )
        )
    )


@dataclass
class Lists:
    """A searcher whose channels return lists that were set beforehand."""

    rows: list[Memory]
    text: Mapping[str, float] = field(default_factory=dict[str, float])
    vector: Mapping[str, float] = field(default_factory=dict[str, float])
    aligned: Mapping[str, float] = field(default_factory=dict[str, float])
    image: Mapping[str, float] = field(default_factory=dict[str, float])
    asked: list[Scope] = field(default_factory=list[Scope])

    def _search(self, scores: Mapping[str, float], scope: Scope, limit: int) -> list[Hit]:
        self.asked.append(scope)
        found = [Hit(one, scores[one.memory_id]) for one in self.memories(scope)
                 if one.memory_id in scores]  # fmt: skip
        return sorted(found, key=lambda hit: -hit.score)[:limit]

    def search_text(self, text: str, scope: Scope, limit: int) -> list[Hit]:
        return self._search(self.text, scope, limit)

    def search_vector(self, vector: Vector, scope: Scope, limit: int) -> list[Hit]:
        return self._search(self.vector, scope, limit)

    def search_aligned(self, vector: Vector, scope: Scope, limit: int) -> list[Hit]:
        return self._search(self.aligned, scope, limit)

    def search_image(self, vector: Vector, scope: Scope, limit: int) -> list[Hit]:
        return self._search(self.image, scope, limit)

    def memories(self, scope: Scope) -> list[Memory]:
        found = [one for one in self.rows if passes(one, scope)]
        return sorted(found, key=lambda one: (one.video_id, one.span))


def names(hits: list[Hit]) -> list[str]:
    return [hit.memory.memory_id for hit in hits]


ALL = Query("words", VECTOR, VECTOR, VECTOR)


def test_channels_are_normalised_and_weighted() -> None:
    rows = [row(name, n, n + 1) for n, name in enumerate("abcd")]
    lists = Lists(rows, {"a": 30, "b": 15}, {"b": 0.4, "c": 0.2}, {"c": 0.1}, {"d": 0.9})
    use = replace(BARE, text=1, vector=0.5, aligned=0.25, image=0.1)
    hits = retrieve(lists, ALL, SCOPE, limit=9, settings=use)
    found = {hit.memory.memory_id: hit.parts for hit in hits}
    assert found == {
        "a": {"text": 1.0},
        "b": {"text": 0.5, "vector": 0.5},
        "c": {"vector": 0.25, "aligned": 0.25},
        "d": {"image": pytest.approx(0.1)},
    }
    assert names(hits) == ["a", "b", "c", "d"]


@pytest.mark.parametrize("channel", CHANNELS)
def test_each_channel_can_be_switched_off_and_finds_on_its_own(channel: str) -> None:
    lists = replace(Lists([row("a", 0, 1)]), **{channel: {"a": 1.0}})
    assert names(retrieve(lists, ALL, SCOPE, limit=9)) == ["a"]
    off = replace(Fusion(), **{channel: 0.0})
    assert retrieve(lists, ALL, SCOPE, limit=9, settings=off) == []
    assert retrieve(lists, Query(), SCOPE, limit=9) == []


def test_scores_that_say_nothing_count_nothing() -> None:
    lists = Lists([row("a", 0, 1), row("b", 1, 2)], vector={"a": -0.2, "b": 0.0})
    assert retrieve(lists, ALL, SCOPE, limit=9) == []


def test_the_scene_around_it_decides_between_equal_shots() -> None:
    scene = row("scene", 100, 160, Level.SCENE)
    lists = Lists([row("early", 0, 5), row("late", 120, 125), scene],
                  {"early": 10, "late": 9.5, "scene": 8})  # fmt: skip
    assert names(retrieve(lists, ALL, SCOPE, limit=1, settings=BARE)) == ["early"]
    (first, *_) = retrieve(lists, ALL, SCOPE, limit=9, settings=replace(BARE, scene=0.5))
    assert first.memory.memory_id == "late"
    assert first.parts == {"text": 0.95, "scene": 0.5}


def test_every_level_around_a_row_adds_its_share_once() -> None:
    rows = [
        row("shot", 10, 12),
        row("s1", 0, 30, Level.SCENE),
        row("s2", 0, 40, Level.SCENE),
        row("chapter", 0, 300, Level.CHAPTER),
        row("other", 0, 300, Level.CHAPTER, video="x"),
    ]
    scores = {"shot": 4.0, "s1": 2.0, "s2": 1.0, "chapter": 1.0, "other": 4.0}
    use = replace(BARE, scene=0.5, chapter=0.5)
    hits = retrieve(Lists(rows, scores), ALL, SCOPE, limit=9, settings=use)
    parts = {hit.memory.memory_id: hit.parts for hit in hits}
    assert parts["shot"] == {"text": 1.0, "scene": 0.5, "chapter": 0.125}
    assert parts["s1"] == {"text": 0.5, "chapter": 0.125}
    assert parts["chapter"] == {"text": 0.25}


def test_context_is_used_although_only_shots_were_asked_for() -> None:
    rows = [row("early", 0, 5), row("late", 120, 125), row("scene", 100, 160, Level.SCENE)]
    lists = Lists(rows, {"early": 10, "late": 9.5, "scene": 8})
    shots = Scope("t", levels=(Level.SHOT,))
    hits = retrieve(lists, ALL, shots, limit=9, settings=replace(BARE, scene=1.0))
    assert names(hits) == ["late", "early"]


@pytest.mark.parametrize(
    ("window", "apart"), [("beside", 1), ("near", 10), ("around", 40), ("segment", 140)]
)
def test_words_of_the_question_count_that_are_told_around_a_row(window: str, apart: int) -> None:
    """The second row is beside the rest of what was asked; only what is perceived lends words."""
    rows = [
        row("alone", 0, 5, text="a red kite"),
        row("told", 500, 505, text="a red kite"),
        row("said", 505 + apart, 508 + apart, kind=Kind.SPEECH, text="over the harbour"),
        row("composed", 5, 6, text="over the harbour"),
    ]
    lists = Lists(rows, {"alone": 10, "told": 9.9, "said": 5, "composed": 0.1})
    query = Query("kite", question="Which kite flew over the harbour?")
    assert names(retrieve(lists, query, SCOPE, limit=1, settings=BARE)) == ["alone"]
    found = retrieve(lists, query, SCOPE, limit=1, settings=replace(BARE, **{window: 1.0}))
    assert names(found) == ["told"]
    assert found[0].parts[window] > 0.3


def test_nearness_in_meaning_spreads_to_what_is_near() -> None:
    rows = [row("alone", 0, 5), row("by", 500, 505), row("said", 510, 512, kind=Kind.SPEECH)]
    lists = Lists(rows, vector={"alone": 0.5, "by": 0.49, "said": 0.4})
    assert names(retrieve(lists, ALL, SCOPE, limit=1, settings=BARE)) == ["alone"]
    found = retrieve(lists, ALL, SCOPE, limit=1, settings=replace(BARE, meaning=1.0))
    assert names(found) == ["by"]


def test_what_is_brief_perceived_verbatim_or_of_the_kind_that_is_meant_comes_first() -> None:
    long, brief = row("long", 0, 110), row("brief", 200, 202)
    said = row("said", 300, 410, kind=Kind.SPEECH)
    things = row("things", 500, 610, kind=Kind.OBJECTS)
    equal: dict[str, float] = dict.fromkeys(("long", "brief", "said", "things"), 1.0)
    lists = Lists([long, brief, said, things], equal)
    query = Query("x", kinds=(Kind.OBJECTS,))

    def first(**weights: float) -> str:
        use = replace(BARE, **weights)  # type: ignore[arg-type]
        return names(retrieve(lists, query, SCOPE, limit=1, settings=use))[0]

    assert first() == "long"
    assert first(brief=1.0) == "brief"
    assert first(perceived=1.0) == "said"
    assert first(asked=1.0) == "things"


def test_what_lies_beside_the_likelier_event_comes_first() -> None:
    rows = [row("one", 0, 5), row("two", 100, 105), row("three", 200, 205)]
    lists = Lists(rows, {"one": 10, "two": 9.9, "three": 9.8})
    after = (("v", Span.of_seconds(90, 110), 0.4), ("v", Span.of_seconds(190, 220), 1.0))
    hits = retrieve(lists, Query("x", anchors=after), SCOPE, limit=9,
                    settings=replace(BARE, anchor=1.0))  # fmt: skip
    assert names(hits) == ["three", "two", "one"]
    assert [hit.parts.get("anchor") for hit in hits] == [1.0, 0.4, None]


def test_the_best_segments_are_searched_once_more() -> None:
    """A row far down the list is found through what lies around it; without that it is not."""
    lures = [row(f"lure{n}", 1000 * n, 1000 * n + 5, video="x") for n in range(9)]
    here = row("here", 50_000, 50_005, text="kite over the harbour")
    right = row("right", 50_010, 50_012)
    scores = {**{lure.memory_id: 5.0 for lure in lures}, "here": 9.0, "right": 0.5}
    lists = Lists([*lures, here, right], scores)
    query = Query("kite", question="kite over the harbour")
    use = replace(BARE, depth=10, opened=1)
    assert "right" in names(retrieve(lists, query, SCOPE, limit=20, settings=use))
    off = replace(use, opened=0)
    assert "right" not in names(retrieve(lists, query, SCOPE, limit=20, settings=off))


def test_a_full_list_with_rows_that_say_the_same_is_searched_once_more() -> None:
    """Rows that one stands for come with it: a list that was cut may be longer than was asked."""

    @dataclass
    class Repeating(Lists):
        def search_text(self, text: str, scope: Scope, limit: int) -> list[Hit]:
            found = super().search_text(text, scope, limit)
            return [*found, replace(found[0], memory=twin)] if found else found

    rows = [row(f"r{n}", 10 * n, 10 * n + 5) for n in range(30)]
    twin = row("twin", 500, 505)
    lists = Repeating([*rows, twin], {one.memory_id: 30.0 - n for n, one in enumerate(rows)})
    retrieve(lists, Query("x"), SCOPE, limit=5, settings=replace(BARE, depth=10, opened=1))
    assert len(lists.asked) == 2


def test_a_thousand_videos_take_as_many_searches_as_ten() -> None:
    def searches(videos: int) -> int:
        rows = [row(f"{v}/{n}", n, n + 1, video=f"v{v}") for v in range(videos) for n in range(30)]
        scores = {one.memory_id: 1.0 + n for n, one in enumerate(rows)}
        lists = Lists(rows, scores, scores, scores, scores)
        retrieve(lists, ALL, SCOPE, limit=9)
        assert all(len(scope.parts) <= Fusion().opened for scope in lists.asked)
        return len(lists.asked)

    assert searches(10) == searches(1000) == 8


def test_the_same_words_about_the_same_time_are_listed_once() -> None:
    rows = [row("a", 0, 5, text="A dog"), row("b", 0, 5, kind=Kind.SPEECH, text="a dog "),
            row("c", 5, 9, text="A dog"), row("d", 0, 5, text="A dog", video="x"),
            replace(row("e", 0, 5, kind=Kind.KEYFRAME), text=None),
            replace(row("f", 0, 5, kind=Kind.KEYFRAME), text=None)]  # fmt: skip
    lists = Lists(rows, {"a": 5, "b": 4, "c": 3, "d": 2, "e": 1, "f": 1})
    assert names(retrieve(lists, ALL, SCOPE, limit=9, settings=BARE)) == ["a", "c", "d", "e", "f"]


def test_equal_scores_are_ordered_by_time_whatever_the_order_of_the_rows() -> None:
    rows = [row(name, n, n + 1) for n, name in enumerate("dacb")]
    for order in (rows, rows[::-1]):
        lists = Lists(order, dict.fromkeys("abcd", 2.0))
        assert names(retrieve(lists, ALL, SCOPE, limit=3)) == ["d", "a", "c"]


def test_no_video_is_capped() -> None:
    rows = [row(str(n), 100 * n, 100 * n + 1) for n in range(8)]
    lists = Lists([*rows, row("x", 0, 1, video="x")], {**{str(n): 9.0 for n in range(8)}, "x": 1})
    found = retrieve(lists, ALL, SCOPE, limit=8, settings=BARE)
    assert names(found) == [str(n) for n in range(8)]


def test_the_parts_of_a_score_add_up() -> None:
    rows = [row(str(n), n, n + 1) for n in range(6)]
    rows += [row("scene", 0, 6, Level.SCENE), row("said", 1, 2, kind=Kind.SPEECH, text="words")]
    lists = Lists(rows, {"1": 3, "said": 2, "scene": 1}, {"2": 0.4, "1": 0.3, "said": 0.2})
    every = Fusion(**dict.fromkeys(NAMES, 1.0))  # type: ignore[arg-type]
    hits = retrieve(lists, ALL, SCOPE, limit=20, settings=every)
    assert {"text", "vector", "words", "beside", "meaning", "scene", "brief", "perceived"} <= {
        part for hit in hits for part in hit.parts
    }
    for hit in hits:
        assert hit.score == pytest.approx(sum(hit.parts.values()))


def test_what_was_recorded_nearer_to_the_time_asked_about_is_preferred() -> None:
    lists = Lists([row("a", 0, 1, video="old"), row("b", 0, 1, video="new")], {"a": 10, "b": 9})
    query = replace(ALL, dated={"new": 1.0, "old": 0.1})
    use = replace(BARE, dated=2.0)
    (first, second) = retrieve(lists, query, SCOPE, limit=9, settings=use)
    assert first.memory.memory_id == "b" and first.parts["dated"] == 2.0
    assert second.parts["dated"] == pytest.approx(0.2)
    assert names(retrieve(lists, query, SCOPE, limit=9, settings=BARE)) == ["a", "b"]
    assert Fusion().dated > 0, "it is on"
