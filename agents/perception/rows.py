"""Turns percepts into memory rows: ids, thumbnails and vectors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Unpack

from agents.models.images import as_jpeg
from agents.models.ports import Image, TextEncoder
from agents.perception.records import Percept
from memory.as_of import COMPOSED, known_at
from memory.details import Details
from memory.errors import StoreUnavailable
from memory.records import (
    LOOKS_KEY,
    Kind,
    Level,
    Memory,
    MemoryExtras,
    Node,
    Owner,
    Producer,
    Span,
    Window,
)

PIPELINE = "8"
"""Version of perception as a whole: raise it when the same parameters give other rows."""

THUMBNAIL_QUALITY = 80
"""Of JPEG, 0 to 100."""

LINE_LENGTH = 64
"""Most sources a composed row lists."""


def rows_of(percepts: Sequence[Percept], window: Window, thumbnails: Path | None) -> list[Memory]:
    """Rows of one window. Thumbnails are written before the rows that name them."""
    return _rows(
        percepts,
        Owner(window.tenant, window.video_id, window.perception_key),
        window.window_id,
        "",
        thumbnails,
    )


def written_rows(
    percepts: Sequence[Percept], window: Window, thumbnails: Path | None
) -> list[Memory]:
    """Rows of one window, with their pictures written.

    Raises:
        StoreUnavailable: a picture cannot be written.
    """
    try:
        return rows_of(percepts, window, thumbnails)
    except OSError as error:
        raise StoreUnavailable(
            f"a picture could not be written: {error}",
            "free some disk space or make the folder writable, then run the same command again",
        ) from error


def with_details(row: Memory, more: Details) -> Memory:
    """The row with more in its details."""
    return replace(row, details={**row.details, **more})


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
    """The rows with a text vector wherever there is text; one that is there stays."""
    texts = [row.text for row in rows if row.text and row.text_vector is None]
    vectors = iter(encoder.encode(texts)) if texts else iter(())
    return [
        replace(row, text_vector=next(vectors)) if row.text and row.text_vector is None else row
        for row in rows
    ]


def text_row(
    owner: Owner,
    node: Node,
    kind: Kind,
    text: str,
    sources: Sequence[Memory],
    model: str = COMPOSED,
) -> Memory:
    """A caption or summary of a whole node, made from the rows in `sources`."""
    row = composed_row(owner, node.level, kind, node.span, text, sources, model)
    return replace(row, node_id=node.node_id)


def composed_row(
    owner: Owner,
    level: Level,
    kind: Kind,
    span: Span,
    text: str,
    sources: Sequence[Memory],
    model: str,
    *,
    ordinal: int = 0,
    **extras: Unpack[MemoryExtras],
) -> Memory:
    """A row of any span, made from the rows in `sources`; it is known when all of them are."""
    known = max([span.end, *(known_at(row) or row.span.end for row in sources)])
    own: Details = {**extras.get("details", {}), "known_at": known}
    made: MemoryExtras = {
        **extras,
        "details": own,
        "source_ids": tuple(row.memory_id for row in sources[:LINE_LENGTH]),
        "created_at": _now(),
    }
    return Memory.make(
        owner,
        level,
        kind,
        span,
        text,
        Producer(model, "", PIPELINE),
        made_for=owner.perception_key,
        ordinal=ordinal,
        **made,
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
    row = Memory.make(
        owner,
        percept.level,
        percept.kind,
        percept.span,
        percept.text,
        producer,
        made_for=instruction or owner.perception_key,
        ordinal=ordinal,
        window_id=window_id,
        confidence=round(percept.confidence, 4),
        instruction=instruction,
        details=percept.details,
        created_at=_now(),
        image_vector=percept.image_vector,
        text_aligned_vector=percept.text_aligned_vector,
        image_hash=percept.image_hash,
    )
    if percept.image is None or thumbnails is None:
        return row
    thumbnail = f"{owner.video_id}/{row.memory_id}.jpg"
    save_thumbnail(percept.image, thumbnails / thumbnail)
    return replace(row, thumbnail=thumbnail)


def save_thumbnail(image: Image, path: Path, side: int = 320) -> None:
    """Write a small JPEG; the file appears whole or not at all."""
    data = as_jpeg(image, side, THUMBNAIL_QUALITY)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    try:
        partial.write_bytes(data)
        partial.replace(path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise


def _order(percept: Percept) -> tuple[object, ...]:
    return percept.span, percept.kind, percept.text or ""


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
