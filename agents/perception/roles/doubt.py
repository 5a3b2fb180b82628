"""Readings that may be none: an unsure line without a word that is known, read only once.

Codes, names and other languages are no words of a dictionary either; they are mostly read surely,
or more than once, and what is marked here is kept and found as before. The mark keeps a line from
naming something, from being a fact, and from standing before what was read clearly.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Container, Sequence
from dataclasses import replace

from memory.details import ShownLine
from memory.records import Kind, Memory

SURE = 0.85
"""Confidence from which a reading is believed, whatever it says."""
LEAST_LETTERS = 3
"""Of a word that counts: the shorter ones are letters read by chance as often as words."""
_WORD = re.compile(r"[^\W\d_]+")


def with_doubts(rows: Sequence[Memory], dictionary: Callable[[], Container[str]]) -> list[Memory]:
    """The rows, those of text on screen with `doubtful` in lines that may be no text at all.

    Args:
        rows: Of one video; marks that they have are told anew.
        dictionary: Gives words in lower case without accents; an empty one marks nothing.
    """
    shown = [row for row in rows if row.kind is Kind.SCREEN_TEXT]
    seen = Counter(key for row in shown for key in {_key(line) for line in _lines(row)})
    unsure = any(_is_unsure(line, row) for row in shown for line in _lines(row))
    known = dictionary() if unsure else ()
    return [_marked(row, seen, known) if row.kind is Kind.SCREEN_TEXT else row for row in rows]


def is_doubtful(row: Memory) -> bool:
    """Whether nothing that a row shows was read clearly."""
    lines = _lines(row)
    return bool(lines) and all(line.get("doubtful", False) for line in lines)


def _marked(row: Memory, seen: Counter[str], known: Container[str]) -> Memory:
    lines = _lines(row)
    told: list[ShownLine] = []
    for line in lines:
        plain: ShownLine = {**line}
        plain.pop("doubtful", None)
        if _is_unsure(line, row) and seen[_key(line)] == 1 and _is_strange(line["text"], known):
            plain["doubtful"] = True
        told.append(plain)
    return row if told == lines else replace(row, details={**row.details, "lines": told})


def _lines(row: Memory) -> list[ShownLine]:
    return row.details.get("lines", [])


def _is_unsure(line: ShownLine, row: Memory) -> bool:
    return line.get("confidence", row.confidence) < SURE


def _key(line: ShownLine) -> str:
    return "".join(letter for letter in line["text"].casefold() if letter.isalnum())


def _is_strange(text: str, known: Container[str]) -> bool:
    """Whether a dictionary that can judge a text knows no word of it."""
    plain = "".join(
        letter
        for letter in unicodedata.normalize("NFD", text.lower())
        if not unicodedata.combining(letter)
    )
    words = _WORD.findall(plain)
    if not known or not all(word.isascii() for word in words):
        return False
    return not any(len(word) >= LEAST_LETTERS and word in known for word in words)
