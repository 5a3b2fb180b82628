"""Results of questions that were asked before, also by other programs."""

from __future__ import annotations

import json
from typing import Any

from flows.wiring import runtime_of
from memory.errors import UnknownMemory


def kept_result(run: object, workspace: str | None = None) -> dict[str, Any]:
    """The documented result of a question, by its `run_id` or by the id of its flow run.

    A deployment's caller gets the answer with it:
    `kept_result(run_deployment("ask/ask", parameters={"question": "..."}).id)`.

    Raises:
        UnknownMemory: no such run in the workspace; it may have been forgotten with its video.
    """
    runtime = runtime_of(workspace)
    for kept in reversed(runtime.store.runs(runtime.spec.tenant)):
        result = json.loads(kept.result)
        if str(run) in (kept.run_id, result["flow_run_id"]):
            return result
    raise UnknownMemory(
        f"the workspace {runtime.spec.tenant!r} keeps no run {run}",
        "it may have been forgotten with its video, or belong to another workspace",
    )
