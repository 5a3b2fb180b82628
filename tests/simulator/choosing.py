"""How the scripted model chooses where to look or search next: by words, rare ones first.

It knows the question and, once the prompt's rows tell some of what is needed, what follows on it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from agents.text.clock import clock_span
from memory.records import Span
from tests.simulator.page import (
    Row,
    asked_in,
    known_pairs,
    known_words,
    missing_in,
    others,
    question_in,
    rows_in,
    searched_in,
)
from tests.simulator.reading import understood
from tests.simulator.world import World

PERIOD = 75.0
"""Seconds that a row may span to be worth seeing."""
PICKS, MANY = 4, 16
SIMILAR = 0.45
"""Share of the best row's worth from which another is named too, where several are asked for."""


def picked(world: World, text: str, rows: Sequence[Row], *, every: bool = False) -> list[int]:
    """Numbers of the best rows, best first; the first row where no word helps.

    `every` names all that share about as much with what is sought as the best does.
    """
    found = ranked(world, text, rows)
    most = max((worth for worth, _ in found), default=0.0)
    chosen = [row for worth, row in found if worth >= SIMILAR * most] if every else None
    best = [row for _, row in found][:PICKS] if chosen is None else chosen[:MANY]
    return [row.number for row in best] or [rows[0].number]


def ranked(world: World, text: str, rows: Sequence[Row]) -> list[tuple[float, Row]]:
    """Rows that share words with what is sought, best first; a word counts by its rarity."""
    sought = missing_in(text) or _clue(world, text, rows) or question_in(text)
    wanted, together = known_words(world, sought), known_pairs(world, sought)
    own: list[set[object]] = [
        {*(known_words(world, row.text) & wanted), *(known_pairs(world, row.text) & together)}
        for row in rows
    ]
    often = Counter(word for found in own for word in found)
    worth = [sum(1.0 / often[word] ** 0.5 for word in found) for found in own]
    order = sorted(range(len(rows)), key=lambda i: (-round(worth[i], 6), i))
    return [(worth[i], rows[i]) for i in order if worth[i] > 0]


def choose_memory(world: World, text: str, *, never: bool = False) -> dict[str, Any]:
    """Answer if the rows suffice; else search for words first, then see what they point at."""
    rows, before = rows_in(text), searched_in(text)
    question = question_in(text)
    parts = (question, *others(world, question), _clue(world, text, rows))
    query = " ".join(filter(None, parts))
    if rows and not never and understood(world, asked_in(world, text), rows).answer is not None:
        return {"decision": "answer", "memory": "episodic", "query": query}
    if ("episodic", query) not in before:
        return {"decision": "search", "memory": "episodic", "query": query}
    seen = {said for name, said in before if name == "visual"}
    for _, row in ranked(world, text, rows):
        when = clock_span(Span.of_seconds(row.start, row.end))
        if row.end - row.start <= PERIOD and when not in seen:
            return {"decision": "search", "memory": "visual", "query": when}
    return {"decision": "answer" if rows else "search", "memory": "semantic", "query": query}


def _clue(world: World, text: str, rows: Sequence[Row]) -> str:
    return understood(world, asked_in(world, text), rows).missing
