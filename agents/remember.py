"""Turns percepts into memory rows: ids, thumbnails, vectors, and joints across window edges."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from rapidfuzz import fuzz

from agents.models.ports import Image, TextEncoder
from agents.perception.records import Percept
from agents.tree import Owner
from memory.records import (
    LOOKS_KEY,
    SECOND,
    Kind,
    Memory,
    Node,
    Producer,
    Window,
    memory_id,
)

PIPELINE = "1"
"""Version of perception as a whole: raise it when the same parameters give other rows."""

LINE_LENGTH = 64
"""Most sources a composed row lists."""

SAME_TEXT = 85
"""Similarity, 0 to 100, above which texts on both sides of a window's edge are one."""


def rows_of(percepts: Sequence[Percept], window: Window, thumbnails: Path | None) -> list[Memory]:
    """Rows of one window. Thumbnails are written before the rows that name them."""
    return _rows(
        percepts,
        Owner(window.tenant, window.video_id, window.perception_key),
        window.window_id,
        "",
        thumbnails,
    )


def look_rows(
    percepts: Sequence[Percept],
    tenant: str,
    video_id: str,
    instruction: str,
    thumbnails: Path | None,
) -> list[Memory]:
    """Rows that a look found; they carry the instruction and no window."""
    return _rows(percepts, Owner(tenant, video_id, LOOKS_KEY), "", instruction, thumbnails)


def embed_texts(rows: Sequence[Memory], encoder: TextEncoder) -> list[Memory]:
    """The rows with a text vector wherever there is text."""
    texts = [row.text for row in rows if row.text]
    vectors = iter(encoder.encode(texts)) if texts else iter(())
    return [replace(row, text_vector=next(vectors)) if row.text else row for row in rows]


def text_row(owner: Owner, node: Node, kind: Kind, text: str, sources: tuple[str, ...]) -> Memory:
    """A caption or summary of a whole node, composed from the rows in `sources`."""
    producer = Producer("composed", "", PIPELINE)
    return Memory(
        memory_id=memory_id(
            owner.tenant,
            owner.video_id,
            node.level,
            kind,
            node.span,
            producer,
            instruction=owner.perception_key,
        ),
        tenant=owner.tenant,
        video_id=owner.video_id,
        perception_key=owner.perception_key,
        window_id="",
        node_id=node.node_id,
        level=node.level,
        kind=kind,
        span=node.span,
        text=text,
        producer=producer,
        source_ids=sources,
        created_at=_now(),
    )


def stitched(rows: Sequence[Memory], edges: Sequence[int]) -> tuple[list[Memory], list[Memory]]:
    """Rows joined over window edges, and the parts they replace.

    Two rows are one when they say the same and meet at an edge. Joining is repeated from left to
    right, so what lasts over several windows becomes one row; the result does not depend on how
    often this runs.
    """
    alive = {row.memory_id: row for row in rows}
    parts: dict[str, Memory] = {}
    made: dict[str, Memory] = {}
    for edge in sorted(edges):
        before = [r for r in alive.values() if _meets(r.span.end, edge) and r.span.start < edge]
        after = [r for r in alive.values() if _meets(r.span.start, edge) and r.span.end > edge]
        for left in sorted(before, key=lambda row: row.memory_id):
            right = next((r for r in after if _same(left, r)), None)
            if right is None:
                continue
            after.remove(right)
            whole = _joined(left, right)
            for part in (left, right):
                alive.pop(part.memory_id, None)
                if made.pop(part.memory_id, None) is None:
                    parts[part.memory_id] = part
            alive[whole.memory_id] = made[whole.memory_id] = whole
    return list(made.values()), list(parts.values())


def _meets(time: int, edge: int) -> bool:
    """Within a sample of the edge."""
    return abs(time - edge) <= SECOND // 2


def _same(one: Memory, other: Memory) -> bool:
    if one.kind != other.kind or one.kind not in (Kind.SCREEN_TEXT, Kind.OBJECTS):
        return False
    return fuzz.ratio(one.text or "", other.text or "") >= SAME_TEXT


def _joined(left: Memory, right: Memory) -> Memory:
    """One row over both; the surer reading wins."""
    span = left.span.hull(right.span)
    better = left if left.confidence >= right.confidence else right
    return replace(
        better,
        memory_id=memory_id(
            left.tenant,
            left.video_id,
            left.level,
            left.kind,
            span,
            left.producer,
            instruction=f"{left.perception_key} {better.text}",
        ),
        window_id=left.window_id,
        span=span,
        source_ids=(),
    )


def _rows(
    percepts: Sequence[Percept],
    owner: Owner,
    window_id: str,
    instruction: str,
    thumbnails: Path | None,
) -> list[Memory]:
    twins: Counter[tuple[object, ...]] = Counter()
    rows: list[Memory] = []
    for percept in sorted(percepts, key=_order):
        producer = Producer(percept.model, "", PIPELINE)
        same = (percept.level, percept.kind, percept.span, producer)
        rows.append(_row(percept, owner, window_id, instruction, producer, twins[same], thumbnails))
        twins[same] += 1
    return rows


def _row(
    percept: Percept,
    owner: Owner,
    window_id: str,
    instruction: str,
    producer: Producer,
    ordinal: int,
    thumbnails: Path | None,
) -> Memory:
    made_for = instruction or owner.perception_key
    key = memory_id(
        owner.tenant,
        owner.video_id,
        percept.level,
        percept.kind,
        percept.span,
        producer,
        instruction=made_for,
        ordinal=ordinal,
    )
    thumbnail = None
    if percept.image is not None and thumbnails is not None:
        thumbnail = f"{owner.video_id}/{key}.jpg"
        save_thumbnail(percept.image, thumbnails / thumbnail)
    return Memory(
        memory_id=key,
        tenant=owner.tenant,
        video_id=owner.video_id,
        perception_key=owner.perception_key,
        window_id=window_id,
        node_id="",
        level=percept.level,
        kind=percept.kind,
        span=percept.span,
        text=percept.text,
        producer=producer,
        confidence=round(percept.confidence, 4),
        instruction=instruction,
        details=json.dumps(percept.details, ensure_ascii=False, sort_keys=True),
        created_at=_now(),
        image_vector=percept.image_vector,
        text_aligned_vector=percept.text_aligned_vector,
        thumbnail=thumbnail,
        image_hash=percept.image_hash,
    )


def save_thumbnail(image: Image, path: Path, side: int = 320) -> None:
    """Write a small JPEG; the file appears whole or not at all."""
    import cv2

    height, width = image.shape[:2]
    scale = min(1.0, side / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA) if scale < 1 else image
    fine, data = cv2.imencode(".jpg", small[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 80])
    if not fine:
        raise ValueError(f"a picture of {width}x{height} pixels could not be written as JPEG")
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_bytes(np.asarray(data).tobytes())
    partial.replace(path)


def _order(percept: Percept) -> tuple[object, ...]:
    return percept.span, percept.kind, percept.text or ""


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
