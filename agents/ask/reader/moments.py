"""When-questions and plain keywords: find the moment, and say its time."""

from __future__ import annotations

from collections.abc import Sequence

from agents.ask.answer import Cited, Context, Draft
from agents.ask.plan import Plan
from agents.ask.planner import patterns as p
from agents.ask.reader.thresholds import EDGE, PROVEN, TIE
from agents.ask.reader.units import Weights, in_focus, meanwhile, quoted, wanted_words
from agents.text.clock import clock, clock_span
from memory.records import SECOND, Level, Memory, Span


def read_when(plan: Plan, context: Context) -> Draft:
    """The time at which what is asked about is there, begins or ends."""
    found = best_moment(plan, context)
    if found is None:
        return Draft(None, reason="nothing was perceived there")
    row, share = found
    span = edge_of(row, plan.boundary, context)
    text = f"at {clock(span.start)}" if plan.boundary else f"from {clock_span(span)}"
    if plan.boundary == "end":
        text = f"at {clock(span.end)}"
    if row.kind.is_quotable:
        text = f"{text}: {quoted(row.text or '')}"
    cited = (Cited(row, _inside(span, row)),)
    reason = f"{share:.0%} of the question's words are at that moment"
    return Draft(text[0].upper() + text[1:], cited, 0.3 + 0.6 * share, share >= PROVEN, reason)


def read_keywords(plan: Plan, context: Context) -> Draft:
    """The moment that keywords are about, with what is there."""
    found = best_moment(plan, context)
    if found is None:
        return Draft(None, reason="nothing was perceived there")
    row, share = found
    said = row.text or ""
    words = quoted(said) if row.kind.is_quotable else said.split("; ")[0]
    text = f"{words}, from {clock_span(row.span)}"
    reason = f"{share:.0%} of the keywords are at that moment"
    return Draft(text, (Cited(row, row.span),), 0.3 + 0.6 * share, share >= PROVEN, reason)


def best_moment(plan: Plan, context: Context) -> tuple[Memory, float] | None:
    """The row that holds most of the wanted words, and their weighted share."""
    rows = [r for r in in_focus(context.rows, context.focus) if r.text and not r.kind.is_composed]
    if not rows:
        return None
    if not wanted_words(plan):
        return None
    wanted = [word for word in wanted_words(plan) if not p.COMES_OR_GOES.fullmatch(word)]
    weights = Weights(wanted or wanted_words(plan), context.rows)
    scored = [(_share(row, context.rows, weights), row) for row in rows]
    top = max(share for share, _ in scored)
    ties = sorted(
        (row for share, row in scored if share >= top - TIE),
        key=lambda r: (_preference(r, plan), r.span),
    )
    index = plan.position
    if index is not None and top >= PROVEN:
        place = index - 1 if index > 0 else index
        by_time = sorted(ties, key=lambda r: r.span)
        if -len(by_time) <= place < len(by_time):
            return by_time[place], top
    return ties[0], top


def edge_of(row: Memory, boundary: str, context: Context) -> Span:
    """The asked-for edge of a row's span; things begin where their shot does."""
    start, end = row.span.start, row.span.end
    if row.kind.is_thing:
        for node in context.nodes:
            same = node.video_id == row.video_id and node.level is Level.SHOT
            if same and abs(node.span.start - start) <= SECOND:
                start = min(start, node.span.start)
    if boundary == "start":
        return Span(start, min(end, start + EDGE))
    if boundary == "end":
        return Span(max(start, end - EDGE), end)
    return Span(start, end)


def _inside(span: Span, row: Memory) -> Span:
    return span.clipped(row.span) or row.span


def _share(row: Memory, rows: Sequence[Memory], weights: Weights) -> float:
    """Words in the row count whole, words perceived at the same time for two thirds."""
    own = weights.share(row.text or "")
    if own in (0.0, 1.0):
        return own
    return own + (weights.share(meanwhile(row, rows)) - own) * 2 / 3


def _preference(row: Memory, plan: Plan) -> int:
    return plan.kinds.index(row.kind) if row.kind in plan.kinds else len(plan.kinds)
