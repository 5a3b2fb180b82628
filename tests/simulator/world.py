"""World files: what is there to be seen and heard, and what may be asked about it.

A world is TOML or JSON:

    name = "kitchen"
    seconds = 120.0
    background = "a kitchen"

    [[facts]]
    id = "note"
    text = "a yellow note says 4711"
    start = 30.0
    end = 33.0
    fps = 2.0        # least sampling rate at which it is noticed
    side = 512       # least longer side of a frame, in pixels
    asked = ["text"] # words of which an instruction must hold one; empty for none
    most = 10        # most pictures of one request among which it is noticed; 0 for any

    [[questions]]
    question = "what does the note say?"
    answer = "4711"
    needs = ["note"]
    choices = []
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that is so from `start` to `end` (seconds, half-open)."""

    id: str
    text: str
    start: float
    end: float
    fps: float = 0.0
    side: int = 0
    asked: tuple[str, ...] = ()
    heard: bool = False
    """It is said, not seen: no frame shows it."""
    most: int = 0
    """Most pictures of one request among which it is noticed; 0 for any number."""

    def shows_in(self, times: tuple[float, ...], fps: float, side: int, instruction: str) -> bool:
        """Whether frames at these times (seconds), this dense and this large, show it."""
        if self.heard or fps < self.fps or side < self.side:
            return False
        if self.most and len(times) > self.most:
            return False
        if self.asked and not any(word.lower() in instruction.lower() for word in self.asked):
            return False
        return any(self.start <= time < self.end for time in times)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question whose answer follows from the facts it needs."""

    question: str
    answer: str
    needs: tuple[str, ...] = ()
    """Ids of facts; a question that needs none has no answer in this world."""
    choices: tuple[str, ...] = ()
    counts: bool = False
    """The answer is the number of the facts: a reader counts those that it sees."""
    clues: tuple[str, ...] = ()
    """For each fact needed, words to search for it by, once those before it are known."""
    lure: str = ""
    """Id of a fact that a hasty reader takes for proof while the right ones are not there."""
    lured: str = ""
    """What it answers then."""
    fools: bool = False
    """Whether the lure deceives the verifier too."""


@dataclass(frozen=True)
class World:
    """A world, whole."""

    name: str
    seconds: float
    facts: tuple[Fact, ...]
    questions: tuple[Asked, ...] = ()
    background: str = "a plain room"
    synonyms: tuple[tuple[str, ...], ...] = ()
    """Groups of words that the model takes for related."""

    @cached_property
    def by_id(self) -> dict[str, Fact]:
        """The facts by their ids."""
        return {fact.id: fact for fact in self.facts}

    @cached_property
    def canonical(self) -> dict[str, str]:
        """For each word that has synonyms, the first of its group."""
        groups = reversed(self.synonyms)
        return {word: group[0] for group in groups for word in group}

    def fact(self, name: str) -> Fact:
        """The fact of an id.

        Raises:
            KeyError: there is none.
        """
        return self.by_id[name]


def load_world(path: Path) -> World:
    """A world from a .toml or .json file.

    Raises:
        ValueError: it is no world; the message says why.
    """
    text = path.read_text(encoding="utf-8")
    try:
        data = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
        return world_of(data)
    except (KeyError, TypeError) as error:
        raise ValueError(f"{path.name} is no world file: {error}") from error


def world_of(data: dict[str, Any]) -> World:
    """A world from the plain values of its file."""
    facts = tuple(_fact(dict(fact)) for fact in data.get("facts", ()))
    questions = tuple(_asked(dict(item)) for item in data.get("questions", ()))
    background = data.get("background", "a plain room")
    synonyms = tuple(tuple(group) for group in data.get("synonyms", ()))
    world = World(data["name"], float(data["seconds"]), facts, questions, background, synonyms)
    for question in questions:
        for name in question.needs:
            world.fact(name)
    return world


def _fact(values: dict[str, Any]) -> Fact:
    values["asked"] = tuple(values.get("asked", ()))
    return Fact(**values)


def _asked(values: dict[str, Any]) -> Asked:
    for name in ("needs", "choices", "clues"):
        values[name] = tuple(values.get(name, ()))
    return Asked(**values)
