"""A Prefect worker that runs some flows in its own process.

Prefect starts a process for every run, which loads all libraries and models anew. A question is
answered in less time than that takes, so questions stay here, on models that are loaded already.
Ingests keep a process of their own: they are long, and what breaks a decoder must end no question.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

import anyio
from prefect.flow_engine import run_flow
from prefect.workers.process import (
    ProcessJobConfiguration,
    ProcessWorker,
    ProcessWorkerResult,
)

if TYPE_CHECKING:
    from anyio.abc import TaskStatus
    from prefect import Flow
    from prefect.client.schemas.objects import FlowRun


class WarmWorker(ProcessWorker):
    """A process worker, but for the flows of some deployments.

    Their runs are threads here, so one that is cancelled ends no earlier than by itself.
    """

    type = "backtrail"
    _display_name = "Backtrail"
    _description = "Answers questions in its own process; ingests in processes of their own."

    def __init__(self, pool: str, here: Mapping[UUID, Flow[..., Any]], most: int) -> None:
        """`here`: the flows to run in this process, by deployment; `most`: runs at once."""
        super().__init__(work_pool_name=pool, limit=most)
        self._here = here
        self.cut_off: set[UUID] = set()
        """Runs in processes of their own that have not ended; those left ended with the worker."""

    async def run(
        self,
        flow_run: FlowRun,
        configuration: ProcessJobConfiguration,
        task_status: TaskStatus[int] | None = None,
    ) -> ProcessWorkerResult:
        """Run a flow run that was submitted to this worker."""
        own = self._here.get(flow_run.deployment_id) if flow_run.deployment_id else None
        if own is None:
            self.cut_off.add(flow_run.id)
            done = await super().run(flow_run, configuration, task_status)
            self.cut_off.discard(flow_run.id)
            return done
        if task_status is not None:
            task_status.started(1)
        run = partial(run_flow, own, flow_run=flow_run, return_type="state")
        await anyio.to_thread.run_sync(run)
        return ProcessWorkerResult(status_code=0, identifier=str(flow_run.id))
