"""Joins what a window's edge cut in two: lines of text on screen, and recognised things.

Text is joined line by line, since what is one group of lines before the edge may be in several
after it: each line that goes on gets the time of both its parts, and the lines are grouped anew by
their times, as one pass over the whole video would have grouped them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rapidfuzz import fuzz

from agents.models.ports import TextLine
from agents.perception.motion.steps import sentence
from agents.perception.text_lines import Shown, as_percept, is_same_line, overlap, together
from memory.details import Details, ShownLine
from memory.records import SECOND, Kind, Memory

REACH = SECOND // 2
"""How far from the edge a part may end or begin: text is examined at intervals."""

SAME_THINGS = 85
"""Similarity, 0 to 100, from which words for things on both sides of an edge are the same."""


SAME_PLACE = 0.2
"""Overlap from which a thing before an edge is the one behind it."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of text and the row it stands in."""

    row: Memory
    line: TextLine


def stitched(rows: Sequence[Memory], edges: Sequence[int]) -> tuple[list[Memory], list[Memory]]:
    """Rows joined over window edges, and the parts they replace.

    Edges are taken from left to right, so what lasts over several windows becomes one row. What
    was joined is left alone when this runs again.
    """
    alive = {row.memory_id: row for row in rows}
    given = dict(alive)
    for edge in sorted(edges):
        ordered = sorted(alive.values(), key=lambda row: (row.span, row.memory_id))
        before = [r for r in ordered if edge - REACH <= r.span.end <= edge]
        after = [r for r in ordered if edge <= r.span.start <= edge + REACH]
        joined = (_things(before, after), _texts(before, after), _motions(before, after))
        for made, gone in joined:
            for row in gone:
                del alive[row.memory_id]
            alive |= {row.memory_id: row for row in made}
    made = [row for key, row in alive.items() if key not in given]
    return made, [row for key, row in given.items() if key not in alive]


def _things(before: Sequence[Memory], after: Sequence[Memory]) -> tuple[list[Memory], list[Memory]]:
    """Things, sounds and people that are called the same on both sides."""
    made: list[Memory] = []
    gone: list[Memory] = []
    left_over = [row for row in after if _is_named(row.kind)]
    for left in before:
        right = next((r for r in left_over if left.kind is r.kind and _alike(left, r)), None)
        if right is not None:
            left_over.remove(right)
            better = left if left.confidence >= right.confidence else right
            whole = replace(better, span=left.span.hull(right.span), window_id=left.window_id)
            made.append(_renamed(whole))
            gone += [left, right]
    return made, gone


def _is_named(kind: Kind) -> bool:
    """Whether its rows are names of what goes on: things, sounds, people; not words or pictures."""
    is_sound = kind.is_audible and not kind.is_verbatim
    return is_sound or kind.is_of_people or (kind.is_thing and not kind.is_picture)


def _alike(one: Memory, other: Memory) -> bool:
    if "count" in one.details:  # of people; how many they are is what the row is about
        told = (one.details, other.details)
        return len({(each.get("count"), each.get("pose")) for each in told}) == 1
    return fuzz.ratio(one.text or "", other.text or "") >= SAME_THINGS


def _motions(
    before: Sequence[Memory], after: Sequence[Memory]
) -> tuple[list[Memory], list[Memory]]:
    """Things that are on their way on both sides, at the place where they cross the edge."""
    made: list[Memory] = []
    gone: list[Memory] = []
    left_over = [row for row in after if row.details.get("places")]
    for left in before:
        right = next((r for r in left_over if _goes_on(left, r)), None)
        if right is not None:
            left_over.remove(right)
            made.append(_renamed(_way(left, right)))
            gone += [left, right]
    return made, gone


def _goes_on(left: Memory, right: Memory) -> bool:
    """Whether a thing is where one of its name was."""
    ends, begins = left.details.get("places", []), right.details.get("places", [])
    if not ends or left.details.get("thing") != right.details.get("thing"):
        return False
    return overlap(_box(ends[-1][1]), _box(begins[0][1])) >= SAME_PLACE


def _box(sides: Sequence[float]) -> tuple[float, float, float, float]:
    left, top, right, bottom = sides
    return left, top, right, bottom


def _way(left: Memory, right: Memory) -> Memory:
    """Both parts of a way as one."""
    one, other = left.details, right.details
    steps = [*one.get("steps", []), *other.get("steps", [])]
    better = left if left.confidence >= right.confidence else right
    details: Details = {
        **better.details,
        "steps": steps,
        "places": [*one.get("places", []), *other.get("places", [])],
    }
    text = sentence(details.get("name", ""), steps)
    whole = left.span.hull(right.span)
    return replace(left, span=whole, text=text, details=details, text_vector=None)


def _texts(before: Sequence[Memory], after: Sequence[Memory]) -> tuple[list[Memory], list[Memory]]:
    """Lines that stand on both sides; the rows that hold one of them are made anew."""
    right_lines = _lines(after)
    pairs: list[tuple[_Line, _Line]] = []
    for left in _lines(before):
        right = next((r for r in right_lines if is_same_line(left.line, r.line)), None)
        if right is not None:
            right_lines.remove(right)
            pairs.append((left, right))
    gone = {each.row.memory_id: each.row for pair in pairs for each in pair}
    joined = [each for pair in pairs for each in pair]
    shown = [(left.row, _whole(left, right)) for left, right in pairs]
    rest = [each for each in _lines(list(gone.values())) if each not in joined]
    shown += [(each.row, Shown(each.line, each.row.span)) for each in rest]
    return _grouped(shown), list(gone.values())


def _whole(left: _Line, right: _Line) -> Shown:
    """The line over both its parts, in its surer reading."""
    line = left.line if left.line.confidence >= right.line.confidence else right.line
    return Shown(line, left.row.span.hull(right.row.span))


def _grouped(shown: Sequence[tuple[Memory, Shown]]) -> list[Memory]:
    """One row for the lines that were on screen from the same to the same instant."""
    holders = {id(each): row for row, each in shown}
    made: list[Memory] = []
    for group in together([each for _, each in shown], tolerance=0):
        row = min((holders[id(each)] for each in group), key=lambda r: (r.span, r.memory_id))
        percept = as_percept(group, row.producer.model)
        fresh = replace(
            row,
            span=percept.span,
            text=percept.text,
            confidence=round(percept.confidence, 4),
            details=percept.details,
            text_vector=None,
        )
        made.append(_renamed(fresh))
    return made


def _lines(rows: Sequence[Memory]) -> list[_Line]:
    """The lines of all rows of text, from top to bottom."""
    found: list[_Line] = []
    for row in rows:
        if row.kind is Kind.SCREEN_TEXT:
            for line in row.details.get("lines", []):
                found += [_Line(row, _line(part)) for part in line.get("parts") or [line]]
    return found


def _line(values: ShownLine) -> TextLine:
    """A line back from a row's details."""
    left, top, right, bottom = (float(side) for side in values.get("box", (0, 0, 0, 0)))
    colours = tuple(values.get("colours", ()))
    belief = values.get("confidence", 0.0)
    return TextLine(values["text"], belief, (left, top, right, bottom), colours)


def _renamed(row: Memory) -> Memory:
    """The row under the id that its own span and text give it."""
    return replace(row, source_ids=()).identified(f"{row.perception_key} {row.text}")
