"""What stands in a prompt, as the scripted model finds it there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from tests.simulator.world import Asked, World

ROW = re.compile(r"^\[(\d+)\] video \d+, ([\d:.]+)-([\d:.]+), ([^:]+): (\".*\")$", re.MULTILINE)
OPTION = re.compile(r"^\((\d+)\) (\".*\")$", re.MULTILINE)
QUESTION = re.compile(r"^Question: (\".*\")$", re.MULTILINE)
ANSWER = re.compile(r"^Answer: (\".*\")$", re.MULTILINE)
MISSING = re.compile(r"^Still missing: (\".*\")$", re.MULTILINE)
SEARCHED = re.compile(r"^Searched (\w+): (\".*\")$", re.MULTILINE)
WORDS = re.compile(r"[^\W_]+")
COMMON = frozenset(
    "a an and are at be did do does for from has have how in is it of on or that the to was what "
    "which who with".split()
)


@dataclass(frozen=True, slots=True)
class Row:
    """A numbered row of a prompt; times in seconds."""

    number: int
    start: float
    end: float
    kind: str
    text: str


def rows_in(text: str) -> list[Row]:
    """All rows."""
    return [
        Row(int(number), seconds(start), seconds(end), kind, str(json.loads(body)))
        for number, start, end, kind, body in ROW.findall(text)
    ]


def seconds(clock: str) -> float:
    """Seconds of `h:mm:ss.t` or a shorter form."""
    total = 0.0
    for part in clock.split(":"):
        total = total * 60 + float(part)
    return total


def options_in(text: str) -> list[tuple[int, str]]:
    """Numbers and texts of the options."""
    return [(int(number), str(json.loads(body))) for number, body in OPTION.findall(text)]


def searched_in(text: str) -> list[tuple[str, str]]:
    """Which memory was searched for what."""
    return [(name, str(json.loads(body))) for name, body in SEARCHED.findall(text)]


def question_in(text: str) -> str:
    """The question, or nothing."""
    return _first(QUESTION, text)


def missing_in(text: str) -> str:
    """What is said to be still missing, or nothing."""
    return _first(MISSING, text)


def answer_in(text: str) -> str | None:
    """The answer that is to be checked."""
    return _first(ANSWER, text) or None


def asked_in(world: World, text: str) -> Asked | None:
    """The world's question that the prompt asks."""
    said = plain(question_in(text))
    return next((q for q in world.questions if plain(q.question) == said), None)


@lru_cache(maxsize=100_000)
def plain(text: str) -> str:
    """Lower-case words with single spaces."""
    return " ".join(WORDS.findall(text.lower()))


@lru_cache(maxsize=100_000)
def _word_set(text: str) -> frozenset[str]:
    return frozenset(WORDS.findall(text.lower())) - COMMON


def known_words(world: World, text: str) -> set[str]:
    """The words of a text that say something, each group of synonyms as one word."""
    return {_stem(world.canonical.get(_stem(w), w)) for w in _word_set(text)}


def known_pairs(world: World, text: str) -> set[tuple[str, str]]:
    """Words that say something and stand together: "young drummer"."""
    found: list[str] = WORDS.findall(text.lower())
    said = [word for word in found if word not in COMMON]
    usual = [_stem(world.canonical.get(_stem(w), w)) for w in said]
    return set(pairwise(usual))


def others(world: World, text: str) -> list[str]:
    """The usual words for those of a text that have one."""
    told: list[str] = WORDS.findall(text.lower())
    usual = dict.fromkeys(world.canonical.get(_stem(word), word) for word in told)
    return [word for word in usual if word not in told and _stem(word) not in told]


def _stem(word: str) -> str:
    return word.removesuffix("s")


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return str(json.loads(found.group(1))) if found else ""


def numbers(rows: Iterable[Row]) -> tuple[int, ...]:
    """The rows' numbers, each once, in order."""
    return tuple(sorted({row.number for row in rows}))
