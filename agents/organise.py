"""The verb organise: every video of a workspace, its facts and mentions, and what repeats."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agents.runtime import Run, Runtime, directly
from memory.file_names import displayed
from memory.organise.consolidate import Report, consolidate_video
from memory.organise.organise import organise_video
from memory.records import Video
from memory.sharing.access import own_videos


def organise(runtime: Runtime, *, dry: bool = False, run: Run = directly) -> dict[str, Any]:
    """Organise all videos of the workspace; with `dry` nothing is written and it says what would.

    Done again it changes nothing. A video that is forgotten meanwhile is passed over.

    Returns:
        The documented object: an entry per video under `videos`, sums under `total`.
    """
    store, tenant = runtime.store, runtime.spec.tenant
    entries: list[dict[str, Any]] = []
    for video in [video for video in own_videos(store, tenant) if video.active_key]:
        title = f"consolidate {displayed(video.name)}"
        entries.append(run(title, _step(runtime, video, dry)))
    names = ("rows", "searched", "behind", "changed", "facts", "mentions", "reopened")
    total = {name: sum(int(entry.get(name, 0)) for entry in entries) for name in names}
    if total["changed"] and not dry:
        store.optimise_when_due()
    return {"dry_run": dry, "videos": entries, "total": total}


def _step(runtime: Runtime, video: Video, dry: bool) -> Callable[[], dict[str, Any]]:
    def step() -> dict[str, Any]:
        store, parts = runtime.store, runtime.spec.organise
        done: dict[str, Any] = {} if dry else organise_video(store, video, parts)
        report: Report = consolidate_video(
            store, video.tenant, video.video_id, parts.consolidate, dry=dry
        )
        return {"video_id": video.video_id, "video": video.name, **report.to_json(), **done}

    return step
