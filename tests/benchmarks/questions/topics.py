"""What cards are about, as committed in two disjoint files, and how questions are worded."""

from __future__ import annotations

import random
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.benchmarks.questions.values import Split

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Field:
    """A label with a value."""

    label: str
    asked: tuple[str, ...]
    """What askers call it, without an article; `{row}` stands for a table's row."""
    kind: str
    own: tuple[str, ...]
    """Questions that fit this field alone."""


@dataclass(frozen=True)
class CardTopic:
    """Cards of labels and values; the subject is the title."""

    name: str
    subjects: tuple[str, ...]
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class TableTopic:
    """Tables: a row per word of the pool, a column per field."""

    name: str
    titles: tuple[str, ...]
    row: str
    pool: tuple[str, ...]
    """Words of the first column; empty: places."""
    columns: tuple[Field, ...]


@dataclass(frozen=True)
class ListTopic:
    """Lists of short lines."""

    name: str
    of: str
    titles: tuple[str, ...]
    items: tuple[str, ...]


@dataclass(frozen=True)
class SpokenTopic:
    """A line that is said, with one value."""

    say: str
    about: str
    kind: str
    ask: tuple[str, ...]


@dataclass(frozen=True)
class Topics:
    """Everything worlds of a split are made of."""

    cards: tuple[CardTopic, ...]
    tables: tuple[TableTopic, ...]
    lists: tuple[ListTopic, ...]
    spoken: tuple[SpokenTopic, ...]
    roles: tuple[str, ...]
    sentences: tuple[tuple[str, str], ...]
    """A sentence on screen, and what askers say it is about."""
    chatter: tuple[str, ...]
    """Lines that name something, {x}, and tell nothing of it."""


@cache
def topics(split: Split) -> Topics:
    """The topics of a split.

    Raises:
        FileNotFoundError: the file of held-out topics is not there.
    """
    table = _toml(f"topics_{split}.toml")
    sentence = table["sentence"][0]
    return Topics(
        cards=tuple(
            CardTopic(c["name"], tuple(c["subjects"]), _fields(c["fields"])) for c in table["card"]
        ),
        tables=tuple(_table(t) for t in table["table"]),
        lists=tuple(
            ListTopic(x["name"], x["of"], tuple(x["titles"]), tuple(x["items"]))
            for x in table["list"]
        ),
        spoken=tuple(
            SpokenTopic(x["say"], x["about"], x["kind"], tuple(x["ask"])) for x in table["spoken"]
        ),
        roles=tuple(table["caption"][0]["roles"]),
        sentences=tuple(zip(sentence["texts"], sentence["askers"], strict=True)),
        chatter=tuple(table["chatter"]),
    )


def _table(table: dict[str, Any]) -> TableTopic:
    pool = () if table["pool"] == "place" else tuple(table["pool"])
    titles = tuple(table["titles"])
    return TableTopic(table["name"], titles, table["row"], pool, _fields(table["columns"]))


def _fields(rows: list[list[Any]]) -> tuple[Field, ...]:
    return tuple(
        Field(label, tuple(asked.split("|")), kind, tuple(own)) for label, asked, kind, own in rows
    )


@cache
def wordings(split: Split) -> dict[str, tuple[str, ...]]:
    """Templates by kind of question, for worlds and real clips alike.

    Raises:
        FileNotFoundError: the file of held-out wordings is not there.
    """
    table = _toml(f"wordings_{split}.toml")
    return {kind: tuple(texts) for kind, texts in table.items() if kind != "clips"}


@cache
def clip_wordings(split: Split) -> dict[str, tuple[str, ...]]:
    """Templates of the kinds that are asked of real clips alone."""
    return {kind: tuple(texts) for kind, texts in _toml(f"wordings_{split}.toml")["clips"].items()}


def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads((HERE / name).read_text(encoding="utf-8"))


def worded(kind: str, split: Split, rng: random.Random, **slots: str) -> str:
    """A question of a kind, in one of the wordings of the split, as somebody might type it."""
    known = wordings(split)
    texts = known[kind] if kind in known else clip_wordings(split)[kind]
    text = rng.choice(texts).format(**slots)
    return typed(text[0].upper() + text[1:], rng)


def typed(text: str, rng: random.Random) -> str:
    """The question as typed: as it is, in small letters without a mark, or with a slip."""
    way = rng.random()
    if way < 0.65:
        return text
    if way < 0.85:
        return text.rstrip("?.").lower() if way < 0.80 else text.rstrip("?.")
    return _slip(text, rng)


def _slip(text: str, rng: random.Random) -> str:
    """Two neighbouring letters of one plain word of five to nine letters swapped."""
    words = list(re.finditer(r"(?<![\w'\"-])[a-z]{5,9}(?![\w'\"-])", text))
    if not words:
        return text
    word = rng.choice(words)
    at = rng.randrange(word.start() + 1, word.end() - 2)
    return f"{text[:at]}{text[at + 1]}{text[at]}{text[at + 2 :]}"


def with_article(thing: str) -> str:
    """`a dog`, `an orange`."""
    return f"{'an' if thing[0].lower() in 'aeiou' else 'a'} {thing}"


def plural(thing: str) -> str:
    """A regular plural, and the few irregular ones that occur."""
    known = {"person": "people", "sheep": "sheep", "knife": "knives", "scissors": "scissors"}
    if thing in known:
        return known[thing]
    if re.search(r"(s|x|ch|sh)$", thing):
        return f"{thing}es"
    return f"{thing[:-1]}ies" if re.search(r"[^aeiou]y$", thing) else f"{thing}s"
