"""A place for evaluations in tests: real stores, and an encoder that hashes words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from agents.evaluate.cases import OURS, Evaluation
from agents.evaluate.runner import Record, Request, evaluate
from agents.perception.records import Parameters
from agents.runtime import LookParameters, RuntimeSpec
from tests.end_to_end.scripted_bench import MODELS


def spec(folder: Path) -> RuntimeSpec:
    home, cache = str(folder / "unused"), str(folder / "cache")
    return RuntimeSpec(home, cache, 1, "evaluation", Parameters(), LookParameters(), MODELS)


def run(evaluation: Evaluation, folder: Path, request: Request) -> list[Record]:
    return evaluate(evaluation, spec(folder), folder / "out", request, lambda done, total: None)


def mean(records: Sequence[Record], measure: str, group: str = "", way: str = OURS) -> float:
    """The mean of a measure over the groups whose names begin so."""
    own = [r for r in records if r.group.startswith(group) and measure in r.scores[way]]
    return sum(record.scores[way][measure] for record in own) / len(own)
