"""The loop on one page: coarse first, then backtrack until proven, exhausted or out of budget.

After VideoLucy (Zuo et al., NeurIPS 2025, section 3): answer from coarse memory when that is
enough, else go where the evidence points and look again. Unlike there, what is looked at is chosen
best-first from a frontier, stored for the next question, and an answer must be proven by rows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from agents.ask.answer import Context, Draft, Observation, Phase, Question, Status
from agents.ask.plan import Plan
from agents.ask.steps import Steps
from agents.ask.trace import Trace
from agents.budget import Meter
from agents.errors import BudgetExhausted
from memory.backtrack import Branch, Cursor


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the loop ended."""

    plan: Plan
    context: Context
    draft: Draft
    status: Status
    phase: Phase | None
    trace: Trace


def pursue(question: Question, steps: Steps, meter: Meter, max_looks: int) -> Outcome:
    """Answer a question by backtracking; at most `max_looks` segments are looked at."""
    trace = Trace()
    plan = steps.plan(question)
    context = steps.recall(question, plan)
    draft = best = steps.answer(plan, context)
    trace.recalled(context, draft.reason)
    phase, spent = Phase.COARSE, False
    cursor = Cursor(max_looks)
    _offer(cursor, steps.navigate(plan, context, None) if not draft.proven else [])
    try:
        while not draft.proven and (branch := cursor.take()):
            meter.check(looking=True)
            phase = Phase.BACKTRACK
            seen = steps.look(plan, branch.segment, meter)
            context = _with(seen, context, question, plan, steps)
            draft = steps.answer(plan, context)
            trace.looked(branch, seen, draft.reason)
            best = draft if draft.text else best  # later ones have seen more
            _offer(cursor, steps.navigate(plan, context, branch.segment))
        if not draft.proven:
            draft = steps.conclude(plan, context, best)
            best = draft if draft.text else best
            spent = draft.spent
    except BudgetExhausted as limit:
        spent = True
        best = replace(best, proven=False, reason=str(limit))
    return ended(plan, context, draft if draft.proven else best, phase, trace, question, spent)


def _with(
    seen: Observation, known: Context, question: Question, plan: Plan, steps: Steps
) -> Context:
    """What was known and seen; what is new is memory by now, so it is searched like all of it."""
    fresh = known if seen.cached or not seen.rows else steps.recall(question, plan)
    return fresh.with_rows((*known.rows, *seen.rows))


def _offer(cursor: Cursor, branches: list[Branch]) -> None:
    for branch in branches:
        cursor.offer(branch)


def ended(
    plan: Plan,
    context: Context,
    draft: Draft,
    phase: Phase,
    trace: Trace,
    question: Question,
    spent: bool,
) -> Outcome:
    """The outcome of a draft: answered, likely, a guess if one is wanted, else nothing."""
    if draft.proven:
        return Outcome(plan, context, draft, Status.ANSWERED, phase, trace)
    if question.must_answer and draft.text:
        return Outcome(plan, context, draft, Status.FORCED, Phase.FORCED, trace)
    if draft.likely and not spent:
        return Outcome(plan, context, draft, Status.LIKELY, phase, trace)
    status = Status.BUDGET_EXHAUSTED if spent else Status.ABSTAINED
    known = replace(draft, text=None, choice=None)
    return Outcome(plan, context, known, status, None, trace)
