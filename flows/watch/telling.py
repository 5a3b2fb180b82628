"""How a changed answer is told through Prefect: an event for automations, and an artifact."""

from __future__ import annotations

from typing import Any

from agents.runtime import Runtime
from agents.watch import Change
from flows.output.artifacts import inert
from flows.output.words import changed_line

EVENT = "backtrail.answer.changed"
"""What automations match; its resource is `RESOURCE` and the id of the watch."""
RESOURCE = "backtrail.watch."


def tell_change(runtime: Runtime, change: Change) -> None:
    """Emit the event and write the artifact of a change."""
    from prefect.artifacts import create_markdown_artifact
    from prefect.events import emit_event

    told = change.to_json()
    create_markdown_artifact(
        page(told), key=artifact_key(change.watch.watch_id), description=change.watch.question
    )
    emit_event(EVENT, resource=resource_of(runtime.spec.tenant, change), payload=payload_of(told))


def artifact_key(watch_id: str) -> str:
    """The key of a watch's artifact: its versions are the history of its answers."""
    return watch_id.replace("_", "-")


def resource_of(tenant: str, change: Change) -> dict[str, str]:
    """What the event is about."""
    return {
        "prefect.resource.id": f"{RESOURCE}{change.watch.watch_id}",
        "prefect.resource.name": change.watch.question,
        "backtrail.workspace": tenant,
        "backtrail.status": change.finding.status,
    }


def payload_of(told: dict[str, Any]) -> dict[str, Any]:
    """What an event carries: no word of a video, since no server can forget an event."""
    names = ("watch_id", "status", "confidence", "video_id", "start", "end", "evidence", "run_id")
    return {name: told[name] for name in names}


def page(told: dict[str, Any]) -> str:
    """A change as a page."""
    before = f"Before: {inert(told['before'])}" if told["before"] else "There was none before."
    lines = [f"# {inert(told['question'])}", "", f"**{inert(told['answer'])}**", "", before, ""]
    return "\n".join([*lines, inert(changed_line(told)), ""])
