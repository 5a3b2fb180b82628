"""How the scripted model reads rows: what they prove, what is missing, and what lures it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.simulator.page import Row, numbers, plain
from tests.simulator.world import Asked, World

CLOSE = 120.0
"""Seconds: a longer row does not tell how often something happened in it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader makes of rows: an answer with its rows, or what to search for next."""

    answer: str | None = None
    cited: tuple[int, ...] = ()
    missing: str = ""


def understood(world: World, asked: Asked | None, rows: Sequence[Row]) -> Reading:
    """The answer if the rows prove it, or if a lure among them takes the proof's place."""
    if asked is None:
        return Reading()
    if asked.counts:
        return _counted(world, asked, rows)
    proof, missing = proof_of(world, asked, rows)
    if proof:
        return Reading(asked.answer, numbers(proof))
    lure = _told(world, asked.lure, rows) if asked.lure else None
    if lure is not None:
        return Reading(asked.lured, (lure.number,))
    return Reading(missing=missing)


def proof_of(world: World, asked: Asked, rows: Sequence[Row]) -> tuple[list[Row], str]:
    """Rows that tell every fact needed; without the first that is missing, its clue."""
    proof: list[Row] = []
    for index, name in enumerate(asked.needs):
        row = _told(world, name, rows)
        if row is None:
            return [], asked.clues[index] if index < len(asked.clues) else ""
        proof.append(row)
    return proof, ""


def supports(world: World, asked: Asked | None, said: str | None, rows: Sequence[Row]) -> bool:
    """Whether rows settle the question by an answer, as a careful second reader sees it."""
    if asked is None or said is None:
        return False
    if asked.counts:
        counted = _counted(world, asked, rows)
        return counted.answer is not None and plain(counted.answer) == plain(said)
    if asked.fools and plain(asked.lured) == plain(said):
        return _told(world, asked.lure, rows) is not None
    return plain(asked.answer) in plain(said) and bool(proof_of(world, asked, rows)[0])


def _counted(world: World, asked: Asked, rows: Sequence[Row]) -> Reading:
    """As many as are told of; a reader cannot know of more."""
    close = [row for row in rows if row.end - row.start <= CLOSE]
    found: list[Row] = []
    for name in asked.needs:
        fact = world.fact(name)
        there = [row for row in close if row.start < fact.end and row.end > fact.start]
        row = _told(world, name, there)
        found += [row] if row is not None else []
    return Reading(str(len(found)), numbers(found)) if found else Reading()


def _told(world: World, name: str, rows: Sequence[Row]) -> Row | None:
    """The shortest row that tells a fact."""
    text = plain(world.fact(name).text)
    holding = [row for row in rows if text in plain(row.text)]
    return min(holding, key=lambda row: (len(row.text), row.number), default=None)
