"""When people are looked for, and how long what was seen of them lasts.

Looking costs a model's run, so a picture that did not move since the last look is not looked at
again: what was seen there holds on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Generic, TypeVar

from agents.models.ports import Image
from agents.perception.motion.follow import MOVED, Grey, grey_of, most_moved
from agents.perception.records import Frame, Thumb
from memory.records import SECOND, Span

Seen = TypeVar("Seen")

EVERY = SECOND // 2
"""Shortest time between two looks."""


@dataclass(frozen=True, slots=True)
class Shot(Generic[Seen]):
    """What was seen in a shot: at a time each, in order; it ends where the shot does."""

    looks: tuple[tuple[int, Seen], ...]
    end: int

    def stretches(self, levels: Sequence[int]) -> Iterator[tuple[int, Span, list[Seen]]]:
        """Looks in a row whose level is the same, with it and their time; one per look is given."""
        times = [*(at for at, _ in self.looks), self.end]
        for level, group in groupby(range(len(levels)), levels.__getitem__):
            places = list(group)
            span = Span(times[places[0]], times[places[-1] + 1])
            yield level, span, [self.looks[place][1] for place in places]


class Looks(Generic[Seen]):
    """Looks at the pictures of a window; they come in order of time.

    Args:
        look: what is seen in a picture.
        every: shortest time between two looks, microseconds.
    """

    def __init__(self, look: Callable[[Image], Seen], every: int = EVERY) -> None:
        self._look = look
        self._every = every
        self._shots: list[Shot[Seen]] = []
        self._looks: list[tuple[int, Seen]] = []
        self._looked_at: Grey | None = None

    def see(self, frame: Frame, thumb: Thumb, is_cut: bool) -> None:
        """Take in an examined picture, and look at it if it moved and it is time."""
        now, grey = frame.span.start, grey_of(thumb)
        if is_cut:
            self._end_shot(now)
        if self._looked_at is None or (
            now - self._looks[-1][0] >= self._every and most_moved(grey, self._looked_at) >= MOVED
        ):
            self._looks.append((now, self._look(frame.image)))
            self._looked_at = grey
        elif most_moved(grey, self._looked_at) < MOVED:
            self._looks.append((now, self._looks[-1][1]))

    def finish(self, end: int) -> list[Shot[Seen]]:
        """What was seen in each shot; `end` is the window's."""
        self._end_shot(end)
        return self._shots

    def _end_shot(self, end: int) -> None:
        if self._looks:
            self._shots.append(Shot(tuple(self._looks), end))
        self._looks, self._looked_at = [], None
