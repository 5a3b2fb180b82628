"""Faces over time: how many at once, where, and from when to when."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from agents.models.ports import Face, Image
from agents.perception.people.faces import EVERY, face_percepts, faces_in, steady
from agents.perception.people.looks import Looks
from agents.perception.records import Frame, Percept
from memory.details import FoundThing
from memory.records import SECOND, Kind, Span
from tests.media import scene

STEP = SECOND // 2
LEFT, MIDDLE, RIGHT = ((x, 0.3, 0.1, 0.2) for x in (0.1, 0.45, 0.8))


class Told:
    """Finds what it was told to find, one answer per look."""

    name = "told"

    def __init__(self, *answers: Sequence[tuple[float, float, float, float]]) -> None:
        self.answers = list(answers)
        self.looks = 0

    def find(self, image: Image) -> list[Face]:
        high, wide = image.shape[:2]
        boxes = self.answers[min(self.looks, len(self.answers) - 1)]
        self.looks += 1
        return [((x * wide, y * high, w * wide, h * high), 0.8) for x, y, w, h in boxes]


def told(
    finder: Told, seconds: int, cuts: tuple[int, ...] = (), *, still: bool = False
) -> list[Percept]:
    """What is told of a video that moves all the time, or never; cuts are numbers of pictures."""

    def look(image: Image) -> tuple[FoundThing, ...]:
        return faces_in(image, finder)

    looks = Looks(look, EVERY)
    for number in range(2 * seconds):
        image = scene(0 if still else number)
        thumb = cv2.resize(image, (64, 36), interpolation=cv2.INTER_AREA)
        frame = Frame(Span(number * STEP, (number + 1) * STEP), image)
        looks.see(frame, np.asarray(thumb, np.uint8), number in cuts)
    made = face_percepts(looks.finish(seconds * SECOND), "told")
    assert all(each.kind is Kind.FACES for each in made)
    return made


def rows(percepts: Sequence[Percept]) -> list[tuple[float, float, str]]:
    return [(*each.span.seconds, (each.text or "").split(": ")[0]) for each in percepts]


ONE, TWO = "1 face of a person is visible", "2 faces of people are visible at once"


def test_each_number_of_faces_has_its_time() -> None:
    finder = Told([], [], [LEFT], [LEFT], [LEFT, RIGHT], [LEFT, RIGHT], [], [])
    made = told(finder, 8)
    assert rows(made) == [(2, 4, ONE), (4, 6, TWO)]
    assert [each.details.get("count") for each in made] == [1, 2]
    assert made[1].text == f"{TWO}: 1 on the left, 1 on the right"


def test_what_one_look_alone_says_is_not_told() -> None:
    finder = Told([LEFT], [LEFT], [], [LEFT], [LEFT, RIGHT], [LEFT])
    assert rows(told(finder, 6)) == [(0, 6, ONE)]
    assert steady([1, 2, 1, 2, 1]) == [1, 1, 1, 1, 1]
    assert steady([0, 1, 1, 0]) == [0, 1, 1, 0]


def test_a_cut_ends_a_stretch() -> None:
    made = told(Told([LEFT]), 4, cuts=(3,))
    assert rows(made) == [(0, 1.5, ONE), (1.5, 4, ONE)]


def test_a_picture_that_rests_is_looked_at_once() -> None:
    finder = Told([MIDDLE], [])
    assert rows(told(finder, 5, still=True)) == [(0, 5, ONE)]
    assert finder.looks == 1


def test_a_face_that_moves_has_its_places_in_order_of_time() -> None:
    finder = Told([LEFT], [LEFT], [MIDDLE], [MIDDLE], [RIGHT], [RIGHT])
    (made,) = told(finder, 6)
    assert (made.text or "").endswith("on the left then in the middle then on the right")


@pytest.mark.parametrize(
    ("height", "words"),
    [(0.5, "near in the middle"), (0.2, "in the middle"), (0.05, "far in the middle")],
)
def test_how_near_a_face_is_follows_from_its_size(height: float, words: str) -> None:
    (made,) = told(Told([(0.45, 0.2, 0.1, height)]), 2)
    assert made.text == f"{ONE}: {words}"


def test_a_doubtful_face_is_none() -> None:
    class Doubts(Told):
        def find(self, image: Image) -> list[Face]:
            return [(box, 0.45) for box, _ in super().find(image)]

    assert told(Doubts([LEFT]), 3) == []
