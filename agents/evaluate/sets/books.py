"""`booksort`: which of two passages of a book came first, after the task SORT.

A book is remembered as a recording; each passage is searched for by its words, and the times at
which the two are found say which came first.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from agents.errors import UsageError
from agents.evaluate.cases import OURS, Ask, Bench, Case, Evaluation, Told, Unit, Ways
from agents.evaluate.parts import RETRIEVAL, Off
from agents.evaluate.searching import BM25, RIVALS, VECTORS, Search, searches
from agents.evaluate.sets.invented import WORDS, seeded
from agents.evaluate.transcripts import Session, Transcript, place_of, remember_all, spoken
from agents.runtime import Runtime
from memory.organise.records import plain

LENGTH = 20_000
"""Words of a book that are remembered."""
CHAPTER = 50
"""Turns of a session."""
EXCERPTS = (250, 1_000, 2_500, 10_000, 20_000)
"""Words within which both passages lie."""
SEGMENTS = (20, 50)
"""Words of a passage."""
PAIRS = 3
"""Pairs per book, excerpt, length of passage and reading."""
MISREAD = 0.15
"""Share of the letters that a bad reading gets wrong."""
HINT = (
    "a folder of plain texts of books, such as those of BookSORT (github.com/bridge-ai-neuro/SORT)"
)
IN_ORDER = "as given"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two passages as they are asked about, and whether the first given came first."""

    passages: tuple[str, str]
    is_in_order: bool


def load(data: Path | None) -> Iterable[Unit[Pair]]:
    """A unit per book.

    Raises:
        UsageError: no folder is given, or it has no texts of some length.
    """
    if data is None:
        raise UsageError("booksort needs books", f"give them with --data: {HINT}")
    files = [data] if data.is_file() else sorted(data.glob("*.txt"))
    texts = {path.stem: path.read_text(encoding="utf-8", errors="replace") for path in files}
    long = {name: text.split() for name, text in texts.items() if len(text.split()) > EXCERPTS[1]}
    if not long:
        raise UsageError(f"no text of over {EXCERPTS[1]:,} words in {data}", f"give {HINT}")
    return [_unit(name, words) for name, words in long.items()]


def _unit(name: str, words: Sequence[str]) -> Unit[Pair]:
    start = min(len(words) // 10, max(0, len(words) - LENGTH))  # behind title and contents
    own = list(words[start : start + LENGTH])
    turns = [" ".join(own[at : at + WORDS]) for at in range(0, len(own), WORDS)]
    cut = range(0, len(turns), CHAPTER)
    sessions = tuple(Session(f"part {n}", tuple(turns[n : n + CHAPTER])) for n in cut)

    def build(runtime: Runtime) -> None:
        remember_all(runtime, [Transcript(name, sessions)])

    def open_(bench: Bench, off: Off) -> Ways[Pair]:
        runtime = bench.prepared(name, off, build)
        found = searches(runtime, off, asks=False)
        ways = {way: _ordering(runtime, found[way]) for way in (OURS, BM25, VECTORS)}
        return {**ways, IN_ORDER: _as_given}

    return Unit(name, tuple(_cases(name, own)), open_)


def _cases(name: str, words: Sequence[str]) -> Iterable[Case[Pair]]:
    draw = seeded(len(words))
    for excerpt in (each for each in EXCERPTS if each <= len(words)):
        for length in SEGMENTS:
            for reading, share in (("verbatim", 0.0), ("misread", MISREAD)):
                for at in range(PAIRS):
                    pair = _pair(draw, words, excerpt, length, share)
                    key = f"{name}/{excerpt}/{length}/{reading}/{at}"
                    yield Case(key, f"within {excerpt:,} words, {reading}", pair)


def _pair(
    draw: random.Random, words: Sequence[str], excerpt: int, length: int, share: float
) -> Pair:
    """Two passages that do not overlap, in any order."""
    begin = draw.randrange(len(words) - excerpt + 1)
    first = begin + draw.randrange(excerpt - 2 * length + 1)
    second = draw.randrange(first + length, begin + excerpt - length + 1)
    texts = [misread(draw, " ".join(words[at : at + length]), share) for at in (first, second)]
    is_in_order = draw.random() < 0.5
    return Pair((texts[0], texts[1]) if is_in_order else (texts[1], texts[0]), is_in_order)


def misread(draw: random.Random, text: str, share: float) -> str:
    """A reading of a text in which a share of the letters is wrong."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    return "".join(
        draw.choice(letters) if each.isalpha() and draw.random() < share else each for each in text
    )


def _ordering(runtime: Runtime, search: Search) -> Ask[Pair]:
    scope = spoken(runtime.spec.tenant)

    def at(passage: str) -> tuple[int, int]:
        """The turn in which a passage begins, and where in it; behind all if it is not found."""
        rows = search(passage, scope)[:1]
        if not rows:
            return (LENGTH, 0)
        return place_of(rows[0]), _within(rows[0].text or "", passage)

    def ask(case: Case[Pair]) -> Told:
        one, other = (at(passage) for passage in case.item.passages)
        if one == other:
            return Told({"right": 0.5}, (f"{one}", f"{other}"))
        return Told(
            {"right": float((one < other) == case.item.is_in_order)}, (f"{one}", f"{other}")
        )

    return ask


def _within(text: str, passage: str) -> int:
    """Where in a turn a passage begins: the place of the first of its words, by their run."""
    told, wanted = plain(text).split(), plain(passage).split()
    runs = [
        (sum(a == b for a, b in zip(told[at:], wanted, strict=False)), -at)
        for at in range(len(told))
    ]
    return -max(runs, default=(0, 0))[1]


def _as_given(case: Case[Pair]) -> Told:
    return Told({"right": float(case.item.is_in_order)})


BOOKS = Evaluation(
    "booksort",
    "Which of two passages of a book came first. A book is a recording of turns of forty words; a "
    "passage is searched for by its words, verbatim or with 15 % of its letters misread, and where "
    "the two are found says which came first. Chance is 50.",
    {"right": "the order is right; found at the same place: half"},
    ("consolidate", *RETRIEVAL),
    load,
    {
        **{way: RIVALS[way] for way in (BM25, VECTORS)},
        IN_ORDER: "the order in which they are given",
    },
)
