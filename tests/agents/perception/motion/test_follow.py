"""Things in motion: what their boxes tell, when the detector is asked, and what the camera does."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
import pytest

from agents.models.ports import Detection, Image, Recognition
from agents.perception.motion.follow import Follower
from agents.perception.records import Frame, Percept
from memory.records import SECOND, Kind, Span
from tests.media import scene

WIDTH, HEIGHT = 320, 180
STEP = SECOND // 2
GROUND = (scene(7, WIDTH * 2, HEIGHT) * 0.3 + 80).astype(np.uint8)
"""Twice as wide as the picture, so that a camera can turn over it."""

Place = Callable[[float], tuple[float, float, float] | None]
"""Where a thing is at a time in seconds: centre and size, as shares of the picture; None: away."""


class FindsRed:
    """A detector of red squares; it calls them buses."""

    name = "finds red"
    class_names = ("red",)

    def __init__(self) -> None:
        self.looks: list[int] = []

    def recognise(self, images: Sequence[Image]) -> list[Recognition]:
        raise AssertionError("following asks for places alone")

    def find(self, image: Image) -> tuple[Detection, ...]:
        self.looks.append(1)
        height, width = image.shape[:2]
        red = (image[..., 0] > 180) & (image[..., 1] < 80)
        rows, columns = np.flatnonzero(red.any(1)), np.flatnonzero(red.any(0))
        if not len(rows):
            return ()
        box = (columns[0] / width, rows[0] / height, columns[-1] / width, rows[-1] / height)
        return (Detection("bus", ("bus", "vehicle"), 0.9, box),)


def picture(place: tuple[float, float, float] | None, turn: float = 0.0) -> Image:
    shift = round(turn * WIDTH)
    image = GROUND[:, shift : shift + WIDTH].copy()
    if place is not None:
        x, y, size = place
        left, right = (round((x + side * size / 2) * WIDTH) for side in (-1, 1))
        top, bottom = (round((y + side * size / 2) * HEIGHT) for side in (-1, 1))
        image[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)] = (220, 20, 20)
    return image


def followed(
    place: Place, seconds: float = 10, turn: Callable[[float], float] = lambda _: 0.0
) -> tuple[list[Percept], int]:
    """What is told of a thing at `place`, and how often the detector was asked."""
    finder = FindsRed()
    follower = Follower(finder, 0.5)
    for number in range(round(2 * seconds)):
        at = number / 2
        image = picture(place(at), turn(at))
        thumb = cv2.resize(image, (64, 36), interpolation=cv2.INTER_AREA)
        frame = Frame(Span(number * STEP, (number + 1) * STEP), image)
        follower.see(frame, thumb.astype(np.uint8), is_cut=False)
    return follower.finish(round(seconds * SECOND)), len(finder.looks)


def told(place: Place, seconds: float = 10) -> list[str]:
    return [percept.text or "" for percept in followed(place, seconds)[0]]


def through(at: float) -> tuple[float, float, float] | None:
    """From the left edge at 2 s to the right edge at 8 s."""
    return ((at - 2) / 6, 0.5, 0.3) if 2 <= at <= 8 else None


def test_what_comes_in_and_goes_out_is_told_with_its_sides_and_times() -> None:
    (percept,), _ = followed(through)
    assert percept.kind is Kind.MOTION
    assert percept.text == "a red bus enters from the left, moves to the right, leaves to the right"
    start, end = percept.span.seconds
    assert 2 <= start <= 3 and 8 <= end <= 9
    assert percept.details.get("thing") == "bus" and percept.details.get("name") == "red bus"
    steps = percept.details.get("steps", [])
    assert [round(step["at"] / SECOND) for step in steps] == [2, 2, 8]


def test_what_stands_still_is_no_motion_and_is_rarely_looked_for() -> None:
    percepts, looks = followed(lambda _: (0.5, 0.5, 0.3))
    assert percepts == [] and looks == 1


def test_what_moves_is_looked_for_at_every_picture_and_nothing_ever_more_rarely() -> None:
    _, moving = followed(lambda at: (0.1 + at / 12, 0.5, 0.1))
    flicker = np.random.default_rng(0)
    finder = FindsRed()
    follower = Follower(finder, 0.5)
    for number in range(40):
        image = flicker.integers(0, 150, (HEIGHT, WIDTH, 3), np.uint8)
        thumb = np.full((36, 64, 3), 60 * (number % 2), np.uint8)
        follower.see(Frame(Span(number * STEP, (number + 1) * STEP), image), thumb, is_cut=False)
    assert moving == 20
    assert len(finder.looks) <= 8


def test_stopping_and_setting_off() -> None:
    def place(at: float) -> tuple[float, float, float]:
        return (0.2 + 0.1 * min(at, 3) + 0.1 * max(at - 8, 0), 0.5, 0.2)

    assert told(place, 12) == ["a red bus moves to the right, stops, sets off, moves to the right"]


def test_there_and_back() -> None:
    words = told(lambda at: (0.2 + 0.12 * min(at, 10 - at), 0.5, 0.15))
    assert words == ["a red bus moves to the right, moves to the left"]


@pytest.mark.parametrize(("grows", "how"), [(1, "comes closer"), (-1, "moves away")])
def test_coming_closer_and_moving_away(grows: int, how: str) -> None:
    words = told(lambda at: (0.5, 0.5, 0.4 + grows * 0.03 * (at - 5)))
    assert words == [f"a red bus {how}"]


def test_no_direction_is_claimed_while_the_camera_turns() -> None:
    still = 0.8
    percepts, _ = followed(lambda at: (still - at / 20, 0.5, 0.2), turn=lambda at: at / 20)
    assert percepts == []


def test_a_cut_ends_what_was_followed() -> None:
    finder = FindsRed()
    follower = Follower(finder, 0.5)
    for number in range(8):
        image = picture((0.2 + 0.04 * number, 0.5, 0.2))
        thumb = cv2.resize(image, (64, 36), interpolation=cv2.INTER_AREA).astype(np.uint8)
        frame = Frame(Span(number * STEP, (number + 1) * STEP), image)
        follower.see(frame, thumb, is_cut=number == 4)
    found = follower.finish(4 * SECOND)
    assert all(p.span.end <= 2 * SECOND or p.span.start >= 2 * SECOND for p in found)


def test_what_is_lost_at_the_edge_where_it_stood_has_not_left() -> None:
    def flickering(at: float) -> tuple[float, float, float] | None:
        return (0.1, 0.5, 0.2) if at < 5 else None

    assert told(flickering, 6) == []
