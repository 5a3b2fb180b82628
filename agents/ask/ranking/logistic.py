"""Linear scores over standardised features, and probabilities from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from agents.ask.ranking.features import Matrix


@dataclass(frozen=True, slots=True)
class Logistic:
    """A linear score over standardised features; as a probability through the logistic function."""

    mean: tuple[float, ...]
    scale: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float = 0.0

    def scores(self, features: Matrix) -> Matrix:
        """One score per row of `features` (n, d)."""
        standard = (features - np.asarray(self.mean)) / np.asarray(self.scale)
        return standard @ np.asarray(self.weights) + self.bias

    def terms(self, features: Matrix) -> Matrix:
        """What each feature adds to the score of its row, shape (n, d)."""
        standard = (features - np.asarray(self.mean)) / np.asarray(self.scale)
        return standard * np.asarray(self.weights)

    def probabilities(self, features: Matrix) -> Matrix:
        """One probability per row of `features` (n, d)."""
        return 1.0 / (1.0 + np.exp(-self.scores(features)))
