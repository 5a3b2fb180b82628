"""The measures of plans tell what they should, and no set of goals holds a destructive mistake."""

from __future__ import annotations

import pytest

from tests.benchmarks.act.generate import Part, generated
from tests.benchmarks.act.goals import written
from tests.benchmarks.act.measure import likeness, orders, score
from tests.benchmarks.act.reference import file_named, graph_of, whole_registry
from tests.benchmarks.act.run import is_valid, planned
from tests.benchmarks.act.strategies import WAYS, planted

REGISTRY = whole_registry()
DOG, SONG = file_named("dog.mp4"), file_named("song.mp3")
MEDIA = (DOG, SONG)
RIGHT = graph_of(
    ["trim video=dog.mp4 start=1 end=3", "mute video=$1", "mix video=$2 sound=song.mp3"], MEDIA
)


def told(*lines: str) -> tuple[float, tuple[int, int], tuple[int, int], bool, int]:
    found = score(graph_of(lines, MEDIA), RIGHT, REGISTRY, MEDIA)
    return found.wped, found.dependencies, found.values, found.is_right, found.harm


def test_a_right_plan_scores_fully_and_others_by_what_they_lack() -> None:
    same = ("trim video=dog.mp4 start=1 end=3", "mute video=$1", "mix video=$2 sound=song.mp3")
    assert told(*same) == (1.0, (2, 2), (2, 2), True, 0)
    longer = ("trim video=dog.mp4 start=1 end=9", *same[1:])
    assert told(*longer) == (1.0, (2, 2), (1, 2), False, 1), "more is taken away than was asked for"
    loose = (same[0], "mute video=dog.mp4", "mix video=$2 sound=song.mp3")
    assert told(*loose) == (1.0, (1, 2), (2, 2), False, 0)
    assert told("remove video=dog.mp4 start=1 end=3")[4] == 1
    assert told("grey video=dog.mp4")[0] == 0.0


def test_the_order_that_fits_best_is_scored() -> None:
    both = graph_of(["grey video=dog.mp4", "mute video=dog.mp4"], MEDIA)
    assert sorted(orders(both.steps)) == [["grey", "mute"], ["mute", "grey"]]
    other = graph_of(["mute video=dog.mp4", "grey video=dog.mp4"], MEDIA)
    assert score(both, other, REGISTRY, MEDIA).is_right
    assert likeness(["a", "b", "c"], ["a", "c"]) == pytest.approx(2 / 3)


@pytest.mark.parametrize("part", ["ours", "fit", "held_out"])
def test_what_is_accepted_is_right_and_takes_nothing_away(part: str) -> None:
    chosen: Part = "fit" if part == "fit" else "held_out"
    items = written() if part == "ours" else generated(chosen, 2, each=1, chains=10)
    for item in items:
        plan = planned(item, REGISTRY)
        if plan is None:
            assert item.must_refuse or part != "ours", item.text
            continue
        assert not item.must_refuse, item.text
        assert is_valid(plan, item, REGISTRY), item.text
        assert score(plan, item.reference, REGISTRY, item.media).harm == 0, item.text


def test_planted_faults_are_mended_before_or_when_they_fail() -> None:
    items = [item for item in written() if not item.must_refuse][:4]
    for name, item, faulty in planted(items):
        plan, walk = WAYS["ours"](faulty, item, REGISTRY)
        assert walk.failed is None, (name, item.text)
        assert score(plan, item.reference, REGISTRY, item.media).is_right, (name, item.text)
        assert WAYS["plan-act"](faulty, item, REGISTRY)[1].failed or name.startswith("an output")
