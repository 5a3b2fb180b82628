"""Times of a video as people write them."""

from __future__ import annotations

import re

from memory.records import SECOND, Span


def clock(time: int) -> str:
    """`m:ss.t`, with hours in front where there are any."""
    tenths = round(time / (SECOND // 10))
    minutes, tenth = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    seconds = f"{tenth // 10:02d}.{tenth % 10}"
    return f"{hours}:{minutes:02d}:{seconds}" if hours else f"{minutes}:{seconds}"


def clock_at(seconds: float) -> str:
    """`clock` of a time in seconds."""
    return clock(round(seconds * SECOND))


def clock_seconds(text: str) -> float:
    """Seconds of `m:ss` or `h:mm:ss`, fractions allowed; what else the text says is left out."""
    parts = [float(part) for part in re.findall(r"\d+(?:\.\d+)?", text)]
    return sum(part * 60**power for power, part in enumerate(reversed(parts)))


def clock_span(span: Span) -> str:
    """`m:ss.t-m:ss.t`, or one time where both read the same."""
    start, end = clock(span.start), clock(span.end)
    return start if start == end else f"{start}-{end}"
