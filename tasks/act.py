"""A step of a plan as a Prefect task; it is run through `tasks.titled.titled`."""

from __future__ import annotations

from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE


@task(name="step", cache_policy=NO_CACHE, persist_result=False)
def step(call: Any) -> Any:  # noqa: ANN401
    """A tool makes its files, which are checked before they count; or they were made before."""
    return call()
