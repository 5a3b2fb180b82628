"""Collects items about one clip."""

from __future__ import annotations

import random
from collections.abc import Sequence

from memory.records import Span
from tests.benchmarks.questions.items import Item
from tests.benchmarks.questions.topics import worded
from tests.benchmarks.questions.values import Split

Answers = Sequence[Sequence[str]]


class Collector:
    """The items of one clip or world, worded for one split."""

    def __init__(self, clip: str, split: Split, rng: random.Random) -> None:
        self.clip, self.rng = clip, rng
        self.split: Split = split
        self.items: list[Item] = []

    def ask(
        self, kind: str, capability: str, spans: Sequence[Span], answers: Answers, **slots: str
    ) -> None:
        """An item in one of the split's wordings of its kind."""
        self.add(kind, capability, spans, answers, worded(kind, self.split, self.rng, **slots))

    def add(
        self, kind: str, capability: str, spans: Sequence[Span], answers: Answers, text: str
    ) -> None:
        """An item with a question of its own; without spans it has no answer."""
        groups = tuple(tuple(word.lower() for word in group) for group in answers)
        given, moments = bool(spans), tuple(spans)
        self.items.append(
            Item("", self.clip, 0, self.split, text, moments, groups, capability, given, kind)
        )

    def some(self, share: float) -> bool:
        """Whether to ask this."""
        return self.rng.random() < share
