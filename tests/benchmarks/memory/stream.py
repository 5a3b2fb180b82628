"""Generated streams of facts that change, between pages of prose, and what is true at any time.

Subjects are invented names, values invented words, so that no text of a page tells one. A fact is
said in one of several wordings; half of these (`FIT`) may be looked at by who writes the grammar,
the other half (`HELD_OUT`) is for reporting. Each stream asks for the current value, for the value
as of an earlier time, and for a value that never changed.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from memory.records import Kind, Level, Memory, Owner, Producer, Span

FIT = (
    "The {predicate} of {subject} is {value}.",
    "{subject}'s {predicate} is now {value}.",
    "As of today the {predicate} of {subject} is {value}, and nobody objected.",
    "{subject}'s {predicate} was changed to {value} this week.",
    "We agreed that the {predicate} of {subject} is currently {value}.",
    "By the way, {subject}'s {predicate} has become {value}.",
    "The {predicate} of {subject} has been changed to {value}.",
)
HELD_OUT = (
    "Please note that {subject}'s {predicate} had to be {value} again.",
    "From Monday on we use {value} as the {predicate} of {subject}.",
    "{value} is the new {predicate} of {subject}.",
    "The {predicate} of {subject} turned out to be {value}.",
    "Yes, the {predicate} of {subject} remains {value}.",
    "Since then {subject}'s {predicate} is still {value}, as we said.",
)
PREDICATES = "code|colour|price|owner|deadline|password|room|supplier|capacity|status".split("|")
SECONDS = 10
"""Length of a row, in seconds of the stream."""
WORDS = 40
"""Words of prose in a row: about as many as are said in that time."""


@dataclass(frozen=True, slots=True)
class Case:
    """A question about one subject and predicate."""

    subject: str
    predicate: str
    at: int | None
    """Microseconds of the time asked about; None for now."""
    value: str
    stale: tuple[str, ...]
    """Values that do not hold then."""


@dataclass(frozen=True, slots=True)
class Stream:
    """Rows of one long recording, and questions about it."""

    rows: list[Memory]
    cases: list[Case]
    duration: int


def prose(folder: Path) -> list[str]:
    """Words of public-domain books, for what is said between the facts."""
    return [
        word
        for path in sorted(folder.glob("*.txt"))
        for word in path.read_text(encoding="utf-8", errors="replace").split()
    ]


def stream(
    seed: int, tokens: int, wordings: Sequence[str], words: Sequence[str], owner: Owner
) -> Stream:
    """A stream of about so many words; a row in four tells a fact, half of them change one."""
    draw = random.Random(seed)  # reproducible, not secret
    count = max(8, tokens // WORDS)
    names = list(_names(draw, max(4, count // 16)))
    told: dict[tuple[str, str], list[tuple[int, str]]] = {}
    rows: list[Memory] = []
    for at in range(count):
        start = draw.randrange(max(1, len(words) - WORDS))
        text = " ".join(words[start : start + WORDS]) if words else "nothing of note was said"
        if at % 4 == 0:
            key = _key(draw, names, told)
            value = _word(draw)
            said = draw.choice(wordings).format(subject=key[0], predicate=key[1], value=value)
            told.setdefault(key, []).append((at, value))
            text = f"{text.rstrip('.,;: ')}. {said}"
        rows.append(_row(owner, at, text))
    return Stream(rows, list(_cases(draw, told)), count * SECONDS * 1_000_000)


def _key(
    draw: random.Random, names: Sequence[str], told: dict[tuple[str, str], list[tuple[int, str]]]
) -> tuple[str, str]:
    """A fact that was told before, or a new one."""
    if told and draw.random() < 0.5:
        return draw.choice(sorted(told))
    return draw.choice(names), draw.choice(PREDICATES)


def _cases(
    draw: random.Random, told: dict[tuple[str, str], list[tuple[int, str]]]
) -> Iterable[Case]:
    for (subject, predicate), values in sorted(told.items()):
        every = [value for _, value in values]
        yield Case(subject, predicate, None, every[-1], tuple(every[:-1]))
        if len(values) > 1:
            which = draw.randrange(len(values) - 1)
            at = (values[which][0] * SECONDS + SECONDS) * 1_000_000
            rest = tuple(value for value in every if value != every[which])
            yield Case(subject, predicate, at, every[which], rest)


def _names(draw: random.Random, count: int) -> Iterator[str]:
    seen: set[str] = set()
    while len(seen) < count:
        name = _word(draw).capitalize() + _word(draw)[:3]
        if name not in seen:
            seen.add(name)
            yield name


def _word(draw: random.Random) -> str:
    """An invented word of three syllables."""
    return "".join(draw.choice("bdfgklmnprstvz") + draw.choice("aeiou") for _ in range(3))


def _row(owner: Owner, at: int, text: str) -> Memory:
    span = Span.of_seconds(at * SECONDS, (at + 1) * SECONDS)
    return Memory.make(owner, Level.SHOT, Kind.SPEECH, span, text, Producer("generated"),
                       made_for="", ordinal=at, window_id=f"w{at}")  # fmt: skip
