"""The flows of organised memory: consolidating it, and telling what it knows as artifacts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from agents.ask.when import range_of
from agents.organise import organise
from flows.engine import flow, get_run_logger
from flows.runs import completed, tag_run
from flows.wiring import runtime_of
from memory.organise import verbs
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


@flow(name="about", persist_result=False)
def about(name: str, when: str = "", workspace: str | None = None) -> dict[str, Any]:
    """Everything known of a name over all videos, as an artifact and as the documented object.

    Args:
        name: Who or what, under any of its names.
        when: Wall-clock time in words or as a date: only what was recorded then; all when empty.
        workspace: Whose memory; the configured workspace when empty.
    """
    from flows.output.memory_pages import about_markdown

    store, tenant = (runtime := runtime_of(workspace)).store, runtime.spec.tenant
    within = range_of(when, datetime.now()) if when else None  # as people around here say it
    found = verbs.about_whom(store, tenant, name, when=within)
    names = {video.video_id: video.name for video in store.videos(tenant)}
    told = [*(m.video_id for m in found.moments), *(f.video_id for f in found.facts)]
    _show(tenant, about_markdown(found, names), "about", name, told, names)
    return completed(found.to_json(names), f"{len(found.moments)} moments of {name}")


@flow(name="facts", persist_result=False)
def facts(
    words: str = "", videos: list[str] | None = None, workspace: str | None = None
) -> dict[str, Any]:
    """What holds and what held, as an artifact and as the documented object.

    Args:
        words: Only facts with these words; all when empty.
        videos: Ids, names or paths of the videos that may tell; all when empty.
        workspace: Whose memory; the configured workspace when empty.
    """
    from flows.output.memory_pages import facts_markdown

    store, tenant = (runtime := runtime_of(workspace)).store, runtime.spec.tenant
    ids = [store.find_video(tenant, each).video_id for each in videos or ()]
    found = verbs.facts(store, tenant, videos=ids, words=words, history=True)
    names = {video.video_id: video.name for video in store.videos(tenant)}
    told = [key for fact in found for key in (fact.video_id, fact.ended_in) if key]
    _show(tenant, facts_markdown(found, names), "facts", words or "all facts", told, names)
    return completed({"facts": [fact.to_json(names) for fact in found]}, f"{len(found)} facts")


def _show(
    tenant: str, page: str, key: str, what: str, ids: Iterable[str], names: dict[str, str]
) -> None:
    """Write an artifact, and tag the run with its videos, so that `forget` finds it."""
    from prefect.artifacts import create_markdown_artifact

    create_markdown_artifact(page, key=key, description=what)
    tag_run(tenant, [], [(each, names.get(each, each)) for each in dict.fromkeys(ids)])
