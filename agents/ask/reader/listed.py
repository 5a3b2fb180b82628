"""What a question names by its role on screen: a title, a subtitle, the items of a list.

Only what was seen in that role is told, so a question for items where no list was seen is left to
the ranking.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agents.ask.answer import Cited, Context, Draft
from agents.ask.plan import Asked, Plan
from agents.ask.reader.thresholds import APART, MOST_CUES, PROVEN, SAME_PLACE, SEEN_SO
from agents.ask.reader.units import Unit, Weights, holds, in_focus, lines, quoted, wanted_words
from agents.perception.roles.lists import without_marker
from agents.perception.roles.roles import ITEM, SUBTITLE, TITLE, WRAPPED
from agents.text.words import stem
from memory.organise.telling import box_iou
from memory.records import Memory, Span

NAMED = (
    (SUBTITLE, re.compile(r"\b(?:subtitles?|captions?)\b", re.IGNORECASE)),
    (ITEM, re.compile(
        r"\b(?:items|points|bullets|entries)\b|"
        r"\b(?:what|which)\b.{0,40} on (?:the|this|an?) (?:\w+ ){0,2}(?:list|agenda|checklist)\b",
        re.IGNORECASE)),
    (TITLE, re.compile(r"\b(?:titles?|headings?|headlines?)\b", re.IGNORECASE)),
)  # fmt: skip
"""Roles and how a question names them; the first that fits is meant."""
ASKS = (Asked.WHAT, Asked.WRITTEN, Asked.SAID, Asked.KEYWORDS)
"""Kinds of question that a line's words answer."""
EMPTY = frozenset(
    stem(word)
    for word in "subtitle caption item point bullet entry list agenda checklist title heading "
    "headline slide page card screen say read write text line count name call show display".split()
)
"""Words that tell what is asked for, and not what it is about."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """What is told as one, and the rows that hold it."""

    texts: tuple[str, ...]
    rows: tuple[Memory, ...]


def read_listed(plan: Plan, context: Context) -> Draft | None:
    """The title, subtitle or items that a question asks for; None where none was seen."""
    role = next((role for role, form in NAMED if form.search(plan.question)), "")
    if not role or plan.asked not in ASKS or plan.choices:
        return None
    found = _best(plan, context, role)
    if found is None:
        return None
    chosen, proven = found
    said = ", ".join(map(quoted, chosen.texts))
    cited = tuple(Cited(row, row.span) for row in chosen.rows)
    return Draft(said, cited, SEEN_SO, proven, f"on screen as {role}")


def items_asked(plan: Plan, context: Context) -> Draft | None:
    """The list that a question is about, as its number of items; None where no list was seen."""
    found = _best(plan, context, ITEM)
    if found is None:
        return None
    cited = tuple(Cited(row, row.span) for row in found[0].rows)
    return Draft(str(len(found[0].texts)), cited, SEEN_SO, found[1], "items of a list")


def _best(plan: Plan, context: Context, role: str) -> tuple[_Piece, bool] | None:
    """What of a role fits the question's other words best, and whether nothing else does."""
    told = _with(in_focus(context.rows, _focus(context)) or context.rows, role)
    pieces = _lists(told) if role == ITEM else _stacks(told)
    about, kinds = _about(plan)
    weights = Weights(about, context.rows)
    worth = [_worth(piece, weights, kinds, context) for piece in pieces]
    best = max(worth, default=(0.0, 0))
    fitting = [piece for piece, each in zip(pieces, worth, strict=True) if each == best]
    if role == SUBTITLE and _focus(context) and len(fitting) <= MOST_CUES:
        fitting = _in_turn(fitting)
    at = 0 if plan.position is None else plan.position - (plan.position > 0)
    if not -len(fitting) <= at < len(fitting):
        return None
    is_one = plan.position is not None or len({piece.texts for piece in fitting}) == 1
    return fitting[at], is_one and best[0] >= PROVEN


def _about(plan: Plan) -> tuple[list[str], list[str]]:
    """The words that tell what a list, title or subtitle is about, and those for what it is."""
    words = wanted_words(plan)
    kinds = [word for word in words if stem(word) in EMPTY]
    return [word for word in words if word not in kinds], kinds


def _in_turn(cues: Sequence[_Piece]) -> list[_Piece]:
    """Subtitles that follow each other as one answer."""
    texts = dict.fromkeys(text for cue in cues for text in cue.texts)
    return [_Piece(tuple(texts), tuple(row for cue in cues for row in cue.rows))] if cues else []


def _focus(context: Context) -> Sequence[tuple[str, Span]]:
    """The time that is named, else that of the event that the question hangs on."""
    anchored = [(hit.memory.video_id, hit.memory.span) for hit in context.anchors[:1]]
    return context.focus or anchored


def _with(rows: Iterable[Memory], role: str) -> list[tuple[Memory, list[Unit]]]:
    """Rows with their lines of a role, and pieces of lines in columns; in the order of time."""
    wanted = (ITEM, WRAPPED) if role == ITEM else (role,)
    found: list[tuple[Memory, list[Unit]]] = []
    for row in sorted(rows, key=lambda row: (row.span, row.memory_id)):
        every = [each for line in lines([row]) for each in (line, *line.parts)]
        if own := [each for each in every if each.role in wanted]:
            found.append((row, own))
    return found


def _stacks(told: Sequence[tuple[Memory, list[Unit]]]) -> list[_Piece]:
    """The lines of each row as one text: a title or subtitle may be broken."""
    return [_Piece((" ".join(unit.text for unit in own),), (row,)) for row, own in told]


def _lists(told: Sequence[tuple[Memory, list[Unit]]]) -> list[_Piece]:
    """The items of rows that are on screen together, in reading order, each a text."""
    groups: list[list[tuple[Memory, list[Unit]]]] = []
    for each in told:
        own = next(
            (group for group in groups if any(_together(each[0], o) for o, _ in group)), None
        )
        if own is None:
            groups.append([each])
        else:
            own.append(each)
    units = [_once(group) for group in groups]
    rows = [tuple(dict.fromkeys(unit.row for unit in own)) for own in units]
    return [_Piece(_items(own), of) for own, of in zip(units, rows, strict=True) if own]


def _once(group: Sequence[tuple[Memory, list[Unit]]]) -> list[Unit]:
    """The lines of a group; what looks read again at a place is left out."""
    kept: list[Unit] = []
    for unit in (unit for _, own in group for unit in own if unit.box):
        if all(box_iou(unit.box or (), other.box or ()) < SAME_PLACE for other in kept):
            kept.append(unit)
    return kept


def _together(one: Memory, other: Memory) -> bool:
    """Whether two rows are there at the same time for at least half of the shorter one's."""
    shared = one.span.overlap(other.span)
    return one.video_id == other.video_id and 2 * shared >= min(one.span.length, other.span.length)


def _items(units: Sequence[Unit]) -> tuple[str, ...]:
    """Items with the lines that go on with them, one column after the other, each once."""
    placed = sorted((u for u in units if u.box), key=lambda u: u.box[0] if u.box else 0.0)
    columns: list[list[Unit]] = []
    for unit in placed:
        first = columns[-1][0].box if columns else None
        if first and unit.box and unit.box[0] - first[0] <= APART:
            columns[-1].append(unit)
        else:
            columns.append([unit])
    told: list[str] = []
    for column in columns:
        for unit in sorted(column, key=lambda u: u.box[1] if u.box else 0.0):
            if unit.role == ITEM or not told:
                told.append(without_marker(unit.text))
            else:
                told[-1] = f"{told[-1]} {unit.text}"
    return tuple(dict.fromkeys(told))


def _worth(
    piece: _Piece, weights: Weights, kinds: Sequence[str], context: Context
) -> tuple[float, int]:
    """Share of the question's other words that are written or said while it is there.

    Among equals, how many words for what it is: a list may be headed "Agenda".
    """
    there = "\n".join(
        other.text or ""
        for other in context.rows
        if other.kind.is_verbatim and any(_together(row, other) for row in piece.rows)
    )
    return weights.share(there), sum(holds(there, word) for word in kinds)
