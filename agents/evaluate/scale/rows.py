"""Made-up memory rows by the hundred thousand, written past the records for speed.

This and `measure.py` are the only measurements that reach past the port of the store: they switch
its indexes off and on, and hold its searches against a scan of everything.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownParameterType=false, reportUnknownArgumentType=false
# pyarrow ships no types.

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from memory.lance import upkeep
from memory.lance.connection import index_text
from memory.lance.schema import Role
from memory.lance.store import LanceStore
from memory.records import SECOND, Vector
from memory.store import EncoderTag

DIMENSION = 384
TENANTS = {"small": 0.01, "large": 0.30, "rest": 0.69}
"""Shares of the rows that workspaces have."""
PER_VIDEO = 100
WORDS = 20_000
"""Words of the made-up language; the n-th is as frequent as 1/n (Zipf)."""
TOPICS = 500
"""Centres around which vectors lie."""
BATCH = 20_000
REPEATED = 10
"""One row in so many is of those that another stands for."""
EMPTY = (
    "window_id",
    "node_id",
    "parameters",
    "pipeline",
    "instruction",
    "created_at",
)
TEXT, IMAGE = EncoderTag("made-up", DIMENSION), EncoderTag("none", 1, 1)


def open_at(path: Path) -> LanceStore:
    """A store for made-up rows."""
    return LanceStore.open(str(path), text=TEXT, image=IMAGE)


def write(store: LanceStore, rows: int, seed: int = 0) -> None:
    """Fill a new store: texts and videos of three workspaces, indexed by their words alone."""
    texts, videos = store.db.writing(Role.TEXTS), store.db.writing(Role.VIDEOS)
    rng = np.random.default_rng(seed)
    for batch in _batches(texts.schema, rows, rng):
        texts.add(batch)
    ids = [
        (tenant, f"{tenant}_{n:07}")
        for tenant, share in TENANTS.items()
        for n in range(-(-round(rows * share) // PER_VIDEO))
    ]
    made = [_video(tenant, video_id) for tenant, video_id in ids]
    videos.add(pa.Table.from_pylist(made, schema=videos.schema))
    index_text(texts)
    for role, table in ((Role.TEXTS, texts), (Role.VIDEOS, videos)):
        upkeep.compact(table, role)


def queries(count: int, seed: int = 1) -> Iterator[tuple[str, Vector]]:
    """Words and vectors as those of the rows."""
    rng = np.random.default_rng(seed)
    centres = _centres()
    for _ in range(count):
        yield _text(rng, 4), _vectors(rng, centres, 1)[0]


def _batches(schema: pa.Schema, rows: int, rng: np.random.Generator) -> Iterator[pa.Table]:
    centres = _centres()
    for tenant, share in TENANTS.items():
        count = round(rows * share)
        for first in range(0, count, BATCH):
            yield _batch(schema, tenant, range(first, min(count, first + BATCH)), rng, centres)


def _batch(
    schema: pa.Schema, tenant: str, numbers: range, rng: np.random.Generator, centres: Vector
) -> pa.Table:
    size = len(numbers)
    starts = np.asarray([n % PER_VIDEO * 5 * SECOND for n in numbers], dtype=np.int64)
    flat = pa.array(_vectors(rng, centres, size).reshape(-1))
    columns = {
        "tenant": [tenant] * size,
        "memory_id": [_id(tenant, n) for n in numbers],
        "video_id": [f"{tenant}_{n // PER_VIDEO:07}" for n in numbers],
        "perception_key": ["k"] * size,
        "level": ["shot"] * size,
        "kind": ["speech"] * size,
        "start_us": starts,
        "end_us": starts + 5 * SECOND,
        "text": [_text(rng, 12) for _ in numbers],
        "model": ["made up"] * size,
        "confidence": [1.0] * size,
        "details": ["{}"] * size,
        "superseded_by": [
            _id(tenant, n - 1) if n % REPEATED == REPEATED - 1 else "" for n in numbers
        ],
        "source_ids": [[]] * size,
        **{name: [""] * size for name in EMPTY},
        "text_vector": pa.FixedSizeListArray.from_arrays(flat, DIMENSION),
    }
    given = [
        pa.array(columns[field.name], type=field.type)
        if field.name in columns
        else pa.nulls(size, field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(given, schema=schema)


def _id(tenant: str, number: int) -> str:
    return f"m_{tenant}_{number:09}"


def _text(rng: np.random.Generator, words: int) -> str:
    drawn = np.minimum(WORDS - 1, (WORDS ** rng.random(words)).astype(int))
    return " ".join(f"w{word}" for word in drawn)


def _centres() -> Vector:
    return np.random.default_rng(7).normal(size=(TOPICS, DIMENSION)).astype(np.float32)


def _vectors(rng: np.random.Generator, centres: Vector, count: int) -> Vector:
    chosen = centres[rng.integers(0, len(centres), count)]
    noise = rng.normal(size=(count, DIMENSION)).astype(np.float32)
    return np.asarray(chosen + noise, dtype=np.float32)


def _video(tenant: str, video_id: str) -> dict[str, object]:
    return {
        "tenant": tenant,
        "video_id": video_id,
        "digest": video_id,
        "media": "{}",
        "active_key": "k",
        "active_parameters": "{}",
        "paths": [f"/{video_id}.mp4"],
        "duration": PER_VIDEO * 5 * SECOND,
        "size": 1,
        "created_at": "2026-01-01",
    }
