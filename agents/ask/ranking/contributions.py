"""Why a candidate has its score: what each group of features adds to it, as the ranking is linear.

A feature adds its weight times how far it lies from what is usual, so a group may take away, and
the groups of a candidate add up to its score. Differences of scores are logarithms of odds.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from agents.ask.ranking.features import FEATURES, Matrix

GROUPS: Mapping[str, tuple[str, ...]] = {
    "words": (
        "words in the candidate",
        "words in it and beside it",
        "words in its row",
        "words at its time",
        "phrase in the candidate",
        "phrase in its row",
    ),
    "wording": (
        "letters of the candidate",
        "letters of it and beside it",
        "letters of its row",
        "words in order",
        "words in order in its row",
        "words in order beside it",
    ),
    "meaning": (
        "meaning of the candidate",
        "meaning of its row",
        "row's meaning behind the best",
    ),
    "search": ("search score", "first hit"),
    "news": ("news", "news beside the words"),
    "type of answer": (
        "value of the type asked for",
        "named type",
        "lacks the type asked for",
    ),
    "kind": (
        "written",
        "said",
        "seen",
        "colour",
        "written as asked",
        "said as asked",
        "seen as asked",
        "colour as asked",
    ),
    "form": ("certainty", "height", "whole row", "length", "duration", "looked at"),
    "time": (
        "in focus",
        "next after the event",
        "next before the event",
        "the event itself",
        "first",
        "last",
    ),
    "rule": ("settled by a rule", "proved by a rule"),
}
"""Every feature in one group."""


def contributions(terms: Matrix, bias: float) -> dict[str, float]:
    """What each group adds to a score, the most first; together they are the score.

    Args:
        terms: What each feature of one candidate adds, shape (len(FEATURES),).
        bias: What every candidate has; told as `base` where it is anything.
    """
    places = {name: at for at, name in enumerate(FEATURES)}
    found = {
        group: float(np.sum(terms[[places[name] for name in names]]))
        for group, names in GROUPS.items()
    }
    told = {group: value for group, value in found.items() if value}
    told |= {"base": bias} if bias else {}
    return dict(sorted(told.items(), key=lambda each: (-abs(each[1]), each[0])))
