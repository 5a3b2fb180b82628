"""`memory-t1`: the range of time that a question names, read right or not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

from agents.errors import UsageError
from agents.evaluate.cases import OURS, Bench, Case, Evaluation, Told, Unit, Ways
from agents.evaluate.parts import Off
from memory.organise.timescope import INSTANT, WallRange, time_range

NOW = datetime(2023, 10, 17)
"""About when most of its dialogues end."""
FILE = "question_time_range_annotated_0717.json"
HALVES = ("half that the grammar was written on", "other half")
MEASURES = {
    "exact": "both ends of the range are right to the day",
    "overlap": "intersection over union of the days",
}
DAY, YEAR = "first date", "last year"
_DATE = re.compile(r"([A-Z][a-z]+) (\d{1,2}),? (\d{4})")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A question and both ends of the range that people (here, a machine) read in it."""

    text: str
    start: datetime
    end: datetime


def load(data: Path | None) -> Iterable[Unit[Labelled]]:
    """One unit; nothing is remembered.

    Raises:
        UsageError: no file is given, or it has no labels.
    """
    hint = f"{FILE} (github.com/Elvin-Yiming-Du/Memory-T1)"
    if data is None:
        raise UsageError("memory-t1 needs its labels", f"give them with --data: {hint}")
    path = data / FILE if data.is_dir() else data
    if not path.is_file():
        raise UsageError(f"{path} is missing", f"give {hint}")
    asked = labelled(path)
    if not asked:
        raise UsageError(f"{path} has no question_time_range with two ends", f"give {hint}")
    cases = tuple(Case(f"{at}", HALVES[at % 2], each) for at, each in enumerate(asked))
    return [Unit("questions", cases, _open)]


def labelled(path: Path) -> list[Labelled]:
    """Questions with both ends of their range.

    Raises:
        UsageError: the file is not what is published.
    """
    try:
        entries: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        pairs = [(str(each["question"]), each["question_time_range"]) for each in entries.values()]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        said = f"{path} is not Memory-T1's file of labels: {type(error).__name__} {error}"
        raise UsageError(said, f"give {FILE} as published") from error
    return [
        Labelled(text, *ends)
        for text, label in pairs
        if isinstance(label, dict) and (ends := _ends(cast("dict[str, Any]", label)))
    ]


def _ends(label: dict[str, Any]) -> tuple[datetime, datetime] | None:
    try:
        start, end = (datetime.fromisoformat(str(label.get(name))) for name in ("start", "end"))
    except ValueError:
        return None
    return start.replace(tzinfo=None), end.replace(tzinfo=None)


def _open(bench: Bench, off: Off) -> Ways[Labelled]:
    del bench

    def ours(case: Case[Labelled]) -> Told:
        return scored(case.item, None if "time_scope" in off else time_range(case.item.text, NOW))

    def first_date(case: Case[Labelled]) -> Told:
        found = _DATE.search(case.item.text)
        try:
            day = datetime.strptime(" ".join(found.groups()), "%B %d %Y") if found else None
        except ValueError:  # a word before two numbers that is no month
            day = None
        return scored(case.item, day and WallRange(day, day + timedelta(days=1)))

    def last_year(case: Case[Labelled]) -> Told:
        return scored(case.item, WallRange(NOW - timedelta(days=365), NOW))

    return {OURS: ours, DAY: first_date, YEAR: last_year}


def scored(wanted: Labelled, found: WallRange | None) -> Told:
    """Exactness and overlap of a range, in days."""
    if found is None:
        return Told({"exact": 0.0, "overlap": 0.0})
    first, last = found.start.date(), max(found.start, found.end - INSTANT).date()
    start, end = wanted.start.date(), wanted.end.date()
    shared = max(0, (min(end, last) - max(start, first)).days + 1)
    union = (max(end, last) - min(start, first)).days + 1
    scores = {"exact": float((first, last) == (start, end)), "overlap": shared / union}
    return Told(scores, (first.isoformat(), last.isoformat()))


RANGES = Evaluation(
    "memory-t1",
    "Which days a question speaks of. Labels are a machine's and noisy. The grammar was written on "
    "the first half, after a look at 51 questions of both halves, and the figure of the other half "
    "was seen three times meanwhile: take it for nearly held out. Search reads no range, so the "
    "others are rules.",
    MEASURES,
    ("time_scope",),
    load,
    {DAY: "the day of the first date in the question", YEAR: "the last year, whatever is asked"},
)
