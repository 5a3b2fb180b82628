"""Stores with a few plain rows of a video, and the rows alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from memory.lance.store import LanceStore
from memory.records import (
    LOOKS_KEY,
    Kind,
    Level,
    Memory,
    Node,
    Producer,
    Span,
    Video,
    Window,
    WindowStatus,
)
from memory.store import EncoderTag, Store

TEXT, IMAGE = EncoderTag("words", 16), EncoderTag("pixels", 12, 10)
WHOLE = Span(0, 60_000_000)


def open_at(path: Path, thumbnails: Path | None = None) -> LanceStore:
    return LanceStore.open(str(path), text=TEXT, image=IMAGE, thumbnails=thumbnails)


def row(number: int, text: str | None, video: str = "v1", **more: object) -> Memory:
    base = Memory(f"m_{video}_{number}", "t", video, "k1", f"w_{video}", "n", Level.SHOT,
                  Kind.CAPTION, Span(number, number + 1), text, Producer("p"),
                  text_vector=np.ones(16, np.float32))  # fmt: skip
    return replace(base, **more)  # pyright: ignore[reportArgumentType]


def frame(video: str, thumbnail: str) -> Memory:
    return row(99, None, video, kind=Kind.KEYFRAME, text_vector=None,
               image_vector=np.ones(12, np.float32), thumbnail=thumbnail,
               text_aligned_vector=np.ones(10, np.float32))  # fmt: skip


def window(index: int, video: str = "v1") -> Window:
    return Window(f"w_{video}_{index}", "t", video, "k1", index, WHOLE, WindowStatus.DONE)


def fill(store: Store, video: str, words: str, count: int = 3) -> None:
    store.put_video(Video(video, "t", "d", (f"/{video}.mp4",), 1, 1, {}, "k1"))
    store.put_windows([window(0, video), window(1, video)])
    store.put_memories([row(n, f"{words} {n}", video) for n in range(count)])
    look = row(500, f"{words} look", video, perception_key=LOOKS_KEY, instruction="why")
    store.put_memories([look, frame(video, f"{video}/1.jpg")])
    node = Node(f"n_{video}", "t", video, "k1", Level.VIDEO, WHOLE, 0, None)
    store.replace_nodes("t", video, "k1", [node])
