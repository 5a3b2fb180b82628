"""Cards as people put them on screen: labels with values, tables, lists, in many layouts."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.benchmarks.questions.topics import CardTopic, Field, ListTopic, TableTopic
from tests.benchmarks.questions.values import PLACES, Split, Value, make, own

LETTER = 0.28
"""Width of a letter as a share of the picture's width, for letters of height 1 (16:9)."""
RIGHT = 0.96
SURFACES = ("slide", "card", "screen", "page", "sign")


@dataclass(frozen=True)
class Piece:
    """A piece of text on screen; place and height as fractions of the picture."""

    text: str
    left: float
    top: float
    height: float
    delay: float = 0.0
    """Seconds after its card for which it is not there yet."""

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom."""
        right = min(0.99, self.left + len(self.text) * self.height * LETTER)
        return (self.left, self.top, right, self.top + self.height)


@dataclass(frozen=True)
class Entry:
    """A value on a card, and how it is asked for."""

    label: str
    asked: str
    own: tuple[str, ...]
    value: Value
    row: str = ""
    """The word of a table's first column; empty on other cards."""


@dataclass(frozen=True)
class Card:
    """A card and what is known of it."""

    name: str
    """What askers call it."""
    title: str
    surface: str
    pieces: tuple[Piece, ...]
    entries: tuple[Entry, ...] = ()
    of: str = ""
    """What a list's items are called."""
    items: tuple[str, ...] = ()
    role: str = ""
    """Of the person whom a caption names."""
    about: str = ""
    """What the sentence on it is about."""

    @property
    def told(self) -> str:
        """All text on it, in small letters."""
        return "\n".join(piece.text for piece in self.pieces).lower()


Pairs = Sequence[tuple[str, str]]
Layout = Callable[[str, Pairs, random.Random], list[Piece]]


def value_card(topic: CardTopic, subject: str, rng: random.Random, split: Split) -> Card:
    """A card of some of a topic's fields, in a layout of its own."""
    fields = rng.sample(topic.fields, rng.randint(min(3, len(topic.fields)), len(topic.fields)))
    entries = [_entry(field, rng, split) for field in fields]
    pairs = [(entry.label, entry.value.shown) for entry in entries]
    pieces = rng.choice(_layouts(split))(subject, pairs, rng)
    return Card(topic.name, subject, rng.choice(SURFACES), tuple(pieces), tuple(entries))


def table_card(topic: TableTopic, rng: random.Random, split: Split) -> Card:
    """A table with a row per word of the pool."""
    words = topic.pool or own(PLACES, split)
    rows = rng.sample(list(words), rng.randint(3, min(6, len(words))))
    cells = [[_cell(topic, f, rng, split, row) for f in topic.columns] for row in rows]
    title = rng.choice(topic.titles)
    pieces = [Piece(title, 0.06, 0.05, 0.085)]
    height = min(0.07, 0.62 / (len(rows) + 1))
    step = 0.86 / (len(topic.columns) + 1.3)
    lefts = [0.06 + step * (1.3 + i) for i in range(len(topic.columns))]
    heads = zip(lefts, topic.columns, strict=True)
    pieces += [Piece(f.label, left, 0.2, height * 0.8) for left, f in heads]
    for number, (row, entries) in enumerate(zip(rows, cells, strict=True)):
        top = 0.3 + number * 1.35 * height
        pieces.append(Piece(_written(row, rng), 0.06, top, height))
        placed = zip(lefts, entries, strict=True)
        pieces += [Piece(e.value.shown, left, top, height) for left, e in placed]
    every = tuple(entry for entries in cells for entry in entries)
    return Card(topic.name, title, "table", tuple(pieces), every)


def list_card(topic: ListTopic, rng: random.Random) -> Card:
    """A title and lines under it, all at once or one after the other."""
    items = rng.sample(topic.items, rng.randint(3, 6))
    title = rng.choice(topic.titles)
    mark = rng.choice(["", "- ", "• ", "number"])
    delay = rng.choice([0.0, 0.0, 1.0])
    pieces = [Piece(title, 0.07, 0.06, 0.1)]
    for number, item in enumerate(items):
        before = f"{number + 1}. " if mark == "number" else mark
        top, late = 0.24 + 0.115 * number, delay * (number + 1)
        pieces.append(Piece(f"{before}{_written(item, rng)}", 0.1, top, 0.065, late))
    return Card(topic.name, title, "slide", tuple(pieces), of=topic.of, items=tuple(items))


def sentence_card(sentence: str, about: str, rng: random.Random) -> Card:
    """A sentence alone on a slide, broken into lines."""
    height = rng.uniform(0.06, 0.09)
    room = int(0.85 / (height * LETTER))
    lines = _broken(sentence, room)
    top = 0.5 - 0.7 * height * len(lines)
    pieces = [Piece(line, 0.08, top + 1.4 * height * i, height) for i, line in enumerate(lines)]
    return Card(f"sentence about {about}", sentence, "slide", tuple(pieces), about=about)


def caption_card(name: str, role: str, rng: random.Random) -> Card:
    """A lower third that names a person."""
    said = role if rng.random() < 0.5 else role.title()
    pieces = (Piece(name, 0.08, 0.76, 0.065), Piece(said, 0.08, 0.85, 0.045))
    return Card(f"caption of {name}", name, "caption", pieces, role=role)


def _entry(field: Field, rng: random.Random, split: Split) -> Entry:
    asked = rng.choice(field.asked)
    return Entry(field.label, asked, field.own, make(field.kind, rng, split))


def _cell(topic: TableTopic, field: Field, rng: random.Random, split: Split, row: str) -> Entry:
    named = topic.row.format(row=row)
    own_questions = tuple(text.format(row=named) for text in field.own)
    value = make(field.kind, rng, split)
    return Entry(field.label, rng.choice(field.asked).format(row=named), own_questions, value, row)


def _written(text: str, rng: random.Random) -> str:
    return rng.choice([text, text.capitalize(), text.capitalize(), text.upper()])


def _broken(text: str, room: int) -> list[str]:
    lines, line = list[str](), ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > room:
            lines.append(line)
            line = ""
        line = f"{line} {word}".strip()
    return [*lines, line]


# --- layouts of labels and values -----------------------------------------------------------------


def _layouts(split: Split) -> tuple[Layout, ...]:
    """Those that worlds of a split use; two are held out."""
    common = (_colon, _bare, _columns, _above)
    return common if split == "fit" else (*common, _receipt, _tiles)


def _colon(title: str, pairs: Pairs, rng: random.Random) -> list[Piece]:
    """`Label: value`, a line each."""
    lines = [f"{label}: {value}" for label, value in pairs]
    return _lines(title, lines, rng)


def _bare(title: str, pairs: Pairs, rng: random.Random) -> list[Piece]:
    """`Label value`, a line each."""
    return _lines(title, [f"{label} {value}" for label, value in pairs], rng)


def _lines(title: str, lines: Sequence[str], rng: random.Random) -> list[Piece]:
    height = rng.uniform(0.055, 0.08)
    left = rng.uniform(0.05, 0.2)
    body = [Piece(line, left, 0.26 + 1.7 * height * i, height) for i, line in enumerate(lines)]
    return [Piece(title, left, 0.08, height * 1.4), *body]


def _columns(title: str, pairs: Pairs, rng: random.Random) -> list[Piece]:
    """Labels in one column, values in another."""
    left, right = rng.uniform(0.05, 0.12), rng.uniform(0.5, 0.6)
    pieces = [Piece(title, left, 0.06, 0.09)]
    for number, (label, value) in enumerate(pairs):
        top = 0.25 + 0.125 * number
        pieces += [Piece(label, left, top, 0.065), Piece(value, right, top, 0.065)]
    return pieces


def _above(title: str, pairs: Pairs, rng: random.Random) -> list[Piece]:
    """Each value below its label, larger."""
    pieces = [Piece(title, 0.06, 0.04, 0.075)]
    for number, (label, value) in enumerate(pairs):
        top = 0.16 + 0.16 * number
        pieces += [Piece(label, 0.08, top, 0.04), Piece(value, 0.08, top + 0.055, 0.075)]
    return pieces


def _receipt(title: str, pairs: Pairs, rng: random.Random) -> list[Piece]:
    """Values at the right edge, as on a receipt."""
    pieces = [Piece(title, 0.32, 0.05, 0.07)]
    for number, (label, value) in enumerate(pairs):
        top, width = 0.2 + 0.11 * number, len(value) * 0.055 * LETTER
        pieces += [
            Piece(label, 0.22, top, 0.055),
            Piece(value, RIGHT - 0.2 - width, top, 0.055),
        ]
    return pieces


def _tiles(title: str, pairs: Pairs, rng: random.Random) -> list[Piece]:
    """Tiles side by side, the value large and its label below, as on a dashboard."""
    pieces = [Piece(title, 0.05, 0.05, 0.08)]
    for number, (label, value) in enumerate(pairs):
        left, top = 0.06 + 0.32 * (number % 3), 0.25 + 0.32 * (number // 3)
        pieces += [Piece(value, left, top, 0.085), Piece(label, left, top + 0.12, 0.045)]
    return pieces
