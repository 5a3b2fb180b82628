"""What moves before a still camera and has no name: when it comes and goes, and which way."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from agents.perception.motion import unnamed
from agents.perception.motion.tracks import Sight
from agents.perception.motion.unnamed import Unnamed
from agents.perception.records import Percept, Thumb
from agents.perception.shots import HEIGHT, WIDTH
from memory.records import SECOND, Kind
from tests.agents.perception.motion.test_follow import Place, picture

STEP = SECOND // 8


def seen(
    place: Place,
    until: float,
    cuts: Sequence[int] = (),
    named: Sequence[Sight] = (),
    turn: float = 0,
) -> list[Percept]:
    watching = Unnamed()
    for now in range(0, round(until * SECOND), STEP):
        seconds = now / SECOND
        watching.see(now, thumb(place(seconds), turn * seconds))
    return watching.finish(round(until * SECOND), cuts, named)


def thumb(place: tuple[float, float, float] | None, turn: float) -> Thumb:
    small = cv2.resize(picture(place, turn), (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    return small.astype(np.uint8)


def crosses(seconds: float) -> tuple[float, float, float] | None:
    """From the right edge at 4 s to the left one at 7 s."""
    return (1.05 - 0.37 * (seconds - 4), 0.5, 0.25) if 4 <= seconds < 7 else None


def test_what_crosses_the_picture_is_told_with_its_sides_and_times() -> None:
    (found,) = seen(crosses, 10)
    assert found.kind is Kind.MOTION
    told = [(step["how"], step["at"] / SECOND) for step in found.details.get("steps", [])]
    assert [how for how, _ in told] == [
        "enters from the right",
        "moves to the left",
        "leaves to the left",
    ]
    assert told[0][1] == pytest.approx(4.25, abs=0.5)
    assert told[-1][1] == pytest.approx(7.0, abs=0.7)
    assert (found.text or "").startswith("something enters from the right")


def test_nothing_is_told_where_nothing_moves() -> None:
    assert seen(lambda _: None, 6) == []
    assert seen(lambda _: (0.5, 0.5, 0.3), 6) == []


def test_a_turning_camera_tells_nothing() -> None:
    assert seen(crosses, 10, turn=0.08) == []


def test_what_has_a_name_is_not_told_again() -> None:
    boxes = [Sight(round(s * SECOND), (0.0, 0.2, 1.0, 0.8), "dog", 0.9) for s in (4, 5, 6, 7)]
    assert seen(crosses, 10, named=boxes) == []


def test_nothing_goes_on_over_a_cut() -> None:
    assert seen(crosses, 10, cuts=[5 * SECOND]) == []


def test_without_a_background_nothing_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unnamed, "boxes_of", lambda _: [])
    assert seen(crosses, 10) == []


def test_many_things_at_once_are_water_or_leaves() -> None:
    draw = np.random.default_rng(3)

    def noise(_: float) -> Thumb:
        rough = draw.integers(0, 255, (6, 11, 3), dtype=np.uint8)
        spots = cv2.resize(rough, (WIDTH, HEIGHT), interpolation=cv2.INTER_NEAREST)
        return np.where(spots > 200, spots, 90).astype(np.uint8)

    watching = Unnamed()
    for now in range(0, 10 * SECOND, STEP):
        watching.see(now, noise(now))
    assert len(watching.finish(10 * SECOND, (), ())) <= 1
