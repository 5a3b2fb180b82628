"""Chooses among candidates by numbers that were fitted, and says how sure it is.

Ranking is a conditional logit over the candidates of one question (McFadden 1974): the share of a
candidate is its part of the exponentiated scores. Two logistic regressions over that ranking give
the probability that a moment is the right one and that the answer is right. All numbers lie in
`fitted.json`; `python -m tests.benchmarks.quality.fit` makes them and reports what they are worth
on clips that they were not fitted on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from agents.ask.answer import Cited, Context, Draft, Moment
from agents.ask.plan import Plan
from agents.ask.ranking.candidates import Candidate, by_rule, candidates_of
from agents.ask.ranking.comparison import (
    Matrix,
    Prepared,
    Relate,
    content_words,
    shortlist,
)
from agents.ask.ranking.contributions import contributions
from agents.ask.ranking.edges import as_asked, at_edge, edge_of
from agents.ask.ranking.features import features_of
from agents.ask.ranking.logistic import Logistic
from agents.ask.ranking.sureness import Ranked, best_moments, rank, sureness
from agents.ask.ranking.told import answer_place, said_as
from agents.ask.reader.units import holds


@dataclass(frozen=True, slots=True)
class Fitted:
    """Everything that was fitted."""

    ranking: Logistic
    moment: Logistic
    answer: Logistic
    precision: tuple[tuple[float, float], ...]
    """(probability from which one answers, share of right answers then), on held-out clips."""
    least: float
    """Probability of a moment below which pointing at it is hopeless."""

    def answered_from(self, precision: float) -> float:
        """The least probability from which answers are right as often as `precision` asks."""
        fitting = [threshold for threshold, reached in self.precision if reached >= precision]
        return min(fitting, default=1.0)


@lru_cache(maxsize=1)
def fitted() -> Fitted:
    """The numbers that ship with the reader."""
    return fitted_of(
        json.loads(Path(__file__).with_name("fitted.json").read_text(encoding="utf-8"))
    )


def fitted_of(told: Mapping[str, Any]) -> Fitted:
    """The numbers of such a file."""
    curve = tuple((float(chance), float(reached)) for chance, reached in told["precision"])
    ranking, moment, answer = (_logistic(told[name]) for name in ("ranking", "moment", "answer"))
    return Fitted(ranking, moment, answer, curve, float(told["least"]))


def _logistic(told: Mapping[str, Any]) -> Logistic:
    mean, scale, weights = (tuple(map(float, told[key])) for key in ("mean", "scale", "weights"))
    return Logistic(mean, scale, weights, float(told["bias"]))


def compared(
    plan: Plan, context: Context, relate: Relate, draft: Draft
) -> tuple[tuple[Candidate, ...], Matrix]:
    """The candidates of what was recalled and their features (n, d).

    `draft` is what the symbolic readers came to: one candidate among the others.
    """
    rows = [row for row in context.rows if row.memory_id not in outdated(context, draft)]
    prepared = Prepared.of(plan, context)
    found = [as_asked(each, plan, context.focus) for each in candidates_of(rows)]
    chosen = shortlist(prepared, found)
    ruled = by_rule(draft)
    every = tuple([*chosen, ruled] if ruled else chosen)
    return every, features_of(prepared, every, relate)


def outdated(context: Context, draft: Draft) -> set[str]:
    """The rows that told another value of what a fact was drafted for: no answer stands there."""
    if not draft.label:
        return set()
    told = {key for fact in context.facts for key in fact.source_ids}
    value = {item.memory.memory_id for item in draft.cited}
    own = (set(fact.source_ids) for fact in context.facts)
    return told - {key for keys in own if keys & value for key in keys}


def read_by_rank(plan: Plan, context: Context, relate: Relate, draft: Draft, sure: float) -> Draft:
    """The best candidate as a draft with the five best moments.

    Args:
        plan: What is asked.
        context: What was recalled.
        relate: How near in meaning texts are to the question.
        draft: What the symbolic readers came to; it is one candidate among the others.
        sure: Probability from which an answer is proven.
    """
    numbers = fitted()
    candidates, features = compared(plan, context, relate, draft)
    if not candidates:
        return draft
    ranked = rank(candidates, features, numbers.ranking)
    found = {place: _moment(ranked, place, plan, numbers) for place in best_moments(ranked)}
    places = sorted(found, key=lambda at: (ranked.stands_back(at), -found[at].probability))
    moments = tuple(found[place] for place in places)
    told = answer_place(ranked, places, plan)
    place = places[0] if told is None else told
    top, known = ranked.candidates[place], np.asarray([sureness(ranked, place, plan)])
    confidence = round(float(numbers.answer.probabilities(known)[0]), 4)
    if draft.choice is None and not top.rule:
        reason, top = why(top, plan), at_edge(top, context.rows, plan)
        cited = (Cited(top.row, edge_of(top.moment, plan)),)
        draft = Draft(None if told is None else said_as(top, plan), cited, reason=reason)
    return replace(
        draft,
        confidence=confidence,
        proven=confidence >= sure,
        moments=moments,
        likely=bool(draft.text) and moments[0].probability >= numbers.least,
    )


def _moment(ranked: Ranked, place: int, plan: Plan, numbers: Fitted) -> Moment:
    each = ranked.candidates[place]
    probability = numbers.moment.probabilities(np.asarray([sureness(ranked, place, plan)]))[0]
    share = float(ranked.shares[place])
    terms = numbers.ranking.terms(ranked.features[place])
    parts = contributions(terms, numbers.ranking.bias)
    return Moment(each.row, each.moment, share, float(probability), why(each, plan), parts)


def why(each: Candidate, plan: Plan) -> str:
    """What ties a candidate to the question and what is missing, in plain words."""
    wanted = content_words(plan.question)
    text = f"{each.text} {each.near} {each.row.text or ''}"
    held = [word for word in wanted if holds(text, word)]
    missing = [word for word in wanted if word not in held]
    if not held:
        return "no word of the question is there; it is the nearest in meaning"
    said = f"there: {', '.join(held)}"
    return f"{said}; not there: {', '.join(missing)}" if missing else said
