"""Prefect tasks of ingest: thin wrappers that take plain values and return ids.

They do not cache: the ledger is the only truth of what is done, and a cached result would survive
`forget`.
"""

from __future__ import annotations

from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.states import Failed

from agents.ingest.report import failures_in, is_whole
from agents.ingest.windows import run_window
from agents.runtime import open_runtime


@task(name="prepare", cache_policy=NO_CACHE, persist_result=False)
def prepare(step: Any) -> Any:  # noqa: ANN401
    """The planner probes a file and cuts it into windows."""
    return step()


@task(name="finish", cache_policy=NO_CACHE, persist_result=False)
def finish(step: Any) -> Any:  # noqa: ANN401
    """The executor derives the tree, captions and summaries from the rows of all windows."""
    return step()


@task(task_run_name="{title}", cache_policy=NO_CACHE, persist_result=False)
def perceive_window(spec: Any, job: Any, index: int, title: str, captioner: Any = None) -> Any:  # noqa: ANN401
    """Perceive and write one window of a `Job`, on the runtime of a `RuntimeSpec`; gives its id.

    `captioner` describes it by models. A window that failed gives a failed state with the reason
    that the ledger has; so does one of which models failed to say something.
    """
    del title
    runtime = open_runtime(spec)
    window = run_window(runtime.store, job, job.windows[index], runtime.models, captioner)
    reason = window.reason or "; ".join(failures_in(window))
    return window.window_id if is_whole(window) else Failed(message=reason)
