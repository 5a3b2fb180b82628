"""A line of text with its place in the picture and its time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TypeVar

from memory.records import Span

T = TypeVar("T")
Key = tuple[int, ...]
"""Number of a row, of a line in it, and of a piece where it stands in columns."""
LEAST_TURNED = 3
"""Letters of a line that is higher than wide because it is turned."""
ASCENDERS = frozenset("bdfhiklt")
DESCENDERS = frozenset("gjpqyQ,;()[]{}|")
ONE_SIDED, FLAT = 0.91, 0.82
"""Height of a box whose letters have no descenders (or no ascenders), and of one with neither, by
that with both, as detectors draw boxes: 1.31 and 1.43 times the font's size for long lines."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A line of a row."""

    key: Key
    text: str
    box: tuple[float, ...]
    """Left, top, right and bottom, as fractions of the picture."""
    span: Span
    confidence: float
    parts: int = 0
    """Pieces of the line that it is, or that it is one of."""

    @property
    def left(self) -> float:
        """Left edge."""
        return self.box[0]

    @property
    def top(self) -> float:
        """Upper edge."""
        return self.box[1]

    @property
    def right(self) -> float:
        """Right edge."""
        return self.box[2]

    @property
    def bottom(self) -> float:
        """Lower edge."""
        return self.box[3]

    @property
    def height(self) -> float:
        """As a fraction of the picture's height."""
        return self.box[3] - self.box[1]

    @property
    def size(self) -> float:
        """Of its letters: the height that it would have if some of them reached up and down."""
        if any(c.isalpha() and not c.isascii() for c in self.text):
            return self.height
        is_high = any(c in ASCENDERS or c.isupper() or c.isdigit() for c in self.text)
        is_deep = not DESCENDERS.isdisjoint(self.text)
        return self.height / (
            1.0 if is_high and is_deep else ONE_SIDED if is_high or is_deep else FLAT
        )

    @property
    def is_turned(self) -> bool:
        """Whether it runs up or down: it is as high as it is long, which tells no size."""
        return len(self.text) >= LEAST_TURNED and self.height > self.right - self.left


def gap(upper: Placed, lower: Placed) -> float:
    """What lies between two lines from top to bottom; below 0 where they overlap."""
    return lower.top - upper.bottom


def runs(items: Iterable[T], is_apart: Callable[[T, T], bool]) -> Iterator[list[T]]:
    """Stretches of a sequence, cut wherever an item is apart from the one before it."""
    run: list[T] = []
    for item in items:
        if run and is_apart(run[-1], item):
            yield run
            run = []
        run.append(item)
    if run:
        yield run


def usual_size(lines: Sequence[Placed]) -> float:
    """The middle one of the sizes."""
    return median(line.size for line in lines)
