"""Ingest, step by step and without Prefect: prepare, then window by window, then finish.

The ledger is the only truth of what is done: rows of a window are written first, its `done` last.
Every step can be killed and repeated; it then writes the same rows again under the same ids.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from agents import captions
from agents.errors import AgentsError
from agents.models.ports import Models, Utterance
from agents.perception.records import Parameters, Probe, Sample
from agents.remember import LINE_LENGTH, PIPELINE, embed_texts, rows_of, stitched, text_row
from agents.tree import Holders, Owner, build_tree
from memory.records import (
    SECOND,
    Kind,
    Level,
    Memory,
    Node,
    Span,
    Video,
    Window,
    WindowStatus,
    content_id,
    file_digest,
)

if TYPE_CHECKING:
    from memory.lance.store import Store

log = logging.getLogger(__name__)

SUMMARY_WORDS = {Level.SCENE: 40, Level.CHAPTER: 80, Level.VIDEO: 120}


@dataclass(frozen=True, slots=True)
class Job:
    """One file's ingest: what it is, and the windows it is cut into."""

    video: Video
    probe: Probe
    perception_key: str
    parameters: Parameters
    windows: tuple[Window, ...]
    complete: bool
    """Nothing is left to do: the active memory is already what these parameters ask for."""

    @property
    def open_windows(self) -> tuple[Window, ...]:
        """Windows that are not done; a failed one is tried again."""
        return tuple(w for w in self.windows if w.status != WindowStatus.DONE)


def prepare(store: Store, path: Path, tenant: str, parameters: Parameters, models: Models) -> Job:
    """Identify the file, register it and its windows. Costs one read of the file's bytes.

    Raises:
        MediaError: the file cannot be used; nothing was written.
    """
    from agents.perception.probe import probe

    found = probe(path, parameters.streams)
    digest = file_digest(path)
    video = _registered(store, path, tenant, digest, found)
    key, described = perception_key(video, path, parameters, models)
    windows = store.windows(tenant, video.video_id, key)
    if not windows:
        windows = plan_windows(video, key, parameters)
    complete = video.active_key == key and all(w.status == WindowStatus.DONE for w in windows)
    store.put_video(video)
    if not complete:
        store.put_windows(windows)
    log.debug("prepared %s under key %s (%s)", path, key, described)
    return Job(video, found, key, parameters, tuple(windows), complete)


def known_job(
    store: Store, path: Path, tenant: str, parameters: Parameters, models: Models
) -> Video | None:
    """The video, when this very file is already remembered under these parameters.

    Reads the file's bytes but decodes nothing; a new path of a known file is noted.
    """
    if not path.is_file():
        return None
    digest = file_digest(path)
    video = next((v for v in store.videos(tenant) if v.digest == digest), None)
    if video is None or video.active_key is None:
        return None
    key, _ = perception_key(video, path, parameters, models)
    windows = store.windows(tenant, video.video_id, key)
    if video.active_key != key or any(w.status != WindowStatus.DONE for w in windows):
        return None
    if str(path.resolve()) not in video.paths:
        video = replace(video, paths=(*video.paths, str(path.resolve())))
        store.put_video(video)
    return video


def perception_key(
    video: Video, path: Path, parameters: Parameters, models: Models
) -> tuple[str, str]:
    """The key of everything that decides what is perceived, and that as JSON."""
    from agents.perception.subtitles import sidecar_files

    names = [
        models.text_reader.name,
        models.transcriber.name if parameters.speech else "none",
        models.recogniser.name,
        models.image_encoder.name,
        models.text_encoder.name,
    ]
    sidecars = [file_digest(side) for side in sidecar_files(path)]
    described = json.dumps(
        {
            "parameters": asdict(parameters),
            "models": names,
            "sidecars": sidecars,
            "pipeline": PIPELINE,
        },
        sort_keys=True,
    )
    return content_id("p", video.tenant, video.video_id, described), described


def plan_windows(video: Video, key: str, parameters: Parameters) -> list[Window]:
    """Equal windows over the whole video; a short rest joins the last one."""
    size = round(parameters.window_seconds * SECOND)
    count = max(1, round(video.duration / size))
    edges = [index * size for index in range(count)] + [max(video.duration, 1)]
    return [
        Window(
            window_id=content_id("w", video.tenant, video.video_id, key, index),
            tenant=video.tenant,
            video_id=video.video_id,
            perception_key=key,
            index=index,
            span=Span(edges[index], edges[index + 1]),
            status=WindowStatus.PENDING,
        )
        for index in range(count)
    ]


def run_window(store: Store, job: Job, window: Window, models: Models) -> Window:
    """Perceive one window and write its rows, then its ledger entry.

    An expected failure becomes a `failed` entry with its reason: the rest stays usable.
    """
    from agents.perception.window import perceive

    attempt = replace(window, attempts=window.attempts + 1)
    began = time.monotonic()
    try:
        seen = perceive(job.probe, window.span, models, job.parameters, subtitles=_subtitles(job))
        rows = rows_of(seen.percepts, window, store.thumbnails)
        store.replace_window(window, embed_texts(rows, models.text_encoder))
    except (AgentsError, OSError, ValueError) as error:
        log.warning("window %d of %s failed: %s", window.index, job.video.name, error)
        failed = replace(attempt, status=WindowStatus.FAILED, reason=str(error))
        store.mark_window(failed)
        return failed
    report = {
        "cuts": list(seen.cuts),
        "samples": captions.sample_json(seen.samples),
        "end": seen.end,
        "notes": list(seen.notes),
        "seconds": round(time.monotonic() - began, 3),
    }
    done = replace(attempt, status=WindowStatus.DONE, reason="", report=json.dumps(report))
    store.mark_window(done)
    return done


def finish(store: Store, job: Job, models: Models) -> Video:
    """Build tree, captions and summaries over all windows, and make this memory active."""
    video, key = job.video, job.perception_key
    windows = store.windows(video.tenant, video.video_id, key)
    done = [w for w in windows if w.status == WindowStatus.DONE]
    rows = [r for r in _rows(store, video, key) if r.window_id]
    rows = _stitch(store, rows, windows)
    cuts = [cut for w in done for cut in json.loads(w.report)["cuts"]]
    duration = _heard_until(video, done, windows)
    owner = Owner(video.tenant, video.video_id, key)
    keyframes = [row for row in rows if row.kind == Kind.KEYFRAME]
    nodes = build_tree(owner, duration, cuts, keyframes)
    holders = Holders(nodes)
    placed = [replace(row, node_id=holders.of(row.span).node_id) for row in rows]
    samples = [sample for w in done for sample in captions.samples_of(w.report)]
    derived = embed_texts(_derived(nodes, placed, samples, owner), models.text_encoder)
    store.replace_nodes(video.tenant, video.video_id, key, nodes)
    store.put_memories([row for row, old in zip(placed, rows, strict=True) if row != old])
    store.replace_derived(video.tenant, video.video_id, key, derived)
    _, described = perception_key(video, job.probe.path, job.parameters, models)
    store.activate(video.tenant, video.video_id, key, described, duration)
    store.drop_superseded(video.tenant, video.video_id)
    store.optimise()
    return store.video(video.tenant, video.video_id)


def _registered(store: Store, path: Path, tenant: str, digest: str, found: Probe) -> Video:
    """The video's record with this path added, or a new record."""
    video_id = content_id("v", tenant, digest)
    known = next((v for v in store.videos(tenant) if v.video_id == video_id), None)
    here = str(path.resolve())
    if known is not None:
        return known if here in known.paths else replace(known, paths=(*known.paths, here))
    media = {
        "media": found.media,
        "width": found.width,
        "height": found.height,
        "fps": round(found.fps, 3),
        "codec": found.codec,
        "audio": found.audio_stream is not None,
        "notes": list(found.notes),
    }
    return Video(
        video_id=video_id,
        tenant=tenant,
        digest=digest,
        paths=(here,),
        duration=found.duration,
        size=path.stat().st_size,
        media=json.dumps(media),
        active_key=None,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _subtitles(job: Job) -> Sequence[Utterance]:
    """Subtitles inside or beside the file; they stand in for speech recognition."""
    from agents.perception.subtitles import subtitles

    return subtitles(job.probe)


def _rows(store: Store, video: Video, key: str) -> list[Memory]:
    from memory.records import Scope

    scope = Scope(video.tenant, (video.video_id,))
    return store.memories(scope, perception_key=key, with_vectors=True)


def _stitch(store: Store, rows: list[Memory], windows: Sequence[Window]) -> list[Memory]:
    """Join rows that a window's edge cut in two; joined rows are written before parts go."""
    edges = [window.span.end for window in windows[:-1]]
    joined, parts = stitched(rows, edges)
    if joined:
        store.put_memories(joined)
        store.delete_memories(rows[0].tenant, [part.memory_id for part in parts])
    gone = {part.memory_id for part in parts}
    kept = [row for row in rows if row.memory_id not in gone]
    fresh = {row.memory_id for row in kept}
    return sorted(
        kept + [row for row in joined if row.memory_id not in fresh],
        key=lambda row: (row.span, row.kind, row.memory_id),
    )


def _heard_until(video: Video, done: Sequence[Window], windows: Sequence[Window]) -> int:
    """The video's length; shorter than announced when its last window broke off."""
    if not done or done[-1].index != windows[-1].index:
        return video.duration
    end = int(json.loads(done[-1].report)["end"])
    return max(end, 1) if end < video.duration - SECOND else video.duration


def _derived(
    nodes: Sequence[Node], rows: Sequence[Memory], samples: Sequence[Sample], owner: Owner
) -> list[Memory]:
    """A caption for every shot, a summary for everything above it."""
    made: list[Memory] = []
    for node in nodes:
        if node.level == Level.FRAME:
            continue
        near = [row for row in rows if row.span.overlap(node.span) and row.text]
        if node.level == Level.SHOT:
            text, kind = captions.caption(node, near, samples), Kind.CAPTION
        else:
            text, kind = captions.summary(node, near, SUMMARY_WORDS[node.level]), Kind.SUMMARY
        if text:
            sources = tuple(row.memory_id for row in near[:LINE_LENGTH])
            made.append(text_row(owner, node, kind, text, sources))
    return made
