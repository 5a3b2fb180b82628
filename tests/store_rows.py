"""Rows, frames and records with little to say, for tests of the store."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from memory.records import (
    Hit,
    Kind,
    Level,
    Memory,
    Owner,
    Producer,
    Span,
    Vector,
    Video,
    Window,
    WindowStatus,
)
from memory.store import EncoderTag, Store

TEXT, IMAGE = EncoderTag("words-64", 64), EncoderTag("pixels-48", 48, 32)
MADE_BY = Producer("scripted", "{}")
TENANT = 'o\'hara "x" \\ ; DROP'


def axis(index: int, length: int) -> Vector:
    vector = np.zeros(length, np.float32)
    vector[index] = 1
    return vector


def row(
    text: str | None,
    start: float = 0,
    end: float = 1,
    *,
    tenant: str = TENANT,
    video: str = "v1",
    key: str = "k1",
    window: str = "w1",
    level: Level = Level.SHOT,
    kind: Kind = Kind.CAPTION,
    instruction: str = "",
    vector: Vector | None = None,
    image: Vector | None = None,
    aligned: Vector | None = None,
    thumbnail: str | None = None,
) -> Memory:
    span = Span.of_seconds(start, end)
    made_by = replace(MADE_BY, parameters=f"{key}{text}")
    return Memory.make(
        Owner(tenant, video, key), level, kind, span, text, made_by, made_for=instruction,
        window_id=window, node_id="n", confidence=0.5, source_ids=("a", "b"),
        instruction=instruction, details={"language": "en"}, text_vector=vector, image_vector=image,
        text_aligned_vector=aligned, thumbnail=thumbnail,
    )  # fmt: skip


def frame(start: float, image: Vector, aligned: Vector, **more: object) -> Memory:
    base = row(None, start, start + 0.04, level=Level.FRAME, kind=Kind.KEYFRAME, image=image,
               aligned=aligned, thumbnail=f"v1/{start}.jpg")  # fmt: skip
    return replace(base, image_hash="00ff", **more)  # pyright: ignore[reportArgumentType]


def video(video_id: str = "v1", tenant: str = TENANT, *paths: str) -> Video:
    return Video(video_id, tenant, "d", paths or (f"/films/{video_id}.mp4",), 60_000_000, 9, {},
                 None)  # fmt: skip


def window(index: int = 0, window_id: str = "w1", key: str = "k1") -> Window:
    span = Span.of_seconds(index * 30, index * 30 + 30)
    return Window(window_id, TENANT, "v1", key, index, span, WindowStatus.PENDING)


def active(store: Store, video_id: str = "v1", key: str = "k1", tenant: str = TENANT) -> None:
    store.put_video(video(video_id, tenant))
    store.activate(tenant, video_id, key, {"pipeline": "1"}, 61_000_000)


def ids(found: list[Memory] | list[Hit]) -> set[str]:
    return {(one.memory if isinstance(one, Hit) else one).memory_id for one in found}
