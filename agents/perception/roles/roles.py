"""What a line of text on screen is for: title, subtitle, item of a list, or nothing that shows.

By geometry and time alone, relative to the picture and to the text around a line; what it says
takes part only by its marker and its letters. Texts and ids of rows stay as they are.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from agents.perception.roles.captions import captions
from agents.perception.roles.lists import listed, marked
from agents.perception.roles.placed import Key, Placed, gap, usual_size
from memory.details import ShownLine
from memory.records import SECOND, Kind, Memory

TITLE, SUBTITLE, ITEM, WRAPPED = "title", "subtitle", "item", "wrapped"
"""Roles; `wrapped` is a line that goes on with the item above it."""
LARGER = 1.27
"""How many times as large as the middle one of the lines beside it a title is at least: as much as
boxes that were read of one size differ in the layouts of `tests/benchmarks/senses/layouts.py`."""
ALIKE = 0.8
"""Share of the largest line's size from which a neighbour is the same title's next line."""
MOST_LINES, MOST_WORDS = 3, 16
"""Of a title."""
UPPER = 0.55
"""A title's middle is above this part of the picture's height."""
BELOW = 0.6
"""Share of the other lines that are below a title."""
STAYS = 0.9
"""Share of the time of the other lines for which a title stays, and the least time of one."""
LASTS = SECOND
SURE = 0.85
"""Confidence of a reading from which it may be a title; nothing that is doubtful has as much."""
LEAST_LETTERS = 3


def with_roles(rows: Sequence[Memory]) -> list[Memory]:
    """The rows, those of text on screen with a role in each line that has one.

    Args:
        rows: of one video, joined over the edges of windows; roles that they have are told anew.
    """
    shown = [at for at, row in enumerate(rows) if row.kind is Kind.SCREEN_TEXT]
    pages = _Pages([_placed(at, rows[at]) for at in shown])
    made = list(rows)
    for number, at in enumerate(shown):
        told = pages.roles_of(number)
        lines = rows[at].details.get("lines", [])
        own = [_told(line, (at, place), told) for place, line in enumerate(lines)]
        if own != lines:
            made[at] = replace(rows[at], details={**rows[at].details, "lines": own})
    return made


def _told(line: ShownLine, key: Key, roles_of: Mapping[Key, str]) -> ShownLine:
    """The line with its role, or its pieces with theirs."""
    plain: ShownLine = {**line}
    plain.pop("role", None)
    if parts := line.get("parts"):
        plain["parts"] = [_told(part, (*key, n), roles_of) for n, part in enumerate(parts)]
    if role := roles_of.get(key, ""):
        plain["role"] = role
    return plain


def _placed(at: int, row: Memory) -> list[Placed]:
    """A row's lines that have a place; what stands in columns piece by piece."""
    made: list[Placed] = []
    for number, line in enumerate(row.details.get("lines", [])):
        pieces = line.get("parts", [])
        apart = any(marked(piece["text"]) for piece in pieces[1:])
        own = [((at, number, n), each) for n, each in enumerate(pieces)]
        for key, each in own if apart else [((at, number), line)]:
            box, sure = each.get("box"), each.get("confidence", row.confidence)
            if box is not None:
                made.append(Placed(key, each["text"], tuple(box), row.span, sure, len(pieces)))
    return made


@dataclass
class _Pages:
    """The lines of rows, in the order of time, and what is on screen together."""

    rows: list[list[Placed]]

    def roles_of(self, number: int) -> dict[Key, str]:
        """The roles of what is on screen at the fullest instant of a row."""
        if not self.rows[number]:
            return {}
        at = self._fullest(number)
        if at not in self._known:
            self._known[at] = roles(self._at(at), self._captions)
        return self._known[at]

    @cached_property
    def _known(self) -> dict[int, dict[Key, str]]:
        return {}

    @cached_property
    def _captions(self) -> set[Key]:
        return captions([row for row in self.rows if row])

    @cached_property
    def _counts(self) -> tuple[list[int], list[int]]:
        """Instants at which rows begin, and how many lines are there then."""
        steps: dict[int, int] = {}
        for row in filter(None, self.rows):
            steps[row[0].span.start] = steps.get(row[0].span.start, 0) + len(row)
            steps[row[0].span.end] = steps.get(row[0].span.end, 0) - len(row)
        instants, counts, there = sorted(steps), list[int](), 0
        for instant in instants:
            there += steps[instant]
            counts.append(there)
        return instants, counts

    def _fullest(self, number: int) -> int:
        """The first instant of a row at which most lines are there: what came one by one is."""
        span = self.rows[number][0].span
        instants, counts = self._counts
        first, last = bisect_left(instants, span.start), bisect_left(instants, span.end)
        best = max(range(first, max(last, first + 1)), key=lambda each: (counts[each], -each))
        return instants[best]

    def _at(self, instant: int) -> list[Placed]:
        own = [row for row in self.rows if row and row[0].span.start <= instant < row[0].span.end]
        return [line for row in own for line in row]


def roles(page: Sequence[Placed], spoken: set[Key]) -> dict[Key, str]:
    """Roles of the lines that are on screen at one instant.

    Args:
        page: The lines.
        spoken: Keys of those that are subtitles.
    """
    told = {line.key: SUBTITLE for line in page if line.key in spoken}
    rest = [line for line in page if line.key not in spoken and not line.is_turned]
    told |= {line.key: TITLE for line in title(rest)}
    rest = [line for line in rest if line.key not in told]
    told |= {line.key: WRAPPED if goes_on else ITEM for line, goes_on in listed(rest)}
    return told


def title(page: Sequence[Placed]) -> list[Placed]:
    """The lines of a page's title: the largest, above most of the others, and as lasting."""
    able = [line for line in page if _may_be_title(line)]
    if not able:
        return []
    largest = max(able, key=lambda line: (line.size, -line.top))
    own = _block(largest, able)
    rest = [line for line in page if line not in own]
    if not rest or largest.size < LARGER * usual_size(rest):
        return []
    bottom = max(line.bottom for line in own)
    below = sum(line.top >= bottom - 0.5 * line.height for line in rest) / len(rest)
    lengths = sorted(line.span.length for line in rest)
    stays = largest.span.length >= STAYS * lengths[len(lengths) // 2]
    words = sum(len(line.text.split()) for line in own)
    is_upper = (own[0].top + bottom) / 2 <= UPPER and below >= BELOW
    fits = len(own) <= MOST_LINES and words <= MOST_WORDS
    return own if is_upper and stays and fits else []


def _may_be_title(line: Placed) -> bool:
    letters = sum(letter.isalpha() for letter in line.text)
    is_word = letters >= LEAST_LETTERS or any(ord(letter) > 0x2E80 for letter in line.text)
    return is_word and line.confidence >= SURE and line.span.length >= LASTS


def _block(largest: Placed, able: Sequence[Placed]) -> list[Placed]:
    """The line and those of its size that follow each other closely around it."""
    size = largest.height
    alike = [line for line in able if line.size >= ALIKE * largest.size]
    alike.sort(key=lambda line: (line.top, line.left))
    own = [largest]
    at = alike.index(largest)
    for line in alike[at + 1 :]:
        if gap(own[-1], line) > 0.8 * size:
            break
        own.append(line)
    for line in reversed(alike[:at]):
        if gap(line, own[0]) > 0.8 * size:
            break
        own.insert(0, line)
    return own
