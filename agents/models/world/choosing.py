"""How the scripted model chooses where to look or search next: by words, rare ones first.

It knows the question and, once the prompt's rows tell some of what is needed, what follows on it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from agents.captions import clock_span
from agents.models.world.page import (
    Row,
    asked_in,
    known_words,
    question_in,
    rows_in,
    searched_in,
)
from agents.models.world.reading import understood
from agents.models.world.world import World
from memory.records import Span

PERIOD = 75.0
"""Seconds that a row may span to be worth seeing."""
PICKS = 4


def picked(world: World, text: str, rows: Sequence[Row]) -> list[int]:
    """Numbers of the best rows, best first; the first rows where no word helps."""
    return [row.number for row in ranked(world, text, rows)][:PICKS] or [rows[0].number]


def ranked(world: World, text: str, rows: Sequence[Row]) -> list[Row]:
    """Rows that share words with what is sought, best first; a word counts by its rarity."""
    wanted = known_words(world, question_in(text)) | known_words(world, _clue(world, text, rows))
    own = [known_words(world, row.text) & wanted for row in rows]
    often = Counter(word for found in own for word in found)
    worth = [sum(1.0 / often[word] ** 0.5 for word in found) for found in own]
    order = sorted(range(len(rows)), key=lambda i: (-round(worth[i], 6), i))
    return [rows[i] for i in order if worth[i] > 0]


def choose_memory(world: World, text: str, *, never: bool = False) -> dict[str, Any]:
    """Answer if the rows suffice; else search for words first, then see what they point at."""
    rows, before = rows_in(text), searched_in(text)
    query = " ".join(filter(None, (question_in(text), _clue(world, text, rows))))
    if rows and not never and understood(world, asked_in(world, text), rows).answer is not None:
        return {"decision": "answer", "memory": "episodic", "query": query}
    if ("episodic", query) not in before:
        return {"decision": "search", "memory": "episodic", "query": query}
    seen = {said for name, said in before if name == "visual"}
    for row in ranked(world, text, rows):
        when = clock_span(Span.of_seconds(row.start, row.end))
        if row.end - row.start <= PERIOD and when not in seen:
            return {"decision": "search", "memory": "visual", "query": when}
    return {"decision": "answer" if rows else "search", "memory": "semantic", "query": query}


def _clue(world: World, text: str, rows: Sequence[Row]) -> str:
    return understood(world, asked_in(world, text), rows).missing
