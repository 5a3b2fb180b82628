# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyarrow ships no types.
"""Export of one video's memory: SRT to play, JSON to read, Parquet to compute with."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pysubs2

from memory.records import Memory, Scope, Video
from memory.store import Store


def export_video(store: Store, video: Video, folder: Path) -> list[Path]:
    """Write `<name>.srt`, `<name>.json` and `<name>.parquet`; existing files are replaced whole."""
    rows = store.memories(Scope(video.tenant, (video.video_id,)), with_vectors=True)
    folder.mkdir(parents=True, exist_ok=True)
    stem = Path(video.name).stem
    files = {
        ".srt": _srt(rows).encode(),
        ".json": _json(video, rows).encode(errors="backslashreplace"),  # names may be no UTF-8
        ".parquet": _parquet(rows),
    }
    made: list[Path] = []
    for ending, data in files.items():
        path = folder / f"{stem}{ending}"
        partial = path.with_name(path.name + ".partial")
        partial.write_bytes(data)
        partial.replace(path)
        made.append(path)
    return made


def _srt(rows: Sequence[Memory]) -> str:
    """Speech, with the voice's letter where several speak, and text on screen in brackets."""
    subtitles = pysubs2.SSAFile()
    several = len({row.voice for row in rows if row.voice}) > 1
    for row in rows:
        if row.kind.is_verbatim and row.text:
            spoken = f"{row.voice}: {row.text}" if row.voice and several else row.text
            text = f"[{row.text}]" if row.kind.is_visual else spoken
            line = text.replace("\n", "\\N")
            start, end = row.span.start // 1000, row.span.end // 1000
            subtitles.append(pysubs2.SSAEvent(start=start, end=end, text=line))
    subtitles.sort()
    return subtitles.to_string("srt")


def _json(video: Video, rows: Sequence[Memory]) -> str:
    about = {"video_id": video.video_id, "video": video.name, "media": video.media}
    return json.dumps({**about, "memories": [_plain(row) for row in rows]}, ensure_ascii=False)


def _plain(row: Memory) -> dict[str, Any]:
    start, end = row.span.seconds
    return {
        "memory_id": row.memory_id,
        "start": start,
        "end": end,
        "level": str(row.level),
        "kind": str(row.kind),
        "text": row.text,
        "confidence": row.confidence,
        "instruction": row.instruction,
        "producer": row.producer.model,
        "source_ids": list(row.source_ids),
        "details": row.details,
        "thumbnail": row.thumbnail,
    }


def _parquet(rows: Sequence[Memory]) -> bytes:
    """All rows with their vectors; details and sources stay JSON text."""
    table: list[dict[str, Any]] = []
    for row in rows:
        plain = _plain(row)
        plain |= {key: json.dumps(plain[key]) for key in ("details", "source_ids")}
        for name in ("text_vector", "image_vector", "text_aligned_vector"):
            vector = getattr(row, name)
            plain[name] = None if vector is None else [float(value) for value in vector]
        table.append(plain)
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(table), sink)
    return sink.getvalue()
