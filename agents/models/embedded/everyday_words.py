"""Everyday words for what the recogniser knows: "tabby" is a cat, a pet and an animal.

A classifier spreads its belief over many narrow classes: a cat may get .39 tiger cat, .36 Egyptian
cat and .17 tabby. The belief in a wider thing is the sum over the classes that show it (.92 cat),
so the answer a person would give is reported even where no single class is likely.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from agents.models.ports import Label
from memory.records import Vector

CLASS_FLOOR = 0.3
"""Least probability at which a single class is reported."""

THING_FLOOR = 0.4
"""Least summed probability, corrected for chance, at which a wider thing is reported.

Four classes in ten are animals, so a picture of nothing known gets .4 animal; without the
correction, that of the moon is an animal.
"""

EXPLAINED = 0.8
"""A wider thing is not reported when a narrower one reported holds this share of its belief."""

MOST_LABELS = 5
MOST_NAMES = 3
"""Synonyms kept of a class's published name; later ones are rare or local words."""

LATIN = re.compile(r"[A-Z][a-z]+ [a-z]{3,}")
"""A scientific name. It also matches a few common ones, whose shorter form is always there too."""


@dataclass(frozen=True, slots=True)
class Thing:
    """What a person has a word for: its words from narrow to wide, and the classes that show it."""

    name: str
    words: tuple[str, ...]
    classes: frozenset[int]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All words of a recogniser's classes.

    `members` has shape (things, classes), 1 where the class shows the thing.
    """

    class_names: tuple[str, ...]
    class_words: tuple[tuple[str, ...], ...]
    things: tuple[Thing, ...]
    members: NDArray[np.float32]


def load_vocabulary(published: Sequence[str]) -> Vocabulary:
    """Join the table of everyday words with the published names of the classes.

    Args:
        published: One line per class, its synonyms separated by commas.
    """
    table = tomllib.loads(
        files("agents.models.embedded").joinpath("everyday_words.toml").read_text("utf-8")
    )
    things = _things(table["things"])
    names = [_own_names(line, table["names"].get(str(i))) for i, line in enumerate(published)]
    members = np.zeros((len(things), len(published)), dtype=np.float32)
    for row, thing in enumerate(things):
        members[row, sorted(thing.classes)] = 1.0
    class_words = tuple(
        _unique((*own, *(w for t in things if index in t.classes for w in t.words)))
        for index, own in enumerate(names)
    )
    return Vocabulary(tuple(own[0] for own in names), class_words, things, members)


def labels_from(vocabulary: Vocabulary, scores: Vector) -> tuple[Label, ...]:
    """What to report for one picture, likeliest first; nothing when nothing is likely.

    Args:
        vocabulary: Words of the classes.
        scores: Probability of each class, shape (classes,).
    """
    found = [
        (float(scores[i]), frozenset({int(i)}), vocabulary.class_words[i])
        for i in np.flatnonzero(scores >= CLASS_FLOOR)
    ]
    beliefs = vocabulary.members @ scores
    chance = vocabulary.members.mean(axis=1)
    for row in np.flatnonzero(beliefs - chance >= THING_FLOOR * (1.0 - chance)):
        thing = vocabulary.things[row]
        found.append((float(beliefs[row]), thing.classes, thing.words))
    found.sort(key=lambda item: (len(item[1]), -item[0], item[2]))
    kept: list[tuple[float, frozenset[int], tuple[str, ...]]] = []
    for belief, classes, words in found:
        explained = any(c <= classes and b >= EXPLAINED * belief for b, c, _ in kept)
        if not explained:
            kept.append((belief, classes, words))
    kept.sort(key=lambda item: -item[0])
    return tuple(Label(words[0], words, min(b, 1.0)) for b, _, words in kept[:MOST_LABELS])


def _things(table: dict[str, dict[str, str]]) -> tuple[Thing, ...]:
    """The table's things with all classes of narrower ones, from few classes to many."""
    wider = {name: _ancestors(name, table) for name in table}
    classes = {name: set(_indices(row.get("classes", ""))) for name, row in table.items()}
    for name, above in wider.items():
        for ancestor in above:
            classes[ancestor] |= set(_indices(table[name].get("classes", "")))
    by_size = sorted(table, key=lambda name: (len(classes[name]), name))
    spoken = {name: (name, *_listed(table[name].get("also", ""))) for name in table}
    return tuple(
        Thing(
            name,
            _unique(w for n in (name, *_in_order(wider[name], by_size)) for w in spoken[n]),
            frozenset(classes[name]),
        )
        for name in by_size
    )


def _ancestors(name: str, table: dict[str, dict[str, str]]) -> set[str]:
    above: set[str] = set()
    for parent in _listed(table[name].get("is", "")):
        above |= {parent} | _ancestors(parent, table)
    return above


def _in_order(names: set[str], order: Sequence[str]) -> list[str]:
    return [name for name in order if name in names]


def _own_names(line: str, clearer: str | None) -> tuple[str, ...]:
    """The names of one class worth keeping: no scientific ones, the clearer one first."""
    listed = _listed(line)
    names = [n for i, n in enumerate(listed) if i == 0 or not LATIN.match(n)][:MOST_NAMES]
    if clearer:
        names = [clearer, *names]
    return _unique(names)


def _indices(text: str) -> list[int]:
    """`"0, 5-7"` to 0, 5, 6, 7."""
    found: list[int] = []
    for part in _listed(text):
        first, _, last = part.partition("-")
        found.extend(range(int(first), int(last or first) + 1))
    return found


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _unique(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))
