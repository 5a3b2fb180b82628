"""Poses: what angles between joints tell, and how long a pose lasts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from agents.models.ports import Detection, Image, Pose, Recognition
from agents.models.scripted import ScriptedPoses
from agents.perception.people.looks import Shot
from agents.perception.people.poses import Body, bodies_in, bridged, pose_percepts
from agents.perception.people.postures import hands, postures
from memory.records import SECOND, Kind

PLACES: Mapping[str, Sequence[int]] = {
    "head": range(5), "shoulder": (5, 6), "elbow": (7, 8), "wrist": (9, 10),
    "hip": (11, 12), "knee": (13, 14), "ankle": (15, 16),
}  # fmt: skip
STANDING = {
    "head": (50, 10), "shoulder": (50, 30), "elbow": (50, 48), "wrist": (50, 64),
    "hip": (50, 62), "knee": (50, 90), "ankle": (50, 118),
}  # fmt: skip
"""Joints of a standing body as proportions have them, in pixels; left and right alike."""


def pose(score: float = 0.9, **moved: tuple[float, float]) -> Pose:
    """A standing body of which some joints are elsewhere."""
    made = np.full((17, 3), score, np.float32)
    for name, place in {**STANDING, **moved}.items():
        made[list(PLACES[name]), :2] = place
    return made


SITTING = pose(knee=(76, 66), ankle=(76, 94))
LYING = pose(
    head=(5, 100), shoulder=(25, 100), elbow=(40, 104), wrist=(55, 105),
    hip=(57, 102), knee=(85, 100), ankle=(113, 103),
)  # fmt: skip
BENDING = pose(head=(95, 75), shoulder=(80, 66), elbow=(80, 84), wrist=(80, 100))
HANDS_UP = pose(elbow=(60, 20), wrist=(62, 2))
TO_THE_MOUTH = pose(elbow=(62, 40), wrist=(54, 20))
BEFORE_THE_CHEST = pose(elbow=(60, 50), wrist=(54, 38))


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (pose(), {}),
        (SITTING, {"sit": True}),
        (LYING, {"lie": True}),
        (BENDING, {"bend": True}),
        (HANDS_UP, {"raise": True}),
        (TO_THE_MOUTH, {"raise": False}),
        (BEFORE_THE_CHEST, {"lift": True}),
        (pose(0.4, knee=(76, 66)), {"sit": False}),
        (pose(0.2, knee=(76, 66)), {}),
        (pose(knee=(64, 85)), {}),
        (pose(knee=(72, 77)), {"sit": False}),
    ],
)
def test_joints_tell_what_a_body_does(body: Pose, told: dict[str, bool]) -> None:
    assert postures(body) == told
    mirrored = body * np.array([-1, 1, 1], np.float32)
    assert postures(mirrored) == told
    assert postures(body * np.array([7, 7, 1], np.float32)) == told


def test_without_knees_nobody_sits_lies_or_bends() -> None:
    for body in (SITTING, LYING, BENDING):
        hidden = body.copy()
        hidden[list(PLACES["knee"]), 2] = 0
        assert postures(hidden) == {}


def test_who_sits_has_both_thighs_across() -> None:
    walking = SITTING.copy()
    walking[14, :2] = STANDING["knee"]
    assert postures(walking) == {}


def test_hands_of_somebody_who_lies_are_not_raised_and_one_hand_is_one() -> None:
    lying = LYING.copy()
    lying[list(PLACES["wrist"]), 1] = 60
    assert postures(lying) == {"lie": True}
    one = pose()
    one[9, :2], one[7, :2] = (62, 2), (60, 20)
    assert (hands(one, "raise"), hands(HANDS_UP, "raise"), hands(pose(), "raise")) == (1, 2, 0)


def body(does: str, sure: bool = True, count: int = 2) -> Body:
    return Body({does: sure}, {"raise": count, "lift": count}, 0.8)  # type: ignore[dict-item]


def told(*looks: tuple[Body, ...]) -> list[tuple[float, float, str]]:
    """What is told of looks half a second apart."""
    shot = Shot(
        tuple((n * SECOND // 2, seen) for n, seen in enumerate(looks)), len(looks) * SECOND // 2
    )
    made = pose_percepts([shot], "test")
    assert all(each.kind is Kind.POSES for each in made)
    return [(*each.span.seconds, each.text or "") for each in made]


def test_a_pose_lasts_from_its_first_look_to_the_look_without_it() -> None:
    up, sits = body("raise"), body("sit")
    made = told((), (up,), (up,), (), (), (sits,), (sits,))
    assert made == [
        (0.5, 1.5, "a person raises both hands above the shoulders"),
        (2.5, 3.5, "a person is sitting"),
    ]
    assert told((body("raise", count=1),) * 1, (body("raise", count=1),)) == [
        (0, 1, "a person raises a hand above the shoulder")
    ]


def test_a_look_without_it_between_two_with_it_is_no_end() -> None:
    lies = body("lie")
    assert told((lies,), (), (lies,), (lies,)) == [(0, 2, "a person is lying down")]
    assert bridged([0, 1, 0, 0, 1]) == [0, 1, 0, 0, 1]


def test_what_one_look_says_and_what_is_never_sure_is_not_told() -> None:
    assert told((), (body("bend"),), ()) == []
    assert told(*[(body("bend", sure=False),)] * 4) == []
    assert told((body("bend", sure=False),), (body("bend"),)) == [
        (0, 1, "a person is bending over")
    ]


def test_people_in_a_pose_are_counted() -> None:
    both, one = (body("sit"), body("sit")), (body("sit"), body("raise"))
    assert told(both, both, one)[-1] == (0, 1.5, "2 people are sitting")


class People:
    """A detector that finds two people, one of them twice, and a doubtful one."""

    name = "people"
    class_names = ("person",)

    def recognise(self, images: Sequence[Image]) -> list[Recognition]:
        raise AssertionError("poses ask for places alone")

    def find(self, image: Image) -> tuple[Detection, ...]:
        boxes = [((0.0, 0.0, 0.4, 1.0), 0.9), ((0.01, 0.0, 0.41, 1.0), 0.8),
                 ((0.5, 0.0, 0.9, 1.0), 0.7), ((0.7, 0.0, 1.0, 1.0), 0.4)]  # fmt: skip
        found = [Detection("person", ("person",), sure, box) for box, sure in boxes]
        return (*found, Detection("dog", ("dog",), 0.9, (0.0, 0.0, 1.0, 1.0)))


def test_each_body_is_told_of_once_and_things_have_none() -> None:
    reader = ScriptedPoses(SITTING / np.array([100, 120, 1], np.float32))
    seen = bodies_in(np.zeros((300, 600, 3), np.uint8), People(), reader)
    assert [b.does for b in seen] == [{"sit": True}] * 2
    unseen = ScriptedPoses()
    assert bodies_in(np.zeros((300, 600, 3), np.uint8), People(), unseen) == ()
