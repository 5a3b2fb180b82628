"""The five steps of a question as Prefect tasks, each under its own name.

A step is wrapped in `quote`, so Prefect neither walks nor stores what one step hands to the next.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from prefect import Task, task
from prefect.cache_policies import NO_CACHE
from prefect.utilities.annotations import quote

from agents.ask.steps import Run


@task(name="plan", cache_policy=NO_CACHE, persist_result=False)
def plan(step: Any) -> Any:  # noqa: ANN401
    """The planner understands the question."""
    return step()


@task(name="recall", cache_policy=NO_CACHE, persist_result=False)
def recall(step: Any) -> Any:  # noqa: ANN401
    """The executor searches the memories, coarse and fine."""
    return step()


@task(name="answer", cache_policy=NO_CACHE, persist_result=False)
def answer(step: Any) -> Any:  # noqa: ANN401
    """The executor reads what was found, and checks its answer."""
    return step()


@task(name="navigate", cache_policy=NO_CACHE, persist_result=False)
def navigate(step: Any) -> Any:  # noqa: ANN401
    """The executor chooses where to look next."""
    return step()


@task(name="look", cache_policy=NO_CACHE, persist_result=False)
def look(step: Any) -> Any:  # noqa: ANN401
    """The executor looks at the pixels again, or remembers having done so."""
    return step()


def titled(named: Task[..., Any]) -> Run:
    """Runs steps as runs of a task; the title is what the UI lists."""

    def run(title: str, step: Callable[[], Any]) -> Any:  # noqa: ANN401
        return named.with_options(task_run_name=title)(quote(step))

    return run
