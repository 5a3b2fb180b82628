"""Follows things through the pictures of a window: looks for them where something moves.

Looking costs a detector's run, so it is rare where nothing moves or nothing is found, and as often
as pictures are examined only while something that was found is on its way.
"""

from __future__ import annotations

import numpy as np

from agents.models.images import shrunk
from agents.models.ports import Detection, Image, Recogniser
from agents.perception.detections import core
from agents.perception.measures import colours_of
from agents.perception.motion.camera import Camera, Grey, grey_of
from agents.perception.motion.steps import TREMBLES, named, sentence, steps_of
from agents.perception.motion.tracks import SURE, Linker, Sight, Track
from agents.perception.records import Frame, Percept, Thumb
from memory.details import Details, Step
from memory.records import SECOND, Kind, Level, Span

BLOCKS = (9, 16)
"""Rows and columns of blocks in which a picture is compared with the one looked at last."""
MOVED = 6.0
"""Mean difference of a block, of 255, from which something moved there."""
IDLE = 2 * SECOND
"""Time between two looks when nothing that was found moves; doubled while that stays so."""
RARELY = 4 * SECOND
"""Longest time between two looks while something moves."""
LOOK_SIDE = 448
"""Longest side of the picture that is looked at."""
COLOUR_SHARE = 0.3
"""Share of a thing's pixels from which a colour is its colour."""
MOST_PLACES = 12
"""Boxes of a track that its row keeps."""


class Follower:
    """Things in motion in a window; pictures come in order of time.

    Args:
        recogniser: finds things.
        seconds: shortest time between two looks.
    """

    def __init__(self, recogniser: Recogniser, seconds: float) -> None:
        self._recogniser = recogniser
        self._least = round(seconds * SECOND)
        self._made: list[Percept] = []
        self._named: list[Sight] = []
        self._linker = Linker()
        self._camera = Camera()
        self._looked_at: Grey | None = None
        self._wait = 0
        self._next = 0

    def see(self, frame: Frame, thumb: Thumb, is_cut: bool) -> None:
        """Take in an examined picture, and look for things in it if something moved."""
        now, grey = frame.span.start, grey_of(thumb)
        if is_cut:
            self._end_shot(now)
        self._camera.see(now, grey)
        if self._looked_at is not None and most_moved(grey, self._looked_at) < MOVED:
            self._linker.rest(now)
        elif now >= self._next:
            self._look(frame.image, now)
            self._looked_at = grey

    def finish(self, end: int) -> list[Percept]:
        """What moved in the window, in order of time; `end` is the window's."""
        self._end_shot(end)
        return self._made

    @property
    def named(self) -> list[Sight]:
        """Where things of known names were in the shots that have ended."""
        return self._named

    def _look(self, image: Image, now: int) -> None:
        small = shrunk(image, LOOK_SIDE)
        sights = [_sight(small, each, now) for each in self._recogniser.find(small)]
        before = {id(track): track.last for track in self._linker.open}
        self._linker.see(now, sights)
        seen = [track for track in self._linker.open if track.at == now]
        if any(_is_on_its_way(track, before.get(id(track))) for track in seen):
            self._wait = self._least
        else:
            self._wait = min(max(2 * self._wait, IDLE), RARELY)
        self._next = now + self._wait

    def _end_shot(self, end: int) -> None:
        for track in self._linker.finish():
            self._named += track.sights if track.is_certain else []
            turned = self._camera.turned(track.sights[0].at, track.last.at)
            if track.is_certain and (steps := steps_of(track, turned)):
                self._made.append(percept_of(track, steps, end, self._recogniser.name))
        self._camera = Camera()
        self._looked_at, self._wait, self._next = None, 0, 0


def most_moved(one: Grey, other: Grey) -> float:
    """The mean difference of the block that differs most."""
    rows, columns = BLOCKS
    height, width = one.shape
    blocks = np.abs(one - other).reshape(rows, height // rows, columns, width // columns)
    return float(blocks.mean((1, 3)).max())


def _sight(image: Image, found: Detection, now: int) -> Sight:
    colour, share = colours_of(image, core(found))[0]
    own = colour if share >= COLOUR_SHARE else ""
    return Sight(now, found.box, found.name, found.confidence, own)


def _is_on_its_way(track: Track, before: Sight | None) -> bool:
    """Whether a thing is new or has moved since the look before."""
    if track.last.confidence < SURE:
        return False
    if before is None or before is track.last:
        return True
    edges = zip(before.box, track.last.box, strict=True)
    return max(abs(one - other) for one, other in edges) > TREMBLES[0]


def percept_of(track: Track, steps: list[Step], end: int, model: str) -> Percept:
    """The row of a thing that did something; `end` is the window's."""
    name = named(track)
    step = max(1, -(-len(track.sights) // MOST_PLACES))
    kept = [*track.sights[:-1:step], track.last]
    details: Details = {
        "thing": track.name,
        "name": name,
        "steps": steps,
        "places": [(sight.at, [round(edge, 3) for edge in sight.box]) for sight in kept],
    }
    span = Span(track.sights[0].at, min(end, track.at + SECOND // 2))
    sure = sum(sight.confidence for sight in track.sights) / len(track.sights)
    text = sentence(name, steps)
    return Percept(Kind.MOTION, Level.SHOT, span, text, model, round(sure, 4), details)
