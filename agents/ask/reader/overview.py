"""Questions about all of a video are answered from the top of its tree."""

from __future__ import annotations

from agents.ask.answer import Cited, Context, Draft, Moment
from agents.ask.plan import Plan
from agents.ask.reader.thresholds import SHOWN_PARTS, UNMEASURED
from memory.records import Kind, Level


def read_overview(plan: Plan, context: Context) -> Draft | None:
    """What is told of the video and of its parts; None for any other question.

    The text is composed of what was seen, read and said; whether that is what matters nobody has
    measured, so it is told as likely, never as proven.
    """
    told = [hit.memory for hit in context.hits if hit.memory.kind is Kind.SUMMARY]
    if not plan.is_overview or not told:
        return None
    first = told[0]
    parts = [row for row in told[1:] if row.level is Level.SCENE][:SHOWN_PARTS]
    moments = tuple(
        Moment(row, row.span, 1 / (1 + len(parts)), UNMEASURED, "it sums up this stretch")
        for row in (first, *parts)
    )
    return Draft(
        first.text,
        tuple(Cited(row, row.span) for row in (first, *parts)),
        UNMEASURED,
        reason="composed of what was seen, read and said",
        moments=moments,
        likely=True,
    )
