"""Prefect tasks of ingest: thin wrappers that take plain values and return ids.

They do not cache: the ledger is the only truth of what is done, and a cached result would survive
`forget`.
"""

from __future__ import annotations

from prefect import task
from prefect.cache_policies import NO_CACHE

from agents.ingest import Job, run_window
from agents.workbench import WorkSpec, open_workbench
from memory.records import WindowStatus


@task(task_run_name="perceive {index} of {name}", cache_policy=NO_CACHE, persist_result=False)
def perceive_window(spec: WorkSpec, job: Job, index: int, name: str) -> str:
    """Perceive one window and write it; gives the window's id, or raises nothing but bugs."""
    del name
    bench = open_workbench(spec)
    window = run_window(bench.store, job, job.windows[index], bench.models)
    return window.window_id if window.status == WindowStatus.DONE else ""
