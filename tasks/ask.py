"""The five steps of a question as Prefect tasks, each under its own name.

They are run through `tasks.titled.titled`.
"""

from __future__ import annotations

from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE


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
