"""Means of paired differences with their bootstrap intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Difference:
    """A mean difference and its 95 % interval."""

    mean: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Whether the interval excludes 0."""
        return self.low > 0 or self.high < 0


def paired_bootstrap(
    ours: Sequence[float], theirs: Sequence[float], seed: int = 0, rounds: int = 10_000
) -> Difference:
    """The mean of `ours - theirs` with its percentile interval over resampled pairs.

    Efron and Tibshirani (1993), An Introduction to the Bootstrap, section 13.3.

    Raises:
        ValueError: when the two differ in length, or are empty.
    """
    if len(ours) != len(theirs) or not ours:
        raise ValueError(f"pairs are needed: {len(ours)} and {len(theirs)} values")
    gaps = np.asarray(ours, float) - np.asarray(theirs, float)
    if not gaps.any():  # nothing to draw: a part that is not touched
        return Difference(0.0, 0.0, 0.0)
    drawn = np.random.default_rng(seed).integers(0, len(gaps), (rounds, len(gaps)))
    means = gaps[drawn].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return Difference(float(gaps.mean()), float(low), float(high))
