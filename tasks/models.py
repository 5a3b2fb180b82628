"""What calls of models get when they are made inside a flow run: shared queues, durable execution.

Prefect is imported only where it already runs, so plain runs do not wait for it.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from agents.models.openai_compatible.middleware import Middleware

if TYPE_CHECKING:
    from pydantic_ai.capabilities import AgentCapability
    from pydantic_ai.durable_exec.prefect import TaskConfig

GRACE = 60.0
"""Seconds after which the place of a call that cannot be under way any more is given free."""


@lru_cache(maxsize=8)
def middleware_in_flows(folder: Path) -> Middleware:
    """Queues shared by all flow runs of a server, and replies that a retried flow run finds again.

    Args:
        folder: Where replies are kept for retries.
    """
    return Middleware(shared_slot, partial(durability, folder))


def in_flow() -> bool:
    """Whether this is inside a flow run."""
    if "prefect" not in sys.modules:
        return False
    from prefect.context import FlowRunContext

    return FlowRunContext.get() is not None


@contextmanager
def shared_slot(name: str, places: int, seconds: float) -> Generator[None]:
    """One of `places` places under a name that all flow runs of a Prefect server share.

    The limit is made at the server when it is absent; changed there, it stays so. Outside of a flow
    run there is no queue.

    Raises:
        TimeoutError: no place became free within `seconds`.
    """
    if not in_flow():
        yield
        return
    from prefect.concurrency.asyncio import ConcurrencySlotAcquisitionError
    from prefect.concurrency.sync import concurrency

    place = partial(
        concurrency, name, strict=True, timeout_seconds=seconds, lease_duration=seconds + GRACE
    )
    with ExitStack() as held:
        try:
            held.enter_context(place())
        except ConcurrencySlotAcquisitionError:
            make_limit(name, places)
            held.enter_context(place())
        yield


def make_limit(name: str, places: int) -> None:
    """Make a limit at the server, unless another run just did."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.actions import GlobalConcurrencyLimitCreate
    from prefect.exceptions import ObjectAlreadyExists

    made = GlobalConcurrencyLimitCreate(name=name, limit=places)
    with get_client(sync_client=True) as client:
        try:
            client.create_global_concurrency_limit(made)
        except ObjectAlreadyExists:
            return


def durability(folder: Path) -> tuple[AgentCapability[object], ...]:
    """Calls as tasks whose replies a retry of the flow run finds again; nothing outside of one."""
    if not in_flow():
        return ()
    from pydantic_ai.durable_exec.prefect import PrefectDurability

    return (PrefectDurability[object](model_task_config=_kept_in(folder)),)


def _kept_in(folder: Path) -> TaskConfig:
    """Replies in a folder of our own, in files named by flow run: `forget` must find them.

    Retries are off: the transport is the one layer that retries.
    """
    from prefect.cache_policies import CacheKeyFnPolicy
    from prefect.context import TaskRunContext
    from pydantic_ai.durable_exec.prefect import DEFAULT_PYDANTIC_AI_CACHE_POLICY, TaskConfig

    def named(context: TaskRunContext, inputs: dict[str, object]) -> str | None:
        key = DEFAULT_PYDANTIC_AI_CACHE_POLICY.compute_key(context, inputs, {})
        run = context.task_run.flow_run_id
        return f"{run}-{key}" if key else None

    policy = CacheKeyFnPolicy(cache_key_fn=named)
    return TaskConfig(retries=0, cache_policy=policy, persist_result=True, result_storage=folder)


def drop_replies(folder: Path, flow_run_id: str = "") -> int:
    """Delete the replies kept for retries, of one flow run or of all; returns how many."""
    gone = [path for path in folder.glob(f"{flow_run_id}*") if path.is_file()]
    for path in gone:
        path.unlink(missing_ok=True)
    return len(gone)
