"""Faces: how many are visible at once, where, and when; whose they are is not asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from agents.models.images import shrunk
from agents.models.ports import FaceFinder, Image
from agents.perception.people.looks import Shot
from agents.perception.records import Percept
from memory.details import Details, FoundThing
from memory.records import SECOND, Kind, Level

LOOK_SIDE = 640
"""Longest side, in pixels, of the picture that is looked at."""
EVERY = SECOND
"""Shortest time between two looks."""
SURE = 0.5
"""Score from which a face is told of: likelier than not."""
NEAR, FAR = 0.28, 0.11
"""Height of a face, as a share of the picture's, from which no more than a bust fits into it (three
heads; a head is 1.2 faces), and up to which a whole standing body does (seven and a half)."""
LASTING = 0.25
"""Share of a stretch's looks in which a face has a place that is told."""


def faces_in(image: Image, finder: FaceFinder) -> tuple[FoundThing, ...]:
    """The sure faces of a picture, from left to right."""
    small = shrunk(image, LOOK_SIDE)
    high, wide = small.shape[:2]
    made: list[FoundThing] = []
    for (left, top, width, height), score in finder.find(small):
        box = (left / wide, top / high, (left + width) / wide, (top + height) / high)
        face: FoundThing = {
            "name": "face",
            "words": ["face"],
            "confidence": round(score, 3),
            "box": [round(side, 3) for side in box],
            "colours": [],
        }
        made += [face] if score >= SURE else []
    return tuple(sorted(made, key=lambda face: face["box"]))


def face_percepts(shots: Sequence[Shot[tuple[FoundThing, ...]]], model: str) -> list[Percept]:
    """A percept for each stretch in which as many faces are visible."""
    made: list[Percept] = []
    for shot in shots:
        counts = steady([len(faces) for _, faces in shot.looks])
        for count, span, looks in shot.stretches(counts):
            if count:
                own = [faces for faces in looks if len(faces) == count]
                found = own[len(own) // 2]
                sure = sum(face["confidence"] for face in found) / count
                details: Details = {"count": count, "found": list(found)}
                text = sentence(own)
                made.append(
                    Percept(Kind.FACES, Level.SHOT, span, text, model, round(sure, 4), details)
                )
    return made


def steady(counts: Sequence[int]) -> list[int]:
    """Each count, but the one before where the next is as that: one look between says nothing."""
    made = list(counts)
    for place in range(1, len(made) - 1):
        if made[place - 1] == made[place + 1]:
            made[place] = made[place - 1]
    return made


def sentence(looks: Sequence[Sequence[FoundThing]]) -> str:
    """How many faces there are, and where, in words; each look has as many of them."""
    ranks = [[_place(face) for face in rank] for rank in zip(*looks, strict=True)]
    places = Counter(" then ".join(_lasting(rank)) for rank in ranks)
    if len(ranks) == 1:
        return f"1 face of a person is visible: {next(iter(places))}"
    told = ", ".join(f"{many} {place}" for place, many in places.items())
    return f"{len(ranks)} faces of people are visible at once: {told}"


def _lasting(places: Sequence[str]) -> list[str]:
    """The places of a face that last, in order of time; the most frequent where none does."""
    seen = Counter(places)
    lasting = [place for place, many in seen.items() if many >= LASTING * len(places)]
    return lasting or [seen.most_common(1)[0][0]]


def _place(face: FoundThing) -> str:
    left, top, right, bottom = face["box"]
    middle, height = (left + right) / 2, bottom - top
    side = (
        "on the left" if 3 * middle < 1 else "on the right" if 3 * middle > 2 else "in the middle"
    )
    return f"{'near ' if height >= NEAR else 'far ' if height <= FAR else ''}{side}"
