"""What a file says about itself: title, comment, date, and its chapters."""

from __future__ import annotations

import unicodedata
from fractions import Fraction

from av.container import InputContainer

from agents.perception.records import Chapter
from memory.records import SECOND, Span

TAGS = (
    "title artist author album show date creation_time comment description synopsis keywords "
    "genre location make model copyright"
).split()
"""What is kept; programs that wrote the file and brands of containers are not."""
APPLE = "com.apple.quicktime."
LONGEST = 1000
"""Characters of one value."""
MOST_CHAPTERS = 1000
SHORTEST = SECOND
"""A shorter chapter is not one."""


def tags_of(container: InputContainer) -> tuple[tuple[str, str], ...]:
    """Names and values, in the order of `TAGS`."""
    said = {
        name.lower().removeprefix(APPLE).split("-")[0]: value
        for name, value in reversed(container.metadata.items())
    }
    values = {name: _plain(said[name]) for name in TAGS if name in said}
    return tuple((name.replace("_", " "), value) for name, value in values.items() if value)


def chapters_of(container: InputContainer, start: int) -> tuple[Chapter, ...]:
    """Chapters with their titles, on a clock that begins at `start`; none where there is only one.

    Those without a title are numbered.
    """
    found: list[Chapter] = []
    for number, raw in enumerate(container.chapters()[:MOST_CHAPTERS], start=1):
        base = raw["time_base"] or Fraction(1, SECOND)
        times = [max(0, round((raw[end] or 0) * base * SECOND) - start) for end in ("start", "end")]
        title = _plain(str(raw["metadata"].get("title", ""))) or f"Chapter {number}"
        first = 0 if times[0] < SHORTEST else times[0]
        if times[1] - first >= SHORTEST:
            found.append(Chapter(Span(first, times[1]), title))
    return tuple(sorted(found, key=lambda each: each.span)) if len(found) > 1 else ()


def _plain(text: str) -> str:
    """On one line, without control characters, not endless."""
    shown = "".join(" " if unicodedata.category(c)[0] == "C" else c for c in text)
    return " ".join(shown.split())[:LONGEST]
