"""Prefect tasks of ingest: thin wrappers that take plain values and return ids.

They do not cache: the ledger is the only truth of what is done, and a cached result would survive
`forget`.
"""

from __future__ import annotations

from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.states import Failed

from agents.ingest import run_window
from agents.workbench import open_workbench
from memory.records import WindowStatus


@task(task_run_name="{title}", cache_policy=NO_CACHE, persist_result=False)
def perceive_window(spec: Any, job: Any, index: int, title: str) -> Any:  # noqa: ANN401
    """Perceive and write one window of a `Job`, on the bench of a `WorkSpec`; gives its id.

    A window that failed gives a failed state with the reason that the ledger has.
    """
    del title
    bench = open_workbench(spec)
    window = run_window(bench.store, job, job.windows[index], bench.models)
    done = window.status == WindowStatus.DONE
    return window.window_id if done else Failed(message=window.reason)
