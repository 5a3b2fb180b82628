"""Memory-T1's labelled questions: is the range of time that a question names read right?"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from memory.organise.timescope import INSTANT, time_range

NOW = datetime(2023, 10, 17)  # about when most of its dialogues end
FILE = "question_time_range_annotated_0717.json"


@dataclass(frozen=True, slots=True)
class Score:
    """How many ranges are right to the day, in per cent, and their mean overlap."""

    count: int
    exact: float
    iou: float


def measured(folder: Path, half: int) -> Score:
    """Every second question that has two dates as its label: 0 for the first half, 1 for the other.

    The grammar was written on the first half, after a look at 51 questions of both.
    """
    exact, overlaps = 0, [0.0]
    questions = labelled(folder)[half::2]
    for text, start, end in questions:
        found = time_range(text, NOW)
        if found is None:
            continue
        first, last = found.start.date(), max(found.start, found.end - INSTANT).date()
        shared = (min(end.date(), last) - max(start.date(), first)).days + 1
        union = (max(end.date(), last) - min(start.date(), first)).days + 1
        overlaps.append(max(0, shared) / union)
        exact += (first, last) == (start.date(), end.date())
    return Score(len(questions), 100 * exact / len(questions), sum(overlaps) / len(questions))


def labelled(folder: Path) -> list[tuple[str, datetime, datetime]]:
    """Questions with both ends of their range."""
    entries: dict[str, Any] = json.loads((folder / FILE).read_text(encoding="utf-8"))
    found: list[tuple[str, datetime, datetime]] = []
    for entry in entries.values():
        label = entry["question_time_range"]
        if isinstance(label, dict) and (ends := _ends(label)):
            found.append((entry["question"], *ends))
    return found


def _ends(label: dict[str, Any]) -> tuple[datetime, datetime] | None:
    try:
        start, end = (datetime.fromisoformat(str(label.get(name))) for name in ("start", "end"))
    except ValueError:
        return None
    return start.replace(tzinfo=None), end.replace(tzinfo=None)
