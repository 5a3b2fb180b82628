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
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from scipy.optimize import minimize

from agents.ask.ranking import learned
from agents.ask.ranking.features import FEATURES
from agents.ask.ranking.logistic import Logistic
from agents.ask.ranking.sureness import KEPT, SURENESS
from tests.benchmarks.looks.validated import Judged, Validated, by_moment, judged, report
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
from tests.benchmarks.quality.more_clips.items import MORE
from tests.benchmarks.questions.items import Item

FITTED = Path(learned.__file__).with_name("fitted.json")
RANKING_PENALTY, SURENESS_PENALTY = 0.05, 0.03
"""L2 penalties; both were left as first chosen, results change little from a third to thrice."""
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


def fit_moments(found: Sequence[Judged]) -> Logistic:
    """How sure a moment is, from all moments that were shown."""
    rows = np.concatenate([each.known for each in found])
    hits = [bool(each.case.hit[place]) for each in found for place in each.places]
    share = [each.case.weight for each in found for _ in each.places]
    return fit_logistic(rows, np.asarray(hits, dtype=bool), np.asarray(share))


def fit_answers(found: Sequence[Judged], moments: Logistic) -> Logistic:
    """How sure the first answer is."""
    first = by_moment(found, moments)
    rows = np.asarray([each.answer for each in first])
    right = np.asarray([each.is_right for each in first], dtype=bool)
    return fit_logistic(rows, right, np.asarray([each.case.weight for each in first]))


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
        told = np.asarray([each.answer for each in found])
        first = np.asarray([each.known[0] for each in found])
        parts.append(Validated(found, answers.probabilities(told), moments.probabilities(first)))
    return Validated(
        [each for part in parts for each in part.found],
        np.concatenate([part.answer for part in parts]),
        np.concatenate([part.moment for part in parts]),
    )


def fitted_parts(cases: Sequence[Case]) -> tuple[Logistic, Logistic, Logistic]:
    """Ranking, sureness of moments, sureness of answers.

    How sure a ranking may be is learned from what it makes of clips that it was not fitted on, as
    it is surer of its own (stacking; Wolpert 1992).
    """
    found: list[Judged] = []
    for fold in sorted({case.item.fold for case in cases}):
        rest = fit_ranking([case for case in cases if case.item.fold != fold])
        found += judged([case for case in cases if case.item.fold == fold], rest)
    moments = fit_moments(found)
    return fit_ranking(cases), moments, fit_answers(found, moments)


def every_case(collector: Collector, items: Sequence[Item]) -> list[Case]:
    """Each item of coarse memory alone; those about clips once more, after all looks."""
    clips = [item for item in items if not item.clip.startswith("world_")]
    return [*collector.cases(items), *collector.looked(clips)]


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

    def __init__(self, home: Path = CACHE / "store") -> None:
        self._collector = Collector(home)

    def fit(self, items: Sequence[Item]) -> Mapping[str, Any]:
        """The numbers of the reader, from these items alone."""
        clips = {item.clip for item in items}
        # recalled for all folds at the first, before looks of asked folds add rows to the store
        every = every_case(self._collector, [*clip_questions(), *world_questions()])
        # the clips of packages are of other origins than those that are asked of
        cases = [c for c in every if c.item.clip in clips or c.item.kind == MORE]
        return numbers_of(cases, cross_validated(cases).curve)

    @contextmanager
    def using(self, numbers: Mapping[str, Any]) -> Generator[None]:
        """Inside, the reader has these numbers."""
        own = learned.fitted_of(numbers)
        with patch.object(learned, "fitted", lambda: own):
            yield


def main() -> None:
    """Fit, report, and write when told to."""
    parser = argparse.ArgumentParser(description="Fits the learned reader.")
    parser.add_argument("--write", action="store_true", help="write the reader's numbers")
    parser.add_argument("--held-out", action="store_true", help="report other wordings too")
    parser.add_argument("--home", type=Path, default=CACHE / "store", help="store with the clips")
    options = parser.parse_args()
    collector = Collector(options.home)
    cases = every_case(collector, [*clip_questions(), *world_questions()])
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
        report(validated(cases, every_case(collector, held_out_questions())), threshold)


if __name__ == "__main__":
    main()
