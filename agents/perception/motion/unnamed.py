"""Follows what moves before a still camera and is called nothing: what differs from the background.

A detector knows eighty things, and many a moment is told by another one: a hand, a ball, a machine.
The background is a mixture of Gaussians per pixel (Zivkovic, "Improved adaptive Gaussian mixture
model for background subtraction", 2004); what lies before it is linked into tracks as boxes are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from agents.perception.motion.camera import Camera, grey_of
from agents.perception.motion.follow import percept_of
from agents.perception.motion.steps import steps_of
from agents.perception.motion.tracks import Linker, Sight, Track
from agents.perception.records import Percept, Thumb
from agents.text.words import SOMETHING
from memory.records import SECOND

MODEL = "background"
"""Producer of the rows."""
EVERY = SECOND // 4
"""Time between two pictures that are compared."""
LEARNING = 1 / 80
"""What a picture adds to the background: what rests is a part of it after some twenty seconds."""
LEAST = 0.012
"""Share of the picture that a thing covers at least."""
MOST = 0.4
"""Share of the picture that may differ; from there the camera moves or the light changed."""
MANY = 3
"""Most things at once: more of them are water, leaves or noise."""
STILL = 0.03
"""Share of the picture's side that its whole may shift before a still camera."""
FEWEST = 4
"""Sights that make a thing."""
KNOWN = 0.3
"""Share of a thing's sights inside a box with a name from which it is that thing."""


class Unnamed:
    """Things without a name in a window; pictures come in order of time."""

    def __init__(self) -> None:
        self._made: list[tuple[Track, float]] = []
        self._begin()
        self._next = 0

    def see(self, now: int, thumb: Thumb) -> None:
        """Take in a small picture, shape (height, width, 3), shown from `now` on, microseconds."""
        if now < self._next:
            return
        self._next = now + EVERY
        self._camera.see(now, grey_of(thumb))
        mask = self._background.apply(thumb, learningRate=LEARNING)
        if self._begun and (mask > 0).mean() > MOST:
            self._end_shot()
            self._camera.see(now, grey_of(thumb))
            mask = self._background.apply(thumb, learningRate=LEARNING)
        first, self._begun = not self._begun, True
        boxes = [] if first else boxes_of(np.asarray(mask, dtype=np.uint8))
        sights = [Sight(now, box, SOMETHING, 1.0) for box in boxes]
        self._linker.see(now, sights if len(sights) <= MANY else [])

    def finish(self, end: int, cuts: Sequence[int], named: Iterable[Sight]) -> list[Percept]:
        """What moved in the window and is no thing of `named`, in order of time.

        Args:
            end: of the window.
            cuts: after which nothing goes on that was before.
            named: where things of known names were.
        """
        self._end_shot()
        known, made = list(named), list[Percept]()
        for track, turned in self._made:
            is_cut = any(track.sights[0].at < cut <= track.last.at for cut in cuts)
            if is_cut or len(track.sights) < FEWEST or turned > STILL:
                continue
            if (steps := steps_of(track, turned)) and not _is_known(track, known):
                made.append(percept_of(track, steps, end, MODEL))
        return sorted(made, key=lambda percept: (percept.span, percept.text or ""))

    def _begin(self) -> None:
        self._background = cv2.createBackgroundSubtractorMOG2(detectShadows=False)
        self._linker, self._camera, self._begun = Linker(), Camera(), False

    def _end_shot(self) -> None:
        for track in self._linker.finish():
            turned = self._camera.turned(track.sights[0].at, track.last.at)
            self._made.append((track, turned))
        self._begin()


def boxes_of(mask: NDArray[np.uint8]) -> list[tuple[float, float, float, float]]:
    """Boxes, as shares of the sides, around what is set in a mask and large enough."""
    height, width = mask.shape
    clean = cv2.morphologyEx(cv2.medianBlur(mask, 3), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats((clean > 0).astype(np.uint8))
    return [
        (left / width, top / height, (left + wide) / width, (top + high) / height)
        for left, top, wide, high, area in stats[1:].tolist()
        if area >= LEAST * height * width
    ]


def _is_known(track: Track, named: Sequence[Sight]) -> bool:
    """Whether a thing of a known name was about where it was."""
    inside = 0
    for sight in track.sights:
        x, y = (sight.box[0] + sight.box[2]) / 2, (sight.box[1] + sight.box[3]) / 2
        inside += any(
            abs(other.at - sight.at) <= SECOND
            and other.box[0] <= x <= other.box[2]
            and other.box[1] <= y <= other.box[3]
            for other in named
        )
    return inside >= KNOWN * len(track.sights)
