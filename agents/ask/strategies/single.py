"""Strategies of one reading: no looks, no rounds. The baselines every other must beat."""

from __future__ import annotations

from collections.abc import Sequence

from agents.ask.answer import Context, Draft, Phase, Question
from agents.ask.executor.by_model import ModelSteps
from agents.ask.executor.context import shown_rows
from agents.ask.executor.until import only_until, reaches_beyond
from agents.ask.loop import Outcome, ended
from agents.ask.plan import Plan
from agents.ask.trace import Trace
from agents.budget import Meter
from agents.errors import BudgetExhausted, ModelError
from agents.prompting.evidence import thinned
from memory.records import Kind, Level, Memory, Scope

CHARACTERS = 200_000
"""Of summaries that one call may hold: a video of about ten hours."""


def retrieval_only(question: Question, steps: ModelSteps, meter: Meter, max_looks: int) -> Outcome:
    """Search by the rules' plan, read once."""
    plan = steps.plain.plan(question)
    context = only_until(question.within, steps.plain.recall(question, plan))
    return once(question, steps, plan, context, shown_rows(plan, context))


def single_pass(question: Question, steps: ModelSteps, meter: Meter, max_looks: int) -> Outcome:
    """Read the summaries of everything in one call."""
    plan = steps.plain.plan(question)
    context = only_until(question.within, steps.plain.recall(question, plan))
    rows = thinned(summaries(question, steps), CHARACTERS)
    return once(question, steps, plan, context.with_rows(tuple(rows)), rows)


def summaries(question: Question, steps: ModelSteps) -> list[Memory]:
    """The finest summaries of all videos, in order of time; captions where there are none."""
    for kind, level in ((Kind.SUMMARY, Level.SCENE), (Kind.CAPTION, Level.SHOT)):
        scope = Scope(question.tenant, question.video_ids, (kind,), (level,), question.within)
        rows = [
            row
            for row in steps.plain.store.memories(scope)
            if not row.is_look and not reaches_beyond(row, question.within)
        ]
        if rows:
            return rows
    return []


def once(
    question: Question, steps: ModelSteps, plan: Plan, context: Context, rows: Sequence[Memory]
) -> Outcome:
    """One reading of these rows, and its outcome."""
    trace, spent = Trace(), False
    try:
        draft = steps.reader(question).read(rows, context)
    except ModelError as error:
        draft = Draft(None, reason=f"the reader failed: {error}")
    except BudgetExhausted as limit:
        draft, spent = Draft(None, reason=str(limit)), True
    trace.recalled(context, draft.reason)
    return ended(plan, context, draft, Phase.COARSE, trace, question, spent)
