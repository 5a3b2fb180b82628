"""Whole questions without looks at few rows and at many, in turns.

The store of the fewest rows is asked beside each other one, question by question, so that whatever
else the machine does meanwhile falls on both. Told are ratios of medians, on the clock and of
processor time.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from agents.ask.ask import Request, answer_request
from agents.errors import UsageError
from agents.evaluate.scale import rows
from agents.ingest.file import remember, silent
from agents.models.build import build_models
from agents.models.ports import Models
from agents.runtime import Runtime, RuntimeSpec
from memory.lance.store import LanceStore
from memory.sharing.access import SharedStore

WARMING = 2
"""Questions that are not counted: models load, and tables are opened."""

ABOUT_ASKING = (
    "Whole questions without looks, in the words of the rows, asked in turns with those of the "
    "fewest rows. Medians: ms on the clock/of processor time, and how many times those of the "
    "fewest."
)
ASKING_HEAD = ("rows", "workspace", "ask, ms", "of the fewest, ms", "times")


@dataclass(frozen=True, slots=True)
class Asking:
    """Whole questions of one workspace among so many rows; seconds are medians."""

    rows: int
    workspace: str
    seconds: float
    fewest_seconds: float
    """The same questions of the fewest rows, asked in turn with these."""
    processor: float
    fewest_processor: float

    @property
    def growth(self) -> tuple[float, float]:
        """How many times longer than among the fewest rows: on the clock, and of processors."""
        return self.seconds / self.fewest_seconds, self.processor / self.fewest_processor


def models_of(spec: RuntimeSpec) -> Models:
    """The models that questions are asked by.

    Raises:
        UsageError: the vectors of the text encoder are not as long as those of the made-up rows.
    """
    cache = Path(spec.cache) / "models"
    models = build_models(spec.models, cache, spec.threads, spec.secrets, spec.middleware)
    length = models.text_encoder.dimension
    if length != rows.DIMENSION:
        said = f"made-up rows have {rows.DIMENSION} numbers, the text encoder gives {length}"
        raise UsageError(said, "measure with the embedded text encoder")
    return models


def questions(count: int) -> list[str]:
    """Questions for moments, in the words of the rows."""
    return [f"When is {text} said?" for text, _ in rows.queries(count, seed=2)]


def asking(
    spec: RuntimeSpec, stores: tuple[LanceStore, LanceStore], count: int, tenant: str, asked: int
) -> Asking:
    """The fewest rows and so many, asked in turns; `stores` are those of these two."""
    models = models_of(spec)
    sides = [
        Runtime(replace(spec, tenant=tenant, roles=None), SharedStore(store), models)
        for store in stores
    ]
    texts = questions(asked + WARMING)
    spent = [(_spent(sides[0], text), _spent(sides[1], text)) for text in texts]
    (few_clock, few_own), (clock, own) = np.median(np.asarray(spent[WARMING:]), axis=0)
    name = f"{tenant} ({rows.TENANTS[tenant]:.0%})"
    return Asking(count, name, float(clock), float(few_clock), float(own), float(few_own))


def _spent(runtime: Runtime, text: str) -> tuple[float, float]:
    began, used = time.perf_counter(), time.process_time()
    request = Request(text, budget="looks=0", cached=False)
    answer_request(runtime, request, partial(remember, runtime, progress=silent))
    return time.perf_counter() - began, time.process_time() - used


def cells(made: Sequence[Asking]) -> Iterator[list[str]]:
    """The rows of the table."""
    for one in made:
        clock, own = one.growth
        yield [
            f"{one.rows:,}",
            one.workspace,
            f"{1000 * one.seconds:.0f}/{1000 * one.processor:.0f}",
            f"{1000 * one.fewest_seconds:.0f}/{1000 * one.fewest_processor:.0f}",
            f"{clock:.2f}/{own:.2f}",
        ]
