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

    def shows_in(self, times: tuple[float, ...], fps: float, side: int, instruction: str) -> bool:
        """Whether frames at these times (seconds), this dense and this large, show it."""
        if self.heard or fps < self.fps or side < self.side:
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


@dataclass(frozen=True, slots=True)
class World:
    """A world, whole."""

    name: str
    seconds: float
    facts: tuple[Fact, ...]
    questions: tuple[Asked, ...] = ()
    background: str = "a plain room"

    def fact(self, name: str) -> Fact:
        """The fact of an id.

        Raises:
            KeyError: there is none.
        """
        for fact in self.facts:
            if fact.id == name:
                return fact
        raise KeyError(name)


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
    questions = tuple(
        Asked(
            item["question"],
            item["answer"],
            tuple(item.get("needs", ())),
            tuple(item.get("choices", ())),
        )
        for item in data.get("questions", ())
    )
    background = data.get("background", "a plain room")
    world = World(data["name"], float(data["seconds"]), facts, questions, background)
    for question in questions:
        for name in question.needs:
            world.fact(name)
    return world


def _fact(values: dict[str, Any]) -> Fact:
    values["asked"] = tuple(values.get("asked", ()))
    return Fact(**values)
