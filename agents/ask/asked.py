"""Which videos a question is about, and the scope that holds them: in one query, however many."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from memory.records import Level, Memory, Scope, Span, Video
from memory.store import Store

NAMED = 256
"""Most videos that a scope lists by their ids."""


def asked_videos(
    store: Store, tenant: str, video_ids: Sequence[str]
) -> tuple[tuple[Video, ...], Scope]:
    """The videos of these ids in their order, and the scope of their rows.

    The scope of many names those that are left out instead, where they are fewer.

    Raises:
        UnknownVideo: when the tenant has none of an id.
    """
    are_few = len(video_ids) <= NAMED
    known = {v.video_id: v for v in store.videos(tenant, video_ids if are_few else ())}
    videos = tuple(known.get(v) or store.video(tenant, v) for v in video_ids)
    others = tuple(sorted(known.keys() - set(video_ids)))
    if are_few or len(others) > len(video_ids):
        return videos, Scope(tenant, tuple(video_ids))
    return videos, Scope(tenant, without=others)


def shots_of(store: Store, rows: Iterable[Memory]) -> dict[str, list[Span]]:
    """The shots of the videos of which single frames are among the rows."""
    frames = [row for row in rows if row.level is Level.FRAME]
    if not frames:
        return {}
    shots: dict[str, list[Span]] = {row.video_id: [] for row in frames}
    for node in store.nodes_of(frames[0].tenant, tuple(shots)):
        if node.level is Level.SHOT:
            shots[node.video_id].append(node.span)
    return shots
