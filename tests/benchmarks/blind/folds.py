"""Deals the real clips into folds; clips of one source stay together, since they may be alike."""

from __future__ import annotations

import random
from collections.abc import Sequence

from tests.benchmarks.quality.clips import Clip

FOLDS = 5
SEED = 17


def folds_of(clips: Sequence[Clip], folds: int = FOLDS, seed: int = SEED) -> dict[str, int]:
    """The fold of each clip, by its id: whole sources, with about as many questions in each.

    The largest sources are dealt first, each to the fold with the fewest questions so far; `seed`
    settles the order among equals.
    """
    sources: dict[str, list[Clip]] = {}
    for clip in clips:
        sources.setdefault(clip.source, []).append(clip)
    order = sorted(sources)
    random.Random(seed).shuffle(order)
    order.sort(key=lambda source: -_questions(sources[source]))
    asked = [0] * folds
    dealt: dict[str, int] = {}
    for source in order:
        fold = min(range(folds), key=lambda number: asked[number])
        asked[fold] += _questions(sources[source])
        dealt |= {clip.clip_id: fold for clip in sources[source]}
    return dealt


def _questions(clips: Sequence[Clip]) -> int:
    return sum(len(clip.questions) for clip in clips)
