"""What a list of flow runs shows: how a run ended, and which videos it was about.

By the tags of its videos, what a server keeps of them can be forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from functools import partial, wraps
from logging import Logger, LoggerAdapter
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast
from uuid import UUID

from anyio import to_thread

from agents.ask.answer import Result
from agents.ingest.file import Progress
from flows.engine import flow_run
from memory.file_names import displayed

if TYPE_CHECKING:
    from prefect import Flow
    from prefect.client.orchestration import SyncPrefectClient

Params = ParamSpec("Params")
Value = TypeVar("Value")

PAGE = 200
"""Most runs or artifacts that a server returns at once."""
IDLE = "idle"
"""The tag of scheduled runs that found nothing to do."""
LONGEST = 1000
"""Characters of a state's message."""


def completed(value: Value, message: str) -> Value:
    """What a flow returns to end as Completed with a message.

    Typed as the value, as that is what Prefect then gives to the flow's caller. A retry ends
    without the message: where a state is returned, Prefect 3.8.8 raises the error of the attempt
    before.
    """
    from prefect.states import Completed

    if flow_run.get_run_count() > 1:
        return value

    return cast(Value, Completed(message=displayed(message)[:LONGEST], data=value))


def failed(error: Exception) -> Any:  # noqa: ANN401
    """What a flow returns to end as Failed with the message of an error, which its caller gets.

    Raised in the flow, the error would come with a traceback and with Prefect's words before it.
    """
    from prefect.states import Failed

    return Failed(message=displayed(str(error))[:LONGEST], data=error)


def log_progress(log: Logger | LoggerAdapter[Logger]) -> Progress:
    """Progress as log lines of the current run."""

    def say(name: str, stage: str, done: int, total: int) -> None:
        log.info("%s: %s %d/%d", name, stage, done, total)

    return say


def awaitable(named: Flow[Params, Value]) -> Callable[Params, Coroutine[Any, Any, Value]]:
    """A flow for callers that are async: it runs in a thread, inside the caller's flow if any.

    A caller that is cancelled waits until the run has ended.
    """
    call = cast("Callable[Params, Value]", named)

    @wraps(named.fn)
    async def run(*args: Params.args, **kwargs: Params.kwargs) -> Value:
        return await to_thread.run_sync(partial(call, *args, **kwargs))

    return run


def tag_of(tenant: str, video_id: str) -> str:
    """The tag that runs about a video bear; the UI filters by it."""
    return f"{tenant}/{video_id}"


def tag_run(tenant: str, ends: Iterable[str], videos: Iterable[tuple[str, str]]) -> None:
    """Tag the current flow run: how it ended, the names of its videos, and their ids.

    `videos` holds (video id, name).
    """
    from prefect.client.orchestration import get_client

    known = list(videos)
    names = [displayed(name) for _, name in known]
    ids = [tag_of(tenant, video_id) for video_id, _ in known if video_id]
    tags = list(dict.fromkeys((*ends, *names, *ids, *flow_run.get_tags())))
    if (run_id := flow_run.get_id()) and tags:
        with get_client(sync_client=True) as client:
            client.update_flow_run(UUID(str(run_id)), tags=tags)


def videos_of(result: Result) -> set[str]:
    """The videos that a result shows anything of."""
    cited = {item.video_id for item in result.evidence}
    visited = {str(place["video_id"]) for r in result.rounds if (place := r["segment"])}
    return cited | visited


def forget_runs(tenant: str, video_id: str) -> int:
    """Delete the runs about a video from the server, with their artifacts; returns how many."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterTags

    about = FlowRunFilter(tags=FlowRunFilterTags(all_=[tag_of(tenant, video_id)]))
    gone = 0
    with get_client(sync_client=True) as client:
        while runs := client.read_flow_runs(flow_run_filter=about, limit=PAGE):
            for run in runs:
                _forget_artifacts(client, run.id)
                client.delete_flow_run(run.id)
            gone += len(runs)
    return gone


def drop_idle_runs() -> None:
    """Delete earlier runs of the current deployment that found nothing to do."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas import filters
    from prefect.runtime import deployment

    own, current = deployment.get_id(), flow_run.get_id()
    if not own or not current:
        return
    idle = filters.FlowRunFilter(
        id=filters.FlowRunFilterId(not_any_=[UUID(current)]),
        deployment_id=filters.FlowRunFilterDeploymentId(any_=[UUID(own)]),
        tags=filters.FlowRunFilterTags(all_=[IDLE]),
    )
    with get_client(sync_client=True) as client:
        for run in client.read_flow_runs(flow_run_filter=idle, limit=PAGE):
            client.delete_flow_run(run.id)


def _forget_artifacts(client: SyncPrefectClient, run_id: UUID) -> None:
    """A deleted run leaves its artifacts behind, so they go first."""
    from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId

    of_run = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run_id]))
    while made := client.read_artifacts(artifact_filter=of_run, limit=PAGE):
        for artifact in made:
            client.delete_artifact(artifact.id)
