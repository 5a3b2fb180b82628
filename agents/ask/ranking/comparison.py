"""A question made ready to be compared with what may answer it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agents.ask.answer import Context
from agents.ask.plan import Asked, Plan
from agents.ask.planner.grammar import MEDIUM
from agents.ask.ranking.candidates import Candidate
from agents.ask.ranking.edges import tells_other_edge
from agents.ask.ranking.likeness import Likeness
from agents.ask.ranking.placing import Placing, says_the_same
from agents.ask.ranking.values import PATTERNS, counts, value_pattern
from agents.ask.reader.units import Weights, holds, meanwhile
from agents.text.scripts import unspaced_pairs
from agents.text.stop_words import STOP_WORDS
from agents.text.words import coverage, stem, stems, words
from memory.records import Kind, Memory

Matrix = NDArray[np.float64]
Relate = Callable[[str, Sequence[str]], list[float]]
"""How near in meaning each of some texts is to a question, by cosine similarity."""

MOST = 60
"""Candidates that are compared with the question by meaning."""
NOTHING_NEW = 0.25
"""Share of new words below which a line only repeats the question."""
VALUE = re.compile(r"(?<=\w )[A-Z]\w+|\d+(?:[.,:]\d+)*")
"""Names inside a sentence, and numbers."""
TELLS_BY_BEING = (Asked.WHEN, Asked.KEYWORDS, Asked.YES_NO, Asked.ORDER)
"""Questions that a line answers by being there, whatever it says."""
COLOUR = re.compile(r"\bcolou?rs?\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A question and what was recalled for it, made ready once for all candidates."""

    plan: Plan
    context: Context
    weights: Weights
    placing: Placing
    scores: Mapping[str, float]
    """Of the hits, as shares of the best one's, by row."""

    @classmethod
    def of(cls, plan: Plan, context: Context) -> Prepared:
        """Ready for any candidates of what was recalled."""
        scores = _scores(context)
        weights = Weights(content_words(plan.question), context.rows)
        return cls(plan, context, weights, Placing(plan, context), scores)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the features need to know of a question and of those that may answer it."""

    prepared: Prepared
    like: Likeness
    there: Mapping[str, float]
    """Share of the question's words that were perceived while each row lasts."""
    meaning: Mapping[str, float]
    """How near each text is to the question in meaning."""
    best: float
    """The nearest row's."""
    pattern: re.Pattern[str] | None
    """What a value of the asked-for type looks like; None where it may be any text."""
    wanted: tuple[bool, ...]
    """Which of the kinds of `kinds` the question asks for."""

    @classmethod
    def of(cls, prepared: Prepared, candidates: Sequence[Candidate], relate: Relate) -> Comparison:
        """Ready for these candidates, of which there is at least one."""
        plan, context, share = prepared.plan, prepared.context, prepared.weights.share
        rows = {each.row.memory_id: each.row for each in candidates}
        meaning = _meanings(plan.question, candidates, relate)
        return cls(
            prepared,
            Likeness.of(plan, [row.text for row in context.rows if row.text]),
            {key: share(meanwhile(row, context.rows)) for key, row in rows.items()},
            meaning,
            max(meaning[_row_text(row)] for row in rows.values()),
            _pattern(plan),
            _wanted(plan),
        )

    @property
    def first(self) -> str:
        """Id of the best hit's row; empty without one."""
        hits = self.prepared.context.hits
        return hits[0].memory.memory_id if hits else ""

    def row_text(self, each: Candidate) -> str:
        """The text of its row that is compared."""
        return _row_text(each.row)

    def news(self, each: Candidate) -> float:
        """Share of its words that the question does not say."""
        content = stems(each.text)
        return 1 - coverage(content, self.prepared.plan.question) if content else 0.0

    @property
    def noun(self) -> str:
        """The noun that is asked for, without what is before it; empty without one."""
        return " ".join(self.prepared.plan.target.lower().split()[-1:])

    def holds_value(self, each: Candidate) -> bool:
        """Whether a value of the asked-for type is in it; of a count, one of what is counted."""
        if self.pattern is None or self.pattern.search(each.text) is None:
            return False
        if self.prepared.plan.asked is not Asked.COUNT or each.rule or not self.noun:
            return True
        return counts(self.noun, each.text, each.near)

    def is_of_type(self, each: Candidate) -> bool:
        """Whether it is a thing that is called by the noun that is asked for."""
        noun = stem(self.noun)
        named = bool(noun) and any(stem(w) == noun for w in words(f"{each.text} {each.near}"))
        return named and each.row.kind.is_thing

    def kinds(self, each: Candidate) -> tuple[bool, ...]:
        """Whether it is written, said, seen, a colour."""
        kind = each.row.kind
        return (
            kind is Kind.SCREEN_TEXT,
            kind is Kind.SPEECH,
            kind.is_thing and not each.is_colour,
            each.is_colour,
        )

    def in_focus(self, row: Memory) -> bool:
        """Whether a row lies in the time that the question names, if it names one."""
        focus = self.prepared.context.focus
        return not focus or any(
            row.video_id == video and row.span.overlap(span) for video, span in focus
        )


def content_words(question: str) -> tuple[str, ...]:
    """The words of a question that evidence may hold; pairs of letters where none has spaces."""
    found = (w for w in words(question) if w not in STOP_WORDS and len(w) > 1)
    return tuple(dict.fromkeys(piece for word in found for piece in unspaced_pairs(word)))


def only_repeats(each: Candidate, plan: Plan) -> bool:
    """Whether it says nothing but what the question says: no answer, unless being there is one.

    One new number or name is news, however long the sentence: "leaves from Platform 9".
    """
    content = stems(each.text)
    news = 1 - coverage(content, plan.question) if content else 1.0
    is_known = all(coverage([value], plan.question) == 1 for value in VALUE.findall(each.text))
    return plan.asked not in TELLS_BY_BEING and news < NOTHING_NEW and is_known


def is_of_the_file(each: Candidate, plan: Plan) -> bool:
    """Whether it is what the file says of itself, while the question is about what is in it."""
    if each.row.kind is not Kind.METADATA or plan.is_empty:
        return False
    told = f"{each.near} {each.text}"
    is_named = any(holds(told, word) for word in content_words(plan.question))
    return not is_named and MEDIUM.isdisjoint(words(plan.question))


def shortlist(prepared: Prepared, every: Sequence[Candidate]) -> list[Candidate]:
    """The candidates whose words, rows or places in time fit best; ties in order.

    Mere repetitions of the question are left out, and what a file says of itself but is not meant.
    """
    plan, scores = prepared.plan, prepared.scores
    for is_out in (tells_other_edge, only_repeats, is_of_the_file):
        every = [each for each in every if not is_out(each, plan)] or every

    def worth(each: Candidate) -> float:
        after, before, _, first, last = prepared.placing.of(each)
        own = prepared.weights.share(f"{each.text} {each.near}") + max(after, before, first, last)
        return own + scores.get(each.row.memory_id, 0.0) + 0.5 * (each.row.kind in plan.kinds[:1])

    order = sorted(range(len(every)), key=lambda i: (-worth(every[i]), i))[:MOST]
    return [every[i] for i in sorted(order)]


def _scores(context: Context) -> dict[str, float]:
    """Scores of hits as shares of the best one's; what a look reads again keeps that of the hit."""
    best = max((hit.score for hit in context.hits), default=0.0) or 1.0
    scores = {hit.memory.memory_id: hit.score / best for hit in context.hits}
    for row in context.rows:
        if row.is_look and row.memory_id not in scores:
            again = (hit.score / best for hit in context.hits if _is_again(row, hit.memory))
            scores[row.memory_id] = max(again, default=0.0)
    return scores


def _is_again(row: Memory, known: Memory) -> bool:
    """Whether a row says what another one said, at its time."""
    here = row.kind is known.kind and row.video_id == known.video_id
    return here and row.span.overlap(known.span) > 0 and says_the_same(row, known)


def _row_text(row: Memory) -> str:
    return (row.text or "")[:600] or "a picture"


def _meanings(question: str, candidates: Sequence[Candidate], relate: Relate) -> dict[str, float]:
    texts = dict.fromkeys(text for c in candidates for text in (c.text, _row_text(c.row)))
    return dict(zip(texts, relate(question, list(texts)), strict=True))


def _pattern(plan: Plan) -> re.Pattern[str] | None:
    known = value_pattern(plan.target) if plan.target else None
    return re.compile(PATTERNS["number"]) if known is None and plan.asked is Asked.COUNT else known


def _wanted(plan: Plan) -> tuple[bool, ...]:
    first = plan.kinds[0] if plan.kinds else None
    return (
        plan.asked is Asked.WRITTEN or first is Kind.SCREEN_TEXT,
        plan.asked is Asked.SAID or first is Kind.SPEECH,
        first is not None and first.is_thing,
        bool(COLOUR.search(plan.question)),
    )
