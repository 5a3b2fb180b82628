"""Boxes over time, as tools hand them on: read, checked, written."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from agents.tools.listed import read_listed

MOST = 500_000
"""Boxes of one file."""


Rectangle = tuple[float, float, float, float]
"""Left, top, width and height in pixels as shown."""


@dataclass(frozen=True, slots=True)
class Box:
    """Where a thing is at a time."""

    at: float
    box: Rectangle
    score: float = 1.0
    name: str = ""


class _Row(BaseModel):
    """A box as it stands in a file."""

    model_config = ConfigDict(allow_inf_nan=False)

    at: float = Field(ge=0)
    box: tuple[float, float, float, float]
    score: float = 1.0
    name: str = ""


def read_boxes(path: Path) -> list[Box]:
    """Boxes in the order of their times.

    Raises:
        ToolFailed: the file is no list of boxes, or holds none.
    """
    rows = read_listed(path, TypeAdapter(list[_Row]), "boxes", MOST, "Give what a tracker made.")
    found = [Box(row.at, row.box, row.score, row.name) for row in rows]
    return sorted(found, key=lambda box: box.at)


def write_boxes(boxes: Iterable[Box], path: Path) -> Path:
    """Write boxes in the order of their times."""
    rows = [
        {
            "at": round(box.at, 6),
            "box": [round(side, 2) for side in box.box],
            "score": round(box.score, 4),
            "name": box.name,
        }
        for box in sorted(boxes, key=lambda box: box.at)
    ]
    path.write_text(json.dumps(rows), encoding="utf-8")
    return path


def shared(one: Rectangle, two: Rectangle) -> float:
    """Intersection of two boxes over their union."""
    wide = min(one[0] + one[2], two[0] + two[2]) - max(one[0], two[0])
    high = min(one[1] + one[3], two[1] + two[3]) - max(one[1], two[1])
    if wide <= 0 or high <= 0:
        return 0.0
    return wide * high / (one[2] * one[3] + two[2] * two[3] - wide * high)
