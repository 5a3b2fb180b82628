"""What the reader reads: lines on screen, sentences spoken, things seen, each with its row."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from agents.ask.plan import Plan
from agents.ask.reader.thresholds import MOST_WORDS, SIGN_WORDS, SLACK, SPOKEN_AROUND, UNSPLIT
from agents.text.scripts import is_unspaced
from agents.text.words import coverage, sentences
from memory.details import ShownLine
from memory.records import Kind, Memory, Span

Box = tuple[float, float, float, float]

COLOURS = frozenset(
    "black white grey gray red orange yellow green blue purple violet pink brown".split()
)


@dataclass(frozen=True, slots=True)
class Unit:
    """The smallest thing that can be quoted, and the row that it stands in."""

    text: str
    row: Memory
    box: Box | None = None
    parts: tuple[Unit, ...] = ()
    """The pieces of a line that was joined from several texts on one row."""
    colours: tuple[str, ...] = ()
    """Of the ground that a line stands on and of its letters."""
    is_doubtful: bool = False
    """Whether a line may be no text at all."""
    role: str = ""
    """What a line is for: `title`, `subtitle`, `item` or `wrapped`, where that is known."""

    @property
    def height(self) -> float:
        """Height of a line as a fraction of the picture; 0 where there is no box."""
        return self.box[3] - self.box[1] if self.box else 0.0


def lines(rows: Iterable[Memory]) -> list[Unit]:
    """Lines on screen."""
    units: list[Unit] = []
    for row in rows:
        if row.kind is not Kind.SCREEN_TEXT or not row.text:
            continue
        plain: list[ShownLine] = [{"text": text} for text in row.text.splitlines()]
        read = row.details.get("lines") or plain
        units += [_line(line, row) for line in read]
    return units


def _line(values: ShownLine, row: Memory) -> Unit:
    box = values.get("box")
    place = (box[0], box[1], box[2], box[3]) if box else None
    parts = tuple(_line(part, row) for part in values.get("parts", ()))
    colours = tuple(values.get("colours", ()))
    doubtful, role = values.get("doubtful", False), values.get("role", "")
    return Unit(values["text"], row, place, parts, colours, doubtful, role)


def spoken(rows: Iterable[Memory]) -> list[Unit]:
    """Sentences spoken."""
    own = (row for row in rows if row.kind is Kind.SPEECH and row.text)
    return [Unit(sentence, row) for row in own for sentence in sentences(row.text or "")]


def things(rows: Iterable[Memory]) -> list[Unit]:
    """Things recognised: one unit per row, its words from narrow to wide."""
    return [Unit(r.text, r) for r in rows if r.kind is Kind.OBJECTS and r.text]


def people(rows: Iterable[Memory]) -> list[Unit]:
    """Faces that are visible, and what people are seen to do: one unit per row."""
    return [Unit(r.text, r) for r in rows if r.kind.is_of_people and r.text]


def in_focus(rows: Sequence[Memory], focus: Sequence[tuple[str, Span]]) -> list[Memory]:
    """Rows that overlap the focus; all of them when there is none."""
    if not focus:
        return list(rows)
    return [
        row
        for row in rows
        if any(row.video_id == video and row.span.overlap(span) for video, span in focus)
    ]


@lru_cache(maxsize=65_536)  # candidates of a row are each judged by all of its text
def holds(text: str, word: str) -> bool:
    """Whether a text holds a word; a single letter ("job A") must stand there as it is."""
    if len(word) == 1 and word.isalpha():
        return re.search(rf"\b{word.upper()}\b", text) is not None
    if coverage([word], text) >= 1 or (is_unspaced(word) and word in text):
        return True
    return len(word) >= UNSPLIT and word.lower() in "".join(text.lower().split())


class Weights:
    """How much each wanted word tells: the rarer in what was perceived, the more.

    A word that occurs nowhere tells most: an answer without it is no answer to the question.
    """

    def __init__(self, wanted: Sequence[str], rows: Sequence[Memory]) -> None:
        texts = [row.text for row in rows if row.text]
        self._weights: dict[str, float] = {}
        for word in wanted:
            found = sum(1 for text in texts if holds(text, word))
            self._weights[word] = math.log(1 + (len(texts) + 1) / (found + 0.5))

    def share(self, text: str) -> float:
        """Weighted share, 0 to 1, of the wanted words that the text holds; 1 if none is wanted."""
        total = sum(self._weights.values())
        if not total:
            return 1.0
        return sum(w for word, w in self._weights.items() if holds(text, word)) / total


def wanted_words(plan: Plan) -> tuple[str, ...]:
    """Words that the evidence must hold: terms, and the words of phrases."""
    anchor = plan.anchor.text.lower() if plan.anchor else ""
    words = [word for term in plan.terms for word in term.split()]
    words += [word for phrase in plan.phrases for word in phrase.split()]
    lower = dict.fromkeys(word.lower() for word in words)
    return tuple(word for word in lower if word not in anchor.split())


def meanwhile(row: Memory, rows: Sequence[Memory], slack: int = SLACK) -> str:
    """Everything perceived while the row lasts, as one text; speech also shortly before and after.

    What is said introduces what is shown, so speech may lie `SPOKEN_AROUND` away.
    """
    return "\n".join(
        other.text
        for other in rows
        if other.text
        and other.video_id == row.video_id
        and row.span.gap(other.span) < (SPOKEN_AROUND if other.kind is Kind.SPEECH else slack)
    )


def shortened(text: str, words: int = MOST_WORDS) -> str:
    """The first `words` words; lines joined by slashes, those of a sign just by spaces."""
    parts = [line.strip() for line in text.splitlines() if line.strip()]
    joint = " " if all(len(line.split()) <= SIGN_WORDS for line in parts) else " / "
    flat = joint.join(parts)
    every = flat.split()
    return flat if len(every) <= words else " ".join(every[:words])


def quoted(text: str) -> str:
    """A quote for an answer: short, and without quotes of its own."""
    return '"' + shortened(text).replace('"', "'") + '"'
