"""`backtrail memory uses`: which rows answers rest on."""

from __future__ import annotations

from datetime import UTC, datetime

from flows.cli.shell import DONE, print_json
from flows.output.terminal import say
from flows.output.words import counted
from flows.wiring import runtime_of
from memory.organise.verbs import uses


def run_uses(limit: int, workspace: str | None, as_json: bool) -> int:
    """Print the rows that answers cited, with how often and how lately."""
    runtime = runtime_of(workspace)
    found = uses(runtime.store, runtime.spec.tenant, datetime.now(UTC))[:limit]
    names = {v.video_id: v.name for v in runtime.store.videos(runtime.spec.tenant)}
    if as_json:
        print_json({"uses": [use.to_json(names) for use in found]})
        return DONE
    for use in found:
        where = names.get(use.video_id, use.video_id)
        often = f"{counted(use.uses, 'time')}, last {use.last[:10]}"
        say(f"{use.strength:6.2f}  {often}  {use.memory_id}  {where}")
    if not found:
        say("no answer has cited anything yet")
    return DONE
