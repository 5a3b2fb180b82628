"""The Prefect task of a standing question: it is asked of one video."""

from __future__ import annotations

from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE


@task(name="watch", cache_policy=NO_CACHE, persist_result=False)
def ask_standing(step: Any) -> Any:  # noqa: ANN401
    """Ask a standing question of one video."""
    return step()
