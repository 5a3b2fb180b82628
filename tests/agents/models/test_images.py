"""Pictures made smaller and written as JPEG."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from agents.models.images import as_jpeg, shrunk
from agents.models.ports import Image


def picture(height: int, width: int) -> Image:
    down, across = np.mgrid[:height, :width]
    parts = (across * 3 % 256, down * 2 % 256, (across + down) % 256)
    return np.stack(parts, -1).astype(np.uint8)


@pytest.mark.parametrize(
    ("given", "side", "size"),
    [((270, 480), 96, (54, 96)), ((481, 271), 320, (320, 180)), ((2, 900), 64, (1, 64))],
)
def test_the_longest_side_is_held_and_the_shape_kept(
    given: tuple[int, int], side: int, size: tuple[int, int]
) -> None:
    assert shrunk(picture(*given), side).shape == (*size, 3)


def test_what_is_small_enough_is_left_alone() -> None:
    image = picture(36, 64)
    assert shrunk(image, 64) is image


def test_pixels_are_averaged_over_areas() -> None:
    checks = np.indices((64, 64)).sum(0) % 2 * 200
    image = np.repeat(checks[:, :, None], 3, 2).astype(np.uint8)
    assert set(np.unique(shrunk(image, 32))) == {100}


def test_a_jpeg_has_the_colours_of_the_picture() -> None:
    red = np.zeros((90, 160, 3), np.uint8)
    red[:, :, 0] = 200
    decoded = cv2.imdecode(np.frombuffer(as_jpeg(red, 80, 90), np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    assert decoded.shape == (45, 80, 3)
    assert np.abs(decoded[:, :, ::-1].astype(int) - [200, 0, 0]).max() <= 3
