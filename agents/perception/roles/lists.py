"""Lists in pictures: lines with one left edge and one size, each with a marker or evenly apart."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median

from agents.perception.roles.placed import Placed, gap, runs, usual_size

MARKER = re.compile(
    r"\s*(?:[•·∙●○◦▪■□‣►▶➢➤✓✔☐*–—−»›>-]\s*(?=[^\W_])|"
    r"\(?(?:\d{1,2}|[a-zA-Z]|[ivx]{1,4})[.)](?:\s+|(?=[^\W\d_]{2}))(?=\S))"
)
"""What an item may begin with; readers of text often leave out the space behind it."""
ALIGNED = 0.015
"""How far left edges of one column may lie apart, as a part of the picture's width."""
INDENT = 0.08
"""How much further right a line may begin that goes on with an item, or an item of an item."""
SAME_SIZE = 1.5
"""How many times as large letters of one list are at most: boxes of short lines are higher."""
FARTHEST = 3.5
"""Heights of a line between two items at most."""
LOOSE = 1.0
"""From middle to middle of two items without markers at least, in heights of their boxes: those of
one text overlap, as detectors keep a margin around lines."""
EVEN = 1.35
"""How many times as far apart items without markers may be at one place as at another: less than
the lines of an item and the next item."""
LEAST_MARKED, LEAST_PLAIN = 2, 3
"""Items that make a list, with markers and without."""
FULL = 0.03
"""How near to the furthest right edge lines of flowing text end."""


def marked(text: str) -> bool:
    """Whether a line begins like an item."""
    return MARKER.match(text) is not None


def without_marker(text: str) -> str:
    """An item's own words."""
    return text[found.end() :] if (found := MARKER.match(text)) else text


def listed(page: Sequence[Placed]) -> list[tuple[Placed, bool]]:
    """The lines of lists, each with whether it goes on with the item above it."""
    lines = sorted(page, key=lambda line: (line.top, line.left))
    # what is beside a list with markers is something else
    return list(_marked(lines)) or list(_plain(lines))


def _marked(lines: Sequence[Placed]) -> Iterator[tuple[Placed, bool]]:
    """Items with markers, and the lines that go on with them."""
    heads = [line for line in lines if marked(line.text)]
    firm = [h for h in heads if any(_is_beside(h, other) for other in heads if other is not h)]
    if len(firm) < LEAST_MARKED:
        return
    size, top = usual_size(firm), min(line.top for line in firm)
    last: Placed | None = None
    for line in lines:
        is_head = line in firm or (line in heads and line.top > top and _is_size(line, size))
        if is_head:
            last = line
            yield line, False
        elif last is not None and _goes_on(last, line, firm):
            last = line
            yield line, True


def _is_beside(one: Placed, other: Placed) -> bool:
    """Whether two lines are of one column and one size."""
    return abs(one.left - other.left) <= ALIGNED and _is_size(one, other.size)


def _is_size(line: Placed, size: float) -> bool:
    return max(line.size, size) <= SAME_SIZE * min(line.size, size)


def _goes_on(last: Placed, line: Placed, heads: Sequence[Placed]) -> bool:
    """Whether a line stands directly below an item, at its edge or that of its words."""
    left = min(heads, key=lambda head: abs(head.top - last.top)).left
    is_near = -0.8 * line.height <= gap(last, line) <= 0.7 * line.height
    is_inside = left - ALIGNED <= line.left <= left + INDENT
    return is_near and is_inside and _is_size(line, last.size) and line.top > last.top


def _plain(lines: Sequence[Placed]) -> Iterator[tuple[Placed, bool]]:
    """Lines without markers that stand evenly apart, each column by itself."""
    for column in _columns([line for line in lines if not line.parts]):
        for run in runs(column, _is_far):
            heads = _heads(run)
            if len(heads) >= LEAST_PLAIN and not _is_one_text([run[n] for n in heads]):
                yield from ((line, n not in heads) for n, line in enumerate(run))


def _heads(run: Sequence[Placed]) -> list[int]:
    """Which lines of a column begin an item; none where they are not evenly apart.

    Where some lines are nearer to the one above than others, these go on with it.
    """
    steps = [_middle(lower) - _middle(upper) for upper, lower in pairwise(run)]
    if not steps or min(steps) <= 0:
        return []
    least, most = min(steps), max(steps)
    if most <= EVEN * least:
        return list(range(len(run))) if median(steps) >= LOOSE * _height(run) else []
    far = [step for step in steps if step * step > least * most]
    near = [step for step in steps if step * step <= least * most]
    if max(far) > EVEN * min(far) or max(near) > EVEN * min(near):
        return []
    return [0, *(n for n, step in enumerate(steps, 1) if step in far)]


def _middle(line: Placed) -> float:
    return (line.top + line.bottom) / 2


def _height(run: Sequence[Placed]) -> float:
    return median(line.height for line in run)


def _columns(lines: Sequence[Placed]) -> list[list[Placed]]:
    columns: list[list[Placed]] = []
    for line in lines:
        own = next((each for each in columns if _is_beside(line, each[-1])), None)
        if own is None:
            columns.append([line])
        else:
            own.append(line)
    return columns


def _is_far(upper: Placed, lower: Placed) -> bool:
    return gap(upper, lower) > FARTHEST * lower.height


def _is_one_text(heads: Sequence[Placed]) -> bool:
    """Whether lines go on with each other: sentences, or what was broken at an edge."""
    starts = [line.text for line in heads[1:]]
    goes_on = sum(text[:1].islower() for text in starts) / len(starts)
    return goes_on >= 0.5 or _is_flowing(heads)


def _is_flowing(lines: Sequence[Placed]) -> bool:
    """Whether all lines but the last end at one edge, as lines do that were broken there."""
    edge = max(line.right for line in lines)
    return all(edge - line.right <= FULL for line in lines[:-1])
