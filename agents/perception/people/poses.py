"""Poses: when hands are raised, and when somebody sits, lies or bends, and how many people do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median_high

import numpy as np

from agents.models.images import shrunk
from agents.models.ports import Box, Image, Pose, PoseReader, Recogniser
from agents.perception.people.looks import Shot
from agents.perception.people.postures import POSTURES, SEEN, Posture, hands, postures
from agents.perception.records import Percept
from memory.details import Details
from memory.records import Kind, Level, Span

LOOK_SIDE = 448
"""Longest side, in pixels, of the picture in which people are looked for."""
PERSON = 0.5
"""Belief from which something is a person."""
LEAST = 2
"""Looks that a pose lasts at least; in one of them it is sure."""
SAME = 0.1
"""Mean distance of joints, as a share of a body's size, below which two boxes hold one body."""
WORDS: dict[Posture, tuple[str, str]] = {
    "raise": (
        "a person raises a hand above the shoulder",
        "{} people raise their hands above the shoulders",
    ),
    "lift": (
        "a person raises a hand before the chest",
        "{} people raise their hands before the chest",
    ),
    "sit": ("a person is sitting", "{} people are sitting"),
    "lie": ("a person is lying down", "{} people are lying down"),
    "bend": ("a person is bending over", "{} people are bending over"),
}
"""Of one person, and of several."""
BOTH: dict[Posture, str] = {
    "raise": "a person raises both hands above the shoulders",
    "lift": "a person raises both hands before the chest",
}


@dataclass(frozen=True, slots=True)
class Body:
    """What a person does in a picture."""

    does: dict[Posture, bool]
    """Sure or not."""
    hands: dict[Posture, int]
    """How many are raised, and how many before the chest."""
    sure: float
    """Mean score of the joints that are seen."""


def bodies_in(image: Image, recogniser: Recogniser, reader: PoseReader) -> tuple[Body, ...]:
    """The people of a picture, those of which a joint is seen."""
    found = recogniser.find(shrunk(image, LOOK_SIDE))
    boxes: list[Box] = [e.box for e in found if e.name == "person" and e.confidence >= PERSON]
    poses = _distinct(reader.read(image, boxes)) if boxes else []
    return tuple(
        Body(
            postures(pose),
            {each: hands(pose, each) for each in BOTH},
            float(pose[pose[:, 2] >= SEEN, 2].mean()),
        )
        for pose in poses
    )


def pose_percepts(shots: Sequence[Shot[tuple[Body, ...]]], model: str) -> list[Percept]:
    """A percept for each stretch in which somebody is seen in a pose."""
    made: list[Percept] = []
    for shot in shots:
        for posture in POSTURES:
            levels = [int(any(posture in body.does for body in seen)) for _, seen in shot.looks]
            for level, span, looks in shot.stretches(bridged(levels)):
                own = [[b for b in seen if posture in b.does] for seen in looks]
                if level and _is_certain(posture, own):
                    made.append(_percept(posture, span, [each for each in own if each], model))
    return made


def bridged(levels: Sequence[int]) -> list[int]:
    """0 or 1 for each look; a single 0 between two 1 is one as well: joints are missed at times."""
    made = list(levels)
    for place in range(1, len(made) - 1):
        made[place] |= made[place - 1] & levels[place + 1]
    return made


def _is_certain(posture: Posture, looks: Sequence[Sequence[Body]]) -> bool:
    """Whether it lasts and is sure once, as edges are followed from clear places (Canny 1986)."""
    lasts = sum(bool(bodies) for bodies in looks) >= LEAST
    return lasts and any(body.does[posture] for bodies in looks for body in bodies)


def _percept(posture: Posture, span: Span, looks: Sequence[Sequence[Body]], model: str) -> Percept:
    count = median_high([len(bodies) for bodies in looks])
    one, several = WORDS[posture]
    text = several.format(count) if count > 1 else one
    if posture in BOTH and count == 1:
        most = [max(body.hands[posture] for body in bodies) for bodies in looks]
        text = BOTH[posture] if median_high(most) > 1 else one
    sure = float(np.mean([body.sure for bodies in looks for body in bodies]))
    details: Details = {"count": count, "pose": posture}
    return Percept(Kind.POSES, Level.SHOT, span, text, model, round(sure, 4), details)


def _distinct(poses: Sequence[Pose]) -> list[Pose]:
    """Poses with joints that are seen, without those of a body that was found twice."""
    kept: list[Pose] = []
    for pose in poses:
        seen = pose[:, 2] >= SEEN
        if seen.any() and not any(_is_same(pose, other) for other in kept):
            kept.append(pose)
    return kept


def _is_same(one: Pose, other: Pose) -> bool:
    both = (one[:, 2] >= SEEN) & (other[:, 2] >= SEEN)
    if not both.any():
        return False
    size = float(np.ptp(one[one[:, 2] >= SEEN, :2], axis=0).max())
    apart = np.hypot(*(one[both, :2] - other[both, :2]).T)
    return float(apart.mean()) < SAME * size
