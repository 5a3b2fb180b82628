"""Questions about what is said: the sentence that holds the question's words, or their answer."""

from __future__ import annotations

from agents.ask.answer import Cited, Context, Draft
from agents.ask.plan import Plan
from agents.ask.reader.thresholds import PROVEN, TIE
from agents.ask.reader.units import Unit, Weights, in_focus, needed_words, quoted, spoken
from agents.ask.reader.values import value_pattern
from agents.text.words import stem

ASKING = frozenset(stem(word) for word in ("ask", "wonder"))


def read_spoken(plan: Plan, context: Context) -> Draft:
    """The best sentence; with a typed target, the sentence that holds such a value."""
    units = spoken(in_focus(context.rows, context.focus))
    if not units:
        return Draft(None, reason="no speech was heard there")
    weights = Weights(needed_words(plan), context.rows, light=_types(plan))
    if not needed_words(plan) and not context.focus and not _asks_for_question(plan):
        return Draft(None, reason="the question names neither words nor a time")
    scored = sorted(
        ((_share(unit, units, weights), unit) for unit in units),
        key=lambda item: (-round(item[0], 3), item[1].row.span),
    )
    share, best = scored[0]
    if plan.position is not None:
        ties = sorted((u for s, u in scored if s >= share - TIE), key=lambda u: u.row.span)
        place = plan.position - 1 if plan.position > 0 else plan.position
        best = ties[place] if -len(ties) <= place < len(ties) else best
    if _asks_for_question(plan):
        asked = [u for s, u in scored if u.text.rstrip().endswith("?") and s >= share - TIE]
        best = asked[0] if asked else best
    return _draft(plan, best, share)


def _asks_for_question(plan: Plan) -> bool:
    """Whether the sentence that is wanted is a question itself: "what does he ask?"."""
    return "question" in plan.target or bool(ASKING & {stem(term) for term in plan.terms})


def _types(plan: Plan) -> frozenset[str]:
    """The noun that types the answer ("which language"): it need not be said with it."""
    return frozenset(plan.target.lower().split()[-1:])


def _share(unit: Unit, units: list[Unit], weights: Weights) -> float:
    """Words of the sentence count whole, those of its neighbours for half."""
    own = weights.share(unit.text)
    at = units.index(unit)
    near = " ".join(u.text for u in units[max(0, at - 1) : at + 2])
    return own + (weights.share(near) - own) / 2


def _draft(plan: Plan, unit: Unit, share: float) -> Draft:
    pattern = value_pattern(plan.target)
    values = [m.group() for m in pattern.finditer(unit.text)] if pattern else []
    text = values[0].strip() if len(values) == 1 else quoted(unit.text)
    confidence = min(1.0, 0.2 + 0.6 * share + 0.2 * unit.row.confidence)
    reason = f"the sentence holds {share:.0%} of the question's words"
    return Draft(text, (Cited(unit.row, unit.row.span),), confidence, share >= PROVEN, reason)
