"""Judge-free scores: where evidence lies, which words an answer holds, whether it abstained."""

from __future__ import annotations

import re
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from memory.records import SECOND, Span, iou
from tests.benchmarks.quality.clips import Question

TOLERANCE = SECOND
"""Gold times were read from frames: the middle of an evidence may lie this far outside."""
SHORTEST_LIMIT = 5 * SECOND
"""Evidence may always be this long; otherwise at most three times the gold span."""


@dataclass(frozen=True)
class Score:
    """How one answer did; a value is None where the question cannot be scored by it."""

    question_id: str
    capability: str
    hit: bool | None
    iou: float | None
    words: bool | None
    abstained: bool


def is_hit(top: Span | None, gold: Span) -> bool:
    """Whether the first evidence finds the moment: middle in the gold span, not too long."""
    if top is None:
        return False
    limit = max(SHORTEST_LIMIT, 3 * gold.length)
    inside = gold.start - TOLERANCE <= top.middle <= gold.end + TOLERANCE
    return inside and top.length <= limit


def holds_words(answer: str | None, keywords: Sequence[Sequence[str]]) -> bool:
    """Whether the answer holds, in any case, an alternative of every group as whole words."""
    said = (answer or "").lower()
    return all(any(_holds(said, word.lower()) for word in group) for group in keywords)


def _holds(said: str, word: str) -> bool:
    # a digit or a letter alone must stand alone; a longer alternative may be a stem ("magnif")
    pattern = rf"(?<!\w){re.escape(word)}" + (r"(?!\w)" if len(word) <= 3 else "")
    return re.search(pattern, said) is not None


def top_evidence(result: Mapping[str, Any], name: str = "") -> Span | None:
    """The first evidence; None when there is none, or when it lies in another file than `name`."""
    if not result["evidence"]:
        return None
    first = result["evidence"][0]
    if name and first.get("video") not in (None, name):
        return None
    return Span.of_seconds(first["start"], max(first["start"], first["end"]))


def score(question: Question, result: Mapping[str, Any], name: str = "") -> Score:
    """The score of one result of `ask`."""
    abstained = result["answer"] is None
    if question.gold is None:
        return Score(question.question_id, question.capability, None, None, None, abstained)
    top = top_evidence(result, name)
    words = holds_words(result["answer"], question.keywords) if question.keywords else None
    overlap = iou(top, question.gold) if top else 0.0
    hit = is_hit(top, question.gold)
    return Score(question.question_id, question.capability, hit, overlap, words, abstained)


def mean(values: Sequence[float | bool | None]) -> float | None:
    """The mean of the values that are not None; None when there is none."""
    known = [float(value) for value in values if value is not None]
    return statistics.fmean(known) if known else None
