"""A picture of one line of text, turned: upside down, or level where the line is slanted."""

from __future__ import annotations

import math

import numpy as np

from agents.models.ports import Image

LEAST_SLANT, MOST_SLANT = 4.0, 35.0
"""Degrees: less is read as well as it stands; near 45 a line's box no longer tells its height."""
EDGE = 0.12
"""Share of a line's height that is kept around it."""


def upside_down(picture: Image) -> Image:
    """The picture turned by 180 degrees."""
    return np.ascontiguousarray(np.rot90(picture, 2))


def levelled(picture: Image) -> Image | None:
    """The slanted line that a picture just holds, level; None where its ink shows no slant.

    The upright box around a line that was turned about its middle is W = l cos + h sin wide and
    H = l sin + h cos high: with the slant known, both tell the line's own length l and height h.

    Args:
        picture: shape (height, width, 3), uint8, no larger than the upright box of the line.
    """
    import cv2

    slant = _slant(picture)
    if slant is None:
        return None
    height, width = picture.shape[:2]
    cos, sin = math.cos(math.radians(slant)), abs(math.sin(math.radians(slant)))
    across = cos * cos - sin * sin
    length, tall = (width * cos - height * sin) / across, (height * cos - width * sin) / across
    if tall < 1 or length < tall:
        return None
    size = round(length + 2 * EDGE * tall), max(1, round(tall * (1 + 2 * EDGE)))
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), slant, 1.0)
    turn[:, 2] += (size[0] - width) / 2, (size[1] - height) / 2
    level = cv2.warpAffine(
        picture, turn, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(level, np.uint8)


def _slant(picture: Image) -> float | None:
    """Degrees, clockwise, by which the ink of a picture is slanted, where that tells."""
    import cv2

    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    _, told = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    ink = np.asarray(told, np.uint8)
    if ink.mean() > 127:  # letters cover less than half of what they stand on
        ink = 255 - ink
    if not ink.any():
        return None
    _, _, degrees = cv2.minAreaRect(cv2.findNonZero(ink))
    slant = (degrees + 45) % 90 - 45
    return slant if LEAST_SLANT <= abs(slant) <= MOST_SLANT else None
