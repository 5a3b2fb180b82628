"""The end of an ingest: tree, captions and summaries over all windows, and the flip to them.

Everything here is made anew from the rows of the windows and the ledger, so it can be killed and
repeated at any point.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from agents.captions import caption, samples_of, summary
from agents.ingest import Job
from agents.models.ports import Models
from agents.perception.records import Sample
from agents.remember import embed_texts, text_row
from agents.stitching import stitched
from agents.tree import Holders, Owner, build_tree
from memory.records import (
    SECOND,
    Kind,
    Level,
    Memory,
    Node,
    Scope,
    Video,
    Window,
    WindowStatus,
)

if TYPE_CHECKING:
    from memory.lance.store import Store

SUMMARY_WORDS = {Level.SCENE: 40, Level.CHAPTER: 80, Level.VIDEO: 120}


def finish(store: Store, job: Job, models: Models) -> Video:
    """Build tree, captions and summaries over all windows, and make this memory active."""
    video, key = job.video, job.perception_key
    owner = Owner(video.tenant, video.video_id, key)
    windows = store.windows(video.tenant, video.video_id, key)
    rows = _stitch(store, _rows(store, owner), windows, models)
    done = [w for w in windows if w.status == WindowStatus.DONE]
    cuts = [cut for w in done for cut in json.loads(w.report)["cuts"]]
    duration = _lasts(video, windows)
    nodes = build_tree(owner, duration, cuts, [r for r in rows if r.kind == Kind.KEYFRAME])
    holders = Holders(nodes)
    placed = [replace(row, node_id=holders.of(row.span).node_id) for row in rows]
    samples = [sample for w in done for sample in samples_of(w.report)]
    derived = embed_texts(_derived(nodes, placed, samples, owner), models.text_encoder)
    store.replace_nodes(video.tenant, video.video_id, key, nodes)
    store.put_memories([row for row, old in zip(placed, rows, strict=True) if row != old])
    store.replace_derived(video.tenant, video.video_id, key, derived)
    store.activate(video.tenant, video.video_id, key, job.description, duration)
    store.drop_superseded(video.tenant, video.video_id)
    store.optimise()
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
        return rows
    made = embed_texts(made, models.text_encoder)
    gone = {part.memory_id for part in parts}
    store.exchange_memories(rows[0].tenant, sorted(gone), made)
    kept = [row for row in rows if row.memory_id not in gone]
    return sorted(kept + made, key=lambda row: (row.span, row.kind, row.memory_id))


def _lasts(video: Video, windows: Sequence[Window]) -> int:
    """The video's length; shorter than announced when its stream broke off before the end."""
    for window in reversed(windows):
        if window.status != WindowStatus.DONE:
            return video.duration
        end = int(json.loads(window.report)["end"])
        if end > window.span.start:
            return end if end < video.duration - SECOND else video.duration
    return video.duration


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
            text, kind = caption(node, near, samples), Kind.CAPTION
        else:
            text, kind = summary(node, near, SUMMARY_WORDS[node.level]), Kind.SUMMARY
        if text:
            made.append(text_row(owner, node, kind, text, near))
    return made
