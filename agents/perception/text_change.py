"""Cheap measures of whether text in a picture is still there, changed, or new, and where.

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
from agents.models.ports import Image, TextReader

Box = tuple[float, float, float, float]
Grey = NDArray[np.uint8]
Shares = NDArray[np.float32]

BLOCK = 10
"""Pixels: side of the blocks in which new strokes are counted."""
NOISE = 3
"""Grey levels by which coding noise changes a block at most."""
STROKE = 36
"""Grey levels between neighbouring pixels that make a stroke."""
FRESH_SHARE = 0.12
"""Share of a block that new strokes must cover to count."""
SLIDE_SHARE = 0.4
"""Most of the blocks that change where one slide follows another on the same ground."""
SAME = 0.85
"""Least likeness of every piece of a text that counts as unchanged."""
GONE = 0.4
"""Likeness of the whole text below which it is gone."""
FADED = 0.3
"""Share of its former contrast below which a text is gone."""


WHOLE: Box = (0.0, 0.0, 1.0, 1.0)
MARGIN = 2
"""Blocks around a change that are looked at with it."""
MOST = 0.85
"""Share of the picture from which looking at parts of it saves too little."""
GRAIN = 32
"""Pixels: the text detector takes pictures whose sides are multiples of this."""
SMALLEST_PART = 96
"""Pixels: shortest side of a part of a picture in which text is looked for."""


@dataclass(frozen=True, slots=True)
class Aim:
    """What to look at: lines that are read again where they stand, else text is sought."""

    regions: tuple[Box, ...] = (WHOLE,)
    again: tuple[Box, ...] = ()


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
    return one.shape == other.shape and not changed_blocks(one, other).any()


def is_other_slide(one: Grey, other: Grey) -> bool:
    """Whether something changed on a ground that did not, as from slide to slide."""
    return 0 < float(changed_blocks(one, other).mean()) <= SLIDE_SHARE


def changed_blocks(one: Grey, other: Grey) -> Shares:
    """1 for each block in which two pictures of one size differ by more than coding noise, else 0.

    Returns:
        Shape (rows, columns).
    """
    size = (max(1, one.shape[1] // BLOCK), max(1, one.shape[0] // BLOCK))
    change = cv2.resize(cv2.absdiff(one, other), size, interpolation=cv2.INTER_AREA)
    return np.asarray(change > NOISE, dtype=np.float32)


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


def regions_of(shares: Shares, boxes: Sequence[Box], lines: Sequence[Box]) -> tuple[Box, ...]:
    """Parts of the picture, apart from each other, around blocks that hold news and `boxes`.

    `lines` that reach into one of them belong to it.
    """
    hot = np.asarray(shares > FRESH_SHARE, dtype=np.uint8)
    for box in boxes:
        hot[_blocks(box, hot)] = 1
    wide = cv2.dilate(hot, np.ones((2 * MARGIN + 1, 2 * MARGIN + 1), np.uint8))
    for line in lines:
        if wide[_blocks(line, hot)].any():
            wide[_blocks(line, hot)] = 1
    rows, columns = hot.shape
    stats = cv2.connectedComponentsWithStats(wide)[2][1:]
    return _apart(
        [
            (x / columns, y / rows, (x + width) / columns, (y + height) / rows)
            for x, y, width, height, _ in stats.tolist()
        ]
    )


def _blocks(box: Box, shares: NDArray[np.uint8]) -> tuple[slice, slice]:
    """Rows and columns of the blocks that a box touches."""
    rows, columns = shares.shape
    down = slice(max(0, int(box[1] * rows)), int(np.ceil(box[3] * rows)))
    return down, slice(max(0, int(box[0] * columns)), int(np.ceil(box[2] * columns)))


def _apart(boxes: Sequence[Box]) -> tuple[Box, ...]:
    """Boxes of which none overlaps another: those that do are joined."""
    apart: list[Box] = []
    for box in boxes:
        whole = box
        while touching := [other for other in apart if _meet(whole, other)]:
            apart = [other for other in apart if other not in touching]
            whole = _hull([whole, *touching])
        apart.append(whole)
    return tuple(apart)


def _meet(one: Box, other: Box) -> bool:
    across = min(one[2], other[2]) > max(one[0], other[0])
    return across and min(one[3], other[3]) > max(one[1], other[1])


def _hull(boxes: Sequence[Box]) -> Box:
    left, top, right, bottom = zip(*boxes, strict=True)
    return (min(left), min(top), max(right), max(bottom))


def parts_of(image: Image, regions: Sequence[Box]) -> list[tuple[slice, slice]] | None:
    """Rows and columns of regions, each as the text detector likes it; None for nearly all."""
    height, width = image.shape[:2]
    parts: list[tuple[slice, slice]] = []
    area = 0
    for left, top, right, bottom in regions:
        down = _grained(top * height, bottom * height, height)
        across = _grained(left * width, right * width, width)
        area += (down.stop - down.start) * (across.stop - across.start)
        parts.append((down, across))
    return parts if area <= MOST * height * width else None


def found_in(reader: TextReader, image: Image, regions: Sequence[Box]) -> list[Box]:
    """Boxes of text in parts of a picture, as fractions of the picture.

    A line that the edge of its part cuts is found whole: then all of the picture is searched.
    """
    parts = parts_of(image, regions)
    if parts is None:
        return reader.find(image)
    boxes: list[Box] = []
    for down, across in parts:
        for box in reader.find(image[down, across]):
            if _is_cut(box, down, across, image):
                return reader.find(image)
            boxes.append(_in_whole(box, down, across, image))
    return boxes


def _in_whole(box: Box, down: slice, across: slice, image: Image) -> Box:
    """A box in a part of a picture as a box in the picture."""
    height, width = image.shape[:2]
    left, right = (across.start + x * (across.stop - across.start) for x in box[::2])
    top, bottom = (down.start + y * (down.stop - down.start) for y in box[1::2])
    return (left / width, top / height, right / width, bottom / height)


def _is_cut(box: Box, down: slice, across: slice, image: Image) -> bool:
    """Whether a box reaches an edge of its part that is none of the picture."""
    height, width = image.shape[:2]
    beside, above = 1 / (across.stop - across.start), 1 / (down.stop - down.start)
    return (
        (box[0] < beside and across.start > 0)
        or (box[1] < above and down.start > 0)
        or (box[2] > 1 - beside and across.stop < width)
        or (box[3] > 1 - above and down.stop < height)
    )


def _grained(start: float, end: float, size: int) -> slice:
    """A stretch of pixels around another, as long as the detector likes it, inside the picture."""
    length = max(SMALLEST_PART, int(np.ceil((end - start) / GRAIN)) * GRAIN)
    if length >= size:
        return slice(0, size)
    first = round((start + end - length) / 2)
    first = min(max(first, 0), size - length)
    return slice(first, first + length)


def replaced(old: Grey | None, new: Grey, boxes: Sequence[Box]) -> Grey:
    """A picture with boxes of a newer one in their places; all zero elsewhere if there was none."""
    made = np.zeros_like(new) if old is None else old.copy()
    height, width = made.shape
    for left, top, right, bottom in boxes:
        down = slice(int(top * height), int(np.ceil(bottom * height)))
        across = slice(int(left * width), int(np.ceil(right * width)))
        made[down, across] = new[down, across]
    return made


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
