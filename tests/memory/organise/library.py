"""Rows and stores for tests of what organises memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from memory.lance.store import LanceStore
from memory.organise.organise import organise_video
from memory.organise.parts import ALL_ON, Parts
from memory.records import Kind, Level, Memory, Owner, Producer, Span, Video
from memory.store import EncoderTag, Store

TAG = EncoderTag("words", 16)
TENANT, KEY = "home", "k"


def open_at(folder: Path, *, consolidated: bool = True) -> Store:
    return LanceStore.open(str(folder / "store"), text=TAG, image=TAG, consolidated=consolidated)


def said(start: float, text: str, video: str = "v1", tenant: str = TENANT, **more: Any) -> Memory:
    return told(Kind.SPEECH, start, start + 2, text, video, tenant, **more)


def shown(
    start: float, end: float, *lines: tuple[str, float], video: str = "v1", tenant: str = TENANT
) -> Memory:
    """Text on screen; each line with the top of its box."""
    boxes = [{"text": text, "confidence": 0.9, "box": [0.1, top, 0.6, top + 0.1]}
             for text, top in lines]  # fmt: skip
    text = "\n".join(text for text, _ in lines)
    return told(Kind.SCREEN_TEXT, start, end, text, video, tenant, details={"lines": boxes})


def told(
    kind: Kind,
    start: float,
    end: float,
    text: str,
    video: str = "v1",
    tenant: str = TENANT,
    level: Level = Level.SHOT,
    **more: Any,
) -> Memory:
    owner = Owner(tenant, video, KEY)
    return Memory.make(owner, level, kind, Span.of_seconds(start, end), text, Producer("test"),
                       made_for=text, window_id="w", node_id="n", **more)  # fmt: skip


def film(store: Store, *rows: Memory, parts: Parts = ALL_ON, recorded_at: str = "") -> Video:
    """Remember the rows of one video and organise it."""
    tenant, video_id = rows[0].tenant, rows[0].video_id
    length = max(row.span.end for row in rows)
    paths = (f"/films/{video_id}.mp4",)
    video = Video(video_id, tenant, "d", paths, length, 1, {}, KEY, recorded_at=recorded_at)
    store.put_video(video)
    store.put_memories(rows)
    store.optimise()
    organise_video(store, store.video(tenant, video_id), parts)
    return video
