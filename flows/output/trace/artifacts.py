"""What a run of a plan shows in the Prefect UI: its graph, a table of its steps, their progress.

A graph is a picture inside the page, as the UI draws no diagrams.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

from agents.act.history.graph import history_of
from agents.act.plan import Step
from agents.act.result import ActResult
from agents.runtime import Runtime
from flows.output.acting import output_line
from flows.output.artifacts import inert
from flows.output.trace.drawing import data_uri
from flows.output.trace.told import StepTold, told_of
from memory.errors import UnknownMemory

EVERY = 1.0
"""Seconds between two updates of one artifact."""


@dataclass(slots=True)
class StepProgress:
    """A progress artifact of each step, told of how much of it is done.

    A server that does not answer is told about once; the step goes on.
    """

    warn: Callable[..., object]
    lock: threading.Lock = field(default_factory=threading.Lock)
    known: dict[str, _Told] = field(default_factory=dict[str, "_Told"])

    def __call__(self, step: Step, share: float) -> None:
        """So much of a step is done, 0 to 1."""
        from httpx import HTTPError
        from prefect.exceptions import PrefectException

        now = time.monotonic()
        with self.lock:
            told = self.known.get(step.step_id)
            if told is not None and share > 0 and not told.is_due(share, now):
                return
            self.known[step.step_id] = _Told(told.artifact if told else None, share, now)
        try:
            artifact = _progress(step, share, told.artifact if told else None)
        except (HTTPError, PrefectException, OSError) as error:
            self.warn("the progress of %s is not shown: %s", step.step_id, error)
            artifact = None
        with self.lock:
            self.known[step.step_id] = _Told(artifact, share, now, is_lost=artifact is None)


@dataclass(frozen=True, slots=True)
class _Told:
    """What is shown of a step."""

    artifact: UUID | None
    share: float
    at: float
    is_lost: bool = False

    def is_due(self, share: float, now: float) -> bool:
        """Whether a share is news."""
        return not self.is_lost and (share >= 1 or now - self.at >= EVERY)


def _progress(step: Step, share: float, artifact: UUID | None) -> UUID:
    from prefect.artifacts import create_progress_artifact, update_progress_artifact

    if artifact is None:
        told = f"{step.step_id} ({step.tool})"
        return cast(UUID, create_progress_artifact(100 * share, description=told))
    update_progress_artifact(artifact, progress=100 * share)
    return artifact


def trace_artifacts(runtime: Runtime, result: ActResult) -> None:
    """The run as a page with its graph, and a table of everything that a step is told by."""
    from prefect.artifacts import create_markdown_artifact, create_table_artifact

    lines = [f"# {inert(result.goal)}", "", f"**{result.status}** {inert(result.reason)}", ""]
    try:
        history = history_of(runtime.store, runtime.spec.tenant, result.run_id)
    except UnknownMemory:  # a dry run, or one that was refused
        history = None
    if history is not None and history.steps:
        told = told_of(runtime.store, runtime.spec.tenant, history)
        lines += [f'<img src="{data_uri(told)}" alt="Graph of the steps">', ""]
        rows = [row_of(step) for step in told.steps]
        create_table_artifact(rows, key="trace", description="How each file was made")
    lines += ["| step | tool | how | s |", "|---|---|---|---|"]
    for report in result.steps:
        told_by = inert("; ".join((report.status, *report.notes)))
        lines.append(
            f"| {report.step_id} | {inert(report.tool)} | {told_by} | {report.seconds:.1f} |"
        )
    lines += ["", *(f"- {inert(output_line(output))}" for output in result.outputs)]
    create_markdown_artifact("\n".join(lines), key="acted", description=result.goal[:200])


def row_of(step: StepTold) -> dict[str, Any]:
    """A step as a row of a table."""
    cited = [" ".join(filter(None, (c.memory_id, c.when, c.text[:80]))) for c in step.evidence]
    return {
        "step": step.name,
        "tool": step.tool,
        "version": step.version,
        "inputs": ", ".join(step.inputs),
        "parameters": "; ".join(f"{name} {value}" for name, value in step.parameters),
        "model": step.model,
        "evidence": "; ".join(cited),
        "seconds": step.seconds,
        "usd": step.usd,
        "gives": ", ".join(file.artefact_id for file in step.files),
        "notes": "; ".join(step.notes),
    }
