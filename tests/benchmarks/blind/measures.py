"""How well confidence tells right from wrong, and intervals over clips."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
BINS = 10


@dataclass(frozen=True)
class Bin:
    """A bin of a reliability diagram."""

    low: float
    high: float
    number: int
    confidence: float
    """Mean confidence."""
    right: float
    """Share that was right."""


@dataclass(frozen=True)
class Interval:
    """A value with its 95 % interval; all NaN where nothing can be said."""

    value: float
    low: float
    high: float


def reliability(confidence: Sequence[float], right: Sequence[bool], bins: int = BINS) -> list[Bin]:
    """Bins of equal width over [0, 1]; empty ones are left out."""
    sure, truth = np.asarray(confidence, float), np.asarray(right, float)
    places = np.minimum((sure * bins).astype(int), bins - 1)
    made: list[Bin] = []
    for place in range(bins):
        own = places == place
        if own.any():
            means = float(sure[own].mean()), float(truth[own].mean())
            made.append(Bin(place / bins, (place + 1) / bins, int(own.sum()), *means))
    return made


def calibration_error(
    confidence: Sequence[float], right: Sequence[bool], bins: int = BINS
) -> float:
    """Expected calibration error (Naeini et al. 2015, equal width); NaN without values."""
    total = len(confidence)
    parts = reliability(confidence, right, bins)
    gaps = [part.number * abs(part.confidence - part.right) for part in parts]
    return sum(gaps) / total if total else float("nan")


def auc(confidence: Sequence[float], right: Sequence[bool]) -> float:
    """Chance that a right answer has more confidence than a wrong one; ties count half.

    NaN when all are right or all are wrong (Hanley and McNeil 1982).
    """
    sure, truth = np.asarray(confidence, float), np.asarray(right, bool)
    good, bad = sure[truth], sure[~truth]
    if not len(good) or not len(bad):
        return float("nan")
    above = (good[:, None] > bad[None, :]).mean()
    return float(above + 0.5 * (good[:, None] == bad[None, :]).mean())


def risk_coverage(confidence: Sequence[float], right: Sequence[bool]) -> list[tuple[float, float]]:
    """(coverage, share of wrong answers) when only the surest are given, at every level.

    Answers of equal confidence are given or held back together (El-Yaniv and Wiener 2010).
    """
    order = sorted(zip(confidence, right, strict=True), key=lambda pair: -pair[0])
    curve: list[tuple[float, float]] = []
    wrong = 0
    for number, (sure, is_right) in enumerate(order, start=1):
        wrong += not is_right
        if number == len(order) or order[number][0] < sure:
            curve.append((number / len(order), wrong / number))
    return curve


def area_under_risk(confidence: Sequence[float], right: Sequence[bool]) -> float:
    """Mean risk over all coverages (AURC; smaller is better); NaN without values."""
    curve = risk_coverage(confidence, right)
    if not curve:
        return float("nan")
    before = [0.0, *(coverage for coverage, _ in curve[:-1])]
    return sum((c - b) * risk for (c, risk), b in zip(curve, before, strict=True))


def over_clips(
    measure: Callable[[Sequence[int]], float],
    clips: Sequence[str],
    seed: int = 0,
    rounds: int = 1000,
) -> Interval:
    """A measure over rows with a 95 % bootstrap interval that draws whole clips.

    Questions about one clip succeed and fail together, so rows are no independent draws (cluster
    bootstrap; Davison and Hinkley 1997, section 3.8).

    Args:
        measure: of the rows at these places; NaN where it is not defined.
        clips: the clip of each row.
        seed: of the draws.
        rounds: number of draws.
    """
    own: dict[str, list[int]] = {}
    for place, clip in enumerate(clips):
        own.setdefault(clip, []).append(place)
    value = measure(range(len(clips))) if clips else float("nan")
    if not own:
        return Interval(value, value, value)
    groups, rng = list(own.values()), np.random.default_rng(seed)
    drawn = rng.integers(0, len(groups), (rounds, len(groups)))
    found = np.asarray([measure([p for g in draw for p in groups[g]]) for draw in drawn])
    found = found[~np.isnan(found)]
    if not len(found):
        return Interval(value, float("nan"), float("nan"))
    low, high = np.quantile(found, [0.025, 0.975])
    return Interval(value, float(low), float(high))
