from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from agents.perception.records import Thumb
from agents.perception.shots import CutDetector, content_score, to_hsv
from tests.media import plain, scene

STEP = 40_000


def thumb(picture: np.ndarray) -> Thumb:
    return cv2.resize(picture, (64, 36), interpolation=cv2.INTER_AREA).astype(np.uint8)


def cuts(pictures: Sequence[np.ndarray], threshold: float = 27.0) -> list[int]:
    detector = CutDetector(threshold)
    for number, picture in enumerate(pictures):
        detector.see(number * STEP, thumb(picture))
    detector.finish()
    return [time // STEP for time in detector.cuts]


def slide(lines: Sequence[str]) -> np.ndarray:
    page = plain((255, 255, 255), 640, 360)
    for row, line in enumerate(lines):
        place = (40, 70 + 60 * row)
        cv2.putText(page, line, place, cv2.FONT_HERSHEY_SIMPLEX, 1.4, (0, 0, 0), 4)
    return page


def test_cuts_between_scenes_at_their_first_picture() -> None:
    assert cuts([scene(1)] * 10 + [scene(2)] * 10 + [scene(3)] * 10) == [10, 20]


def test_the_last_pictures_count_too() -> None:
    assert cuts([scene(1)] * 10 + [scene(2)]) == [10]


def test_a_flash_is_no_cut() -> None:
    assert cuts([scene(1)] * 10 + [plain((255, 255, 255))] * 2 + [scene(1)] * 10) == []
    assert cuts([scene(1)] * 10 + [scene(7)] + [scene(1)] * 10) == []


def test_a_fade_is_no_cut() -> None:
    fade = [(scene(1) * (1 - i / 12)).astype(np.uint8) for i in range(13)]
    assert cuts([scene(1)] * 5 + fade) == []


def test_light_going_on_is_no_cut() -> None:
    dim = (scene(1) * 0.45).astype(np.uint8)
    assert content_score(to_hsv(thumb(dim)), to_hsv(thumb(scene(1)))) > 20
    assert cuts([dim] * 10 + [scene(1)] * 10, threshold=15.0) == []


def test_slides_that_follow_each_other_are_cuts_although_little_changes() -> None:
    one = slide(["First point", "of this talk", "is quite long"])
    other = slide(["", "Thanks!"])
    assert content_score(to_hsv(thumb(one)), to_hsv(thumb(other))) < 27
    assert cuts([one] * 10 + [other] * 10) == [10]


def test_a_line_that_is_added_to_a_slide_is_no_cut() -> None:
    lines = ["First point", "of this talk", "is quite long", "indeed", "it is"]
    assert cuts([slide(lines[:4])] * 10 + [slide(lines)] * 10) == []


def test_slides_in_black_bars_are_seen_too() -> None:
    def framed(page: np.ndarray) -> np.ndarray:
        return cv2.copyMakeBorder(page, 200, 200, 350, 350, cv2.BORDER_CONSTANT, value=(0, 0, 0))

    one, other = framed(slide(["First point", "of this talk"])), framed(slide(["", "", "Thanks!"]))
    assert cuts([one] * 10 + [other] * 10) == [10]


def test_a_moving_camera_is_no_cut() -> None:
    wide = cv2.resize(scene(5), (3200, 360), interpolation=cv2.INTER_LINEAR)
    pan = [wide[:, 40 * i : 40 * i + 640] for i in range(40)]
    assert cuts(pan) == []


def test_the_score_is_that_of_pyscenedetect() -> None:
    from scenedetect.common import FrameTimecode
    from scenedetect.detectors import ContentDetector
    from scenedetect.stats_manager import StatsManager

    detector = ContentDetector()
    detector.stats_manager = StatsManager()
    pictures = [thumb(scene(i)) for i in range(4)]
    for number, picture in enumerate(pictures):
        detector.process_frame(FrameTimecode(number, 25.0), picture[..., ::-1].copy())
    for number in range(1, 4):
        theirs = detector.stats_manager.get_metrics(FrameTimecode(number, 25.0), ["content_val"])
        ours = content_score(to_hsv(pictures[number - 1]), to_hsv(pictures[number]))
        assert ours == pytest.approx(theirs[0], abs=1e-6)
