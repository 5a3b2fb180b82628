"""Lines of text in time: when two readings are the same line, and which lines belong together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rapidfuzz import fuzz

from agents.models.ports import Image, TextLine
from agents.perception.measures import colours_of
from agents.perception.records import Percept
from agents.perception.text_change import Patch
from memory.details import ShownLine
from memory.records import Kind, Level, Span

Box = tuple[float, float, float, float]

ALIKE = 85
"""rapidfuzz ratio from which two readings are the same line."""
ALIKE_IN_PLACE = 75
"""The same for two readings at one place, where doubt about letters is likelier than change."""
LINE_SHAPE = 4.0
"""How many times as wide as high a line of words is at least."""
SURE = 0.9
"""Confidence of two readings from which another word is another line, not doubt about letters."""
ALIKE_WORDS = 60
"""rapidfuzz ratio from which two words may be readings of one."""
SHORT_WORD = 3
"""Letters up to which words of other lengths are other words ("he", "she")."""
DIGIT = re.compile(r"\d")
JOINT = "  "
"""Between texts that stand on one row."""
COLOUR_SHARE = 0.1
"""Least share of a line's box that a colour covers to be the ground's or the letters'."""
SURE_ENOUGH = 0.9
"""Share of a reading's confidence from which a longer one replaces it."""
ROW_OVERLAP = 0.6
ROW_GAP = 0.3
"""Share of the picture's width that may lie between a label and its value."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A line of text and the time for which it was on screen."""

    line: TextLine
    span: Span


@dataclass(slots=True)
class Track:
    """A line that is, or was, on screen."""

    line: TextLine
    start: int
    patch: Patch
    unsure: int | None = None
    """Time from which it no longer looked the same."""
    gone: int | None = None
    """Time from which it looked like something else altogether."""
    trust: int = 0
    """Microseconds for which a line over a changing background is believed without reading."""
    checked: int = 0

    @property
    def is_steady(self) -> bool:
        """Whether it has looked the same since it was read."""
        return self.unsure is None

    def is_doubtful(self, now: int, rest: int) -> bool:
        """Whether it must be read again: it is gone, or was believed for long enough."""
        if self.is_steady:
            return False
        return self.gone is not None or now - self.checked >= max(self.trust, rest)


def covered(box: Box, by: Box) -> float:
    """Share of `box` that lies in `by`, 0 to 1."""
    width = min(box[2], by[2]) - max(box[0], by[0])
    height = min(box[3], by[3]) - max(box[1], by[1])
    area = (box[2] - box[0]) * (box[3] - box[1])
    return width * height / area if width > 0 and height > 0 and area > 0 else 0.0


def overlap(one: Box, other: Box) -> float:
    """Intersection over union of two boxes."""
    shared = covered(one, other) * (one[2] - one[0]) * (one[3] - one[1])
    areas = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return shared / (areas - shared) if areas > shared else 0.0


def is_at(box: Box, known: Box) -> bool:
    """Whether a box that was found is that of a known line, and not of one that grew."""
    beyond = max(known[0] - box[0], 0.0) + max(box[2] - known[2], 0.0)
    return beyond <= 0.05 * (box[2] - box[0]) and overlap(box, known) > 0.6


def is_line(box: Box, shape: tuple[int, ...]) -> bool:
    """Whether a box in a picture of a shape (height, width) is as long as a line of words.

    Signs and patterns that look like a letter are not.
    """
    width, height = (box[2] - box[0]) * shape[1], (box[3] - box[1]) * shape[0]
    return width >= LINE_SHAPE * height


def around(box: Box) -> Box:
    """The box with a margin, in which more of its line may appear."""
    height = box[3] - box[1]
    return (box[0] - height / 2, box[1] - height / 3, box[2] + height / 2, box[3] + height / 3)


def is_near(one: Box, other: Box) -> bool:
    """Whether a line could have moved from one box to the other between two readings."""
    if overlap(one, other) > 0:
        return True
    height = max(one[3] - one[1], other[3] - other[1])
    sideways = abs(one[0] + one[2] - other[0] - other[2]) / 2
    upright = abs(one[1] + one[3] - other[1] - other[3]) / 2
    return upright <= 3 * height and sideways <= 0.15


def is_same_line(one: TextLine, other: TextLine) -> bool:
    """Whether two readings are of the same line: near, alike, and with the same digits."""
    if not is_near(one.box, other.box) or _digits(one.text) != _digits(other.text):
        return False
    if min(one.confidence, other.confidence) >= SURE and has_other_words(one.text, other.text):
        return False
    needed = ALIKE_IN_PLACE if overlap(one.box, other.box) > 0.5 else ALIKE
    return fuzz.ratio(one.text.casefold(), other.text.casefold()) >= needed


def has_other_words(one: str, other: str) -> bool:
    """Whether two texts of as many words differ in one that is no other reading of the same."""
    pairs = list(zip(one.casefold().split(), other.casefold().split(), strict=False))
    if len(one.split()) != len(other.split()):
        return False
    return any(
        fuzz.ratio(first, second) < ALIKE_WORDS
        or (max(len(first), len(second)) <= SHORT_WORD and len(first) != len(second))
        for first, second in pairs
    )


def is_grown(old: TextLine, new: TextLine) -> bool:
    """Whether a line was typed on: the new one covers it and holds its text and more."""
    if len(new.text) <= len(old.text) or covered(old.box, new.box) < 0.8:
        return False
    return old.text.casefold().rstrip(".") in new.text.casefold()


def better(old: TextLine, new: TextLine) -> TextLine:
    """The surer of two readings of a line; one that goes on where the other was cut short wins."""
    if is_grown(old, new) and new.confidence >= SURE_ENOUGH * old.confidence:
        return new
    return max(old, new, key=lambda each: each.confidence)


def coloured(line: TextLine, image: Image) -> TextLine:
    """The line with the colours of its ground and its letters, most frequent first."""
    names = [name for name, share in colours_of(image, line.box) if share >= COLOUR_SHARE]
    return replace(line, colours=tuple(names[:2]))


def has_other_digits(one: TextLine, other: TextLine) -> bool:
    """Whether two readings at one place differ in nothing but their digits, as a counter's do."""
    return one.box == other.box and DIGIT.sub("0", one.text) == DIGIT.sub("0", other.text)


def continues(line: TextLine, known: Sequence[TextLine]) -> bool:
    """Whether a reading in the box of a known line is still that line, or fits its box."""
    return any(
        is_same_line(one, line) or is_grown(one, line) or has_other_digits(one, line)
        for one in known
    )


def unreadable_note(count: int, reader: str) -> str:
    """A word on lines that were found and that a reader could not read; empty for none."""
    if not count:
        return ""
    lines = "a line" if count == 1 else f"{count} lines"
    return (
        f"{lines} of text on screen could not be read: blurred, small, or in a script that "
        f"{reader} does not know"
    )


def _digits(text: str) -> str:
    return "".join(letter for letter in text if letter.isdigit())


def together(shown: Sequence[Shown], tolerance: int) -> list[list[Shown]]:
    """Lines grouped by their time on screen: both ends equal within `tolerance` microseconds."""
    groups: list[list[Shown]] = []
    for each in sorted(shown, key=lambda each: (each.span, each.line.box[1], each.line.box[0])):
        for group in groups:
            first = group[0].span
            apart = max(abs(first.start - each.span.start), abs(first.end - each.span.end))
            if apart <= tolerance:
                group.append(each)
                break
        else:
            groups.append([each])
    return groups


def rows(lines: Sequence[TextLine]) -> list[TextLine]:
    """Lines in reading order; those that stand on one row become one, with two spaces between."""
    made: list[list[TextLine]] = []
    for line in sorted(lines, key=lambda line: (line.box[1] + line.box[3], line.box[0])):
        row = next((row for row in made if all(_on_one_row(line, other) for other in row)), None)
        if row is None:
            made.append([line])
        else:
            row.append(line)
    joined = [part for row in made for part in _joined(sorted(row, key=lambda each: each.box[0]))]
    return sorted(joined, key=lambda line: (round((line.box[1] + line.box[3]) * 50), line.box[0]))


def _on_one_row(one: TextLine, other: TextLine) -> bool:
    top, bottom = max(one.box[1], other.box[1]), min(one.box[3], other.box[3])
    heights = (one.box[3] - one.box[1], other.box[3] - other.box[1])
    return bottom - top >= ROW_OVERLAP * max(heights) and covered(one.box, other.box) == 0


def _joined(row: list[TextLine]) -> list[TextLine]:
    parts = [row[0]]
    for line in row[1:]:
        last = parts[-1]
        if line.box[0] - last.box[2] > ROW_GAP:
            parts.append(line)
            continue
        parts[-1] = TextLine(
            f"{last.text}{JOINT}{line.text}",
            min(last.confidence, line.confidence),
            (
                last.box[0],
                min(last.box[1], line.box[1]),
                line.box[2],
                max(last.box[3], line.box[3]),
            ),
            tuple(dict.fromkeys(last.colours + line.colours)),
        )
    return parts


def as_percept(group: Sequence[Shown], model: str) -> Percept:
    """One memory of lines that were on screen together."""
    lines = rows([each.line for each in group])
    span = Span(min(each.span.start for each in group), max(each.span.end for each in group))
    weights = [len(line.text) for line in lines]
    confidence = sum(
        line.confidence * weight for line, weight in zip(lines, weights, strict=True)
    ) / sum(weights)
    return Percept(
        Kind.SCREEN_TEXT,
        Level.SHOT,
        span,
        "\n".join(line.text for line in lines),
        model,
        round(confidence, 4),
        details={
            "lines": [_line_values(line, [each.line for each in group]) for line in lines],
        },
    )


def _line_values(line: TextLine, pieces: Sequence[TextLine]) -> ShownLine:
    """A line as plain values; one that was joined keeps its pieces, so that columns stay known."""
    own = [piece for piece in pieces if covered(piece.box, line.box) > 0.99]
    values: ShownLine = {
        "text": line.text,
        "box": [round(side, 4) for side in line.box],
        "confidence": round(line.confidence, 4),
        "colours": list(line.colours),
    }
    if JOINT in line.text and len(own) > 1:
        values["parts"] = [_line_values(piece, []) for piece in sorted(own, key=_left)]
    return values


def _left(line: TextLine) -> float:
    return line.box[0]
