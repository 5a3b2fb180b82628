"""Fits the learned reader, and reports what it is worth on clips that it was not fitted on.

    python -m tests.benchmarks.quality.fit [--write] [--held-out] [--home STORE]

Fitted on the clips' own questions, those of `fresh.toml`, questions without an answer, questions
from the second reading of the clips, and questions about made-up worlds (`cases.py`). Everything is
fitted five times, each time on four fifths of the clips, and judged on the rest; `--write` then
fits on all and writes the reader's numbers. `LearnedReader` takes part in the blind protocol.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from scipy.optimize import minimize

from agents.ask.ranking import learned
from agents.ask.ranking.features import FEATURES
from agents.ask.ranking.learned import KEPT, SURENESS, Logistic, Ranked, rank, sureness
from tests.benchmarks.quality.cases import (
    Case,
    Collector,
    Numbers,
    Truths,
    clip_questions,
    held_out_questions,
    world_questions,
)
from tests.benchmarks.quality.clips import CACHE
from tests.benchmarks.quality.measures import auc, calibration_error, table
from tests.benchmarks.questions.items import Item

FITTED = Path(learned.__file__).with_name("fitted.json")
RANKING_PENALTY, SURENESS_PENALTY = 0.05, 0.03
"""L2 penalties; both were left as first chosen, results change little from a third to thrice."""
HIDDEN = 3
"""Of as many questions with an answer, one is asked again with its answers hidden."""
PRECISION = 0.8
"""Share of right answers for which a threshold is told."""
LEAST = 0.1
"""Probability of a moment below which it is not pointed at."""


def fit_ranking(cases: Sequence[Case]) -> Logistic:
    """A conditional logit: the right candidates of a question against its others."""
    known = [case for case in cases if len(case.candidates) and targets(case).any()]
    features = np.concatenate([case.features for case in known])
    mean, scale = standardised(features)
    standard = (features - mean) / scale
    right = np.concatenate([targets(case) for case in known])
    sizes = np.asarray([len(case.candidates) for case in known])
    starts, owner = np.r_[0, np.cumsum(sizes)[:-1]], np.repeat(np.arange(len(known)), sizes)
    share = np.asarray([case.weight for case in known])
    share /= share.sum()

    def loss(weights: Numbers) -> tuple[float, Numbers]:
        scores = standard @ weights
        raised = np.exp(scores - np.maximum.reduceat(scores, starts)[owner])
        inside = np.where(right, raised, 0.0)
        every, held = np.add.reduceat(raised, starts), np.add.reduceat(inside, starts)
        total = -float(share @ np.log(held / every))
        slope = standard.T @ ((raised / every[owner] - inside / held[owner]) * share[owner])
        penalty = RANKING_PENALTY * weights
        return total + float(penalty @ weights) / 2, slope + penalty

    found = minimize(loss, np.zeros(len(FEATURES)), jac=True, method="L-BFGS-B").x
    return Logistic(tuple(mean), tuple(scale), tuple(found))


def targets(case: Case) -> Truths:
    """What the ranking should find: answers at the moment, else the moment."""
    both = case.hit & case.said
    return both if both.any() else case.hit


def hidden(cases: Sequence[Case]) -> list[Case]:
    """Some questions with an answer, once more without any candidate that is at it or says it.

    They teach that the best of what is there may still be wrong; too many would teach mistrust.
    """
    made: list[Case] = []
    for case in cases:
        rest = np.flatnonzero(~(case.hit | case.said))
        if not case.item.answerable or not len(rest):
            continue
        never = np.zeros(len(rest), dtype=bool)
        item = replace(case.item, spans=(), answers=(), answerable=False)
        kept = tuple(case.candidates[i] for i in rest)
        made.append(Case(item, kept, case.features[rest], never, never))
    return made[::HIDDEN]


def standardised(features: Numbers) -> tuple[Numbers, Numbers]:
    """Mean and scale of each feature; one that never changes keeps its scale."""
    scale = features.std(axis=0)
    return features.mean(axis=0), np.where(scale > 1e-3, scale, 1.0)


def fit_logistic(features: Numbers, right: Truths, share: Numbers) -> Logistic:
    """An L2-penalised logistic regression; the bias is not penalised."""
    mean, scale = standardised(features)
    standard = np.c_[(features - mean) / scale, np.ones(len(features))]
    sign, share = np.where(right, 1.0, -1.0), share / share.sum()
    light = np.r_[np.full(features.shape[1], SURENESS_PENALTY), 0.0]

    def loss(weights: Numbers) -> tuple[float, Numbers]:
        scores = standard @ weights
        total = float(share @ np.logaddexp(0, -sign * scores)) + float(light @ weights**2) / 2
        chance = 1 / (1 + np.exp(-scores))
        return total, standard.T @ ((chance - right) * share) + light * weights

    found = minimize(loss, np.zeros(standard.shape[1]), jac=True, method="L-BFGS-B").x
    return Logistic(tuple(mean), tuple(scale), tuple(found[:-1]), float(found[-1]))


@dataclass(frozen=True)
class Judged:
    """What became of one case by a ranking that was not fitted on its clip."""

    case: Case
    top: int
    places: tuple[int, ...]
    known: Numbers
    """Shape (moments, features of sureness)."""

    @property
    def is_right(self) -> bool:
        """Whether the first candidate is the answer."""
        return bool(self.case.right[self.top]) if self.case.item.answerable else False


def judged(cases: Sequence[Case], ranking: Logistic) -> list[Judged]:
    """Each case that has candidates, ranked."""
    made: list[Judged] = []
    for case in cases:
        if not case.candidates:
            continue
        ranked: Ranked = rank(case.candidates, case.features, ranking)
        places = tuple(learned.best_moments(ranked))
        known = np.asarray([sureness(ranked, place) for place in places])
        made.append(Judged(case, places[0], places, known))
    return made


def fit_moments(found: Sequence[Judged]) -> Logistic:
    """How sure a moment is, from all moments that were shown."""
    rows = np.concatenate([each.known for each in found])
    hits = [bool(each.case.hit[place]) for each in found for place in each.places]
    share = [each.case.weight for each in found for _ in each.places]
    return fit_logistic(rows, np.asarray(hits, dtype=bool), np.asarray(share))


def fit_answers(found: Sequence[Judged], moments: Logistic) -> Logistic:
    """How sure the first answer is."""
    first = by_moment(found, moments)
    rows = np.asarray([each.known[0] for each in first])
    right = np.asarray([each.is_right for each in first], dtype=bool)
    return fit_logistic(rows, right, np.asarray([each.case.weight for each in first]))


def by_moment(found: Sequence[Judged], moments: Logistic) -> list[Judged]:
    """The same with the most probable moment first."""
    made: list[Judged] = []
    for each in found:
        order = np.argsort(-moments.probabilities(each.known), kind="stable")
        places = tuple(each.places[n] for n in order)
        made.append(replace(each, top=places[0], places=places, known=each.known[order]))
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

    @property
    def curve(self) -> list[tuple[float, float]]:
        """(threshold, share of right answers from it on), never falling with the threshold."""
        chance, right = self.answer[self.is_real], self.right[self.is_real]
        steps = [round(step, 2) for step in np.arange(0.2, 0.96, 0.05)]
        kept = [right[chance >= step] for step in steps]
        reached = [float(part.mean()) if len(part) >= 8 else 1.0 for part in kept]
        rising = np.maximum.accumulate(reached)
        return [(step, round(float(value), 3)) for step, value in zip(steps, rising, strict=True)]


def cross_validated(cases: Sequence[Case]) -> Validated:
    """Everything fitted once per fold on the other folds."""
    return validated(cases, cases)


def validated(fitting: Sequence[Case], asked: Sequence[Case]) -> Validated:
    """Each of `asked` judged by numbers that were fitted on the folds of `fitting` without it."""
    parts: list[Validated] = []
    for fold in sorted({case.item.fold for case in fitting if not case.is_made}):
        ranking, moments, answers = fitted_parts([c for c in fitting if c.item.fold != fold])
        own = judged([case for case in asked if case.item.fold == fold], ranking)
        found = by_moment(own, moments)
        known = np.asarray([each.known[0] for each in found])
        parts.append(Validated(found, answers.probabilities(known), moments.probabilities(known)))
    return Validated(
        [each for part in parts for each in part.found],
        np.concatenate([part.answer for part in parts]),
        np.concatenate([part.moment for part in parts]),
    )


def fitted_parts(cases: Sequence[Case]) -> tuple[Logistic, Logistic, Logistic]:
    """Ranking, sureness of moments, sureness of answers."""
    ranking = fit_ranking(cases)
    found = judged(cases, ranking)
    moments = fit_moments(found)
    return ranking, moments, fit_answers([*found, *judged(hidden(cases), ranking)], moments)


def numbers_of(cases: Sequence[Case], curve: Sequence[tuple[float, float]]) -> dict[str, Any]:
    """Everything fitted on all cases, as the file of the reader."""
    parts = zip(("ranking", "moment", "answer"), fitted_parts(cases), strict=True)
    told: dict[str, Any] = {
        name: {
            "mean": [round(v, 5) for v in part.mean],
            "scale": [round(v, 5) for v in part.scale],
            "weights": [round(v, 5) for v in part.weights],
            "bias": round(part.bias, 5),
        }
        for name, part in parts
    }
    names = {"features": list(FEATURES), "sureness": [*SURENESS, *KEPT]}
    return {**names, **told, "precision": list(curve), "least": LEAST}


class LearnedReader:
    """The reader in the blind protocol: fitted anew on the items that it is given.

    The clips' own and fresh questions join where their clip is among the items.
    """

    def __init__(self) -> None:
        self._collector = Collector()

    def fit(self, items: Sequence[Item]) -> Mapping[str, Any]:
        """The numbers of the reader, from these items alone."""
        clips = {item.clip for item in items}
        # recalled for all folds at the first, before looks of asked folds add rows to the store
        every = self._collector.cases([*clip_questions(), *world_questions()])
        cases = [case for case in every if case.item.clip in clips]
        return numbers_of(cases, cross_validated(cases).curve)

    @contextmanager
    def using(self, numbers: Mapping[str, Any]) -> Generator[None]:
        """Inside, the reader has these numbers."""
        own = learned.fitted_of(numbers)
        with patch.object(learned, "fitted", lambda: own):
            yield


def report(done: Validated, threshold: float) -> None:
    """What was found, and what the probabilities are worth."""
    print(table(done.found, done.answer))
    for name, chosen in (("real clips", done.is_real), ("worlds", ~done.is_real)):
        for what, chance, truth in (
            ("answer", done.answer, done.right),
            ("moment", done.moment, done.hits),
        ):
            sure, right = chance[chosen], truth[chosen]
            error = calibration_error(sure, right)
            print(f"{name}, {what}: AUC {auc(sure, right):.2f}, ECE {error:.3f}")
        told = chosen & (done.answer >= threshold)
        answerable = np.asarray([each.case.item.answerable for each in done.found], dtype=bool)
        share = (told & answerable).sum() / (chosen & answerable).sum()
        print(
            f"{name}: {share:.0%} answered from {threshold:g}, {done.right[told].mean():.0%} right"
        )


def main() -> None:
    """Fit, report, and write when told to."""
    parser = argparse.ArgumentParser(description="Fits the learned reader.")
    parser.add_argument("--write", action="store_true", help="write the reader's numbers")
    parser.add_argument("--held-out", action="store_true", help="report other wordings too")
    parser.add_argument("--home", type=Path, default=CACHE / "store", help="store with the clips")
    options = parser.parse_args()
    collector = Collector(options.home)
    cases = collector.cases([*clip_questions(), *world_questions()])
    done = cross_validated(cases)
    threshold = min((step for step, reached in done.curve if reached >= PRECISION), default=1.0)
    report(done, threshold)
    told = ", ".join(f"{step:.2f}: {share:.2f}" for step, share in done.curve)
    print("precision from a probability on:", told)
    if options.write:
        text = json.dumps(numbers_of(cases, done.curve), indent=1)
        FITTED.write_text(text + "\n", encoding="utf-8")
        print(f"wrote {FITTED.name}")
    if options.held_out:
        print("\n## Other wordings, other worlds\n")
        report(validated(cases, collector.cases(held_out_questions())), threshold)


if __name__ == "__main__":
    main()
