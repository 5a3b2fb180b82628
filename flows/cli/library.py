"""`videos`, `show`, `clip`, `export` and `forget`: what is remembered, and what is done with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agents.errors import UnreadableMedia, UsageError
from agents.ingest.events.titles import titles_of
from agents.ingest.report import described_by, ledger
from agents.perception.media.source import probed, reachable
from agents.runtime import Runtime
from agents.text.clock import clock, clock_at, clock_span
from agents.upkeep import sweep_store
from flows.cli.prefect_server import forget_in_prefect
from flows.cli.shell import DONE, FAILED, print_json
from flows.endpoints import forget_replies
from flows.output.terminal import say
from flows.wiring import runtime_of
from memory.records import SECOND, Kind, Level, Memory, Node, Scope, Video
from memory.sharing.access import own_videos


def video_entries(runtime: Runtime) -> list[dict[str, Any]]:
    """The documented object of every video of the workspace."""
    entries: list[dict[str, Any]] = []
    for video in runtime.store.videos(runtime.spec.tenant):
        windows = Counter(str(w.status) for w in ledger(runtime, video, video.active_key))
        entries.append(
            {
                "video_id": video.video_id,
                "asset_id": video.digest,
                "video": video.name,
                "paths": list(video.paths),
                "duration": video.duration / SECOND,
                "bytes": video.size,
                "status": _status(video),
                "windows": {"done": windows["done"], "failed": windows["failed"]},
                "described": described_by(video),
                "created_at": video.created_at,
            }
        )
    return entries


def run_videos(workspace: str | None, as_json: bool) -> int:
    """One line per video."""
    runtime = runtime_of(workspace)
    entries = video_entries(runtime)
    if as_json:
        print_json({"videos": entries})
        return DONE
    for entry in entries:
        length = clock_at(entry["duration"])
        say(f"{entry['video_id']}  {length:>9}  {entry['status']:<10}  {entry['video']}")
    if not entries:
        say(f"the workspace {runtime.spec.tenant!r} remembers no video yet: backtrail ingest PATH")
    return DONE


def _status(video: Video) -> str:
    """Whether a video can be asked about."""
    if video.is_replaced:
        return "replaced"  # answers to its id only
    return "ready" if video.active_key else "unfinished"


def run_show(reference: str, workspace: str | None, as_json: bool) -> int:
    """The summary, the tree down to shots with captions, and the counts."""
    runtime = runtime_of(workspace)
    video = runtime.store.find_video(runtime.spec.tenant, reference)
    rows = runtime.store.memories(Scope(video.tenant, (video.video_id,)))
    nodes = runtime.store.nodes(video.tenant, video.video_id)
    texts = texts_of(nodes, rows)
    titles = titles_by_level(nodes, rows)
    described = described_by(video)
    counts = dict(sorted(Counter(str(row.kind) for row in rows).items()))
    tree = [n for n in nodes if n.level is not Level.FRAME]
    voices = voice_entries(rows)
    if as_json:
        shown = [
            {
                "node_id": n.node_id,
                "level": str(n.level),
                "start": n.span.start / SECOND,
                "end": n.span.end / SECOND,
                "title": titles.get(n.node_id, ""),
                "text": texts.get(n.node_id, ""),
            }
            for n in tree
        ]
        about = {"video_id": video.video_id, "video": video.name, **video.media}
        about["described"] = described
        about |= {"voices": voices} if voices else {}
        print_json(
            {**about, "duration": video.duration / SECOND, "memories": counts, "tree": shown}
        )
        return DONE
    say(f"{video.name}  {clock(video.duration)}  {video.video_id}")
    say("  " + ", ".join(f"{n} {kind}" for kind, n in counts.items()))
    if described["captioner"]:
        say(
            f"  {described['captions']} described by {described['captioner']}, "
            f"summaries and facts by {described['summariser']}"
        )
    for each in voices:
        first = clock_at(each["start"])
        say(f"  voice {each['voice']} from {first}: {each['rows']} rows, {each['seconds']} s")
    for node in sorted(tree, key=lambda n: (n.span.start, -n.level.rank)):
        indent = "  " * (Level.VIDEO.rank - node.level.rank + 1)
        title = f'"{titles[node.node_id]}"  ' if node.node_id in titles else ""
        told = texts.get(node.node_id, "")[:110]
        say(f"{indent}{node.level} {clock_span(node.span)}  {title}{told}")
    return DONE


def voice_entries(rows: Sequence[Memory]) -> list[dict[str, Any]]:
    """The documented object of each voice, in the order in which they first speak."""
    spoken: dict[str, list[Memory]] = {}
    for row in sorted(rows, key=lambda row: row.span):
        if row.voice:
            spoken.setdefault(row.voice, []).append(row)
    return [
        {
            "voice": voice,
            "rows": len(own),
            "seconds": round(sum(row.span.length for row in own) / SECOND, 1),
            "start": own[0].span.start / SECOND,
        }
        for voice, own in spoken.items()
    ]


def titles_by_level(nodes: Sequence[Node], rows: Sequence[Memory]) -> dict[str, str]:
    """What chapters and scenes are called."""
    named: dict[str, str] = {}
    for level in (Level.CHAPTER, Level.SCENE):
        named |= titles_of([node for node in nodes if node.level is level], rows)
    return named


def texts_of(nodes: Sequence[Node], rows: Sequence[Memory]) -> dict[str, str]:
    """What is told of each node: its summary or caption, else the caption that it lies in."""
    telling = [row for row in rows if row.kind.is_description and not row.is_look and row.text]
    told = {row.node_id: row for row in telling if row.level is Level.SHOT}
    told |= {row.node_id: row for row in telling if row.level is not Level.SHOT}
    told |= {row.node_id: row for row in telling if row.kind is Kind.SUMMARY}
    whole = [row for row in telling if row.kind is Kind.CAPTION and row.level is Level.SCENE]
    for node in nodes:
        around = [row for row in whole if row.span.overlap(node.span)]
        if node.level is Level.SHOT and node.node_id not in told and around:
            told[node.node_id] = max(around, key=lambda row: row.span.overlap(node.span))
    return {node_id: row.text or "" for node_id, row in told.items()}


def run_clip(evidence_id: str, out: Path | None, workspace: str | None, as_json: bool) -> int:
    """Cut the evidence out of the first known path that still holds the video."""
    from agents.perception.media.clip import cut

    runtime = runtime_of(workspace)
    row = runtime.store.memory(runtime.spec.tenant, evidence_id)
    video = runtime.store.video(row.tenant, row.video_id)
    path, note = reachable(video)
    if path is None:
        raise UnreadableMedia(note, "put the file back, or ingest it from its new place")
    made = cut(probed(video, path), row.span, out or Path(f"{row.memory_id}.mp4"))
    if as_json:
        start, end = row.span.seconds
        print_json({"clip": str(made), "memory_id": row.memory_id, "start": start, "end": end})
    else:
        say(str(made))
    return DONE


def run_export(reference: str, out: Path, workspace: str | None, as_json: bool) -> int:
    """Write the three files and name them."""
    from flows.output.export import export_video

    runtime = runtime_of(workspace)
    video = runtime.store.find_video(runtime.spec.tenant, reference)
    made = export_video(runtime.store, video, out)
    if as_json:
        print_json({"files": [str(path) for path in made]})
    else:
        for path in made:
            say(str(path))
    return DONE


def run_forget(reference: str, alone: bool, workspace: str | None, as_json: bool) -> int:
    """Forget one video and say what went; `alone`: no other program uses the store."""
    runtime = runtime_of(workspace)
    video = runtime.store.find_video(runtime.spec.tenant, reference)
    if video not in own_videos(runtime.store, video.tenant):
        said = f"{video.name} is another workspace's, which let {video.tenant!r} read it"
        raise UsageError(said, "let that workspace revoke it: what you looked at goes with it")
    # Prefect first: where its server does not answer, nothing is removed and all can be retried
    runs = forget_in_prefect(video.tenant, video.video_id)
    gone = runtime.store.forget(video.tenant, video.video_id) | {"flow runs": runs}
    gone["replies"] = forget_replies(video.video_id)
    if alone:
        sweep_store(runtime)
    left = runtime.store.memories(Scope(video.tenant, (video.video_id,)), limit=1)
    if as_json:
        print_json({"video_id": video.video_id, "removed": gone})
    else:
        say(f"forgot {video.name}: " + ", ".join(f"{n} {what}" for what, n in gone.items()))
    return FAILED if left else DONE
