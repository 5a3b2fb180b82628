"""Findings in single frames, put together to things that move."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from agents.tools.render.boxes import Rectangle, shared

SAME = 0.25
"""Overlap (IoU) from which a finding is the thing of a frame before."""
BRIDGED = 1.0
"""Seconds for which a thing may not be found and is still taken to be there."""


@dataclass(slots=True)
class Track:
    """One thing over time: when, and where."""

    times: list[float] = field(default_factory=list[float])
    boxes: list[Rectangle] = field(default_factory=list[Rectangle])
    score: float = 0.0
    """Of its surest finding."""


def follow(tracks: list[Track], box: Rectangle, time: float, score: float = 1.0) -> Track:
    """Go on with the track that a finding belongs to, or begin a new one; give that track."""
    open_ones = [track for track in tracks if time - BRIDGED <= track.times[-1] < time]
    best = max(open_ones, key=lambda track: shared(track.boxes[-1], box), default=None)
    if best is None or shared(best.boxes[-1], box) < SAME:
        best = Track()
        tracks.append(best)
    best.times.append(time)
    best.boxes.append(box)
    best.score = max(best.score, score)
    return best


def bridged(track: Track, times: Sequence[float], around: float) -> list[tuple[float, Rectangle]]:
    """A box for every time from `around` before the first finding to as long after the last.

    Between findings it moves straight; before and after it stands still.
    """
    import numpy as np

    low, high = track.times[0] - around - 1e-6, track.times[-1] + around + 1e-6
    inside = [time for time in times if low <= time <= high]
    sides = np.array(track.boxes)
    columns = [np.interp(inside, track.times, sides[:, axis]) for axis in range(4)]
    return [
        (time, (float(a), float(b), float(c), float(d)))
        for time, a, b, c, d in zip(inside, *columns, strict=True)
    ]
