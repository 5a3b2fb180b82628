"""The deployments of `backtrail serve`, by module path, and the inbox that feeds them."""

from __future__ import annotations

import logging
import sys
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from agents.errors import KNOWN_ERRORS
from agents.ingest.sources.folders import listing
from configs.settings import ROOT, load_settings
from flows.act import act
from flows.ask import ask
from flows.ingest import ingest
from flows.organise import consolidate
from flows.output.terminal import say
from flows.wiring import new_files, runtime_of

if TYPE_CHECKING:
    from prefect.client.orchestration import PrefectClient

log = logging.getLogger(__name__)

POOL = "backtrail-serve"
"""The work pool that `serve` makes and works for."""
AT_ONCE = 8
"""Most runs at once; more wait their turn."""

Stamp = tuple[int, int]
"""When a file was last changed (ns), and its size."""


@dataclass(slots=True)
class Inbox:
    """A folder whose new files are ingested.

    There is a run only when there is something new, and none while the one before still goes on. A
    file that failed is tried again when it changes, or by another `serve`.
    """

    folder: Path
    deployment: UUID
    tried: dict[Path, Stamp] = field(default_factory=dict[Path, Stamp])
    """Files that a run was made for, as they were then."""
    run: UUID | None = None
    """The latest run."""

    def fresh(self) -> dict[Path, Stamp]:
        """Files that no run was made for yet."""
        new = new_files(runtime_of(), list(listing([self.folder]).files))
        found = {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in new}
        return {path: stamp for path, stamp in found.items() if self.tried.get(path) != stamp}

    async def look(self, client: PrefectClient) -> UUID | None:
        """Make a run for what is new; gives its id, or None when there is none to be made."""
        import anyio

        if self.run is not None:
            state = (await client.read_flow_run(self.run)).state
            if state is None or not state.is_final():
                return None
        fresh = await anyio.to_thread.run_sync(self.fresh)
        if not fresh:
            return None
        parameters = {"paths": [str(path) for path in fresh], "new_only": True}
        made = await client.create_flow_run_from_deployment(self.deployment, parameters=parameters)
        self.tried |= fresh
        self.run = made.id
        return made.id

    async def watch(self, client: PrefectClient, every: float) -> None:
        """Look every so many seconds, for ever; what goes wrong is told, and tried again."""
        import anyio
        import httpx

        while True:
            try:
                await self.look(client)
            except (*KNOWN_ERRORS, httpx.HTTPError) as error:
                log.error("the inbox %s cannot be looked into: %s", self.folder, error)
            await anyio.sleep(every)


def serve_all(inbox: Path | None, every: int) -> None:
    """Serve `ask/ask`, `act/act`, `ingest/ingest` and the scheduled `consolidate/consolidate`.

    Until stopped. With an inbox, its new files are ingested every `every` seconds.
    """
    import anyio

    anyio.run(_serve, inbox, every)


async def _serve(inbox: Path | None, every: int) -> None:
    import anyio
    from prefect.client.orchestration import get_client

    from tasks.worker import WarmWorker

    async with get_client() as client:
        await make_pool(client)
        asking, ingesting = await deploy()
        worker = WarmWorker(POOL, {asking: ask}, AT_ONCE)
        _say(
            "serving ask/ask, act/act, ingest/ingest and consolidate/consolidate"
            + (f", and {inbox}" if inbox else "")
        )
        try:
            async with anyio.create_task_group() as group:
                if inbox is not None:
                    group.start_soon(Inbox(inbox.resolve(), ingesting).watch, client, every)
                group.start_soon(partial(worker.start, printer=log.info))
                group.start_soon(_tell_the_end)
        finally:
            with anyio.CancelScope(shield=True):
                await tell_cut_off(client, worker.cut_off)


async def _tell_the_end() -> None:
    import anyio

    try:
        await anyio.sleep_forever()
    finally:
        _say("stopping; questions that are being answered are finished first")


async def tell_cut_off(client: PrefectClient, runs: Collection[UUID]) -> None:
    """Say of runs that ended with us that they did: else they seem to go on for ever."""
    from prefect.states import Crashed

    for run in runs:
        state = Crashed(message="`backtrail serve` was stopped; the next one goes on from there")
        await client.set_flow_run_state(run, state, force=True)


async def deploy() -> tuple[UUID, UUID]:
    """Make or renew the deployments in the work pool; gives the ids of asking and ingesting."""
    from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
    from prefect.types.entrypoint import EntrypointType

    in_a_process = {
        "command": f"{sys.executable} -m prefect.engine",
        "working_dir": str(ROOT),
        "stream_output": False,  # the server has its lines
    }
    asking = await ask.ato_deployment(
        "ask",
        description="Answer a question about remembered videos.",
        work_pool_name=POOL,
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    ingesting = await ingest.ato_deployment(
        "ingest",
        description="Remember videos.",
        schedules=[],  # earlier versions had one for the inbox
        concurrency_limit=1,
        work_pool_name=POOL,
        job_variables=in_a_process,
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    consolidating = await consolidate.ato_deployment(
        "consolidate",
        description="Organise memory: facts, names, and what repeats.",
        interval=load_settings().memory.every,
        concurrency_limit=ConcurrencyLimitConfig(
            limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW
        ),
        work_pool_name=POOL,
        job_variables=in_a_process,
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    acting = await act.ato_deployment(
        "act",
        description="Make something of videos, pictures and sounds.",
        work_pool_name=POOL,
        job_variables=in_a_process,  # a run that is cancelled ends its tools at once
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    await consolidating.aapply()
    await acting.aapply()
    return await asking.aapply(), await ingesting.aapply()


async def make_pool(client: PrefectClient) -> None:
    """The work pool, where there is none yet."""
    from prefect.client.schemas.actions import WorkPoolCreate
    from prefect.exceptions import ObjectAlreadyExists

    from tasks.worker import WarmWorker

    template = WarmWorker.get_default_base_job_template()
    try:
        await client.create_work_pool(
            WorkPoolCreate(name=POOL, type=WarmWorker.type, base_job_template=template)
        )
    except ObjectAlreadyExists:
        return


def _say(line: str) -> None:
    say(line, err=True)
