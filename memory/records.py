"""What is remembered: spans of time, the tree of nodes, and the rows that hang on it.

Times are integer microseconds on the video's own clock: 0 is the first presented video frame
(audio-only: the first sample). Spans are half-open. Every id is a hash of content, so the same
input gives the same ids in any process, and writing a row twice writes it once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, TypedDict, Unpack

import numpy as np
from numpy.typing import NDArray

from memory.details import Details, KeyParameters, Media, WindowReport
from memory.file_names import displayed
from memory.traits import Kind

Vector = NDArray[np.float32]

SECOND = 1_000_000
"""Microseconds in a second."""

LOOKS_KEY = "looks"
"""Perception key of rows that questions made us perceive; a change of the active key keeps them."""


class Level(StrEnum):
    """The levels of the tree, from the finest to the coarsest."""

    FRAME = "frame"
    SHOT = "shot"
    SCENE = "scene"
    CHAPTER = "chapter"
    VIDEO = "video"

    @property
    def rank(self) -> int:
        """0 for a frame, 4 for a whole video."""
        return _RANKS[self]


_RANKS = {level: rank for rank, level in enumerate(Level)}


class WindowStatus(StrEnum):
    """Where a unit of ingest stands in the ledger."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open stretch of time `[start, end)` in microseconds.

    Raises:
        ValueError: when the end lies before the start.
    """

    start: int
    end: int

    def __post_init__(self) -> None:
        """Refuse a span that runs backwards."""
        if self.end < self.start:
            raise ValueError(f"a span cannot end before it starts: [{self.start}, {self.end})")

    @classmethod
    def of_seconds(cls, start: float, end: float) -> Span:
        """The span between two times given in seconds."""
        return cls(round(start * SECOND), round(end * SECOND))

    @property
    def seconds(self) -> tuple[float, float]:
        """Start and end in seconds."""
        return self.start / SECOND, self.end / SECOND

    @property
    def length(self) -> int:
        """Length in microseconds."""
        return self.end - self.start

    @property
    def middle(self) -> int:
        """The instant halfway between start and end."""
        return self.start + self.length // 2

    def contains(self, other: Span) -> bool:
        """Whether `other` lies inside this span, ends included."""
        return self.start <= other.start and other.end <= self.end

    def overlap(self, other: Span) -> int:
        """Microseconds that both spans share."""
        return max(0, min(self.end, other.end) - max(self.start, other.start))

    def clipped(self, other: Span) -> Span | None:
        """The part of this span that lies in `other`, or None when there is none."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Span(start, end) if start < end else None

    def hull(self, other: Span) -> Span:
        """The smallest span that covers both."""
        return Span(min(self.start, other.start), max(self.end, other.end))

    def gap(self, other: Span) -> int:
        """Microseconds between the two spans, 0 when they touch or overlap."""
        return max(0, max(self.start, other.start) - min(self.end, other.end))


def iou(one: Span, other: Span) -> float:
    """Temporal intersection over union, 0 to 1."""
    shared = one.overlap(other)
    union = one.length + other.length - shared
    return shared / union if union else 0.0


def content_id(prefix: str, *parts: object) -> str:
    """A short stable id: `prefix_` and 20 hex digits of the parts' SHA-256."""
    text = json.dumps(parts, sort_keys=True, default=str, ensure_ascii=False)
    data = text.encode(errors="surrogatepass")  # file names may be no UTF-8
    return f"{prefix}_{hashlib.sha256(data).hexdigest()[:20]}"


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes, read in pieces."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


@dataclass(frozen=True, slots=True)
class Producer:
    """Who made a row: model, its parameters, and the version of our own pipeline."""

    model: str
    parameters: str = ""
    pipeline: str = "1"


@dataclass(frozen=True, slots=True)
class Node:
    """One node of a video's tree; nodes of a level are disjoint, children lie in their parent."""

    node_id: str
    tenant: str
    video_id: str
    perception_key: str
    level: Level
    span: Span
    ordinal: int
    parent_id: str | None


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose rows and nodes they are."""

    tenant: str
    video_id: str
    perception_key: str


class MemoryExtras(TypedDict, total=False):
    """What a row may have besides what it is and says; see the fields of `Memory`."""

    confidence: float
    source_ids: tuple[str, ...]
    instruction: str
    details: Details
    created_at: str
    text_vector: Vector | None
    image_vector: Vector | None
    text_aligned_vector: Vector | None
    thumbnail: str | None
    image_hash: str | None


@dataclass(frozen=True, slots=True)
class Memory:
    """One citable row; `node_id` is the smallest node that contains it, empty while ingesting.

    `text_vector` has shape (d,) float32, `image_vector` and `text_aligned_vector` are set on
    keyframes only; vectors take no part in equality.
    """

    memory_id: str
    tenant: str
    video_id: str
    perception_key: str
    window_id: str
    node_id: str
    level: Level
    kind: Kind
    span: Span
    text: str | None
    producer: Producer
    confidence: float = 1.0
    source_ids: tuple[str, ...] = ()
    instruction: str = ""
    details: Details = field(default_factory=Details, hash=False)
    """What else was measured (boxes, language, colours)."""
    created_at: str = field(default="", compare=False)
    text_vector: Vector | None = field(default=None, compare=False, repr=False)
    image_vector: Vector | None = field(default=None, compare=False, repr=False)
    text_aligned_vector: Vector | None = field(default=None, compare=False, repr=False)
    thumbnail: str | None = None
    """Path of a small JPEG, relative to the store's thumbnail folder."""
    image_hash: str | None = None
    """Perceptual hash (64 bit, hex) of a keyframe."""
    superseded_by: str = ""
    """The row of the same video that says the same and that searches find in its place."""
    pinned: bool = False
    """Whether nothing that organises memory may touch it."""

    @classmethod
    def make(
        cls,
        owner: Owner,
        level: Level,
        kind: Kind,
        span: Span,
        text: str | None,
        producer: Producer,
        *,
        made_for: str,
        ordinal: int = 0,
        window_id: str = "",
        node_id: str = "",
        **extras: Unpack[MemoryExtras],
    ) -> Memory:
        """A row under the id that follows from what it is; `extras` are fields with defaults.

        `made_for` tells it from rows that other keys or questions made of the same span, `ordinal`
        from rows that are otherwise alike. `node_id` is set where the node is known already.
        """
        placed = (owner.tenant, owner.video_id, owner.perception_key, window_id, node_id)
        row = cls("", *placed, level, kind, span, text, producer, **extras)
        return row.identified(made_for, ordinal)

    def identified(self, made_for: str, ordinal: int = 0) -> Memory:
        """The row under the id that everything gives it that makes it that row and no other."""
        made_by = (self.producer.model, self.producer.parameters, self.producer.pipeline)
        what = (self.level, self.kind, self.span.start, self.span.end)
        told = (self.tenant, self.video_id, *what, made_for, made_by, ordinal)
        return replace(self, memory_id=content_id("m", *told))

    @property
    def voice(self) -> str:
        """Letter of the voice that speaks; empty for what is not spoken, and where nobody knows."""
        return self.details.get("voice", "")

    @property
    def is_look(self) -> bool:
        """Whether a question made us perceive this (it then carries the instruction)."""
        return bool(self.instruction)


@dataclass(frozen=True, slots=True)
class Video:
    """A video, image or sound file that was ingested, under every path it was seen at."""

    video_id: str
    tenant: str
    digest: str
    paths: tuple[str, ...]
    duration: int
    """Microseconds."""
    size: int
    """Bytes."""
    media: Media = field(hash=False)
    """What probing found (streams, size in pixels, fps, notes)."""
    active_key: str | None
    """The perception key that reads see; None until the first ingest is complete."""
    active_parameters: KeyParameters = field(default_factory=KeyParameters, hash=False)
    """What the active perception key stands for."""
    created_at: str = field(default="", compare=False)
    recorded_at: str = ""
    """Wall-clock time of its first moment, ISO 8601; empty where nobody knows."""

    @property
    def span(self) -> Span:
        """The whole video."""
        return Span(0, self.duration)

    @property
    def name(self) -> str:
        """The file name under which it was seen first."""
        place = self.paths[0] if self.paths else self.media.get("was", self.video_id)
        return displayed(Path(place).name)

    @property
    def is_replaced(self) -> bool:
        """Whether other content lies wherever this was seen: it is then meant by its id only."""
        return not self.paths and "was" in self.media

    def without(self, paths: Sequence[str]) -> Video:
        """The video without some of its paths; what it was called is kept."""
        left = tuple(path for path in self.paths if path not in paths)
        media: Media = self.media if left else {**self.media, "was": self.paths[0]}
        return replace(self, paths=left, media=media)


@dataclass(frozen=True, slots=True)
class Window:
    """One unit of ingest in the ledger; `report` says what finishing the video needs."""

    window_id: str
    tenant: str
    video_id: str
    perception_key: str
    index: int
    span: Span
    status: WindowStatus
    attempts: int = 0
    reason: str = ""
    report: WindowReport = field(default_factory=WindowReport, hash=False)


@dataclass(frozen=True, slots=True)
class Run:
    """The trace of one question, kept so that it can be shown and forgotten."""

    run_id: str
    tenant: str
    video_ids: tuple[str, ...]
    question: str
    result: Mapping[str, Any] = field(hash=False)
    """The whole result, as the documented object."""
    created_at: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Scope:
    """What a search may see; applied before any ranking. Empty tuples mean no restriction."""

    tenant: str
    video_ids: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()
    levels: tuple[Level, ...] = ()
    within: Span | None = None
    """Only rows that overlap this span."""
    until: int | None = None
    """Only rows that end by this time, in microseconds."""
    without: tuple[str, ...] = ()
    """Videos that are left out."""
    parts: tuple[tuple[str, Span], ...] = ()
    """Only rows that overlap one of these stretches of these videos."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A row that a search found, with its fused score and the parts it was made of."""

    memory: Memory
    score: float
    parts: dict[str, float] = field(default_factory=dict[str, float], compare=False)
