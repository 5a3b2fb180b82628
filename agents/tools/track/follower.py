"""One thing followed from picture to picture: a tracker of OpenCV, held against how it looks.

OpenCV's MIL keeps the size that it began with, and none of its trackers says for certain that a
thing is gone. So the size follows how well the thing's first look fits a little larger and smaller
(as in DSST, Danelljan et al. 2014, with plain correlation), and what looks unlike it for some
pictures is lost, and looked for again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from agents.models.ports import Image
from agents.tools.render.boxes import Rectangle
from agents.tools.track.appearance import Appearance

SMALLEST = 12
"""Pixels of a side of a box."""
RETRY = 5
"""Pictures after which a lost thing is looked for again."""
UNLIKE = 4
"""Pictures for which what is followed may look unlike the thing before it counts as lost."""
RESIZED = 0.1
"""Change of size from which the tracker begins anew, as its own box keeps its size."""


@dataclass(slots=True)
class Follower:
    """Where a thing is now, and what is known of it."""

    thing: Appearance
    tracker: Any
    box: Rectangle | None
    scale: float = 1.0
    """Size of the thing over that of the tracker's box."""
    unlike: int = 0
    waited: int = 0
    """Pictures since it was lost."""

    @classmethod
    def of(cls, image: Image, box: Rectangle) -> Follower:
        """Follow what is in a box of a picture."""
        thing = Appearance.of(image, box)
        thing.seen(image)
        return cls(thing, tracker_of(image, box), box)

    def step(self, image: Image) -> Rectangle | None:
        """Where it is in the next picture; None where it is not seen."""
        if self.thing.is_cut(image):
            self._lose()
        elif self.tracker is not None:
            self._follow(image)
        if self.tracker is None:
            if self.waited % RETRY == 0 and (found := self.thing.found_in(image)):
                self._begin(image, found)
            self.waited += 1
        self.thing.seen(image)
        return self.box

    def _follow(self, image: Image) -> None:
        box = updated(self.tracker, image, self.scale)
        if box is None or not self.thing.is_like(image, box):
            self.unlike += 1
            self.box = box
            if box is None or self.unlike >= UNLIKE:
                self._lose()
            return
        self.unlike = 0
        factor = self.thing.growth(image, box)
        self.scale *= factor
        self.box = grown(box, factor)
        if abs(self.scale - 1) > RESIZED:
            self._begin(image, self.box)

    def _begin(self, image: Image, box: Rectangle) -> None:
        self.tracker, self.box, self.scale, self.unlike = tracker_of(image, box), box, 1.0, 0

    def _lose(self) -> None:
        self.tracker, self.box, self.waited = None, None, 0


def tracker_of(image: Image, box: Rectangle) -> Any:  # noqa: ANN401  # OpenCV has several
    """OpenCV's CSRT where it is built in (its contrib packages), else MIL."""
    import cv2

    made: Any = getattr(cv2, "TrackerCSRT", cv2.TrackerMIL).create()
    made.init(image, tuple(round(side) for side in box))
    return made


def updated(tracker: Any, image: Image, scale: float) -> Rectangle | None:  # noqa: ANN401
    """Where the tracker sees the thing now, `scale` times its box; None outside of the picture."""
    is_found, told = tracker.update(image)
    x, y, wide, high = grown(
        (float(told[0]), float(told[1]), float(told[2]), float(told[3])), scale
    )
    height, width = image.shape[:2]
    left, top = max(0.0, x), max(0.0, y)
    right, bottom = min(float(width), x + wide), min(float(height), y + high)
    if not is_found or right - left < SMALLEST / 2 or bottom - top < SMALLEST / 2:
        return None
    return left, top, right - left, bottom - top


def grown(box: Rectangle, factor: float) -> Rectangle:
    """A box so many times as large, around its middle."""
    x, y, wide, high = box
    return (
        x - wide * (factor - 1) / 2,
        y - high * (factor - 1) / 2,
        wide * factor,
        high * factor,
    )
