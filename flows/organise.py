"""The flow that organises memory: facts, names and repeats of every video; a task for each."""

from __future__ import annotations

from typing import Any

from agents.organise import organise
from flows.engine import flow, get_run_logger
from flows.runs import completed, tag_run
from flows.wiring import runtime_of
from tasks.organise import consolidate_video
from tasks.titled import titled


@flow(name="consolidate", persist_result=False)
def consolidate(workspace: str | None = None, dry_run: bool = False) -> dict[str, Any]:
    """Organise what a workspace remembers; done again it changes nothing.

    Args:
        workspace: Whose memory; the configured workspace when empty.
        dry_run: Say what would change, and change nothing.
    """
    runtime = runtime_of(workspace)
    done = organise(runtime, dry=dry_run, run=titled(consolidate_video))
    total = done["total"]
    message = f"{total['changed']} rows changed, {total['searched']} of {total['rows']} searched"
    get_run_logger().info("%s", message)
    tag_run(runtime.spec.tenant, [], [(v["video_id"], v["video"]) for v in done["videos"]])
    return completed(done, message)
