"""When something begins or ends: the edges of what is shown, not those of the rows that tell it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from agents.ask.plan import Plan
from agents.ask.ranking.candidates import Candidate
from agents.text.words import coverage, words
from memory.records import SECOND, Memory, Span

TOUCHING = SECOND
"""Most time between rows of one text that were read one after the other."""


def at_edge(each: Candidate, rows: Sequence[Memory], plan: Plan) -> Candidate:
    """The candidate in the row in which what it says begins, or ends, as the question asks.

    Windows and looks cut what is shown into rows: where a row begins, nothing need begin.
    """
    said = words(each.row.text or "")
    if not plan.boundary or each.span is not None or not said:
        return each
    about, edge = (each.row.video_id, each.row.kind), each.row
    same = [
        row for row in rows if (row.video_id, row.kind) == about and words(row.text or "") == said
    ]
    if plan.boundary == "start":
        for row in sorted(same, key=lambda row: -row.span.start):
            if row.span.start < edge.span.start <= row.span.end + TOUCHING:
                edge = row
    else:
        for row in sorted(same, key=lambda row: row.span.end):
            if row.span.start - TOUCHING <= edge.span.end < row.span.end:
                edge = row
    return replace(each, row=edge)


def edge_of(moment: Span, plan: Plan) -> Span:
    """The second in which it begins or ends, where the question is about that."""
    if plan.boundary == "start":
        return Span(moment.start, min(moment.end, moment.start + SECOND))
    if plan.boundary == "end":
        return Span(max(moment.start, moment.end - SECOND), moment.end)
    return moment


def as_asked(each: Candidate, plan: Plan, focus: Sequence[tuple[str, Span]]) -> Candidate:
    """The candidate for the part of its moment that lies in the time asked about.

    A row may last much longer than what a question names: "at the end", "after the cut". Where it
    asks for a beginning or an end, the row's own edges are the answer.
    """
    if plan.boundary:
        return each
    parts = (each.moment.clipped(span) for video, span in focus if video == each.row.video_id)
    longest = max((part for part in parts if part), key=lambda part: part.length, default=None)
    return each if longest in (None, each.moment) else replace(each, span=longest)


def tells_other_edge(each: Candidate, plan: Plan) -> bool:
    """Whether a change tells the end of what is asked for, where its beginning is, or reversed."""
    changes = each.row.details.get("changes", [])
    if not plan.boundary or not changes:
        return False
    gone = " ".join(name for told in changes for name in told["before"])
    come = " ".join(name for told in changes for name in told["after"])
    asked, other = (come, gone) if plan.boundary == "start" else (gone, come)
    return coverage(plan.terms, other) > coverage(plan.terms, asked)
