"""The typed core of every evaluation: cases, units that share a memory, and what a way reaches."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

from agents.evaluate.parts import Off, parts_without, written
from agents.runtime import Runtime, RuntimeSpec, open_runtime
from memory.records import content_id

OURS = "backtrail"
"""The way of the product; the others are what it must beat."""
READY = "ready"
"""File that says that a unit's store is whole."""

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Case(Generic[Item]):
    """One question: its id within the evaluation, the group it is counted in, and what it is."""

    case_id: str
    group: str
    item: Item


@dataclass(frozen=True, slots=True)
class Told:
    """What a way answered, and how good that is: per measure a number from 0 to 1."""

    scores: Mapping[str, float]
    what: tuple[str, ...] = ()
    """The answer as ids or values, never texts of the set: raw results may be passed on."""


Ask = Callable[[Case[Item]], Told]
Ways = Mapping[str, Ask[Item]]
"""The product under `OURS`, and beside it plain search and what needs no memory at all."""


@dataclass(frozen=True, slots=True)
class Bench:
    """Where an evaluation remembers: stores of its own below a folder, never the user's memory."""

    spec: RuntimeSpec
    folder: Path

    def prepared(self, unit: str, off: Off, build: Callable[[Runtime], None]) -> Runtime:
        """The memory of a unit with parts off, built once; what a crash left half is built anew.

        Parts that change no row share one store.
        """
        place = self.folder / content_id("u", unit, sorted(written(off)))
        spec = replace(self.spec, uri=str(place / "store"), organise=parts_without(off))
        if not (place / READY).is_file():
            shutil.rmtree(place, ignore_errors=True)
            runtime = open_runtime(spec)
            build(runtime)
            place.mkdir(parents=True, exist_ok=True)
            (place / READY).touch()
        return open_runtime(spec)

    def clear(self) -> None:
        """Remove the stores: their questions are answered."""
        shutil.rmtree(self.folder, ignore_errors=True)
        open_runtime.cache_clear()


@dataclass(frozen=True, slots=True)
class Unit(Generic[Item]):
    """Cases that are asked of one memory."""

    name: str
    cases: tuple[Case[Item], ...]
    open: Callable[[Bench, Off], Ways[Item]]
    """Remembers what the cases are about, with some parts off; gives the ways of asking."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A set of questions: where its data is published, how it is loaded, what is measured."""

    name: str
    about: str
    """What is asked and what the numbers say, in a few sentences."""
    measures: Mapping[str, str]
    """Names of the measures, the first one first, with what they are."""
    parts: tuple[str, ...]
    """Switchable parts that it touches."""
    load: Callable[[Path | None], Iterable[Unit[Any]]]
    """From the user's file or folder; None where none is given.

    Raises:
        UsageError: the data is missing or not what it should be, with what is.
    """
    rivals: Mapping[str, str] = field(default_factory=dict[str, str])
    """What the other ways are."""
