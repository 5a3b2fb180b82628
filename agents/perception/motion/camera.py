"""Whether the camera turns: how far the whole picture shifts from one sample to the next."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from agents.perception.records import Thumb

Grey = NDArray[np.float32]

SHIFTED = 0.7
"""Share of the difference that a shift of the whole picture must leave to be the camera's."""


class Camera:
    """How far the whole picture shifted, by phase correlation of small pictures."""

    def __init__(self) -> None:
        self._last: Grey | None = None
        self._places: list[tuple[int, float, float]] = []

    def see(self, now: int, grey: Grey) -> None:
        """Add the shift since the picture before."""
        x, y = self._places[-1][1:] if self._places else (0.0, 0.0)
        if self._last is not None:
            dx, dy = _shift(self._last, grey)
            x, y = x + dx, y + dy
        self._last = grey
        self._places.append((now, x, y))

    def turned(self, start: int, end: int) -> float:
        """The widest shift between two times, as a share of the picture's side."""
        inside = [(x, y) for at, x, y in self._places if start <= at <= end]
        if not inside:
            return 0.0
        spread = np.ptp(np.asarray(inside), axis=0)
        return float(spread.max())


def _shift(before: Grey, now: Grey) -> tuple[float, float]:
    """The shift of the whole picture as shares of its sides; none where things move in it."""
    height, width = now.shape
    window = cv2.createHanningWindow((width, height), cv2.CV_32F)
    # handed to OpenCV 4.14, the window would be multiplied into the pictures that are handed in
    (dx, dy), _ = cv2.phaseCorrelate(before * window, now * window)
    matrix = np.asarray([[1, 0, dx], [0, 1, dy]], np.float32)
    moved = cv2.warpAffine(before, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    if np.abs(moved - now).mean() >= SHIFTED * np.abs(before - now).mean():
        return 0.0, 0.0
    return dx / width, dy / height


def grey_of(thumb: Thumb) -> Grey:
    """A small picture by its light alone."""
    return cv2.cvtColor(thumb, cv2.COLOR_RGB2GRAY).astype(np.float32)
