"""Found things answer how many."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agents.ask.plan import Plan
from agents.ask.planner.rules import plan as understand
from agents.ask.reader.counts import read_count, read_yes_no
from agents.ask.reader.detections import read_number
from agents.models.ports import Detection
from agents.perception.detections import found_values
from memory.records import Kind, Memory, Span
from tests.rows import context, row, text, thing

CAR = ("car", ("car", "vehicle"), ("red", "grey"))


def picture(at: float, *things: tuple[str, tuple[str, ...], tuple[str, ...]]) -> Memory:
    """A keyframe in which things were found."""
    found = [{"name": n, "words": w, "confidence": 0.9, "box": [0, 0, 1, 1], "colours": c}
             for n, w, c in things]  # fmt: skip
    made = row(Kind.KEYFRAME, at, at + 0.04, "", details={"found": found})
    return replace(made, text=None)


def asked(question: str) -> Plan:
    return understand(question)


ROWS = [picture(2, CAR, CAR), picture(8, CAR), thing(0, 10, "car; vehicle"), text(1, 4, "EXIT")]


@pytest.mark.parametrize("question", ["How many cars are there?", "How many vehicles are visible?"])
def test_the_most_at_once_is_counted(question: str) -> None:
    draft = read_count(asked(question), context(ROWS))
    assert draft.proven and draft.text == "2"
    assert draft.cited[0].span == Span.of_seconds(2, 5)


def test_at_a_time_the_pictures_around_it_must_agree() -> None:
    at_5 = context(ROWS, [Span.of_seconds(5, 5.1)])
    unsure = read_number(asked("How many cars are there at 5 s?"), at_5)
    assert unsure is not None and not unsure.proven
    at_9 = context(ROWS, [Span.of_seconds(9, 9.1)])
    sure = read_number(asked("How many cars are there at 9 s?"), at_9)
    assert sure is not None and sure.proven and sure.text == "1"


def test_what_was_not_found_is_not_counted() -> None:
    assert not read_count(asked("How many dogs are there?"), context(ROWS)).proven
    draft = read_count(asked("How many cars stand beside the lighthouse?"), context(ROWS))
    assert not draft.proven


def test_colours_are_taken_inside_the_box() -> None:
    import numpy as np

    image = np.zeros((100, 200, 3), np.uint8)
    image[20:80, 120:180] = (220, 20, 20)
    found = found_values(image, [Detection("car", ("car",), 0.9, (0.6, 0.2, 0.9, 0.8))])
    assert found[0]["colours"] == ["red"]


@pytest.mark.parametrize(
    "question", ["How many faces are visible?", "How many people are in the picture?"]
)
def test_faces_are_counted_where_they_were_found(question: str) -> None:
    face = {
        "name": "face",
        "words": ["face"],
        "confidence": 0.9,
        "box": [0, 0, 1, 1],
        "colours": [],
    }
    told = "3 faces of people are visible at once: 3 in the middle"
    seen = row(Kind.FACES, 4, 6, told, details={"count": 3, "found": [face] * 3})
    draft = read_count(asked(question), context([*ROWS, seen]))
    assert (draft.text, draft.proven, draft.cited[0].span) == ("3", True, Span.of_seconds(4, 6))


SITTING = row(Kind.POSES, 3, 7, "2 people are sitting", details={"count": 2, "pose": "sit"})


def test_people_in_a_pose_are_counted_by_its_rows() -> None:
    draft = read_count(asked("How many people are sitting?"), context([*ROWS, SITTING]))
    assert (draft.text, draft.proven, draft.cited[0].span) == ("2", True, Span.of_seconds(3, 7))
    assert read_count(asked("How many people are lying?"), context([*ROWS, SITTING])).text is None


def test_that_somebody_is_in_a_pose_is_yes() -> None:
    draft = read_yes_no(asked("Is anyone sitting?"), context([*ROWS, SITTING]))
    assert (draft.text, draft.cited[0].span) == ("Yes", Span.of_seconds(3, 7))
    assert read_yes_no(asked("Is anyone lying down?"), context([*ROWS, SITTING])).text is None
