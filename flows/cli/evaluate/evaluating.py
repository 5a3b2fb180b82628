"""Runs an evaluation, writes its raw answers and its table, and prints the table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from agents.errors import UsageError
from agents.evaluate.registry import ABLATIONS, SCALE, evaluation_of
from agents.evaluate.reports import ablation_report, report_of, worths_in
from agents.evaluate.runner import Request, evaluate
from agents.evaluate.tables import lines_of
from configs.settings import load_settings
from flows.cli.shell import DONE, print_json
from flows.output.terminal import say, say_lines
from flows.wiring import runtime_spec

LINES = 20
"""How often progress is told."""
WORKSPACE = "evaluation"
"""Whose memory evaluations are, in stores of their own."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed."""

    name: str
    data: Path | None = None
    limit: int | None = None
    out: Path | None = None
    resume: bool = False
    without: tuple[str, ...] = ()
    rows: tuple[int, ...] = ()


def run_evaluate(asked: Asked, as_json: bool) -> int:
    """The evaluation of a name, searches at many rows, or the table of parts."""
    out = asked.out or load_settings().cache / "evaluate"
    if asked.rows and asked.name != SCALE:
        raise UsageError(f"{asked.name} has no number of rows", "give --rows with scale alone")
    if asked.name == ABLATIONS:
        found = worths_in(out)
        told: dict[str, Any] = {"parts": [worth.to_json() for worth in found]}
        return _tell(out / "ablations.md", ablation_report(found), told, as_json)
    if asked.name == SCALE:
        from agents.evaluate.scale.measure import scale_report

        def tell(line: str) -> None:
            say(line, err=True)

        text, told = scale_report(out, asked.rows, asked.limit, tell, runtime_spec())
        return _tell(out / "scale.md", text, told, as_json)
    return _run_set(asked, out, as_json)


def _run_set(asked: Asked, out: Path, as_json: bool) -> int:
    evaluation = evaluation_of(asked.name)
    every = asked.without == ("all",)
    parts = evaluation.parts if every else tuple(dict.fromkeys(asked.without))
    request = Request(asked.data, asked.limit, parts, asked.resume)
    spec = replace(runtime_spec(), tenant=WORKSPACE)
    records = evaluate(evaluation, spec, out, request, _progress(asked.name))
    lines = lines_of(records, evaluation.measures)
    told = {
        "evaluation": asked.name,
        "questions": len(records),
        "lines": [line.to_json() for line in lines],
    }
    return _tell(out / f"{asked.name}.md", report_of(evaluation, lines, request), told, as_json)


def _tell(path: Path, text: str, told: dict[str, Any], as_json: bool) -> int:
    path.write_text(text, encoding="utf-8")
    if as_json:
        print_json({**told, "file": str(path)})
    else:
        say_lines(text)
        say(f"written to {path}")
    return DONE


def _progress(name: str) -> Callable[[int, int], None]:
    def progress(done: int, total: int) -> None:
        if done % max(1, total // LINES) == 0 or done == total:
            say(f"{name}: {done:,} of {total:,}", err=True)

    return progress
