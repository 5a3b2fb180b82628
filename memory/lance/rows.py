"""Records to table rows and back; what records hold as mappings is JSON text in a row."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from memory.artefacts import Action, Artefact
from memory.details import Details, WindowReport
from memory.file_names import restored, storable
from memory.lance.schema import Role
from memory.records import (
    Kind,
    Level,
    Memory,
    Node,
    Producer,
    Run,
    Span,
    Vector,
    Video,
    Window,
    WindowStatus,
)

Row = dict[str, Any]

VECTORS = {
    Role.TEXTS: ("text_vector",),
    Role.FRAMES: ("image_vector", "text_aligned_vector"),
}
"""The vector columns of the tables that hold memory rows."""

_VIDEO_TEXTS = ("media", "active_parameters")
_SAME = (
    "memory_id", "tenant", "video_id", "perception_key", "window_id", "node_id", "text",
    "confidence", "instruction", "thumbnail", "image_hash", "superseded_by", "pinned",
)  # fmt: skip


def storable_row(row: Row) -> Row:
    """A row as a table takes it: names of files in it may be no UTF-8."""
    return {name: storable(value) for name, value in row.items()}


def restored_row(row: Row) -> Row:
    """A row as it was before `storable_row`."""
    return {name: restored(value) for name, value in row.items()}


def now() -> str:
    """The present time, ISO 8601 in UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def role_of(memory: Memory) -> Role:
    """Which table a memory row lives in."""
    return Role.FRAMES if memory.kind.is_picture else Role.TEXTS


def memory_row(memory: Memory) -> Row:
    """A memory as a row of its table (see `role_of`)."""
    row: Row = {name: getattr(memory, name) for name in _SAME}
    producer = memory.producer
    row |= {"level": str(memory.level), "kind": str(memory.kind), **_span_row(memory.span)}
    row |= {"model": producer.model, "parameters": producer.parameters}
    row |= {"pipeline": producer.pipeline, "source_ids": list(memory.source_ids)}
    row |= {"created_at": memory.created_at or now(), "details": as_text(memory.details)}
    return row | {name: _finite(memory, name) for name in VECTORS[role_of(memory)]}


def to_memory(row: Row) -> Memory:
    """What `memory_row` wrote; vectors that were not read stay None."""
    return Memory(
        **{name: row[name] for name in _SAME},
        level=Level(row["level"]),
        kind=Kind(row["kind"]),
        span=_span(row),
        producer=Producer(row["model"], row["parameters"], row["pipeline"]),
        source_ids=tuple(row["source_ids"] or ()),
        details=_details(row["details"]),
        created_at=row["created_at"],
        text_vector=_vector(row.get("text_vector")),
        image_vector=_vector(row.get("image_vector")),
        text_aligned_vector=_vector(row.get("text_aligned_vector")),
    )


def video_row(video: Video) -> Row:
    """A video as a row."""
    names = ("video_id", "tenant", "digest", "duration", "size", "active_key", "recorded_at")
    row: Row = {name: getattr(video, name) for name in names}
    row |= {name: as_text(getattr(video, name)) for name in _VIDEO_TEXTS}
    return row | {"paths": list(video.paths), "created_at": video.created_at or now()}


def to_video(row: Row) -> Video:
    """What `video_row` wrote."""
    row = restored_row(row)
    told = {name: json.loads(row[name]) for name in _VIDEO_TEXTS}
    return Video(**_without(row, "paths", *_VIDEO_TEXTS), **told, paths=tuple(row["paths"] or ()))


def window_row(window: Window) -> Row:
    """A unit of ingest as a row."""
    names = ("window_id", "tenant", "video_id", "perception_key", "attempts", "reason")
    row: Row = {name: getattr(window, name) for name in names}
    return row | {
        "position": window.index,
        "status": str(window.status),
        "report": as_text(window.report),
        **_span_row(window.span),
    }


def to_window(row: Row) -> Window:
    """What `window_row` wrote."""
    row = restored_row(row)
    rest = _without(row, "position", "status", "start_us", "end_us", "report")
    return Window(
        **rest,
        index=row["position"],
        status=WindowStatus(row["status"]),
        span=_span(row),
        report=_report(row["report"]),
    )


def node_row(node: Node) -> Row:
    """A node as a row."""
    names = ("node_id", "tenant", "video_id", "perception_key", "ordinal", "parent_id")
    row: Row = {name: getattr(node, name) for name in names}
    return row | {"level": str(node.level), **_span_row(node.span)}


def to_node(row: Row) -> Node:
    """What `node_row` wrote."""
    return Node(
        node_id=row["node_id"],
        tenant=row["tenant"],
        video_id=row["video_id"],
        perception_key=row["perception_key"],
        level=Level(row["level"]),
        span=_span(row),
        ordinal=row["ordinal"],
        parent_id=row["parent_id"],
    )


def run_row(run: Run) -> Row:
    """The trace of a question as a row."""
    row: Row = {name: getattr(run, name) for name in ("run_id", "tenant", "question")}
    row["result"] = as_text(run.result)
    return row | {"video_ids": list(run.video_ids), "created_at": run.created_at or now()}


def to_run(row: Row) -> Run:
    """What `run_row` wrote."""
    row = restored_row(row)
    rest = _without(row, "video_ids", "result")
    result = json.loads(row["result"])
    return Run(**rest, video_ids=tuple(row["video_ids"] or ()), result=result)


def artefact_row(made: Artefact) -> Row:
    """A file that was made, as a row."""
    names = ("artefact_id", "tenant", "key", "output", "number", "asset_id", "kind", "path")
    row: Row = {name: getattr(made, name) for name in (*names, "run_id", "step", "tool")}
    row |= {"inputs": list(made.inputs), "video_ids": list(made.video_ids)}
    return row | {"details": as_text(made.details), "created_at": made.created_at or now()}


def to_artefact(row: Row) -> Artefact:
    """What `artefact_row` wrote."""
    row = restored_row(row)
    row |= {name: tuple(row[name] or ()) for name in ("inputs", "video_ids")}
    return Artefact(**row | {"details": json.loads(row["details"])})


def action_row(action: Action) -> Row:
    """A run of a plan as a row."""
    names = ("run_id", "tenant", "parent", "goal", "status")
    row: Row = {name: getattr(action, name) for name in names}
    row |= {"video_ids": list(action.video_ids), "result": as_text(action.result)}
    return row | {"created_at": action.created_at or now()}


def to_action(row: Row) -> Action:
    """What `action_row` wrote."""
    row = restored_row(row)
    row |= {"result": json.loads(row["result"]), "video_ids": tuple(row["video_ids"] or ())}
    return Action(**row)


def as_text(value: Mapping[str, Any]) -> str:
    """A mapping of plain values as it stands in a column."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _details(text: str) -> Details:
    """Details as they were written: JSON knows no pairs."""
    details: Details = json.loads(text)
    if "labels" in details:
        details["labels"] = [(name, belief) for name, belief, *_ in details["labels"]]
    if "colours" in details:
        details["colours"] = [(name, share) for name, share, *_ in details["colours"]]
    return details


def _report(text: str) -> WindowReport:
    """A report as it was written; see `_details`."""
    report: WindowReport = json.loads(text)
    if "samples" in report:
        report["samples"] = [(at, light, motion, c) for at, light, motion, c in report["samples"]]
    if "voices" in report:
        report["voices"] = [(start, end, sound) for start, end, sound in report["voices"]]
    return report


def _without(row: Row, *names: str) -> Row:
    return {name: value for name, value in row.items() if name not in names}


def _span_row(span: Span) -> Row:
    return {"start_us": span.start, "end_us": span.end}


def _span(row: Row) -> Span:
    return Span(row["start_us"], row["end_us"])


def _finite(memory: Memory, name: str) -> Vector | None:
    vector: Vector | None = getattr(memory, name)
    if vector is not None and not np.isfinite(vector).all():
        raise ValueError(f"{name} of row {memory.memory_id} is not finite")
    return vector


def _vector(value: Sequence[float] | None) -> Vector | None:
    return None if value is None else np.asarray(value, dtype=np.float32)
