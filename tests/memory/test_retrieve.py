"""Fusion over channels, time scales and neighbours, on a searcher whose lists we choose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from memory.records import Hit, Kind, Level, Memory, Producer, Scope, Span, Vector
from memory.retrieve import Fusion, Query, retrieve

BARE = Fusion(levels=False, neighbours=0.0)
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
    )


@dataclass
class Lists:
    """A searcher whose channels return lists that were set beforehand."""

    rows: list[Memory]
    text: Mapping[str, float] = field(default_factory=dict[str, float])
    vector: Mapping[str, float] = field(default_factory=dict[str, float])
    aligned: Mapping[str, float] = field(default_factory=dict[str, float])
    image: Mapping[str, float] = field(default_factory=dict[str, float])

    def _search(self, scores: Mapping[str, float], scope: Scope, limit: int) -> list[Hit]:
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


@pytest.mark.parametrize("channel", ["text", "vector", "aligned", "image"])
def test_each_channel_can_be_switched_off_and_finds_on_its_own(channel: str) -> None:
    lists = Lists([row("a", 0, 1)], **{channel: {"a": 1.0}})
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
    with_levels = replace(BARE, levels=True)
    (first, *_) = retrieve(lists, ALL, SCOPE, limit=9, settings=with_levels)
    assert first.memory.memory_id == "late"
    assert first.parts == {"text": 0.95, "level:scene": with_levels.context}


def test_every_level_around_a_row_adds_its_share_once() -> None:
    rows = [
        row("shot", 10, 12),
        row("s1", 0, 30, Level.SCENE),
        row("s2", 0, 40, Level.SCENE),
        row("chapter", 0, 300, Level.CHAPTER),
        row("other", 0, 300, Level.CHAPTER, video="x"),
    ]
    scores = {"shot": 4.0, "s1": 2.0, "s2": 1.0, "chapter": 1.0, "other": 4.0}
    hits = retrieve(Lists(rows, scores), ALL, SCOPE, limit=9, settings=replace(BARE, levels=True))
    parts = {hit.memory.memory_id: hit.parts for hit in hits}
    assert parts["shot"] == {"text": 1.0, "level:scene": 0.5, "level:chapter": 0.125}
    assert parts["s1"] == {"text": 0.5, "level:chapter": 0.125}
    assert parts["chapter"] == {"text": 0.25}


def test_context_is_used_although_only_shots_were_asked_for() -> None:
    rows = [row("early", 0, 5), row("late", 120, 125), row("scene", 100, 160, Level.SCENE)]
    lists = Lists(rows, {"early": 10, "late": 9.5, "scene": 8})
    shots = Scope("t", levels=(Level.SHOT,))
    hits = retrieve(lists, ALL, shots, limit=9, settings=replace(BARE, levels=True))
    assert names(hits) == ["late", "early"]


def test_kinds_that_agree_about_a_moment_support_each_other() -> None:
    rows = [row("alone", 0, 5), row("said", 20, 25, kind=Kind.SPEECH), row("seen", 20.5, 25)]
    lists = Lists(rows, {"alone": 10, "said": 9.6, "seen": 9.6})
    assert names(retrieve(lists, ALL, SCOPE, limit=1, settings=BARE)) == ["alone"]
    hits = retrieve(lists, ALL, SCOPE, limit=9, settings=replace(BARE, levels=True))
    assert names(hits) == ["said", "seen", "alone"]
    assert hits[0].parts["agreement"] == pytest.approx(0.096)
    same_kind = Lists([*rows[:1], row("one", 20, 25), row("two", 20, 25)],
                      {"alone": 10, "one": 9.6, "two": 9.6})  # fmt: skip
    hits = retrieve(same_kind, ALL, SCOPE, limit=9, settings=replace(BARE, levels=True))
    assert names(hits) == ["alone", "one", "two"]


def test_neighbours_of_first_hits_come_with_a_share_that_fades() -> None:
    rows = [row(str(n), 5 * n, 5 * n + 5) for n in range(10)]
    rows += [row("scene", 20, 50, Level.SCENE), row("speech", 30, 35, kind=Kind.SPEECH)]
    lists = Lists(rows, {"5": 8.0, "9": 1.0})
    assert names(retrieve(lists, ALL, SCOPE, limit=9, settings=BARE)) == ["5", "9"]
    use = replace(BARE, neighbours=0.5, seeds=1)
    hits = {hit.memory.memory_id: hit for hit in retrieve(lists, ALL, SCOPE, limit=9, settings=use)}
    assert set(hits) == {"5", "9", "3", "4", "6", "7"}
    assert [hits[name].score for name in "34567"] == [0.25, 0.5, 1.0, 0.5, 0.25]
    assert hits["4"].parts == {"neighbours": 0.5}
    wide = retrieve(lists, ALL, SCOPE, limit=20, settings=replace(use, reach=1, seeds=2))
    assert set(names(wide)) == {"5", "9", "4", "6", "8"}


def test_neighbours_stay_inside_the_scope() -> None:
    rows = [row(str(n), 5 * n, 5 * n + 5) for n in range(10)]
    lists = Lists(rows, {"5": 8.0})
    scope = Scope("t", within=Span.of_seconds(25, 32))
    hits = retrieve(lists, ALL, scope, limit=9, settings=replace(BARE, neighbours=0.5))
    assert names(hits) == ["5", "6"]


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
    assert names(retrieve(lists, ALL, SCOPE, limit=8)) == [str(n) for n in range(8)]


def test_the_parts_of_a_score_add_up() -> None:
    rows = [row(str(n), n, n + 1) for n in range(6)]
    rows += [row("scene", 0, 6, Level.SCENE), row("said", 1, 2, kind=Kind.SPEECH)]
    lists = Lists(rows, {"1": 3, "said": 2, "scene": 1}, {"2": 0.4, "1": 0.3})
    hits = retrieve(lists, ALL, SCOPE, limit=20)
    assert {"text", "vector", "level:scene", "agreement", "neighbours"} <= {
        part for hit in hits for part in hit.parts
    }
    for hit in hits:
        assert hit.score == pytest.approx(sum(hit.parts.values()))
