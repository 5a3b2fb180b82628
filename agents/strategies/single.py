"""Strategies of one reading: no looks, no rounds. The baselines every other must beat."""

from __future__ import annotations

from collections.abc import Sequence

from agents.answer import Draft, Material, Phase, Question
from agents.budget import Meter
from agents.errors import BudgetExhausted, ModelError
from agents.loop import Outcome, ended
from agents.plan import Plan
from agents.reasoning.channel import shown_rows
from agents.reasoning.steps import ModelSteps
from agents.reasoning.until import only_until, reaches_beyond
from agents.trace import Trace
from memory.records import Kind, Level, Memory, Scope

CHARACTERS = 200_000
"""Of summaries that one call may hold: a video of about ten hours."""


def retrieval_only(question: Question, steps: ModelSteps, meter: Meter, patience: int) -> Outcome:
    """Search by the rules' plan, read once."""
    plan = steps.begin(question)
    material = only_until(question.within, steps.plain.recall(question, plan))
    return once(question, steps, plan, material, shown_rows(plan, material))


def single_pass(question: Question, steps: ModelSteps, meter: Meter, patience: int) -> Outcome:
    """Read the summaries of everything in one call."""
    plan = steps.begin(question)
    material = only_until(question.within, steps.plain.recall(question, plan))
    rows = fitting(summaries(question, steps))
    return once(question, steps, plan, material.with_rows(tuple(rows)), rows)


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


def fitting(rows: Sequence[Memory], characters: int = CHARACTERS) -> list[Memory]:
    """Rows evenly thinned out until they fit into so many characters."""
    total = sum(len(row.text or "") for row in rows)
    stride = max(1, -(-total // characters))
    return list(rows[::stride])


def once(
    question: Question, steps: ModelSteps, plan: Plan, material: Material, rows: Sequence[Memory]
) -> Outcome:
    """One reading of these rows, and its outcome."""
    trace, spent = Trace(), False
    try:
        draft = steps.reader().read(rows, material)
    except ModelError as error:
        draft = Draft(None, reason=f"the reader failed: {error}")
    except BudgetExhausted as limit:
        draft, spent = Draft(None, reason=str(limit)), True
    trace.recalled(material, draft.reason)
    return ended(plan, material, draft, Phase.COARSE, trace, question, spent)
