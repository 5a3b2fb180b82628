"""Values that facts over time hold: which holds now, which held at a time, and how it changed.

A fact takes part where the question says all words that name it: those of a sentence's subject and
predicate ("the code of the cellar"), of a label ("Price: 5") or of a changing place on screen
("Slide 4 of 60"). What was told last holds; a time in the question asks for what held then. After
the world states of RoboMemory and MemoryAgentBench's conflicts, without a model.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from agents.ask.answer import Cited, Draft
from agents.ask.plan import Asked, Plan, Relation
from agents.ask.reader.units import quoted, wanted_words
from agents.text.clock import clock
from agents.text.words import coverage, stems
from memory.organise.truth import Fact, Status
from memory.records import Memory, Span

ASKS = (Asked.WHAT, Asked.WHERE, Asked.WHO, Asked.WRITTEN, Asked.SAID, Asked.COUNT, Asked.KEYWORDS)
"""Kinds of question that a value may answer."""
NO_VALUE = frozenset(("reason", "action"))
"""Types of answer that no value is: a launch that "moved to Sunday" does not say why."""
CHANGED = re.compile(
    r"\bhow (?:did|do|does|has|have)\b.*\b(?:chang|develop|evolv|go|gone)|\bchange[ds]? over\b|"
    r"\bhistory of\b",
    re.IGNORECASE,
)
"""All values are asked for, in order."""
FREE = frozenset("number value amount current currently now today change changed".split())
"""Words that ask for a value without naming what it is of."""
UNSAID = frozenset(("shows", "is", "are", "was", "were"))
"""Predicates that no question needs to say."""
SURE, MOST = 0.9, 6
"""Confidence of a fact that is named, and most values that are told."""

Key = tuple[str, str, str]


def is_asked(plan: Plan) -> bool:
    """Whether a question may ask for a value: not beside an event, and not for one of several."""
    anchor = plan.anchor
    is_apart = anchor is not None and (bool(anchor.text) or anchor.relation is not Relation.AT)
    may_be_value = plan.asked in ASKS and plan.target not in NO_VALUE
    return may_be_value and not (is_apart or plan.choices or plan.phrases)


def named_facts(plan: Plan, facts: Iterable[Fact]) -> list[Fact]:
    """The values, in the order of time, of the one thing that a question names best; else none."""
    said = set(stems(plan.question))
    groups: dict[Key, list[Fact]] = {}
    for fact in facts:
        room = fact.video_id if fact.local else ""
        groups.setdefault((room, fact.subject, fact.predicate), []).append(fact)
    worth = {key: _named(told[0], said) for key, told in groups.items()}
    best = max(worth.values(), default=0)
    found = [key for key, words in worth.items() if words == best]
    return groups[found[0]] if best and len(found) == 1 else []


def read_fact(plan: Plan, told: Sequence[Fact], rows: Mapping[str, Memory]) -> Draft | None:
    """The value asked for, citing where it was told; None where there is none, or two at once.

    Args:
        plan: What is asked.
        told: The values of one thing in the order of time, as `named_facts` gives them.
        rows: By id, the rows that tell them.
    """
    known = [fact for fact in told if fact.source_ids and fact.source_ids[0] in rows]
    if CHANGED.search(plan.question):
        is_about = bool(known) and _is_about(plan, known[0], rows)
        return _changes(known, rows) if is_about else None
    fact = _wanted(plan, known)
    if fact is None or fact.status is Status.CONFLICT or not _is_about(plan, fact, rows):
        return None
    cited = (_from(rows[fact.source_ids[0]], fact),)
    told_of = validity(fact, known)
    return Draft(quoted(fact.value), cited, SURE, True, told_of, label=named(fact))


def validity(fact: Fact, told: Sequence[Fact]) -> str:
    """What a value is of, since when it holds and until when, and what was before it."""
    until = "" if fact.end is None else f" until {clock(fact.end)}"
    later = "" if not fact.superseded_by else f", then {fact.superseded_by}"
    at = told.index(fact)
    before = f"; before that {told[at - 1].value}" if at else ""
    return f"{named(fact)}: {fact.value} from {clock(fact.start)}{until}{later}{before}"


def named(fact: Fact) -> str:
    """What a value is of, in words: "Price", "code of the cellar", "Slide # of 60"."""
    is_label = fact.predicate.casefold() in UNSAID
    return fact.subject if is_label else f"{fact.predicate} of {fact.subject}"


def _named(fact: Fact, said: set[str]) -> int:
    """How many words name a fact, where the question says all of them; else 0."""
    needed = set(stems(re.sub(r"\W|\d", " ", fact.subject)))
    if fact.predicate.casefold() not in UNSAID:
        needed |= set(stems(fact.predicate))
    return len(needed) if needed <= said else 0


def _is_about(plan: Plan, fact: Fact, rows: Mapping[str, Memory]) -> bool:
    """Whether all else that the question names stands with the fact: the name of what it is.

    A line "Name: Otto" is no answer to "what is the name of the dog" unless a dog is told there.
    """
    there = f"{named(fact)} {fact.value} {rows[fact.source_ids[0]].text or ''}"
    return coverage([word for word in wanted_words(plan) if word not in FREE], there) >= 1


def _wanted(plan: Plan, told: Sequence[Fact]) -> Fact | None:
    """The value at the time of the question, the first or the last one, else what holds now."""
    if not told:
        return None
    if plan.anchor is not None and plan.anchor.span is not None:
        at = plan.anchor.span.start
        return None if plan.anchor.from_end else _held_at(told, at)
    if plan.position is not None:
        return told[0] if plan.position == 1 else told[-1] if plan.position == -1 else None
    return told[-1]


def _held_at(told: Sequence[Fact], at: int) -> Fact | None:
    """What held at a time of the one video that tells of it."""
    if len({fact.video_id for fact in told}) != 1:
        return None
    return next((fact for fact in reversed(told) if fact.start <= at), None)


def _changes(told: Sequence[Fact], rows: Mapping[str, Memory]) -> Draft | None:
    """All values in order, each with when it was told first."""
    shown = told[:MOST]
    if len(shown) < 2:
        return None
    said = ", then ".join(f"{fact.value} from {clock(fact.start)}" for fact in shown)
    cited = tuple(_from(rows[fact.source_ids[0]], fact) for fact in shown)
    left = f"; {len(told) - MOST} later values are not told" if len(told) > MOST else ""
    label = named(told[0])
    reason = f"values of the {label} in order of time{left}"
    return Draft(said, cited, SURE, True, reason, label=label)


def _from(row: Memory, fact: Fact) -> Cited:
    return Cited(row, Span(fact.start, row.span.end).clipped(row.span) or row.span)
