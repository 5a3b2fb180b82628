"""Scripts: which letters a text is written in, and words where a script has no spaces."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]+")
"""Thai, Lao, Burmese, Khmer, Japanese and Chinese letters: their words have no spaces between."""


def unspaced_pairs(word: str) -> tuple[str, ...]:
    """Neighbouring letters of a word in a script without spaces; any other word as it is.

    Where nobody marks words, pairs of letters find what dictionaries do (Nie and Ren 1999).
    """
    if len(word) < 2 or not _UNSPACED.fullmatch(word):
        return (word,)
    return tuple(map("".join, pairwise(word)))


def is_unspaced(text: str) -> bool:
    """Whether all of a text is of a script without spaces."""
    return _UNSPACED.fullmatch(text) is not None


def is_latin(text: str) -> bool:
    """Whether most letters of a text are Latin, or it has none."""
    letters = [letter for letter in text if letter.isalpha()]
    latin = sum("LATIN" in unicodedata.name(letter, "") for letter in letters)
    return 2 * latin >= len(letters)
