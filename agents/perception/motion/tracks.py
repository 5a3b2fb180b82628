"""Links what a detector finds in one picture after another into tracks of single things.

Boxes are linked to the nearest prediction, doubtful ones only to what is known already (after Zhang
et al., "ByteTrack", 2022, without its Kalman filter: pictures are half a second apart or more).
Names are the vote of all boxes, since a detector calls one car a car, a truck and a car again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

Box = tuple[float, float, float, float]

SURE = 0.55
"""Confidence from which a box begins a track."""
REACH = 1.2
"""How far a thing may be from where it was expected, in its own sizes."""
GROWTH = 2.5
"""How many times as large or small a thing may become between two boxes, as an area."""
COVERS = 0.3
"""Overlap from which it may become any size: it has turned, or is half hidden."""
SAME_PLACE = 0.5
"""Overlap from which boxes of two names are one thing."""
LOST = 2_500_000
"""Microseconds without a box after which a track has ended."""


@dataclass(frozen=True, slots=True)
class Sight:
    """A box of a track at its time, microseconds."""

    at: int
    box: Box
    name: str
    confidence: float
    colour: str = ""


@dataclass(slots=True)
class Track:
    """One thing over time."""

    sights: list[Sight]
    at: int
    """Until when it is known to be there."""
    vain: int = 0
    """How often things were looked for in its shot before it was seen."""
    missed: list[int] = field(default_factory=list[int])
    """Times at which it was looked for in vain since it was seen last."""

    @property
    def last(self) -> Sight:
        """The latest box."""
        return self.sights[-1]

    @property
    def is_certain(self) -> bool:
        """Whether it was found surely more than once."""
        return sum(sight.confidence >= SURE for sight in self.sights) > 1

    @property
    def name(self) -> str:
        """What it was called most surely and often."""
        votes: Counter[str] = Counter()
        for sight in self.sights:
            votes[sight.name] += round(1000 * sight.confidence)
        return min(votes, key=lambda name: (-votes[name], name))

    def rest(self, now: int) -> None:
        """It is where it was; only the end of its rest is kept."""
        here = replace(self.last, at=now)
        if len(self.sights) > 1 and self.sights[-2].box == here.box:
            self.sights[-1] = here
        else:
            self.sights.append(here)
        self.at = now

    def expected(self, now: int) -> Box:
        """Where it should be, if it goes on as between its last two boxes."""
        if len(self.sights) < 2:
            return self.last.box
        before, last = self.sights[-2:]
        passed = max(last.at - before.at, 1)
        share = min((now - last.at) / passed, 2.0)
        dx, dy = (share * (_centre(last.box)[i] - _centre(before.box)[i]) for i in (0, 1))
        left, top, right, bottom = last.box
        return (left + dx, top + dy, right + dx, bottom + dy)


@dataclass(slots=True)
class Linker:
    """Tracks of one shot as boxes come by."""

    open: list[Track] = field(default_factory=list[Track])
    ended: list[Track] = field(default_factory=list[Track])
    looks: int = 0
    """How often boxes were looked for in this shot."""

    def see(self, now: int, sights: Sequence[Sight]) -> None:
        """Link the boxes of one picture; what nobody expected begins tracks, if it is sure."""
        pairs = sorted(
            (-fit, -sight.confidence, i, j)
            for i, track in enumerate(self.open)
            for j, sight in enumerate(sights)
            if (fit := fitness(track, sight, now)) > 0
        )
        tracks, boxes = set[int](), set[int]()
        for _, _, i, j in pairs:
            if i not in tracks and j not in boxes:
                tracks.add(i)
                boxes.add(j)
                self.open[i].sights.append(sights[j])
                self.open[i].at, self.open[i].missed = now, []
        for i, track in enumerate(self.open):
            if i not in tracks:
                track.missed.append(now)
        self.open += [
            Track([sight], now, self.looks)
            for j, sight in enumerate(sights)
            if j not in boxes and sight.confidence >= SURE and not self._is_known(sight)
        ]
        self.looks += 1
        lost = [track for track in self.open if now - track.at > LOST and len(track.missed) > 1]
        self.ended += lost
        self.open = [track for track in self.open if track not in lost]

    def _is_known(self, sight: Sight) -> bool:
        """Whether a box is a second one of a thing that another box was linked to."""
        return any(
            track.at == sight.at and overlap(track.last.box, sight.box) > SAME_PLACE
            for track in self.open
        )

    def rest(self, now: int) -> None:
        """Nothing has moved: what was there is where it was."""
        for track in self.open:
            if not track.missed:
                track.rest(now)

    def finish(self) -> list[Track]:
        """All tracks, in order of their beginning; the shot is over."""
        made = sorted([*self.ended, *self.open], key=lambda track: (track.sights[0].at, track.name))
        self.open, self.ended, self.looks = [], [], 0
        return made


def fitness(track: Track, sight: Sight, now: int) -> float:
    """How well a box goes on a track, 0 to 2; 0 where it cannot."""
    there = track.expected(now)
    shared = max(overlap(there, sight.box), overlap(track.last.box, sight.box))
    same = any(sight.name == each.name for each in track.sights)
    if not same and shared <= SAME_PLACE:
        return 0.0
    size, other = _area(there), _area(sight.box)
    if shared <= COVERS and max(size, other) > GROWTH * min(size, other):
        return 0.0
    (x, y), (u, v) = _centre(there), _centre(sight.box)
    scale = max(size, other) ** 0.5
    apart = ((x - u) ** 2 + (y - v) ** 2) ** 0.5 / max(scale, 1e-6)
    if apart > REACH:
        return 0.0
    return shared + 1 - apart / REACH + (0.2 if sight.colour == track.last.colour else 0.0)


def overlap(one: Box, other: Box) -> float:
    """Intersection over union."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    return width * height / (_area(one) + _area(other) - width * height)


def _centre(box: Box) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def _area(box: Box) -> float:
    return max(box[2] - box[0], 1e-6) * max(box[3] - box[1], 1e-6)
