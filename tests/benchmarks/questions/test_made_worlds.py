from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from memory.records import Kind, Level
from tests.benchmarks.quality.scoring import holds_words
from tests.benchmarks.questions import items as made
from tests.benchmarks.questions.items import load_items, world_items
from tests.benchmarks.questions.perceived import World, WorldStore
from tests.benchmarks.questions.scenario import scenario
from tests.benchmarks.questions.topics import topics, typed, wordings
from tests.benchmarks.questions.values import KINDS, Split, make, random

SPLITS: tuple[Split, Split] = ("fit", "held_out")
SHOWN = frozenset(
    "value value_in_card value_for own said said_what lower_name lower_role sentence item_n "
    "title_with thing_class picture_while_text".split()
)
"""Kinds whose answers are words that stand in a row."""


@pytest.mark.parametrize("split", SPLITS)
def test_a_seed_gives_the_same_world_and_the_same_questions(split: Split) -> None:
    assert scenario(7, split) == scenario(7, split)
    assert world_items(7, split) == world_items(7, split)
    assert scenario(7, split) != scenario(8, split)
    others = [item.question for item in world_items(7, split, seed=1)]
    assert others != [item.question for item in world_items(7, split)]


@pytest.mark.parametrize("split", SPLITS)
def test_moments_lie_in_the_video_and_segments_follow_each_other(split: Split) -> None:
    for number in range(25):
        world = scenario(number, split)
        assert all(a.span.end == b.span.start for a, b in pairwise(world.segments))
        for item in world_items(number, split):
            assert item.answerable == bool(item.spans)
            assert all(world.span.contains(span) and span.length for span in item.spans)
            assert not item.answers or item.answerable


@pytest.mark.parametrize("split", SPLITS)
def test_what_is_absent_is_told_nowhere(split: Split) -> None:
    things = 0
    for number in range(40):
        world = scenario(number, split)
        seen = {thing.name for segment in world.segments for thing in segment.things}
        for item in world_items(number, split):
            if item.kind == "thing_when" and not item.answerable:
                things += 1
                assert not any(f" {name}" in item.question.lower() for name in seen)
    assert things > 3


def test_there_are_enough_to_fit_on_and_every_kind_is_asked() -> None:
    fit, report = load_items("fit"), load_items("report")
    assert len(fit) >= 1500
    assert len(report) >= 800
    for items, split in ((fit, SPLITS[0]), (report, SPLITS[1])):
        assert {item.kind for item in items} >= set(wordings(split))
        share = sum(not item.answerable for item in items) / len(items)
        assert 0.1 < share < 0.3
        assert len({item.item_id for item in items}) == len(items)
    assert len(load_items("fit", limit=50)) == 50


def test_nothing_is_both_fitted_on_and_reported_on() -> None:
    fit, report = load_items("fit"), load_items("report")
    assert not {i.clip for i in fit} & {i.clip for i in report}
    assert {i.wording_set for i in fit} == {"fit"}
    assert {i.wording_set for i in report} == {"held_out"}
    assert not {i.question for i in fit} & {i.question for i in report}
    one, other = wordings("fit"), wordings("held_out")
    assert one.keys() == other.keys()
    texts = {text.casefold().strip(" ?.") for group in one.values() for text in group}
    assert not texts & {t.casefold().strip(" ?.") for group in other.values() for t in group}


def test_topics_share_no_label_list_or_line() -> None:
    one, other = topics("fit"), topics("held_out")
    for of in (
        lambda t: {a for c in t.cards for f in c.fields for a in f.asked},
        lambda t: {x for c in t.lists for x in c.items},
        lambda t: {c.name for c in (*t.cards, *t.tables, *t.lists)},
        lambda t: {s.say for s in t.spoken} | {s for s, _ in t.sentences} | set(t.roles),
    ):
        assert not of(one) & of(other)


@pytest.mark.parametrize("split", SPLITS)
def test_a_value_holds_its_own_words(split: Split) -> None:
    rng = random.Random(3)
    for kind in KINDS:
        for _ in range(20):
            value = make(kind, rng, split)
            assert holds_words(value.shown, value.groups), value


def test_a_slip_of_the_keys_leaves_codes_and_quotes_alone() -> None:
    rng = random.Random(2)
    asked = [typed("What is 'Room 401' beside locker KX-201?", rng) for _ in range(300)]
    assert all("room 401" in text.lower() and "kx-201" in text.lower() for text in asked)
    assert len(set(asked)) > 4


def test_fit_items_need_no_file_of_held_out_words(monkeypatch: pytest.MonkeyPatch) -> None:
    read = Path.read_text

    def guarded(self: Path, *given: str, **named: str) -> str:
        assert "held_out" not in self.name
        return read(self, *given, **named)

    topics.cache_clear()
    wordings.cache_clear()
    monkeypatch.setattr(Path, "read_text", guarded)
    assert load_items("fit", limit=10)


@pytest.fixture(scope="module")
def remembered(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[World, Split, int]]:
    from agents.models.export.run import is_current

    if not is_current(made.CACHE):
        pytest.skip(f"the models are not exported at {made.CACHE}; run make setup")
    store = WorldStore(tmp_path_factory.mktemp("worlds"))
    return [(store.add(n, split), split, n) for split in SPLITS for n in range(3)]


def test_rows_are_those_of_an_ingest(remembered: list[tuple[World, Split, int]]) -> None:
    for world, _, _ in remembered:
        kinds = {row.kind for row in world.rows}
        assert kinds >= {Kind.SCREEN_TEXT, Kind.OBJECTS, Kind.KEYFRAME, Kind.CAPTION, Kind.SUMMARY}
        assert {node.level for node in world.nodes} == set(Level)
        assert all(row.text_vector is not None for row in world.rows if row.text)
        assert all(row.node_id for row in world.rows)
        assert all(world.video.span.contains(row.span) for row in world.rows)


def test_the_answer_stands_in_a_row_at_its_moment(
    remembered: list[tuple[World, Split, int]],
) -> None:
    asked = held = 0
    for world, split, number in remembered:
        for item in world_items(number, split):
            if item.kind not in SHOWN or not item.answerable:
                continue
            asked += 1
            near = [r for r in world.rows if any(r.span.overlap(s) for s in item.spans)]
            spaceless = [str(r.text).replace("\n", " ") for r in near if r.text]
            held += any(holds_words(text, item.answers) for text in spaceless)
    assert asked > 60
    # A reading may have lost a blank inside the answer, as readings of real pictures do.
    assert held / asked > 0.93
