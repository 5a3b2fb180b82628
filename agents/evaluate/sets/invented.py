"""What generated sets are made of: names, values and prose that no book and no model knows."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

WORDS = 40
"""Words of prose in a turn: about as many as are said in ten seconds."""
_SUBJECTS = "a neighbour|the old clerk|somebody|the younger sister|the driver|our host".split("|")
_DID = "talked about|walked past|remembered|wrote about|dreamt of|argued over|laughed at".split("|")
_WHAT = "the weather|an empty street|two letters|the garden|a long journey|the harvest".split("|")
_WHEN = "in the evening|for a while|after dinner|without a reason|near the river|twice".split("|")


def seeded(seed: int) -> random.Random:
    """Draws that are the same every time, and keep no secret."""
    return random.Random(seed)  # noqa: S311


def word(draw: random.Random) -> str:
    """An invented word of three syllables."""
    return "".join(draw.choice("bdfgklmnprstvz") + draw.choice("aeiou") for _ in range(3))


def names(draw: random.Random, count: int) -> list[str]:
    """Different invented names."""
    found: dict[str, None] = {}
    while len(found) < count:
        found[word(draw).capitalize() + word(draw)[:3]] = None
    return list(found)


def prose(folder: Path | None) -> list[str]:
    """Words of the texts in a folder; of sentences made up here where there is none."""
    if folder is not None:
        texts = [
            p.read_text(encoding="utf-8", errors="replace") for p in sorted(folder.glob("*.txt"))
        ]
        return [each for text in texts for each in text.split()]
    return list(_sentences(seeded(0), 4000))


def _sentences(draw: random.Random, count: int) -> Iterator[str]:
    for _ in range(count):
        parts = (draw.choice(each) for each in (_SUBJECTS, _DID, _WHAT, _WHEN))
        yield from (" ".join(parts).capitalize() + ".").split()


def passage(draw: random.Random, words: Sequence[str], count: int = WORDS) -> str:
    """A stretch of prose, ended by a full stop."""
    start = draw.randrange(max(1, len(words) - count))
    return " ".join(words[start : start + count]).rstrip(".,;: ") + "."
