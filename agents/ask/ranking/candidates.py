"""What could be an answer: every line, sentence, name and colour that was recalled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from agents.ask.answer import Draft
from agents.ask.reader.units import Unit, lines, spoken
from memory.as_of import COMPOSED
from memory.records import SECOND, Kind, Memory, Span

UNNAMED = "unnamed"
"""What a picture says in which nothing is known by name: no word of a question."""
LONGEST = 25
"""Most words of a row that may be an answer as a whole."""
COLOURS = 2
"""Colours of a thing that may be an answer: its own and the next most frequent."""
WIDE = frozenset(
    "object thing item animal creature vehicle food drink building place instrument person mammal "
    "pet device electronics sport equipment people human clothes clothing furniture appliance "
    "tableware toy tool fruit vegetable".split()
)
"""Words too wide to answer with where a narrower one is known."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible answer and the row it stands in."""

    row: Memory
    text: str
    """The answer itself."""
    near: str = ""
    """What stands with it and says what it is: the lines around it, the words of its label."""
    certainty: float = 1.0
    """Belief of the reading or recognition, 0 to 1."""
    height: float = 0.0
    """Of a line, as a fraction of the tallest line of its row."""
    is_whole: bool = False
    """All of the row's text, not a part of it."""
    is_colour: bool = False
    is_doubtful: bool = False
    """Whether it may be a reading of what is no text."""
    rule: str = ""
    """`proven` or `drafted` where a symbolic reader gave it, by counting say; else empty."""
    span: Span | None = None
    """The part of the row that is meant; all of it where None."""

    @property
    def moment(self) -> Span:
        """When it is there."""
        return self.row.span if self.span is None else self.span


def by_rule(draft: Draft) -> Candidate | None:
    """What a symbolic reader drafted, as one candidate among the others."""
    if not draft.text or not draft.cited:
        return None
    first, rule = draft.cited[0], "proven" if draft.proven else "drafted"
    near, sure = draft.label, draft.confidence
    return Candidate(first.memory, draft.text, near, sure, rule=rule, span=first.span)


def candidates_of(rows: Sequence[Memory]) -> list[Candidate]:
    """All candidates of these rows, in their order."""
    made: list[Candidate] = []
    for row in rows:
        if row.kind is Kind.SCREEN_TEXT:
            made += _written(row)
        elif row.kind is Kind.SPEECH:
            made += _said(row)
        elif row.kind.is_thing:
            made += _seen(row)
        elif row.kind is Kind.METADATA:
            made += _about_itself(row)
        elif row.kind.is_event:
            made += _happened(row)
        elif row.text and row.producer.model != COMPOSED:  # those only repeat other rows
            made.append(Candidate(row, row.text, "", row.confidence, is_whole=True))
    return made


def _written(row: Memory) -> Iterator[Candidate]:
    """Each line and each piece of a joined line, with what is beside it; the whole if short."""
    units = lines([row])
    tallest = max((unit.height for unit in units), default=0.0) or 1.0
    for index, unit in enumerate(units):
        near = " / ".join(units[i].text for i in (index - 1, index + 1) if 0 <= i < len(units))
        near = label_of(unit, units) or near
        size, doubt = unit.height / tallest, unit.is_doubtful
        yield Candidate(row, unit.text, near, row.confidence, size, is_doubtful=doubt)
        for before, part in pairwise(unit.parts):
            label = label_of(part, units) or before.text
            yield Candidate(row, part.text, label, row.confidence, size, is_doubtful=doubt)
    if len(units) > 1 and len((row.text or "").split()) <= LONGEST:
        whole = " / ".join(unit.text for unit in units)
        doubt = all(unit.is_doubtful for unit in units)
        yield Candidate(row, whole, "", row.confidence, 1.0, is_whole=True, is_doubtful=doubt)


def label_of(unit: Unit, units: Sequence[Unit]) -> str:
    """What stands left of a text on its row and above it in its column; empty without places."""
    if unit.box is None:
        return ""
    left, top, right, bottom = unit.box
    height = max(bottom - top, 0.01)
    beside: list[tuple[float, str]] = []
    above: list[tuple[float, str]] = []
    for other in (piece for each in units if each is not unit for piece in each.parts or (each,)):
        if other.box is None:
            continue
        x0, y0, x1, y1 = other.box
        if abs((y0 + y1) - (top + bottom)) / 2 < 0.7 * height and x1 <= left + 0.01:
            beside.append((left - x1, other.text))
        elif y1 <= top + 0.3 * height and min(x1, right) > max(x0, left):
            above.append((top - y1, other.text))
    return " / ".join(min(found)[1] for found in (beside, above) if found)


def _said(row: Memory) -> Iterator[Candidate]:
    """Each sentence with the one before and after it."""
    units = spoken([row])
    for index, unit in enumerate(units):
        near = " ".join(units[i].text for i in (index - 1, index + 1) if 0 <= i < len(units))
        yield Candidate(row, unit.text, near, row.confidence, is_whole=len(units) == 1)


def _about_itself(row: Memory) -> Iterator[Candidate]:
    """Each value beside its name."""
    for line in (row.text or "").splitlines():
        name, _, value = line.partition(": ")
        yield Candidate(row, value, name, row.confidence)


def _happened(row: Memory) -> Iterator[Candidate]:
    """The event itself and the things that came by it; texts that came are candidates already."""
    text = row.text or ""
    yield Candidate(row, text, "", row.confidence, is_whole=True)
    for told in row.details.get("changes", []):
        for name in (*told["after"], *told["before"]):
            if told["what"] == "thing":
                yield Candidate(row, name, text, row.confidence)
    for step in row.details.get("steps", []):
        yield Candidate(row, step["how"], text, row.confidence, span=_moment(step["at"], row))
    if "count" in row.details and row.kind is Kind.MOTION:  # of people the reader counts them
        yield Candidate(row, str(row.details["count"]), text, row.confidence)


def _moment(at: int, row: Memory) -> Span:
    """The second that a step takes, as far as its row lasts."""
    return Span(at, at + SECOND).clipped(row.span) or row.span


def _seen(row: Memory) -> Iterator[Candidate]:
    """Names of things with the wider words for them, and the colours of those that were placed.

    A picture in which nothing is known by name is still a moment, known by its likeness alone.
    """
    details = row.details
    if row.kind.is_picture and not details.get("labels") and not details.get("found"):
        yield Candidate(row, UNNAMED, "", row.confidence)
    words = [w for w in (row.text or "").split("; ") if w]
    for name, belief in details.get("labels", []):
        start = words.index(name) if name in words else 0
        text = with_common_word(str(name), words[start:])
        yield Candidate(row, text, "; ".join(words[start : start + 6]), float(belief))
    for thing in details.get("found", []):
        near, belief = "; ".join(thing["words"]), float(thing["confidence"])
        yield Candidate(row, with_common_word(str(thing["name"]), thing["words"]), near, belief)
        for colour in thing["colours"][:COLOURS]:
            yield Candidate(row, str(colour), near, belief, is_colour=True)


def with_common_word(name: str, words: Sequence[str]) -> str:
    """A name with the common word for it behind: "spaniel (dog)"."""
    wider = [word for word in words[1:] if word not in WIDE and " " not in word]
    return f"{name} ({wider[0]})" if wider and wider[0] not in name else name
