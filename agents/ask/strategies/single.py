"""Strategies of one reading: no looks, no rounds. The baselines every other must beat."""

from __future__ import annotations

from collections.abc import Sequence

from agents.ask.answer import Context, Draft, Phase, Question
from agents.ask.executor.by_model.steps import ModelSteps
from agents.ask.executor.context import shown_rows
from agents.ask.loop import Outcome, ended
from agents.ask.plan import Plan
from agents.ask.steps import PLAIN, Chain
from agents.ask.trace import Trace
from agents.budget import Meter
from agents.errors import BudgetExhausted, ModelError
from agents.prompting.evidence import thinned
from memory.records import Kind, Level, Memory, Scope

CHARACTERS = 200_000
"""Of summaries that one call may hold: a video of about ten hours."""


def retrieval_only(
    question: Question, steps: ModelSteps, meter: Meter, max_looks: int, chain: Chain = PLAIN
) -> Outcome:
    """Search by the rules' plan, read once."""
    plan, context = recalled(question, steps, chain)
    return once(question, steps, plan, context, shown_rows(plan, context), chain)


def single_pass(
    question: Question, steps: ModelSteps, meter: Meter, max_looks: int, chain: Chain = PLAIN
) -> Outcome:
    """Read the summaries of everything in one call."""
    plan, context = recalled(question, steps, chain)
    rows = thinned(summaries(question, steps), CHARACTERS)
    return once(question, steps, plan, context.with_rows(tuple(rows)), rows, chain)


def recalled(question: Question, steps: ModelSteps, chain: Chain) -> tuple[Plan, Context]:
    """The rules' plan and what a search by it brings."""
    plan: Plan = chain.plan("plan", lambda: steps.plain.plan(question))
    context = chain.recall("recall", lambda: steps.plain.recall(question, plan))
    return plan, context


def summaries(question: Question, steps: ModelSteps) -> list[Memory]:
    """The finest summaries of all videos, in order of time; captions where there are none."""
    for kind, level in ((Kind.SUMMARY, Level.SCENE), (Kind.CAPTION, Level.SHOT)):
        scope = Scope(question.tenant, question.video_ids, (kind,), (level,), question.within)
        rows = [row for row in steps.plain.store.memories(scope) if not row.is_look]
        if rows:
            return rows
    return []


def once(
    question: Question,
    steps: ModelSteps,
    plan: Plan,
    context: Context,
    rows: Sequence[Memory],
    chain: Chain,
) -> Outcome:
    """One reading of these rows, and its outcome."""
    trace, spent = Trace(), False
    try:
        title = f"answer from {len(rows)} rows"
        draft = chain.answer(title, lambda: steps.reader(question).read(rows, context))
    except ModelError as error:
        draft = Draft(None, reason=f"the reader failed: {error}")
    except BudgetExhausted as limit:
        draft, spent = Draft(None, reason=str(limit)), True
    trace.recalled(context, draft.reason)
    return ended(plan, context, draft, Phase.COARSE, trace, question, spent)
