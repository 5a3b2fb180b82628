"""What a thing looks like, so that it is told when it is lost and found again."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from agents.models.ports import Image
from agents.tools.render.boxes import Rectangle

SIDE = 32
"""Pixels of the pattern's sides."""
LIKE = 0.35
"""Correlation of patterns from which something looks like the thing."""
FOUND = 0.7
"""Correlation from which it is taken to be found again in a whole picture."""
SCALES = (0.7, 0.85, 1.0, 1.2, 1.4)
CHANGED = 35.0
"""Mean difference of two tiny pictures (0-255) from which a cut lies between them."""


@dataclass(slots=True)
class Appearance:
    """A thing as it looked when it was pointed at."""

    patch: Image
    pattern: NDArray[np.float32]
    before: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0, 3), np.float32))
    """The picture that was seen last, tiny."""

    @classmethod
    def of(cls, image: Image, box: Rectangle) -> Appearance:
        """What is in a box of a picture."""
        patch = _inside(image, box)
        return cls(patch.copy(), _pattern(patch))

    def is_like(self, image: Image, box: Rectangle) -> bool:
        """Whether what is in a box looks like the thing."""
        patch = _inside(image, box)
        return bool(patch.size) and float((self.pattern * _pattern(patch)).mean()) >= LIKE

    def seen(self, image: Image) -> None:
        """Remember a picture, to notice a cut after it."""
        self.before = _tiny(image)

    def is_cut(self, image: Image) -> bool:
        """Whether a cut lies between the picture seen last and this one."""
        now = _tiny(image)
        return self.before.shape == now.shape and float(np.abs(now - self.before).mean()) > CHANGED

    def found_in(self, image: Image) -> Rectangle | None:
        """Where in a picture it is seen best, if it is seen at all: templates of several sizes."""
        import cv2

        best, where = FOUND, None
        height, width = image.shape[:2]
        for scale in SCALES:
            wide, high = (max(8, round(side * scale)) for side in self.patch.shape[1::-1])
            if wide > width or high > height:
                continue
            small = cv2.resize(self.patch, (wide, high), interpolation=cv2.INTER_AREA)
            _, score, _, (x, y) = cv2.minMaxLoc(
                cv2.matchTemplate(image, small, cv2.TM_CCOEFF_NORMED)
            )
            if score > best:
                best, where = score, (float(x), float(y), float(wide), float(high))
        return where


def _inside(image: Image, box: Rectangle) -> Image:
    x, y, wide, high = (round(side) for side in box)
    return image[max(0, y) : max(0, y + high), max(0, x) : max(0, x + wide)]


def _pattern(patch: Image) -> NDArray[np.float32]:
    """A patch at one size, with mean 0 and deviation 1."""
    import cv2

    small = cv2.resize(patch, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    centred = small - small.mean(axis=(0, 1))
    return centred / max(float(centred.std()), 1.0)


def _tiny(image: Image) -> NDArray[np.float32]:
    import cv2

    return cv2.resize(image, (32, 18), interpolation=cv2.INTER_AREA).astype(np.float32)
