"""Questions about order: which came first, what comes next, what was the third."""

from __future__ import annotations

from collections.abc import Sequence

from rapidfuzz import fuzz

from agents.ask.answer import Cited, Context, Draft
from agents.ask.plan import Anchor, Asked, Plan, Relation
from agents.ask.reader.thresholds import FOUND, MOST_WORDS, NAMED, NEXT_EDGE, SAME_TEXT, SLACK
from agents.ask.reader.units import lines, quoted, telling, things
from agents.text.clock import clock
from agents.text.words import coverage
from memory.records import Hit, Kind, Memory, Span


def read_order(plan: Plan, context: Context) -> Draft:
    """Dispatch on what the plan names: alternatives, or a neighbour of an event."""
    if len(plan.choices) >= 2:
        return first_of(plan, context)
    if plan.anchor is not None and plan.anchor.relation in (Relation.AFTER, Relation.BEFORE):
        return neighbour(plan, context)
    return Draft(None, reason="the question names no order that can be checked")


def first_of(plan: Plan, context: Context) -> Draft:
    """Which alternative comes first (or last); both must have been found."""
    found: list[tuple[Memory, int]] = []
    for index, (choice, hits) in enumerate(zip(plan.choices, context.options, strict=True)):
        row = onset(choice, hits)
        if row is None:
            return Draft(None, reason=f"{choice!r} was not found")
        found.append((row, index))
    ordered = sorted(found, key=lambda item: (item[0].span.start, item[1]))
    last = plan.position is not None and plan.position < 0
    row, index = ordered[-1 if last else 0]
    if plan.asked is Asked.YES_NO:
        return _yes_no(ordered, plan)
    apart = abs(ordered[0][0].span.start - ordered[-1][0].span.start) > 0
    cited = tuple(Cited(r, r.span) for r, _ in (ordered[::-1] if last else ordered))
    text = f"{quoted(plan.choices[index])}, at {clock(row.span.start)}"
    reason = "the beginnings of all alternatives were found"
    return Draft(text, cited, 0.75, apart, reason, choice=index)


def onset(words: str, hits: Sequence[Hit]) -> Memory | None:
    """The earliest moment that holds the words."""
    wanted = words.split()
    moments = [hit.memory for hit in hits if not hit.memory.kind.is_composed]
    holding = [row for row in moments if coverage(wanted, row.text or "") >= FOUND]
    return min(holding, key=lambda row: row.span.start, default=None)


def neighbour(plan: Plan, context: Context) -> Draft:
    """What begins right after (or ended right before) the anchoring event."""
    assert plan.anchor is not None
    if not context.anchors:
        return Draft(None, reason=f"{plan.anchor.text!r} was not found")
    anchor = context.anchors[0].memory
    sure = coverage(telling(plan.anchor.text), anchor.text or "") >= FOUND
    after = plan.anchor.relation is Relation.AFTER
    kinds = tuple(k for k in plan.kinds if k.is_perceived)
    pool = [r for r in context.rows if r.video_id == anchor.video_id and r.text]
    row = _joining(plan.anchor, anchor, pool)
    row = row or _next(anchor, pool, kinds, after) or _next(anchor, pool, (), after)
    if row is None:
        return Draft(None, reason=f"nothing was perceived next to {plan.anchor.text!r}")
    cited = (Cited(row, _near_edge(row, after)), Cited(anchor, anchor.span))
    text = _said(row)
    confidence = NAMED if sure else 0.4
    reason = f"next to {quoted(anchor.text or '')}"
    return Draft(text, cited, confidence, sure, reason)


def _joining(named: Anchor, anchor: Memory, rows: Sequence[Memory]) -> Memory | None:
    """Where a time is named too: what joins the anchor on screen at that time."""
    if named.span is None or named.from_end:
        return None
    joining = [
        row
        for row in rows
        if row.kind is anchor.kind
        and named.span.start <= row.span.start < named.span.end
        and fuzz.ratio(row.text or "", anchor.text or "") < SAME_TEXT
    ]
    return min(joining, key=lambda row: row.span, default=None)


def _near_edge(row: Memory, after: bool) -> Span:
    """The part of a neighbour that lies next to the anchor: its first or last moments."""
    span = row.span
    if after:
        return Span(span.start, min(span.end, span.start + NEXT_EDGE))
    return Span(max(span.start, span.end - NEXT_EDGE), span.end)


def _next(
    anchor: Memory, rows: Sequence[Memory], kinds: Sequence[Kind], after: bool
) -> Memory | None:
    """The first row of these kinds that begins when the anchor is over (or mirrored)."""
    wanted = [
        row
        for row in rows
        if (row.kind in kinds if kinds else row.kind.is_perceived)
        and fuzz.ratio(row.text or "", anchor.text or "") < SAME_TEXT
    ]
    if after:
        later = [row for row in wanted if row.span.start >= anchor.span.end - SLACK]
        first = min((row.span.start for row in later), default=0)
        together = [row for row in later if row.span.start <= first + SLACK]
        return max(together, key=_prominence, default=None)
    sooner = [row for row in wanted if row.span.end <= anchor.span.start + SLACK]
    last = max((row.span.end for row in sooner), default=0)
    together = [row for row in sooner if row.span.end >= last - SLACK]
    return max(together, key=_prominence, default=None)


def _prominence(row: Memory) -> tuple[bool, float, float]:
    """Text before things; the largest text first."""
    tallest = max((unit.height for unit in lines([row])), default=0.0)
    return (row.kind is Kind.SCREEN_TEXT, tallest, row.confidence)


def _said(row: Memory) -> str:
    if things([row]):
        return (row.text or "").split("; ")[0]
    tallest = max(lines([row]), key=lambda unit: unit.height, default=None)
    return quoted(
        tallest.text if tallest and len((row.text or "").split()) > MOST_WORDS else row.text or ""
    )


def _yes_no(ordered: Sequence[tuple[Memory, int]], plan: Plan) -> Draft:
    """Whether the first-named comes before the second."""
    yes = ordered[0][1] == 0
    times = ", ".join(f"{plan.choices[i]} at {clock(row.span.start)}" for row, i in ordered)
    cited = tuple(Cited(row, row.span) for row, _ in ordered)
    return Draft("Yes" if yes else "No", cited, 0.75, True, times)
