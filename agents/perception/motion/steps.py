"""What a track tells: where a thing comes from, which way it goes, where it stops and leaves.

Places are those in the picture, so nothing is claimed of directions while the camera turns.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise

from agents.perception.motion.tracks import SURE, Box, Sight, Track
from agents.text.words import with_article
from memory.details import Step
from memory.records import SECOND

EDGE = 0.06
"""Share of the picture's side within which a box is at its edge."""
CERTAIN = 4
"""Sure boxes from which a thing that comes or goes amid the picture is told of."""
VAIN = 3
"""Looks in vain, before or after, that this takes: a detector misses a picture now and then."""
GOES = 0.15
"""Share of the picture's side that a thing moves at least to have gone somewhere."""
OWN_SIZE = 0.5
"""The same in sizes of its own, since boxes of large things are inexact."""
NEARER = 2.0
"""How many times as large, as an area, a thing that comes closer becomes."""
RESTS = 2 * SECOND
"""How long a thing stays in its place to have stopped."""
TREMBLES = (0.03, 0.15)
"""How far a box at rest moves, as a share of the picture's side and of its own."""
SWELLS = 1.3
"""How much its area changes meanwhile."""
CAMERA = 0.1
"""Share of the picture's side that its whole moves at least for the camera to have turned."""
WAYS = ("moves to", "moves up", "moves down")
"""How steps begin that lead to another place in the picture."""
COLOURED = 0.5
"""Share of a thing's boxes that have one colour for the thing to have it."""


def steps_of(track: Track, turned: float) -> list[Step]:
    """What a thing does, in order of time; nothing for one that is just there.

    Args:
        track: its boxes.
        turned: how far the camera turned meanwhile, as a share of the picture's side.
    """
    steady = turned < CAMERA
    first, last = track.sights[0], track.last
    sure = sum(sight.confidence >= SURE for sight in track.sights) >= CERTAIN
    steps: list[Step] = []
    came, went = _side(first.box), _side(last.box)
    crossed = steady and came != went  # what stays at an edge was lost there, and has not left
    side = came if crossed else ""
    if track.vain and (side or (sure and track.vain >= VAIN)):
        steps.append({"at": first.at, "how": f"enters from the {side}" if side else "appears"})
    if steady:
        steps += _moves(track.sights)
    side = went if crossed else ""
    if track.missed and (side or (sure and len(track.missed) >= VAIN)):
        how = f"leaves to the {side}" if side else "disappears"
        steps.append({"at": (last.at + track.missed[0]) // 2, "how": how})
    return steps


def _moves(sights: Sequence[Sight]) -> Iterator[Step]:
    """Directions, and where it sets off and stops."""
    phases = _phases(sights)
    for place, (rests, phase) in enumerate(phases):
        if rests:
            continue
        before = phases[place - 1][1][-1:] if place else []
        after = phases[place + 1][1][:1] if place + 1 < len(phases) else []
        told = [step for part in _parts([*before, *phase, *after]) for step in _ways(part)]
        goes = any(step["how"].startswith(WAYS) for step in told)
        if goes and before:
            yield {"at": before[0].at, "how": "sets off"}
        yield from told
        if goes and after:
            yield {"at": after[0].at, "how": "stops"}


def _phases(sights: Sequence[Sight]) -> list[tuple[bool, list[Sight]]]:
    """Stretches of rest (True) and of motion, in turns."""
    made: list[tuple[bool, list[Sight]]] = []
    place = 0
    while place < len(sights):
        end = place
        while end + 1 < len(sights) and _is_at(sights[end + 1], sights[place]):
            end += 1
        rests = sights[end].at - sights[place].at >= RESTS
        part = list(sights[place : end + 1]) if rests else [sights[place]]
        if made and not rests and not made[-1][0]:
            made[-1][1].extend(part)
        else:
            made.append((rests, part))
        place += len(part)
    return made


def _is_at(sight: Sight, place: Sight) -> bool:
    """Whether a box is where another is, but for its trembling."""
    far, share = TREMBLES
    (x, y), (u, v) = _centre(sight.box), _centre(place.box)
    width, height = _sides(place.box)
    sizes = sorted((area(sight.box), area(place.box)))
    if sizes[1] > SWELLS * sizes[0]:
        return False
    return abs(x - u) <= max(far, share * width) and abs(y - v) <= max(far, share * height)


def _parts(sights: Sequence[Sight]) -> list[Sequence[Sight]]:
    """A motion, cut where it is furthest to a side of both its ends, if it turns back there."""
    places = [_centre(sight.box)[0] for sight in sights]
    for at in (places.index(max(places)), places.index(min(places))):
        out, back = abs(places[at] - places[0]), abs(places[at] - places[-1])
        wide = max(GOES, OWN_SIZE * _sides(sights[at].box)[0])
        if 0 < at < len(sights) - 1 and out >= wide and back >= wide:
            return [sights[: at + 1], sights[at:]]
    return [sights]


def _ways(sights: Sequence[Sight]) -> list[Step]:
    """Which way a motion goes, and whether it comes closer; nothing for two boxes or fewer."""
    if len(sights) < 3:
        return []
    ends = (sights[0].box, sights[-1].box)
    (x, y), (u, v) = (_centre(box) for box in ends)
    wide, high = (max(GOES, OWN_SIZE * min(_sides(box)[i] for box in ends)) for i in (0, 1))
    told: list[str] = []
    if abs(u - x) >= wide:
        told.append(f"moves to the {'right' if u > x else 'left'}")
    elif abs(v - y) >= high:
        told.append(f"moves {'down' if v > y else 'up'}")
    told += _growth(sights)
    return [{"at": sights[0].at, "how": how} for how in told]


def _growth(sights: Sequence[Sight]) -> list[str]:
    """Whether it comes closer or goes away: boxes that the picture's edge cuts do not count."""
    areas = [area(sight.box) for sight in sights if not _is_cut(sight.box)]
    if len(areas) < 3:
        return []
    closer = all(later > 0.9 * former for former, later in pairwise(areas))
    away = all(former > 0.9 * later for former, later in pairwise(areas))
    if closer and areas[-1] >= NEARER * areas[0]:
        return ["comes closer"]
    return ["moves away"] if away and areas[0] >= NEARER * areas[-1] else []


def named(track: Track) -> str:
    """A thing in words: `red car`, `person in blue`."""
    colours = Counter(sight.colour for sight in track.sights if sight.colour)
    colour, count = max(colours.items(), key=lambda item: (item[1], item[0]), default=("", 0))
    if count < COLOURED * len(track.sights):
        return track.name
    return f"{track.name} in {colour}" if track.name == "person" else f"{colour} {track.name}"


def sentence(name: str, steps: Sequence[Step]) -> str:
    """All that a thing does, in words; what it goes on doing is said once."""
    hows = [step["how"] for step in steps]
    return f"{with_article(name)} {', '.join(how for how, _ in groupby(hows))}"


def _side(box: Box) -> str:
    """The left or right edge of the picture that a box touches; one that spans it touches none."""
    left, right = box[0] <= EDGE, box[2] >= 1 - EDGE
    if left == right:
        return ""
    return "left" if left else "right"


def _is_cut(box: Box) -> bool:
    return min(box) <= EDGE / 3 or max(box) >= 1 - EDGE / 3


def _centre(box: Box) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def _sides(box: Box) -> tuple[float, float]:
    return box[2] - box[0], box[3] - box[1]


def area(box: Box) -> float:
    """Share of the picture that a box covers."""
    width, height = _sides(box)
    return width * height
