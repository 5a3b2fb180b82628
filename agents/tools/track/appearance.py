"""What a thing looks like, so that it is told when it is lost and found again."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product

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
SURE = 0.6
"""Correlation from which the look that is kept follows what is seen."""
KEPT = 0.8
"""Share of the look that stays with each such picture: things turn, and light changes."""
GROWTH = (0.96, 1.0, 1.04)
"""Sizes that are compared from picture to picture."""
PLAIN = 0.01
"""Correlation by which another size must fit better."""
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
    recent: NDArray[np.float32]
    """The pattern as it looked lately."""
    last: Image
    """The patch as it was seen last for sure."""
    before: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0, 3), np.float32))
    """The picture that was seen last, tiny."""

    @classmethod
    def of(cls, image: Image, box: Rectangle) -> Appearance:
        """What is in a box of a picture."""
        patch = _inside(image, box).copy()
        pattern = _pattern(patch)
        return cls(patch, pattern, pattern, patch)

    def is_like(self, image: Image, box: Rectangle) -> bool:
        """Whether what is in a box, or a little beside it, looks like the thing.

        A tracker is off by a pixel or two, which fine patterns do not bear. The look that is kept
        follows what is surely the thing.
        """
        around = _around(image, box)
        if around is None:
            return False
        score = max(best_match(around, one)[0] for one in (self.pattern, self.recent))
        if score >= SURE:
            patch = _inside(image, box)
            mixed = KEPT * self.recent + (1 - KEPT) * _pattern(patch)
            self.recent = mixed.astype(np.float32)
            self.last = patch.copy()
        return score >= LIKE

    def growth(self, image: Image, box: Rectangle) -> float:
        """By how much the thing is larger than a box, as its first look fits."""
        x, y, wide, high = box
        fits: dict[float, float] = {}
        for factor in GROWTH:
            more = (factor - 1) / 2
            scaled = x - wide * more, y - high * more, wide * factor, high * factor
            around = _around(image, scaled)
            fits[factor] = -1.0 if around is None else best_match(around, self.pattern)[0]
        best = max(fits, key=lambda factor: fits[factor])
        return best if fits[best] >= max(SURE, fits[1.0] + PLAIN) else 1.0

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
        looks = [self.patch] if self.last is self.patch else [self.patch, self.last]
        for look, scale in product(looks, SCALES):
            wide, high = (max(8, round(side * scale)) for side in look.shape[1::-1])
            if wide > width or high > height:
                continue
            small = cv2.resize(look, (wide, high), interpolation=cv2.INTER_AREA)
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


def _around(image: Image, box: Rectangle) -> NDArray[np.float32] | None:
    """The pattern of a box and a little beside it; None outside of the picture."""
    x, y, wide, high = box
    more = ASIDE / SIDE
    patch = _inside(
        image, (x - more * wide, y - more * high, wide * (1 + 2 * more), high * (1 + 2 * more))
    )
    return _pattern(patch, SIDE + 2 * ASIDE) if patch.size else None


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
