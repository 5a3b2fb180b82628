"""Why a candidate has its score: what each group of features adds to it, as the ranking is linear.

A feature adds its weight times how far it lies from what is usual, so a group may take away, and
the groups of a candidate add up to its score. Differences of scores are logarithms of odds.
"""

from __future__ import annotations

import numpy as np

from agents.ask.ranking.comparison import Matrix
from agents.ask.ranking.features import GROUPS


def contributions(terms: Matrix, bias: float) -> dict[str, float]:
    """What each group adds to a score, the most first; together they are the score.

    Args:
        terms: What each feature of one candidate adds, shape (len(FEATURES),).
        bias: What every candidate has; told as `base` where it is anything.
    """
    found: dict[str, float] = {}
    at = 0
    for group in GROUPS:
        found[group.name] = float(np.sum(terms[at : at + len(group.features)]))
        at += len(group.features)
    told = {group: value for group, value in found.items() if value}
    told |= {"base": bias} if bias else {}
    return dict(sorted(told.items(), key=lambda each: (-abs(each[1]), each[0])))
