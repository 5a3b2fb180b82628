"""What a body does, by the places of its joints: hands raised, sitting, lying, bending.

All is told in the plane of the picture, by what holds for any body. A hand is raised above its
shoulder, or before the chest: above its elbow and the middle of the trunk. Who is upright has the
trunk within 45 degrees of the vertical; who sits has the thighs more across than down, who lies has
trunk and thighs so, who bends the trunk alone. Proportions are those of Drillis and Contini (1966):
a thigh is 0.85 of a trunk from shoulder to hip. Nothing is told of what is not seen: without knees
nobody sits.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from agents.models.ports import Pose

Posture = Literal["raise", "lift", "sit", "lie", "bend"]
POSTURES: tuple[Posture, ...] = get_args(Posture)
OF_HANDS: tuple[Posture, ...] = ("raise", "lift")

SEEN, SURELY_SEEN = 0.3, 0.5
"""Score from which a joint may be where it was found, and from which that is likelier than not."""
UPRIGHT, ACROSS = 45.0, 60.0
"""Degrees from the vertical: more across than down, and surely so."""
THIGH = 0.85
"""Length of a thigh over that of a trunk."""
SHORT = 0.5
"""Length of a trunk over that of a thigh, below which it points at the camera and has no angle."""
STRAIGHT = 60.0
"""Degrees by which trunk and thighs of somebody who lies differ at most."""

NOSE = 0
SHOULDERS, ELBOWS, WRISTS, HIPS, KNEES = (5, 6), (7, 8), (9, 10), (11, 12), (13, 14)
"""Left and right, of COCO's seventeen points."""

Vector = NDArray[np.float32]


def postures(pose: Pose) -> dict[Posture, bool]:
    """What a body does, and whether that is sure; what is not named it is not seen to do."""
    sure = {*_does(pose, SURELY_SEEN, ACROSS)}
    return {each: each in sure for each in POSTURES if each in {*_does(pose, SEEN, UPRIGHT)} | sure}


def hands(pose: Pose, posture: Posture, seen: float = SEEN, *, high: bool = False) -> int:
    """How many hands are raised above their shoulder, or with `lift` before the chest.

    Args:
        pose: of a body.
        posture: `raise` or `lift`.
        seen: score from which a joint counts.
        high: whether hands above the shoulder must be as high as the nose.
    """
    count = 0
    for shoulder, elbow, wrist, hip in zip(SHOULDERS, ELBOWS, WRISTS, HIPS, strict=True):
        y = pose[:, 1]
        if posture == "raise" and _are_seen(pose, seen, shoulder, wrist):
            is_high = _are_seen(pose, seen, NOSE) and y[wrist] <= y[NOSE]
            count += bool(y[wrist] < y[shoulder] and (is_high or not high))
        elif posture == "lift" and _are_seen(pose, seen, shoulder, elbow, wrist, hip):
            chest = min(y[elbow], (y[shoulder] + y[hip]) / 2)
            count += bool(y[shoulder] <= y[wrist] < chest)
    return count


def _does(pose: Pose, seen: float, across: float) -> Iterator[Posture]:
    """What a body does by the joints that score as `seen`, where `across` degrees are across."""
    trunk, thigh = _between(pose, SHOULDERS, HIPS, seen), _between(pose, HIPS, KNEES, seen)
    lean = None if trunk is None else _from_vertical(trunk)
    if lean is None or lean < UPRIGHT:
        is_strict = across > UPRIGHT
        for each in OF_HANDS:
            if hands(pose, each, seen, high=is_strict):
                yield each
    if trunk is None or thigh is None or lean is None:
        return
    length, leg = float(np.hypot(*trunk)), _from_vertical(thigh)
    if length <= SHORT * np.hypot(*thigh):
        return
    if lean < UPRIGHT and _drop(pose, seen) <= THIGH * np.cos(np.radians(across)) * length:
        yield "sit"
    if min(lean, leg) >= across and _angle(trunk, thigh) <= STRAIGHT:
        yield "lie"
    if lean >= across and leg < UPRIGHT:
        yield "bend"


def _are_seen(pose: Pose, seen: float, *points: int) -> bool:
    return all(pose[point, 2] >= seen for point in points)


def _between(
    pose: Pose, start: tuple[int, int], end: tuple[int, int], seen: float
) -> Vector | None:
    """From two joints to two others in the mean, by the sides on which both are seen."""
    sides = [pair for pair in zip(start, end, strict=True) if _are_seen(pose, seen, *pair)]
    if not sides:
        return None
    return np.mean([pose[to, :2] - pose[of, :2] for of, to in sides], axis=0).astype(np.float32)


def _drop(pose: Pose, seen: float) -> float:
    """How far the lower of the seen knees is below its hip, in pixels."""
    legs = [leg for leg in zip(HIPS, KNEES, strict=True) if _are_seen(pose, seen, *leg)]
    return max(float(pose[knee, 1] - pose[hip, 1]) for hip, knee in legs)


def _from_vertical(vector: Vector) -> float:
    """Degrees from straight down: 0 of a standing body, 180 of one on its head."""
    return float(np.degrees(np.arctan2(abs(vector[0]), vector[1])))


def _angle(one: Vector, other: Vector) -> float:
    lengths = max(float(np.hypot(*one) * np.hypot(*other)), 1e-6)
    return float(np.degrees(np.arccos(np.clip(float(one @ other) / lengths, -1, 1))))
