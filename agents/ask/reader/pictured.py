"""Questions about a picture that the user shows: where it appears, and what goes with it there."""

from __future__ import annotations

from agents.ask.answer import Cited, Context, Draft
from agents.ask.plan import Asked, Plan
from agents.ask.reader.thresholds import MOST_MOMENTS
from agents.text.clock import clock
from memory.records import Hit

ASKS_FOR_MOMENT = (Asked.WHEN, Asked.WHERE, Asked.KEYWORDS)
"""Kinds of question that the moments themselves answer."""


def read_pictured(plan: Plan, context: Context) -> Draft | None:
    """When and where a picture is shown; None for what other readers read at that moment.

    Nothing is answered about a picture that is nowhere: other readers would read somewhere else.
    """
    if context.pictured is None:
        return None
    if not context.pictured:
        return Draft(None, reason="nothing that was shown looks like the picture")
    if plan.asked not in ASKS_FOR_MOMENT:
        return None
    shown = sorted(context.pictured[:MOST_MOMENTS], key=_when)
    times = ", ".join(clock(hit.memory.span.start) for hit in shown)
    cited = tuple(Cited(hit.memory, hit.memory.span) for hit in context.pictured[:MOST_MOMENTS])
    reason = "the picture is shown there"
    return Draft(f"Shown at {times}", cited, min(1.0, context.pictured[0].score), True, reason)


def _when(hit: Hit) -> tuple[str, int]:
    return hit.memory.video_id, hit.memory.span.start
