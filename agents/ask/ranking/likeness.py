"""How like a question a text is, by its letters and by its order of words.

Words alone miss what was misread ("17/O9/07") and what a question quotes: common words in just this
order.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from agents.ask.plan import Plan
from agents.text.stop_words import STOP_WORDS
from agents.text.words import words

LONGEST_RUN = 6
"""Words in a row from which more of them tell no more."""
WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Likeness:
    """A question, ready to be compared with texts of one context."""

    phrases: tuple[str, ...]
    tokens: tuple[str, ...]
    grams: dict[str, float]
    """Groups of three letters of its content words, each with how rare it is in the context."""

    @classmethod
    def of(cls, plan: Plan, texts: Sequence[str]) -> Likeness:
        """Ready for a question; `texts` are those of the context."""
        seen = Counter(gram for text in texts for gram in grams_of(text))
        content = [word for word in words(plan.question) if word not in STOP_WORDS]
        total = len(texts) + 1
        rare = {
            gram: math.log(1 + total / (seen[gram] + 0.5))
            for gram in sorted(grams_of(" ".join(content) or plan.question))
        }
        phrases = tuple(phrase.lower() for phrase in plan.phrases)
        return cls(phrases, tuple(WORD.findall(plan.question.lower())), rare)

    def phrase(self, text: str) -> float:
        """How much of a quoted phrase a text holds, 0 to 1, misread letters forgiven."""
        found = (fuzz.partial_ratio(phrase, text.lower()) for phrase in self.phrases)
        return max(found, default=0.0) / 100 if text else 0.0

    def letters(self, text: str) -> float:
        """Weighted share, 0 to 1, of the question's groups of three letters in a text."""
        held, total = grams_of(text), sum(self.grams.values())
        return sum(w for gram, w in self.grams.items() if gram in held) / total if total else 0.0

    def run(self, text: str) -> float:
        """Longest run of the question's words in a text, as a share of `LONGEST_RUN`."""
        return min(longest_run(self.tokens, WORD.findall(text.lower())), LONGEST_RUN) / LONGEST_RUN


def grams_of(text: str) -> set[str]:
    """Groups of three letters, over the edges of words too."""
    plain = f" {' '.join(WORD.findall(text.lower()))} "
    return {plain[at : at + 3] for at in range(len(plain) - 2)}


def longest_run(one: Sequence[str], other: Sequence[str]) -> int:
    """Most words that stand in the same order, side by side, in both."""
    best, before = 0, [0] * (len(other) + 1)
    for word in one:
        now = [0, *(before[n] + 1 if word == each else 0 for n, each in enumerate(other))]
        best, before = max(best, *now), now
    return best
