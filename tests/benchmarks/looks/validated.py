"""Readings judged by numbers that were fitted on other clips, and what a user gets of them.

A user gets the first reading that is sure enough, else the last: looking ends where an answer is
called answered. So precision is told of whole questions, as the loop would have ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.optimize import isotonic_regression

from agents.ask.ranking.logistic import Logistic
from agents.ask.ranking.sureness import Ranked, best_moments, rank, sureness
from agents.ask.ranking.told import answer_place
from tests.benchmarks.quality.cases import Case, Numbers, Truths
from tests.benchmarks.quality.measures import auc, calibration_error, table

FEWEST = 20
"""Answers from which a share of right ones is told."""


@dataclass(frozen=True)
class Judged:
    """What became of one case by a ranking that was not fitted on its clip."""

    case: Case
    ranked: Ranked
    places: tuple[int, ...]
    known: Numbers
    """Shape (moments, features of sureness)."""

    @property
    def top(self) -> int:
        """The candidate of the first moment."""
        return self.places[0]

    @cached_property
    def told(self) -> int | None:
        """The candidate that is told as the answer."""
        return answer_place(self.ranked, self.places, self.case.plan)

    @cached_property
    def answer(self) -> Numbers:
        """What tells how sure the answer is; of the first moment where nothing is told."""
        place = self.top if self.told is None else self.told
        if place in self.places:
            return self.known[self.places.index(place)]
        return np.asarray(sureness(self.ranked, place, self.case.plan))

    @property
    def is_right(self) -> bool:
        """Whether what is told is the answer."""
        return self.case.item.answerable and self._tells(self.case.right)

    @property
    def says(self) -> bool:
        """Whether what is told holds the words."""
        return self._tells(self.case.said)

    def _tells(self, truths: Truths) -> bool:
        return self.told is not None and bool(truths[self.told])


def judged(cases: Sequence[Case], ranking: Logistic) -> list[Judged]:
    """Each case that has candidates, ranked."""
    made: list[Judged] = []
    for case in cases:
        if not case.candidates:
            continue
        ranked = rank(case.candidates, case.features, ranking)
        places = tuple(best_moments(ranked))
        known = np.asarray([sureness(ranked, place, case.plan) for place in places])
        made.append(Judged(case, ranked, places, known))
    return made


def by_moment(found: Sequence[Judged], moments: Logistic) -> list[Judged]:
    """The same with the most probable moment first."""
    made: list[Judged] = []
    for each in found:
        order = np.argsort(-moments.probabilities(each.known), kind="stable")
        places = tuple(each.places[n] for n in order)
        made.append(replace(each, places=places, known=each.known[order]))
    return made


@dataclass(frozen=True)
class Validated:
    """Cases judged by numbers of other clips, with the probabilities that these gave."""

    found: list[Judged]
    answer: Numbers
    moment: Numbers

    @cached_property
    def right(self) -> Truths:
        """Whether each first answer is right."""
        return np.asarray([each.is_right for each in self.found], dtype=bool)

    @cached_property
    def hits(self) -> Truths:
        """Whether each first moment is right."""
        return np.asarray([bool(each.case.hit[each.top]) for each in self.found], dtype=bool)

    @property
    def is_real(self) -> Truths:
        """Which of them are about real clips."""
        return np.asarray([not each.case.is_made for each in self.found], dtype=bool)

    def told_from(self, threshold: float) -> Truths:
        """Readings that are told as answered: the first of a question that is sure enough."""
        sure = self.answer >= threshold
        early = {
            each.case.item.item_id
            for each, enough in zip(self.found, sure, strict=True)
            if enough and not each.case.is_looked
        }
        late = [e.case.is_looked and e.case.item.item_id in early for e in self.found]
        return sure & ~np.asarray(late, dtype=bool)

    def coverage(self, threshold: float, chosen: Truths) -> tuple[float, float]:
        """Share of the answerable questions that are told as answered, and share right of all told.

        Args:
            threshold: Least probability.
            chosen: Which readings count.
        """
        told = self.told_from(threshold) & chosen
        there = np.asarray([each.case.item.answerable for each in self.found], dtype=bool)
        asked = {
            each.case.item.item_id
            for each, own in zip(self.found, chosen & there, strict=True)
            if own
        }
        right = float(self.right[told].mean()) if told.any() else float("nan")
        return float((told & there).sum() / max(1, len(asked))), right

    @property
    def curve(self) -> list[tuple[float, float]]:
        """(threshold, share of right answers from it on), never falling with the threshold.

        What rises and falls by luck is levelled by isotonic regression (Barlow et al. 1972).
        """
        steps = [round(step, 2) for step in np.arange(0.2, 0.96, 0.02)]
        told = [self.told_from(step) & self.is_real for step in steps]
        known = [each for each in told if each.sum() >= FEWEST]
        reached = np.asarray([self.right[each].mean() for each in known])
        numbers = np.asarray([each.sum() for each in known])
        rising = isotonic_regression(reached, weights=numbers).x if known else []
        levels = [*map(float, rising), *[1.0] * (len(told) - len(known))]
        return [(step, round(value, 3)) for step, value in zip(steps, levels, strict=True)]

    def of(self, chosen: Truths) -> Validated:
        """Only the chosen ones."""
        found = [each for each, own in zip(self.found, chosen, strict=True) if own]
        return Validated(found, self.answer[chosen], self.moment[chosen])


def report(done: Validated, threshold: float) -> None:
    """What was found with and without looks, and what the probabilities are worth."""
    looked = np.asarray([each.case.is_looked for each in done.found], dtype=bool)
    for name, chosen in (
        ("coarse memory alone", ~looked & done.is_real),
        ("after all looks", looked),
        ("worlds", ~done.is_real),
    ):
        own = done.of(chosen)
        if not own.found:
            continue
        print(f"\n### {name}\n\n{table(own.found, own.answer)}\n")
        for what, sure, right in (
            ("answer", own.answer, own.right),
            ("moment", own.moment, own.hits),
        ):
            error = calibration_error(sure, right)
            print(f"{name}, {what}: AUC {auc(sure, right):.2f}, ECE {error:.3f}")
        share, right = own.coverage(threshold, np.ones(len(own.found), dtype=bool))
        print(f"{name}: {share:.0%} answered from {threshold:g}, {right:.0%} right")
    share, right = done.coverage(threshold, done.is_real)
    print(f"as asked, looks where unsure: {share:.0%} answered, {right:.0%} right")
