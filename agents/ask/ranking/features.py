"""What tells whether a candidate answers a question, as numbers that a model was fitted on.

None of them knows a question or a video: they compare words, meanings, times and kinds.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from agents.ask.answer import Context
from agents.ask.plan import Asked, Plan
from agents.ask.ranking.candidates import Candidate
from agents.ask.ranking.edges import tells_other_edge
from agents.ask.ranking.likeness import Likeness
from agents.ask.ranking.placing import Placing
from agents.ask.ranking.values import PATTERNS, value_pattern
from agents.ask.reader.units import Weights, meanwhile
from agents.text.scripts import unspaced_pairs
from agents.text.words import STOP_WORDS, coverage, stem, stems, words
from memory.records import SECOND, Kind, Memory

Matrix = NDArray[np.float64]
Relate = Callable[[str, Sequence[str]], list[float]]
"""How near in meaning each of some texts is to a question, by cosine similarity."""

MOST = 60
"""Candidates that are compared with the question by meaning."""
FEATURES = (
    "words in the candidate",
    "words in it and beside it",
    "words in its row",
    "words at its time",
    "meaning of the candidate",
    "meaning of its row",
    "row's meaning behind the best",
    "search score",
    "first hit",
    "news",
    "news beside the words",
    "value of the type asked for",
    "named type",
    "written",
    "said",
    "seen",
    "colour",
    "written as asked",
    "said as asked",
    "seen as asked",
    "colour as asked",
    "certainty",
    "height",
    "whole row",
    "length",
    "in focus",
    "duration",
    "looked at",
    "settled by a rule",
    "proved by a rule",
    "phrase in the candidate",
    "phrase in its row",
    "letters of the candidate",
    "letters of it and beside it",
    "letters of its row",
    "words in order",
    "words in order in its row",
    "words in order beside it",
    "next after the event",
    "next before the event",
    "the event itself",
    "first",
    "last",
    "lacks the type asked for",
)
NOTHING_NEW = 0.25
"""Share of new words below which a line only repeats the question."""
VALUE = re.compile(r"(?<=\w )[A-Z]\w+|\d+(?:[.,:]\d+)*")
"""Names inside a sentence, and numbers."""
TELLS_BY_BEING = (Asked.WHEN, Asked.KEYWORDS, Asked.YES_NO, Asked.ORDER)
"""Questions that a line answers by being there, whatever it says."""
COLOUR = re.compile(r"\bcolou?rs?\b", re.IGNORECASE)


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


def shortlist(plan: Plan, context: Context, every: Sequence[Candidate]) -> list[Candidate]:
    """The candidates whose words or rows fit best, without mere repetitions; ties in order."""
    every = [each for each in every if not tells_other_edge(each, plan)] or list(every)
    every = [each for each in every if not only_repeats(each, plan)] or list(every)
    weights = Weights(content_words(plan.question), context.rows)
    scores = _hit_scores(context)

    def worth(each: Candidate) -> float:
        own = weights.share(f"{each.text} {each.near}")
        return own + scores.get(each.row.memory_id, 0.0) + 0.5 * (each.row.kind in plan.kinds[:1])

    order = sorted(range(len(every)), key=lambda i: (-worth(every[i]), i))[:MOST]
    return [every[i] for i in sorted(order)]


def features_of(
    plan: Plan, context: Context, candidates: Sequence[Candidate], relate: Relate
) -> Matrix:
    """One row of `FEATURES` per candidate, shape (n, len(FEATURES)) float64."""
    if not candidates:
        return np.zeros((0, len(FEATURES)))
    question = plan.question
    weights = Weights(content_words(question), context.rows)
    scores = _hit_scores(context)
    first = context.hits[0].memory.memory_id if context.hits else ""
    rows = {c.row.memory_id: c.row for c in candidates}
    there = {key: weights.share(meanwhile(row, context.rows)) for key, row in rows.items()}
    meaning = _meanings(question, candidates, relate)
    like = Likeness.of(plan, [row.text for row in context.rows if row.text])
    placing = Placing(plan, context)
    pattern = _pattern(plan)
    best = max(meaning[_row_text(c.row)] for c in candidates)
    made = [
        [
            *_lexical(each, weights, there[each.row.memory_id]),
            meaning[each.text],
            meaning[_row_text(each.row)],
            meaning[_row_text(each.row)] - best,
            scores.get(each.row.memory_id, 0.0),
            float(each.row.memory_id == first),
            *_news(each, question, weights),
            *_typed(each, plan, pattern),
            *_kinds(each, plan),
            each.certainty,
            each.height,
            float(each.is_whole),
            math.log1p(len(each.text.split())) / 3,
            float(_in_focus(each.row, context)),
            math.log1p(each.moment.length / SECOND) / 3,
            float(each.row.is_look),
            float(bool(each.rule)),
            float(each.rule == "proven"),
            *_likeness(each, like),
            *placing.of(each),
            _lacks_type(each, pattern),
        ]
        for each in candidates
    ]
    return np.asarray(made, dtype=np.float64)


def _hit_scores(context: Context) -> dict[str, float]:
    best = max((hit.score for hit in context.hits), default=0.0) or 1.0
    return {hit.memory.memory_id: hit.score / best for hit in context.hits}


def _lexical(each: Candidate, weights: Weights, there: float) -> tuple[float, ...]:
    own = weights.share(each.text)
    return own, weights.share(f"{each.text} {each.near}"), weights.share(_row_text(each.row)), there


def _row_text(row: Memory) -> str:
    return (row.text or "")[:600] or "a picture"


def _meanings(question: str, candidates: Sequence[Candidate], relate: Relate) -> dict[str, float]:
    texts = dict.fromkeys(text for c in candidates for text in (c.text, _row_text(c.row)))
    return dict(zip(texts, relate(question, list(texts)), strict=True))


def _news(each: Candidate, question: str, weights: Weights) -> tuple[float, float]:
    """Share of the candidate's words that the question does not say; the same where words are."""
    content = stems(each.text)
    news = 1 - coverage(content, question) if content else 0.0
    return news, news * weights.share(f"{each.text} {each.near}")


def _pattern(plan: Plan) -> re.Pattern[str] | None:
    """What a value of the asked-for type looks like; None where it may be any text."""
    known = value_pattern(plan.target) if plan.target else None
    return re.compile(PATTERNS["number"]) if known is None and plan.asked is Asked.COUNT else known


def _lacks_type(each: Candidate, pattern: re.Pattern[str] | None) -> float:
    """Whether it lacks a value of the asked-for type, where such a value has a pattern."""
    return float(pattern is not None and not pattern.search(each.text))


def _typed(each: Candidate, plan: Plan, pattern: re.Pattern[str] | None) -> tuple[float, float]:
    """Whether it holds a value of the asked-for type, and whether its label is of that type."""
    value = bool(pattern and pattern.search(each.text))
    noun = stem(plan.target.lower().split()[-1]) if plan.target else ""
    named = bool(noun) and any(stem(w) == noun for w in words(f"{each.text} {each.near}"))
    return float(value), float(named and each.row.kind.is_thing)


def _kinds(each: Candidate, plan: Plan) -> tuple[float, ...]:
    kind = each.row.kind
    own = (
        kind is Kind.SCREEN_TEXT,
        kind is Kind.SPEECH,
        kind.is_thing and not each.is_colour,
        each.is_colour,
    )
    first = plan.kinds[0] if plan.kinds else None
    wanted = (
        plan.asked is Asked.WRITTEN or first is Kind.SCREEN_TEXT,
        plan.asked is Asked.SAID or first is Kind.SPEECH,
        first is not None and first.is_thing,
        bool(COLOUR.search(plan.question)),
    )
    return (*map(float, own), *(float(a and b) for a, b in zip(own, wanted, strict=True)))


def _likeness(each: Candidate, like: Likeness) -> tuple[float, ...]:
    """By letters and order of words: the candidate, its row, and what stands beside it."""
    row = each.row.text or ""
    return (
        like.phrase(each.text),
        like.phrase(row),
        like.letters(each.text),
        like.letters(f"{each.text} {each.near}"),
        like.letters(row),
        like.run(each.text),
        like.run(row),
        like.run(each.near),
    )


def _in_focus(row: Memory, context: Context) -> bool:
    return not context.focus or any(
        row.video_id == video and row.span.overlap(span) for video, span in context.focus
    )
