"""Runs a step of a chain as a run of a Prefect task."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from prefect import Task
from prefect.utilities.annotations import quote

from agents.runtime import Run


def titled(named: Task[..., Any]) -> Run:
    """Runs steps as runs of a task; the title is what the UI lists.

    A step is wrapped in `quote`, so Prefect neither walks nor stores what is handed on.
    """

    def run(title: str, step: Callable[[], Any]) -> Any:  # noqa: ANN401
        return named.with_options(task_run_name=title)(quote(step))

    return run
