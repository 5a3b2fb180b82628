"""What can be settled without judging words: counts, order, yes or no, lists, values, options.

Everything else is left to the ranking (`agents/ask/ranking`), which takes what is drafted here as
one candidate among the others.
"""

from __future__ import annotations

from agents.ask.answer import Context, Draft
from agents.ask.plan import Asked, Plan
from agents.ask.reader.choices import read_choices
from agents.ask.reader.counts import read_count, read_yes_no
from agents.ask.reader.facts import read_fact
from agents.ask.reader.listed import read_listed
from agents.ask.reader.order import read_order

UNSETTLED = Draft(
    None, reason="nothing that was read, heard or seen there has to do with the question"
)
"""No draft; told to the person only where the ranking finds no candidate either."""


def read(plan: Plan, context: Context) -> Draft:
    """A draft where the question is of a kind that can be settled; else one without a text."""
    if not context.rows:
        return Draft(None, reason="nothing was remembered that could answer this")
    if len(plan.choices) > 1 and plan.asked is Asked.ORDER:
        return read_order(plan, context)
    settled = {Asked.COUNT: read_count, Asked.YES_NO: read_yes_no, Asked.ORDER: read_order}
    reader = settled.get(plan.asked)
    draft = reader(plan, context) if reader else read_listed(plan, context) or UNSETTLED
    if draft.text is None and context.facts:
        by_id = {row.memory_id: row for row in context.rows}
        draft = read_fact(plan, context.facts, by_id) or draft
    return read_choices(plan, context, draft) if plan.choices else draft
