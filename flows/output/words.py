"""Probabilities and moments in words, for the terminal, the report and the UI."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agents.ask.result.evidence import ClosestMoment, Evidence, Source
from agents.text.clock import clock_span
from memory.records import SECOND, Span

GRADES = (
    (0.9, "almost certain"),
    (0.65, "probable"),
    (0.4, "as likely as not"),
    (0.2, "doubtful"),
    (0.0, "a long shot"),
)


def graded(probability: float) -> str:
    """A probability in words."""
    return next(word for least, word in GRADES if probability >= least)


def counted(count: int, one: str) -> str:
    """A number of things, `1 row`, `2 rows`."""
    return f"{count:,} {one}{'' if count == 1 else 's'}"


def when(item: Evidence | Source) -> str:
    """The time of a piece of evidence or a moment, `m:ss.t-m:ss.t`."""
    return clock_span(Span(round(item.start * SECOND), round(item.end * SECOND)))


def moment_line(item: ClosestMoment, most: int = 90) -> str:
    """A moment in a line: where, how probable, what is there."""
    text = " / ".join((item.text or item.shows or "a picture").splitlines())[:most]
    where = f"{item.video} {when(item)} {item.sort}"
    return f"{where} ({item.probability:.0%}): {text}"


def changed_line(change: Mapping[str, Any]) -> str:
    """A changed answer to a standing question in a line: what, since where, and what it was."""
    start, end = (round(change[name] * SECOND) for name in ("start", "end"))
    where = f"{change['video']} {clock_span(Span(start, end))}"
    was = f"; it was {change['before']}" if change["before"] else ""
    sure = f"{change['status']}, {change['confidence']:.2f}"
    answer = " / ".join(change["answer"].splitlines())
    return f"{change['question']} {answer} ({sure}) [{where}]{was}"


def fallback_line(failed: str) -> str:
    """That the embedded agents had to answer, and why."""
    return f"Note: language models failed, so the embedded agents answered ({failed})."
