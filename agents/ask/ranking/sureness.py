"""What tells how sure a ranking is of one of its candidates."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from agents.ask.plan import Asked, Plan
from agents.ask.ranking.candidates import Candidate
from agents.ask.ranking.comparison import TELLS_BY_BEING, Matrix
from agents.ask.ranking.features import FEATURES
from agents.ask.ranking.likeness import WORD
from agents.ask.ranking.logistic import Logistic
from memory.records import Kind

MOMENTS = 5
"""Moments that every result shows."""
SURENESS = (
    "share",
    "share of its moment",
    "lead over other moments",
    "score",
    "number of candidates",
    "a rule drafted at this moment",
    "a rule proved at this moment",
    "logit of the share",
    "logit of its moment's share",
    "lead over other answers",
    "type asked for is named",
    "asks where",
    "asks what is written, from elsewhere",
    "news where being there is no answer",
    "asks when",
    "asks when: logit of its moment's share",
    "asks when: lead over other moments",
    "asks when: words in it and beside it",
    "asks when: letters of it and beside it",
    "asks when: words in order",
)
"""What is known of a candidate beside its own features, when it is asked how sure it is.

A question for a time is answered by its moment, any other by words too, so that the same likeness
means more there: it has slopes of its own.
"""
KEPT = (
    "words in the candidate",
    "words in it and beside it",
    "words at its time",
    "meaning of the candidate",
    "row's meaning behind the best",
    "news",
    "value of the type asked for",
    "written",
    "said",
    "seen",
    "certainty",
    "in focus",
    "settled by a rule",
    "lacks the type asked for",
    "words in order",
    "letters of it and beside it",
    "duration",
    "looked at",
    "written as asked",
    "said as asked",
    "next after the event",
    "next before the event",
    "the event itself",
    "first",
    "last",
)
"""The candidate's own features that count there."""
LIKENESS = ("words in it and beside it", "letters of it and beside it", "words in order")
SMALLEST = 1e-4
"""Keeps the logit of a share finite."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """The candidates of one question with their features, scores and shares."""

    candidates: tuple[Candidate, ...]
    features: Matrix
    scores: Matrix
    shares: Matrix

    @property
    def order(self) -> list[int]:
        """Places of the candidates, best first, what stands back last; ties in order."""
        best = [int(i) for i in np.argsort(-self.scores, kind="stable")]
        return sorted(best, key=self.stands_back)

    def stands_back(self, place: int) -> bool:
        """Whether a candidate may be no text at all while another was read clearly."""
        return self.candidates[place].is_doubtful and any(
            e.row.kind is Kind.SCREEN_TEXT and not e.is_doubtful for e in self.candidates
        )


def rank(candidates: tuple[Candidate, ...], features: Matrix, ranking: Logistic) -> Ranked:
    """Candidates with their scores and shares."""
    scores = ranking.scores(features)
    return Ranked(candidates, features, scores, shares_of(scores))


def shares_of(scores: Matrix) -> Matrix:
    """The softmax of scores (n,)."""
    raised = np.exp(scores - scores.max(initial=-math.inf)) if len(scores) else scores
    return raised / raised.sum() if len(scores) else raised


def sureness(ranked: Ranked, place: int, plan: Plan) -> list[float]:
    """What tells how sure a candidate is: `SURENESS`, then its own features of `KEPT`."""
    kept = {name: float(ranked.features[place, FEATURES.index(name)]) for name in KEPT}
    standing = _standing(ranked, place)
    when = float(plan.asked is Asked.WHEN)
    alike = [kept[name] for name in LIKENESS]
    return [
        *standing.values(),
        float(bool(plan.target)),
        float(plan.asked is Asked.WHERE),
        float(plan.asked is Asked.WRITTEN and not kept["written"]),
        kept["news"] * (plan.asked not in TELLS_BY_BEING),
        when,
        when * standing["logit of its moment's share"],
        when * standing["lead over other moments"],
        *(when * value for value in alike),
        *kept.values(),
    ]


def _standing(ranked: Ranked, place: int) -> dict[str, float]:
    """How it stands among the others: those at its moment, and those that say something else."""
    top, shares = ranked.candidates[place], ranked.shares
    here = np.asarray([same_moment(each, top) for each in ranked.candidates], dtype=bool)
    same = np.asarray([_said(each) == _said(top) for each in ranked.candidates], dtype=bool)
    rules = [each.rule for each, inside in zip(ranked.candidates, here, strict=True) if inside]
    own, moment = float(shares[place]), float(shares[here].sum())
    return {
        "share": own,
        "share of its moment": moment,
        "lead over other moments": own - float(shares[~here].max(initial=0.0)),
        "score": float(ranked.scores[place]) / 5,
        "number of candidates": math.log1p(len(here)) / 5,
        "a rule drafted at this moment": float(any(rules)),
        "a rule proved at this moment": float("proven" in rules),
        "logit of the share": _logit(own),
        "logit of its moment's share": _logit(moment),
        "lead over other answers": float(shares[same].sum() - shares[~same].max(initial=0.0)),
    }


def _logit(share: float) -> float:
    """The logit of a share, which is a probability as the ranking sees it; a fifth of it."""
    return math.log((share + SMALLEST) / (1 - share + SMALLEST)) / 5


def _said(each: Candidate) -> str:
    return " ".join(WORD.findall(each.text.lower()))


def same_moment(one: Candidate, other: Candidate) -> bool:
    """Whether two candidates are there at the same time."""
    return one.row.video_id == other.row.video_id and one.moment.overlap(other.moment) > 0


def best_moments(ranked: Ranked, most: int = MOMENTS) -> list[int]:
    """Places of the best candidate of each of the best moments; near duplicates are joined."""
    places: list[int] = []
    for place in ranked.order:
        row = ranked.candidates[place]
        if not any(_is_double(row, ranked.candidates[known]) for known in places):
            places.append(place)
        if len(places) == most:
            break
    return places


def _is_double(one: Candidate, other: Candidate) -> bool:
    """Whether most of the shorter of two moments lies in the longer one."""
    shorter = max(1, min(one.moment.length, other.moment.length))
    return (
        one.row.video_id == other.row.video_id and one.moment.overlap(other.moment) >= 0.5 * shorter
    )
