"""What a thing looks like, so that it is told when it is lost and found again."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from agents.models.ports import Image
from agents.tools.render.boxes import Rectangle

SIDE = 32
"""Pixels of the pattern's sides."""
ASIDE = 4
"""Of these, by how many the thing may lie aside."""
LIKE = 0.35
"""Correlation of patterns from which something looks like the thing."""
FOUND = 0.7
"""Correlation from which it is taken to be found again in a whole picture."""
INNER = 0.42
"""Axes of the ellipse in which a thing is compared, as shares of its sides."""
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
        """Whether what is in a box, or a little beside it, looks like the thing.

        A tracker is off by a pixel or two, which fine patterns do not bear.
        """
        x, y, wide, high = box
        more = ASIDE / SIDE
        patch = _inside(
            image, (x - more * wide, y - more * high, wide * (1 + 2 * more), high * (1 + 2 * more))
        )
        if not patch.size:
            return False
        around = _pattern(patch, SIDE + 2 * ASIDE)
        return best_match(around, self.pattern)[0] >= LIKE

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
            score, (x, y) = best_match(image, small.astype(np.uint8))
            if score > best:
                best, where = score, (float(x), float(y), float(wide), float(high))
        return where


def best_match(
    image: Image | NDArray[np.float32], part: Image | NDArray[np.float32]
) -> tuple[float, tuple[int, int]]:
    """How well a part is seen in a picture, -1 to 1, and where.

    Only what is inside of the part's ellipse counts: its corners mostly show the ground.
    """
    import cv2

    high, wide = part.shape[:2]
    inner = np.zeros(part.shape, part.dtype)
    axes = max(1, round(INNER * wide)), max(1, round(INNER * high))
    cv2.ellipse(inner, (wide // 2, high // 2), axes, 0, 0, 360, (1, 1, 1), -1)
    scores = cv2.matchTemplate(image, part, cv2.TM_CCOEFF_NORMED, mask=inner)
    # where a picture is of one colour nothing is told
    scores = np.where(np.isfinite(scores) & (np.abs(scores) <= 1.01), scores, -1.0)
    row, column = divmod(int(scores.argmax()), scores.shape[1])
    return float(scores[row, column]), (column, row)


def _inside(image: Image, box: Rectangle) -> Image:
    x, y, wide, high = (round(side) for side in box)
    return image[max(0, y) : max(0, y + high), max(0, x) : max(0, x + wide)]


def _pattern(patch: Image, side: int = SIDE) -> NDArray[np.float32]:
    """A patch at one size, with mean 0 and deviation 1."""
    import cv2

    small = cv2.resize(patch, (side, side), interpolation=cv2.INTER_AREA).astype(np.float32)
    centred = small - small.mean(axis=(0, 1))
    return centred / max(float(centred.std()), 1.0)


def _tiny(image: Image) -> NDArray[np.float32]:
    import cv2

    return cv2.resize(image, (32, 18), interpolation=cv2.INTER_AREA).astype(np.float32)
