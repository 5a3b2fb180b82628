"""Cheap measures of whether text in a picture is still there, changed, or new.

All work on small grey pictures. Text is looked at through its strokes: where the local contrast is
strong, compared after the local mean was taken out, so that fades and brightness do not matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import cv2
import numpy as np
from numpy.typing import NDArray

from agents.models.images import shrunk
from agents.models.ports import Image

Box = tuple[float, float, float, float]
Grey = NDArray[np.uint8]
Shares = NDArray[np.float32]

BLOCK = 10
"""Pixels: side of the blocks in which new strokes are counted."""
STROKE = 36
"""Grey levels between neighbouring pixels that make a stroke."""
FRESH_SHARE = 0.12
"""Share of a block that new strokes must cover to count."""
NOISE = 3
"""Grey levels by which coding may change a block."""
SLIDE_SHARE = 0.4
"""Most of the blocks that change where one slide follows another on the same ground."""
SAME = 0.85
"""Least likeness of every piece of a text that counts as unchanged."""
GONE = 0.4
"""Likeness of the whole text below which it is gone."""
FADED = 0.3
"""Share of its former contrast below which a text is gone."""


class State(Enum):
    """What became of a text."""

    SAME = "same"
    CHANGED = "changed"
    """Something else is there, or the same over a changing background: reading tells."""
    GONE = "gone"


def to_grey(image: Image, side: int) -> Grey:
    """A grey picture, shape (height, width), longest side at most `side` pixels."""
    return np.asarray(cv2.cvtColor(shrunk(image, side), cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def is_still(one: Grey, other: Grey) -> bool:
    """Whether two pictures differ by no more than coding noise, in every block."""
    if one.shape != other.shape:
        return False
    return int(_change(one, other).max()) <= NOISE


def _change(one: Grey, other: Grey) -> Grey:
    """Mean difference of each block."""
    size = (max(1, one.shape[1] // BLOCK), max(1, one.shape[0] // BLOCK))
    change = cv2.resize(cv2.absdiff(one, other), size, interpolation=cv2.INTER_AREA)
    return np.asarray(change, dtype=np.uint8)


def is_other_slide(one: Grey, other: Grey) -> bool:
    """Whether something changed on a ground that did not, as from slide to slide."""
    change = _change(one, other)
    return bool(change.max() > NOISE) and float((change > NOISE).mean()) <= SLIDE_SHARE


def strokes(grey: Grey) -> Grey:
    """Where the local contrast is strong: 1, elsewhere 0."""
    kernel = np.ones((3, 3), np.uint8)
    gradient = cv2.morphologyEx(grey, cv2.MORPH_GRADIENT, kernel)
    return np.asarray(gradient > STROKE, dtype=np.uint8)


def fresh_strokes(now: Grey, before: Grey | None, known: Grey) -> Shares:
    """Strokes that stood still since the last sample and are new since the last look.

    Args:
        now: strokes of this sample.
        before: strokes of the sample before; None asks for no stillness.
        known: strokes at the last look, all zero when there was none.

    Returns:
        The share of each block that they cover, shape (rows, columns).
    """
    wide = np.ones((3, 3), np.uint8)
    fresh = cv2.bitwise_and(now, 1 - cv2.dilate(known, wide))
    if before is not None:
        fresh = cv2.bitwise_and(fresh, cv2.dilate(before, wide))
    size = (max(1, now.shape[1] // BLOCK), max(1, now.shape[0] // BLOCK))
    shares = cv2.resize(fresh.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    return np.asarray(shares, dtype=np.float32)


def without(shares: Shares, boxes: Sequence[Box]) -> Shares:
    """The same with the blocks set to zero whose middle lies in a box."""
    left = shares.copy()
    rows, columns = shares.shape
    for box in boxes:
        across = slice(round(box[0] * columns), round(box[2] * columns))
        left[round(box[1] * rows) : round(box[3] * rows), across] = 0
    return left


def are_enough(shares: Shares) -> bool:
    """Whether there are enough new strokes for a letter."""
    return int((shares > FRESH_SHARE).sum()) >= 2


@dataclass(frozen=True, slots=True)
class Patch:
    """How a text looked when it was read: its place and its strokes without the local mean."""

    box: Box
    relief: NDArray[np.float32]
    contrast: float

    @classmethod
    def of(cls, grey: Grey, box: Box) -> Patch:
        """The look of what is in `box` (fractions of the picture)."""
        relief = _relief(grey, box)
        return cls(box, relief, float(relief.std()))

    def state(self, grey: Grey) -> State:
        """What became of this text in another picture of the same size."""
        other = _relief(grey, self.box)
        if other.shape != self.relief.shape or not self.relief.size:
            return State.GONE
        if float(other.std()) < FADED * self.contrast:
            return State.GONE
        if _likeness(self.relief, other) < GONE:
            return State.GONE
        worst = float(_piecewise(self.relief, other, self.contrast).min())
        return State.SAME if worst >= SAME else State.CHANGED


def _relief(grey: Grey, box: Box) -> NDArray[np.float32]:
    height, width = grey.shape
    left, right = int(box[0] * width), int(np.ceil(box[2] * width))
    top, bottom = int(box[1] * height), int(np.ceil(box[3] * height))
    crop = grey[max(top, 0) : bottom, max(left, 0) : right].astype(np.float32)
    if not crop.size:
        return crop
    around = max(3, crop.shape[0] | 1)
    return crop - np.asarray(cv2.blur(crop, (around, around)), dtype=np.float32)


def _likeness(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Correlation of two reliefs; 1 where neither has strokes to speak of."""
    first, second = one - one.mean(), other - other.mean()
    spread = float(np.sqrt((first**2).mean() * (second**2).mean()))
    if max(first.std(), second.std()) < 1.0:
        return 1.0
    return float((first * second).mean()) / max(spread, 1e-6)


def _piecewise(
    one: NDArray[np.float32], other: NDArray[np.float32], contrast: float
) -> NDArray[np.float64]:
    """The same in pieces as wide as the text is high, each half over the next, shape (pieces,).

    All pieces come out of running sums: one by one they would be the dearest part of following.
    """
    height, width = one.shape
    step = max(4, height)
    starts = np.arange(0, max(1, width - step // 2), max(2, step // 2))
    ends = np.minimum(starts + step, width)
    terms = np.stack([one, other, one * one, other * other, one * other])
    sums = np.zeros((len(terms), width + 1))
    np.cumsum(terms.sum(axis=1, dtype=np.float64), axis=1, out=sums[:, 1:])
    means = (sums[:, ends] - sums[:, starts]) / ((ends - starts) * height)
    spreads = np.maximum(means[2:4] - means[:2] ** 2, 0.0)
    together = means[4] - means[0] * means[1]
    weakest = max(1.0, 0.3 * contrast)
    alike = together / np.maximum(np.sqrt(spreads[0] * spreads[1]), 1e-6)
    return np.where(spreads.max(axis=0) < weakest**2, 1.0, alike)
