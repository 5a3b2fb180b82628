"""The end of an ingest: tree, captions and summaries over all windows, and the flip to them.

Everything here is made anew from the rows of the windows and the ledger, so it can be killed and
repeated at any point.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import TYPE_CHECKING

from agents.ingest.compose import SUMMARY_WORDS, caption, samples_of, summary
from agents.ingest.events.changes import change_rows
from agents.ingest.events.counts import count_rows
from agents.ingest.events.voices import with_voices
from agents.ingest.stitch import stitched
from agents.ingest.tree import Holders, build_tree
from agents.ingest.windows import Job
from agents.models.ports import Models, words_of
from agents.perception.media.source import streams_of
from agents.perception.records import Probe, Sample
from agents.perception.roles.doubt import with_doubts
from agents.perception.roles.roles import with_roles
from agents.perception.rows import embed_texts, text_row
from memory.details import KeyParameters
from memory.records import (
    SECOND,
    Kind,
    Level,
    Memory,
    Node,
    Owner,
    Scope,
    Video,
    Window,
    WindowStatus,
)
from memory.store import Store

if TYPE_CHECKING:
    from agents.ingest.describe import Captioner

COVERED = 0.8
"""Share of a shot that models must have described for it to need no composed caption."""


def finish(store: Store, job: Job, models: Models, captioner: Captioner | None = None) -> Video:
    """Build tree, captions, summaries and facts over all windows, and make this memory active.

    What `captioner` fails to summarise is composed, and noted beside the active parameters.
    """
    video, key = job.video, job.perception_key
    owner = Owner(video.tenant, video.video_id, key)
    windows = store.windows(video.tenant, video.video_id, key)
    rows = _stitch(store, _rows(store, owner), windows, models)
    done = [w for w in windows if w.status == WindowStatus.DONE]
    cuts = [cut for w in done for cut in w.report.get("cuts", [])]
    duration = _lasts(video, windows)
    starts = [chapter.span.start for chapter in job.probe.chapters]
    keyframes = [row for row in rows if row.kind == Kind.KEYFRAME]
    nodes = build_tree(owner, duration, cuts, keyframes, starts)
    holders = Holders(nodes)
    placed = [replace(row, node_id=holders.of(row.span).node_id) for row in rows]
    placed = with_doubts(with_voices(placed, done), partial(words_of, models.text_encoder))
    placed = with_roles(placed)
    samples = [sample for w in done for sample in samples_of(w.report)]
    made, faults = _derived(nodes, placed, samples, owner, captioner)
    made += [
        replace(fact, node_id=holders.of(fact.span).node_id)
        for fact in _facts(done, placed, owner, job.parameters.summariser)
    ]
    made += _metadata(nodes, job.probe, owner)
    made += [
        replace(e, node_id=holders.of(e.span).node_id)
        for e in _events(job, placed, cuts, samples, duration)
    ]
    derived = embed_texts(made, models.text_encoder)
    store.replace_nodes(video.tenant, video.video_id, key, nodes)
    store.put_memories([row for row, old in zip(placed, rows, strict=True) if row != old])
    store.replace_derived(video.tenant, video.video_id, key, derived)
    _forget_other_looks(store, job)
    store.activate(video.tenant, video.video_id, key, _noted(job, faults), duration)
    store.drop_superseded(video.tenant, video.video_id)
    store.optimise_when_due()
    return store.video(video.tenant, video.video_id)


def _rows(store: Store, owner: Owner) -> list[Memory]:
    """What the windows wrote; what was derived from it is made anew."""
    scope = Scope(owner.tenant, (owner.video_id,))
    rows = store.memories(scope, perception_key=owner.perception_key, with_vectors=True)
    return [row for row in rows if row.window_id]


def _stitch(
    store: Store, rows: list[Memory], windows: Sequence[Window], models: Models
) -> list[Memory]:
    """Join rows that a window's edge cut in two; the parts go in the commit that joins them."""
    made, parts = stitched(rows, [window.span.end for window in windows[:-1]])
    if not made:
        return _in_order(rows)
    made = embed_texts(made, models.text_encoder)
    gone = {part.memory_id for part in parts}
    store.exchange_memories(rows[0].tenant, sorted(gone), made)
    kept = [row for row in rows if row.memory_id not in gone]
    return _in_order(kept + made)


def _in_order(rows: Sequence[Memory]) -> list[Memory]:
    """The same order whether rows were joined just now or by a run that was killed since."""
    return sorted(rows, key=lambda row: (row.span, row.kind, row.memory_id))


def _lasts(video: Video, windows: Sequence[Window]) -> int:
    """The video's length; shorter than announced when its stream broke off before the end."""
    for window in reversed(windows):
        if window.status != WindowStatus.DONE:
            return video.duration
        end = window.report.get("end", window.span.end)
        if end > window.span.start:
            return end if end < video.duration - SECOND else video.duration
    return video.duration


def _derived(
    nodes: Sequence[Node],
    rows: Sequence[Memory],
    samples: Sequence[Sample],
    owner: Owner,
    captioner: Captioner | None,
) -> tuple[list[Memory], list[str]]:
    """A caption for every shot that has none, a summary for everything above; what failed."""
    captions = _composed(nodes, rows, samples, owner)
    if captioner is None:
        return captions + _summaries(nodes, rows, owner), []
    from agents.ingest.summarise import summarised

    made, faults = summarised(nodes, [*rows, *captions], owner, captioner)
    return captions + made, faults


def _composed(
    nodes: Sequence[Node], rows: Sequence[Memory], samples: Sequence[Sample], owner: Owner
) -> list[Memory]:
    """Captions put together for the shots that no model described."""
    described = [row for row in rows if row.kind is Kind.CAPTION and row.level is Level.SCENE]
    made: list[Memory] = []
    for node in nodes:
        covered = sum(row.span.overlap(node.span) for row in described)
        if node.level is not Level.SHOT or covered >= COVERED * max(node.span.length, 1):
            continue
        near = _near(node, rows)
        if text := caption(node, near, samples):
            made.append(text_row(owner, node, Kind.CAPTION, text, near))
    return made


def _summaries(nodes: Sequence[Node], rows: Sequence[Memory], owner: Owner) -> list[Memory]:
    made: list[Memory] = []
    for node in nodes:
        if node.level not in SUMMARY_WORDS:
            continue
        near = _near(node, rows)
        if text := summary(node, near, SUMMARY_WORDS[node.level]):
            made.append(text_row(owner, node, Kind.SUMMARY, text, near))
    return made


def _near(node: Node, rows: Sequence[Memory]) -> list[Memory]:
    return [row for row in rows if row.span.overlap(node.span) and row.text]


def _facts(
    windows: Sequence[Window], rows: Sequence[Memory], owner: Owner, model: str
) -> list[Memory]:
    """The facts that models told of the windows, each once."""
    told = [fact for w in windows if "told" in w.report for fact in w.report["told"]["facts"]]
    if not told:
        return []
    from agents.ingest.facts import consolidated, fact_rows

    return fact_rows(consolidated(told, rows), owner, model)


def _metadata(nodes: Sequence[Node], probe: Probe, owner: Owner) -> list[Memory]:
    """What the file says about itself, as a row of the video, and the titles of its chapters."""
    titles = {chapter.span.start: chapter.title for chapter in probe.chapters}
    told: list[tuple[Node, str]] = []
    for node in nodes:
        if node.level is Level.VIDEO and probe.tags:
            lines = [f"{name.capitalize()}: {value}" for name, value in probe.tags]
            told.append((node, "\n".join(lines)))
        elif node.level is Level.CHAPTER and node.span.start in titles:
            told.append((node, f"Chapter: {titles[node.span.start]}"))
    return [text_row(owner, node, Kind.METADATA, text, (), "container") for node, text in told]


def _events(
    job: Job,
    rows: Sequence[Memory],
    cuts: Sequence[int],
    samples: Sequence[Sample],
    duration: int,
) -> list[Memory]:
    """What changes, where that is asked for, and how often things go through the picture."""
    owner = Owner(job.video.tenant, job.video.video_id, job.perception_key)
    counted = count_rows(rows, owner)
    if not job.parameters.changes:
        return counted
    return change_rows(rows, cuts, samples, duration, owner) + counted


def _noted(job: Job, faults: Sequence[str]) -> KeyParameters:
    """What the perception key stands for, the streams that were used, and what failed."""
    noted: KeyParameters = {**job.description, "used": asdict(job.probe.streams)}
    if faults:
        noted["faults"] = list(faults)
    return noted


def _forget_other_looks(store: Store, job: Job) -> None:
    """Delete what looks saw in another picture stream than this memory is made from."""
    video = store.video(job.video.tenant, job.video.video_id)
    if video.active_key is None or streams_of(video).video == job.probe.streams.video:
        return
    looks = store.looks(video.tenant, video.video_id)
    store.delete_memories(video.tenant, [row.memory_id for row in looks])
