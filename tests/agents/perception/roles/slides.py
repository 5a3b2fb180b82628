"""Rows of text on screen as slides and subtitles have them."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from memory.details import Details
from memory.records import Kind, Memory
from tests.rows import row

Line = tuple[str, float, float, float]
"""Text, left edge, top and height as fractions; 0 for a left edge: centred."""

TITLE = ("Budget review", 0.06, 0.05, 0.1)
BULLETS = (
    ("• Rent went up", 0.07, 0.22, 0.06),
    ("• New machines for the packing", 0.07, 0.32, 0.06),
    ("hall and the garage", 0.09, 0.38, 0.06),
    ("• Two people were hired", 0.07, 0.48, 0.06),
)
PLAIN = tuple((text.removeprefix("• "), 0.07, top, size) for text, _, top, size in BULLETS)
TEXT = tuple(
    (words, 0.07, 0.2 + 0.055 * n, 0.06)
    for n, words in enumerate(
        (
            "The rent went up by nine",
            "percent in the first half of",
            "the year, so we moved to a",
            "smaller hall by the river.",
        )
    )
)
SAID = (
    "Welcome back",
    "today we talk about money",
    "and where it went",
    "first the rent",
    "then machines",
)


def shown(start: float, end: float, *lines: Line) -> Memory:
    """A row of text on screen whose letters are half as wide as high, in a wide picture."""
    values = [
        {"text": text, "confidence": 0.95, "box": box_of(text, left, top, height)}
        for text, left, top, height in lines
    ]
    told = row(Kind.SCREEN_TEXT, start, end, "\n".join(line[0] for line in lines))
    return replace(told, details=cast("Details", {"lines": values}))


def box_of(text: str, left: float, top: float, height: float) -> list[float]:
    width = len(text) * height * 0.28
    left = left or 0.5 - width / 2
    return [left, top, left + width, top + height]


def cues(*texts: str, top: float = 0.9, lasts: float = 2.0) -> list[Memory]:
    return [shown(n * lasts, (n + 1) * lasts, (t, 0, top, 0.06)) for n, t in enumerate(texts)]
