"""`backtrail memory erase`: a workspace is forgotten whole."""

from __future__ import annotations

from agents.errors import UsageError
from agents.runtime import Runtime
from flows.cli.prefect_server import forget_in_prefect
from flows.cli.shell import DONE, FAILED, print_json
from flows.endpoints import forget_replies
from flows.output.terminal import say
from flows.output.words import counted
from flows.wiring import runtime_of
from memory.organise.records import RECORDS
from memory.records import Scope, content_id
from memory.sharing.access import own_videos


def run_erase(yes: bool, workspace: str | None, as_json: bool) -> int:
    """Forget a workspace and say what went; without `yes` nothing goes."""
    runtime = runtime_of(workspace)
    store, tenant = runtime.store, runtime.spec.tenant
    videos = own_videos(store, tenant)
    if not yes:
        those = f"{counted(len(videos), 'video')} of {tenant!r}"
        said = f"{those} and all else that it remembers would be forgotten"
        raise UsageError(said, "say --yes")
    # Prefect first: where its server does not answer, nothing is removed and all can be retried
    runs = sum(forget_in_prefect(tenant, video_id) for video_id in sorted(_tags(runtime)))
    gone = store.erase(tenant) | {"flow runs": runs}
    gone["replies"] = sum(forget_replies(video.video_id) for video in videos)
    if as_json:
        print_json({"workspace": tenant, "removed": gone})
    else:
        say(f"forgot {tenant!r}: " + ", ".join(f"{n} {what}" for what, n in gone.items()))
    return FAILED if _is_left(runtime) else DONE


def _tags(runtime: Runtime) -> set[str]:
    """What flow runs of the workspace are tagged with: its videos, and what it made things of."""
    store, tenant = runtime.store, runtime.spec.tenant
    inputs = [one["asset_id"] for run in store.actions(tenant) for one in run.result["inputs"]]
    made = {content_id("v", tenant, asset_id) for asset_id in inputs}
    return made | {video.video_id for video in own_videos(store, tenant)}


def _is_left(runtime: Runtime) -> bool:
    store, tenant = runtime.store, runtime.spec.tenant
    rows = [*store.memories(Scope(tenant), limit=1), *store.actions(tenant), *store.runs(tenant)]
    return bool(rows) or any(store.notebook.find(kind, tenant) for kind in RECORDS)
