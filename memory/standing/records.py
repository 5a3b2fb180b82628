"""A standing question, and what it came to in one video."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Watch:
    """A question that is asked of every new video."""

    KEY: ClassVar[str] = "watch_id"

    watch_id: str
    tenant: str
    video_id: str
    """The one video that it is about, with which it is forgotten; empty for all, later ones too."""
    question: str
    proven: bool
    """Whether only proven answers count, or likely ones too."""
    budget: str
    """Limits of each asking, as typed; empty for those of the settings."""
    created_at: str
    """ISO 8601 in UTC."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a standing question came to in one video, as far as that was remembered then."""

    KEY: ClassVar[str] = "finding_id"

    finding_id: str
    tenant: str
    video_id: str
    watch_id: str
    active_key: str
    """The perception key of the memory that was asked."""
    status: str
    answer: str
    """Empty where there is none that counts."""
    confidence: float
    start: int
    """Of the first piece of evidence, in microseconds; so `end`."""
    end: int
    source_ids: tuple[str, ...]
    """The cited rows."""
    run_id: str
    at: str
    """When it was asked, ISO 8601 in UTC."""
    told: bool
    """Whether a change that it made was told, or it made none."""
