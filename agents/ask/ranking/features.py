"""What tells whether a candidate answers a question, as numbers that a model was fitted on.

None of them knows a question or a video: they compare words, meanings, times and kinds. `GROUPS` is
the one list of them: their order, their names, and how they are told to a reader.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from agents.ask.ranking.candidates import Candidate
from agents.ask.ranking.comparison import Comparison, Matrix, Prepared, Relate
from memory.records import SECOND


@dataclass(frozen=True, slots=True)
class Group:
    """Features that one function gives, and that are told together."""

    name: str
    features: tuple[str, ...]
    of: Callable[[Comparison, Candidate], tuple[float, ...]]
    """One value per feature, in their order."""


def features_of(prepared: Prepared, candidates: Sequence[Candidate], relate: Relate) -> Matrix:
    """One row of `FEATURES` per candidate, shape (n, len(FEATURES)) float64."""
    if not candidates:
        return np.zeros((0, len(FEATURES)))
    asked = Comparison.of(prepared, candidates, relate)
    made = [[v for group in GROUPS for v in group.of(asked, each)] for each in candidates]
    return np.asarray(made, dtype=np.float64)


def _words(asked: Comparison, each: Candidate) -> tuple[float, ...]:
    share = asked.prepared.weights.share
    return (
        share(each.text),
        share(f"{each.text} {each.near}"),
        share(asked.row_text(each)),
        asked.there[each.row.memory_id],
        asked.like.phrase(each.text),
        asked.like.phrase(each.row.text or ""),
    )


def _wording(asked: Comparison, each: Candidate) -> tuple[float, ...]:
    """By letters and order of words: the candidate, its row, and what stands beside it."""
    like, row = asked.like, each.row.text or ""
    return (
        like.letters(each.text),
        like.letters(f"{each.text} {each.near}"),
        like.letters(row),
        like.run(each.text),
        like.run(row),
        like.run(each.near),
    )


def _meaning(asked: Comparison, each: Candidate) -> tuple[float, ...]:
    row = asked.meaning[asked.row_text(each)]
    return asked.meaning[each.text], row, row - asked.best


def _search(asked: Comparison, each: Candidate) -> tuple[float, ...]:
    key = each.row.memory_id
    return asked.prepared.scores.get(key, 0.0), float(key == asked.first)


def _news(asked: Comparison, each: Candidate) -> tuple[float, ...]:
    """Share of the candidate's words that the question does not say; the same where words are."""
    news = asked.news(each)
    return news, news * asked.prepared.weights.share(f"{each.text} {each.near}")


def _typed(asked: Comparison, each: Candidate) -> tuple[float, ...]:
    """A value of the asked-for type, a label of that type, and no value where one has a pattern."""
    held, has_pattern = asked.holds_value(each), asked.pattern is not None
    return float(held), float(asked.is_of_type(each)), float(has_pattern and not held)


def _kind(asked: Comparison, each: Candidate) -> tuple[float, ...]:
    own, wanted = asked.kinds(each), asked.wanted
    return (*map(float, own), *(float(a and b) for a, b in zip(own, wanted, strict=True)))


def _form(_: Comparison, each: Candidate) -> tuple[float, ...]:
    return (
        each.certainty,
        each.height,
        float(each.is_whole),
        math.log1p(len(each.text.split())) / 3,
        math.log1p(each.moment.length / SECOND) / 3,
        float(each.row.is_look),
    )


def _time(asked: Comparison, each: Candidate) -> tuple[float, ...]:
    placing = asked.prepared.placing
    return float(asked.in_focus(each.row)), *placing.of(each), *placing.at_edges(each)


def _rule(_: Comparison, each: Candidate) -> tuple[float, ...]:
    return float(bool(each.rule)), float(each.rule == "proven")


GROUPS = (
    Group(
        "words",
        (
            "words in the candidate",
            "words in it and beside it",
            "words in its row",
            "words at its time",
            "phrase in the candidate",
            "phrase in its row",
        ),
        _words,
    ),
    Group(
        "wording",
        (
            "letters of the candidate",
            "letters of it and beside it",
            "letters of its row",
            "words in order",
            "words in order in its row",
            "words in order beside it",
        ),
        _wording,
    ),
    Group(
        "meaning",
        ("meaning of the candidate", "meaning of its row", "row's meaning behind the best"),
        _meaning,
    ),
    Group("search", ("search score", "first hit"), _search),
    Group("news", ("news", "news beside the words"), _news),
    Group(
        "type of answer",
        ("value of the type asked for", "named type", "lacks the type asked for"),
        _typed,
    ),
    Group(
        "kind",
        (
            "written",
            "said",
            "seen",
            "colour",
            "written as asked",
            "said as asked",
            "seen as asked",
            "colour as asked",
        ),
        _kind,
    ),
    Group("form", ("certainty", "height", "whole row", "length", "duration", "looked at"), _form),
    Group(
        "time",
        (
            "in focus",
            "next after the event",
            "next before the event",
            "the event itself",
            "first",
            "last",
            "near the start",
            "near the end",
        ),
        _time,
    ),
    Group("rule", ("settled by a rule", "proved by a rule"), _rule),
)
"""All features; what a group adds to a score is told as one number (`contributions.py`)."""
FEATURES = tuple(name for group in GROUPS for name in group.features)
"""Their names, in the order of the columns."""
