"""The Prefect task of organising: one video's facts, mentions and repeats."""

from __future__ import annotations

from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE


@task(name="consolidate", cache_policy=NO_CACHE, persist_result=False)
def consolidate_video(step: Any) -> Any:  # noqa: ANN401
    """Organise one video again; repeated it changes nothing."""
    return step()
