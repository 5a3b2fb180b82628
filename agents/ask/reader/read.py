"""The embedded reader: quotes and points at evidence, and does not pretend to reason.

Each kind of question has its reader; this file only decides who reads. A reader returns a `Draft`
that is proven when enough of the question's words, weighted by how telling they are, are found at
one moment together with an answer of the asked-for type.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from agents.ask.answer import Context, Draft
from agents.ask.executor.recall import hangs_on_cut
from agents.ask.plan import Asked, Plan
from agents.ask.reader.choices import read_choices
from agents.ask.reader.counts import read_count, read_yes_no
from agents.ask.reader.moments import read_keywords, read_when
from agents.ask.reader.objects import Relate, read_things
from agents.ask.reader.order import neighbour, read_order
from agents.ask.reader.screen_text import read_written
from agents.ask.reader.speech import read_spoken
from agents.ask.reader.thresholds import FOUND
from agents.ask.reader.units import CARRIERS, meanwhile, needed_words, telling
from agents.ask.reader.values import read_timetable, value_pattern
from agents.text.words import coverage
from memory.records import Kind

Reader = Callable[[Plan, Context], Draft]

ASKS_FOR_NEIGHBOUR = (Asked.WHAT, Asked.WHO, Asked.WRITTEN, Asked.ORDER, Asked.SAID)


def read(plan: Plan, context: Context, relate: Relate) -> Draft:
    """The best draft: proven before unproven, then the most confident, then in the plan's order.

    `relate` tells how near in meaning words are to the question.
    """
    if not context.rows:
        return Draft(None, reason="nothing was remembered that could answer this")
    drafts = [reader(plan, context) for reader in _readers(plan, relate)]
    if not hangs_on_known(plan, context):
        drafts = [replace(draft, proven=False) for draft in drafts]
    best = max(drafts, key=lambda d: (d.proven, d.confidence))
    if plan.choices and plan.asked is not Asked.ORDER:
        return read_choices(plan, context, best)
    return best


def hangs_on_known(plan: Plan, context: Context) -> bool:
    """Whether the event that a question hangs on was perceived, where it has no words but that.

    What is shown "before the countdown" is nothing where there is no countdown.
    """
    if plan.anchor is None or not plan.anchor.text or needed_words(plan) or hangs_on_cut(plan):
        return True
    if not context.anchors:
        return False
    there = meanwhile(context.anchors[0].memory, context.rows)
    return coverage(telling(plan.anchor.text), there) >= FOUND


def _readers(plan: Plan, relate: Relate) -> list[Reader]:
    """Readers for a plan: what is asked decides, and for open questions the preferred kinds."""
    things = partial(read_things, relate=relate)
    fixed: dict[Asked, list[Reader]] = {
        Asked.WRITTEN: [read_written, *([read_spoken] if _may_be_said(plan) else [])],
        Asked.SAID: [read_spoken],
        Asked.WHEN: [read_when, read_timetable],
        Asked.ORDER: [read_order] if len(plan.choices) > 1 else [read_order, read_written],
        Asked.COUNT: [read_count],
        Asked.YES_NO: [read_yes_no],
        Asked.KEYWORDS: [read_keywords],
    }
    readers = fixed.get(plan.asked) or _open_readers(plan, things)
    anchor = plan.anchor
    if anchor is not None and anchor.is_beside_event and plan.asked in ASKS_FOR_NEIGHBOUR:
        return [neighbour, *readers]
    return readers


def _may_be_said(plan: Plan) -> bool:
    """Whether a name or topic is asked for that may be spoken instead of written."""
    named = bool({"name", "topic", "subject"} & set(plan.target.split()))
    return Kind.SPEECH in plan.kinds or (named and not CARRIERS & set(plan.terms))


def _open_readers(plan: Plan, things: Reader) -> list[Reader]:
    """For what, who and where: the plan's kinds first; a value is written or said, never seen."""
    by_kind: dict[Kind, Reader] = {
        Kind.SCREEN_TEXT: read_written,
        Kind.SPEECH: read_spoken,
        Kind.OBJECTS: things,
    }
    every: list[Reader] = [read_written, read_spoken, things]
    preferred = [by_kind[kind] for kind in plan.kinds if kind in by_kind]
    if value_pattern(plan.target) is not None:
        return [read_written, read_spoken]
    return list(dict.fromkeys([*preferred, *every]))
