"""Hard cuts, found in one streaming pass over tiny pictures with their real times.

The score of a picture is PySceneDetect's content score (mean absolute difference of hue, saturation
and value to the picture before, 0-255; `ContentDetector` with its default weights). PySceneDetect's
detectors count frames and miss slides, whose change is small; here a decision compares the score
with its neighbours in time, as its `AdaptiveDetector` does, and looks at what changed:

- the score reaches the threshold and stands out from its neighbours, or around it hardly anything
  moves (a slide that follows a slide);
- most edges of the picture are replaced (the idea of the edge change ratio, Zabih, Miller and Mai
  1995): light that goes on or off, fades and scrolling are no cuts;
- it is no flash: what follows does not look like what came before.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from agents.perception.records import Thumb
from memory.records import SECOND

WIDTH, HEIGHT = 64, 36
"""Pixels of the pictures that change is measured on."""
SIDE_FRAMES = 2
"""Neighbours on each side that a score is compared with."""
STANDS_OUT = 1.8
"""How many times the mean of its neighbours a strong cut's score must be."""
STILL_SCORE = 2.0
"""Smallest score of a cut between still pictures."""
STILL_RATIO = 8.0
"""How many times the neighbours' mean such a cut's score must be."""
LEAST_CONTENT = 0.0625
"""Smallest share of the picture that black bars may leave."""
EDGES_KEPT = 0.5
"""Largest correlation of gradients across a cut; a lamp or a fade changes colours, not edges."""
DARK = 32
"""Luma (0-255) up to which a row or column belongs to a black bar."""
BLANK = 3.0
"""Standard deviation of luma (0-255) below which a picture is blank."""
FLASH = 0.45
"""Share of the score at which the pictures around a flash count as alike."""
SHORTEST = SECOND // 5
"""Microseconds between two cuts."""

Hsv = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class _Seen:
    """A picture of the pass: its time, colours, gradients, and score against the one before."""

    time: int
    hsv: Hsv
    grey: NDArray[np.uint8]
    score: float


def content_score(one: Hsv, other: Hsv) -> float:
    """PySceneDetect's `content_val` of two HSV pictures."""
    return float(np.abs(one - other).mean())


def to_hsv(thumb: Thumb) -> Hsv:
    """An RGB picture as 16-bit HSV in OpenCV's ranges."""
    return cv2.cvtColor(thumb, cv2.COLOR_RGB2HSV).astype(np.int16)


def edges_kept(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Correlation of the edges of two grey pictures, -1 to 1; 0 when either has none.

    Black bars around both pictures are left out: their border stays whatever the pictures show.
    """
    rows, columns = without_bars(np.maximum(one, other))
    first, second = _gradients(one)[rows, columns], _gradients(other)[rows, columns]
    first, second = first - first.mean(), second - second.mean()
    size = float(np.sqrt((first**2).sum() * (second**2).sum()))
    return float((first * second).sum()) / size if size > 1e-6 else 0.0


def _gradients(grey: NDArray[np.uint8]) -> NDArray[np.float32]:
    across, down = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    return cv2.magnitude(across, down).astype(np.float32, copy=False)


def without_bars(grey: NDArray[np.uint8]) -> tuple[slice, slice]:
    """Rows and columns inside the dark margins, less a border; all when little would be left."""
    slices: list[slice] = []
    for axis in (1, 0):
        lit = np.flatnonzero(grey.max(axis=axis) > DARK)
        first, last = (int(lit[0]), int(lit[-1]) + 1) if lit.size else (0, 0)
        size = grey.shape[1 - axis]
        low = first + 2 if first > 0 else 0
        high = last - 2 if last < size else size
        slices.append(slice(low, high) if high - low >= size // 4 else slice(0, size))
    return slices[0], slices[1]


class CutDetector:
    """Takes pictures in order; decides `SIDE_FRAMES` pictures later."""

    def __init__(self, threshold: float) -> None:
        self.cuts: list[int] = []
        """Times of the first picture of each new shot, microseconds."""
        self.settled = -1
        """Cuts up to this time are final."""
        self._threshold = threshold
        self._seen: deque[_Seen] = deque(maxlen=2 * SIDE_FRAMES + 2)

    def see(self, time: int, thumb: Thumb) -> None:
        """Take in the next picture, shape (36, 64, 3) RGB."""
        hsv = to_hsv(thumb)
        score = content_score(hsv, self._seen[-1].hsv) if self._seen else 0.0
        grey = cv2.cvtColor(thumb, cv2.COLOR_RGB2GRAY).astype(np.uint8, copy=False)
        self._seen.append(_Seen(time, hsv, grey, score))
        if len(self._seen) > SIDE_FRAMES:
            self._decide(len(self._seen) - 1 - SIDE_FRAMES)

    def finish(self) -> None:
        """Decide on the last pictures, which have fewer neighbours."""
        for place in range(max(0, len(self._seen) - SIDE_FRAMES), len(self._seen)):
            self._decide(place)

    def _decide(self, place: int) -> None:
        """Whether the picture at a place of the buffer begins a new shot."""
        seen = list(self._seen)
        now = seen[place]
        self.settled = now.time
        if place == 0 or now.score < STILL_SCORE * LEAST_CONTENT:
            return
        if self.cuts and now.time - self.cuts[-1] < SHORTEST:
            return
        around = [
            s.score for i, s in enumerate(seen) if 0 < abs(i - place) <= SIDE_FRAMES and i > 0
        ]
        mean = sum(around) / len(around) if around else 0.0
        stands_out = now.score >= STANDS_OUT * mean and now.score >= self._threshold
        if not stands_out and not _is_amid_stillness(seen, place, mean):
            return
        if self._is_replaced(seen[place - 1], now) and not _is_flash(seen, place):
            self.cuts.append(now.time)

    def _is_replaced(self, before: _Seen, now: _Seen) -> bool:
        """Whether most edges are others; a blank picture has none, there brightness must jump."""
        if min(float(before.grey.std()), float(now.grey.std())) < BLANK:
            return float(cv2.absdiff(before.grey, now.grey).mean()) >= self._threshold
        return edges_kept(before.grey, now.grey) < EDGES_KEPT


def _is_amid_stillness(seen: list[_Seen], place: int, mean: float) -> bool:
    """Whether the picture, apart from black bars, changes once and else stands still."""
    now = seen[place]
    if now.score < STILL_RATIO * mean:
        return False
    rows, columns = without_bars(np.maximum(seen[place - 1].grey, now.grey))
    return now.score >= STILL_SCORE * now.grey[rows, columns].size / now.grey.size


def _is_flash(seen: list[_Seen], place: int) -> bool:
    """Whether the pictures after a flash of one or two frames are those from before it."""
    score = seen[place].score
    pairs = [(-1, 1), (-1, 2), (-2, 0), (-3, 0)]
    for before, after in pairs:
        first, last = place + before, place + after
        if first < 0 or last >= len(seen):
            continue
        if content_score(seen[first].hsv, seen[last].hsv) < FLASH * score:
            return True
    return False
