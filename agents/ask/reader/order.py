"""Questions about order: which of several came first, or last."""

from __future__ import annotations

from collections.abc import Sequence

from agents.ask.answer import Cited, Context, Draft
from agents.ask.plan import Plan
from agents.ask.reader.thresholds import FOUND
from agents.ask.reader.units import quoted
from agents.text.clock import clock
from agents.text.words import coverage
from memory.records import Hit, Memory


def read_order(plan: Plan, context: Context) -> Draft:
    """Which of two or more alternatives comes first or last."""
    if len(plan.choices) >= 2:
        return first_of(plan, context)
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
    apart = abs(ordered[0][0].span.start - ordered[-1][0].span.start) > 0
    cited = tuple(Cited(r, r.span) for r, _ in (ordered[::-1] if last else ordered))
    text = f"{quoted(plan.choices[index])}, at {clock(row.span.start)}"
    reason = "the beginnings of all alternatives were found"
    return Draft(text, cited, 0.75, apart, reason, choice=index)


def onset(words: str, hits: Sequence[Hit]) -> Memory | None:
    """The earliest of the moments that hold most of the words."""
    moments = [hit.memory for hit in hits if not hit.memory.kind.is_composed]
    wanted = words.split()
    held = [coverage(wanted, row.text or "") for row in moments]
    most = max([FOUND, *held])
    holding = [row for row, share in zip(moments, held, strict=True) if share >= most]
    return min(holding, key=lambda row: row.span.start, default=None)
