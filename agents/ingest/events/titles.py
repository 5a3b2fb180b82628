"""What a stretch of video is called, without a model.

Its own name where the file gives one; else the line that stands out by size and time on screen;
else the words that tell it from the stretches beside it (tf-idf; Spärck Jones 1972); else what is
seen.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from agents.perception.roles.roles import SUBTITLE
from agents.text.scripts import is_unspaced
from agents.text.stop_words import STOP_WORDS
from memory.records import SECOND, Kind, Memory, Node

NAMING = tuple(kind for kind in Kind if kind.is_verbatim or kind.is_thing or kind is Kind.METADATA)
"""Kinds of rows that titles are made of."""
MOST_WORDS = 8
"""Of a line that may be a title."""
_WORD = re.compile(r"[^\W\d_]{3,}(?:'[^\W\d_]+)*")
"""A word that may name something."""
SURE = 0.8
"""Least confidence of such a line's reading."""
TELLING = 3
"""Words, or names of things, that make a title where no line does."""
OWN = "Chapter: "
"""In front of the name that a file gives its chapter."""


def titles_of(nodes: Sequence[Node], rows: Sequence[Memory]) -> dict[str, str]:
    """The title of each node by its id; nothing where nothing is written, said or seen.

    Args:
        nodes: Stretches of one level, which are told from each other.
        rows: The rows of their video.
    """
    inside = [_inside(node, rows) for node in nodes]
    lines = [list(_lines(node, own)) for node, own in zip(nodes, inside, strict=True)]
    said = [Counter(_said(own)) for own in inside]
    rare_lines = _rarity({line for line, _ in own} for own in lines)
    rare_words = _rarity(set(own) for own in said)
    made: dict[str, str] = {}
    for node, own, written, spoken in zip(nodes, inside, lines, said, strict=True):
        made[node.node_id] = (
            _named(node, own)
            or _largest(written, rare_lines)
            or _leading(spoken, rare_words)
            or ", ".join(_seen(own))
        )
    return {node_id: title for node_id, title in made.items() if title}


def _inside(node: Node, rows: Sequence[Memory]) -> list[Memory]:
    return [row for row in rows if row.span.overlap(node.span) > 0 and not row.is_look]


def _named(node: Node, rows: Iterable[Memory]) -> str:
    """The name that the file gives it."""
    own = (r.text or "" for r in rows if r.kind is Kind.METADATA and r.node_id == node.node_id)
    return next((text.removeprefix(OWN) for text in own if text.startswith(OWN)), "")


def _lines(node: Node, rows: Iterable[Memory]) -> Iterator[tuple[str, float]]:
    """Lines on screen that may be a title, with their height times the logarithm of their time."""
    for row in (row for row in rows if row.kind is Kind.SCREEN_TEXT):
        seconds = row.span.overlap(node.span) / SECOND
        for line in row.details.get("lines", []):
            text, box = line["text"].strip(), line.get("box")
            if (
                line.get("role") == SUBTITLE
                or line.get("doubtful")
                or box is None
                or not _names(text)
            ):
                continue
            if line.get("confidence", 0.0) >= SURE:
                yield text, (box[3] - box[1]) * math.log1p(seconds)


def _names(text: str) -> bool:
    """Whether a line is short, and more than letters that were read by chance."""
    return (_WORD.search(text) is not None or is_unspaced(text)) and len(text.split()) <= MOST_WORDS


def _largest(lines: Iterable[tuple[str, float]], rarity: dict[str, float]) -> str:
    """The line that stands out most, and not everywhere; the first of equals."""
    return max(lines, key=lambda each: each[1] * rarity[each[0]], default=("", 0.0))[0]


def _said(rows: Iterable[Memory]) -> list[str]:
    """The content words of what is said."""
    spoken = (row.text or "" for row in rows if row.kind is Kind.SPEECH)
    return [w for text in spoken for w in _WORD.findall(text.lower()) if w not in STOP_WORDS]


def _leading(counts: Counter[str], rarity: dict[str, float]) -> str:
    """The most telling words, in the order in which they were first said."""
    best = sorted(counts, key=lambda word: -counts[word] * rarity[word])[:TELLING]
    return ", ".join(word for word in counts if word in best)


def _seen(rows: Iterable[Memory]) -> list[str]:
    """The narrowest names of what was seen longest."""
    seen: Counter[str] = Counter()
    for row in rows:
        if row.kind is Kind.OBJECTS and row.text:
            seen[row.text.split("; ")[0]] += row.span.length
    return [name for name, _ in seen.most_common(TELLING)]


def _rarity(parts: Iterable[set[str]]) -> dict[str, float]:
    """How much each entry tells of the one part that it is in: 1 where it is in all."""
    known = list(parts)
    held = Counter(entry for part in known for entry in part)
    return {entry: 1 + math.log(len(known) / number) for entry, number in held.items()}
