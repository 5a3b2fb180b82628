"""Moments, as tools hand them on: read, checked, written."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from agents.tools.listed import read_listed

MOST = 100_000
"""Moments of one file."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A stretch of a video, in seconds, and what it is."""

    start: float
    end: float
    text: str = ""
    evidence: tuple[str, ...] = ()
    """Ids of the memory rows that prove it."""
    score: float = 1.0


class _Row(BaseModel):
    """A moment as it stands in a file."""

    model_config = ConfigDict(allow_inf_nan=False)

    start: float = Field(ge=0)
    end: float | None = None
    text: str = ""
    evidence: tuple[str, ...] = ()
    score: float = 1.0


def read_moments(path: Path) -> list[Moment]:
    """Moments as they stand in the file; one without an end is a point in time.

    Raises:
        ToolFailed: the file is no list of moments, or holds none.
    """
    rows = read_listed(path, TypeAdapter(list[_Row]), "moments", MOST, "Give what a search made.")
    return [
        Moment(row.start, max(row.start, row.end or 0.0), row.text, row.evidence, row.score)
        for row in rows
    ]


def write_moments(moments: Iterable[Moment], path: Path) -> Path:
    """Write moments in their order."""
    rows = [
        {
            "start": round(moment.start, 6),
            "end": round(moment.end, 6),
            "text": moment.text,
            "evidence": list(moment.evidence),
            "score": round(moment.score, 4),
        }
        for moment in moments
    ]
    path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    return path
