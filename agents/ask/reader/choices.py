"""Multiple choice: the option that the evidence supports, when it supports no other as well."""

from __future__ import annotations

from agents.ask.answer import Cited, Context, Draft
from agents.ask.plan import Plan
from agents.ask.reader.thresholds import FOUND, MARGIN
from agents.ask.reader.units import Weights, in_focus, meanwhile, quoted, wanted_words
from agents.text.words import coverage
from memory.records import Memory


def read_choices(plan: Plan, context: Context, open_draft: Draft) -> Draft:
    """Pick by what the open answer says, else by what stands beside the question's words."""
    scored = [_support(choice, plan, context, open_draft) for choice in plan.choices]
    order = sorted(range(len(scored)), key=lambda i: (-scored[i][0], i))
    best, row = order[0], scored[order[0]][1]
    if row is None:
        return Draft(None, reason="no option was found in the evidence")
    lead = scored[best][0] - (scored[order[1]][0] if len(order) > 1 else 0.0)
    proven = scored[best][0] >= FOUND and lead >= MARGIN
    reason = f"option {best + 1} leads by {lead:.2f}"
    confidence = min(1.0, scored[best][0] * (0.5 + lead))
    text = quoted(plan.choices[best])
    return Draft(text, (Cited(row, row.span),), confidence, proven, reason, best)


def _support(
    choice: str, plan: Plan, context: Context, open_draft: Draft
) -> tuple[float, Memory | None]:
    """How well the evidence supports one option, and the row that does so best."""
    words = choice.split()
    weights = Weights(wanted_words(plan), context.rows)
    best: tuple[float, Memory | None] = (0.0, None)
    if open_draft.text and open_draft.cited and coverage(words, open_draft.text) >= FOUND:
        best = (0.5 + 0.5 * open_draft.confidence, open_draft.cited[0].memory)
    for row in in_focus(context.rows, context.focus):
        if row.kind.is_composed or not row.text:
            continue
        held = coverage(words, row.text)
        if held >= FOUND:
            fit = held * weights.share(meanwhile(row, context.rows))
            best = max(best, (fit, row), key=lambda item: item[0])
    return best
