"""Which candidate is told as the answer, and in which words."""

from __future__ import annotations

from collections.abc import Sequence

from agents.ask.plan import Asked, Plan
from agents.ask.ranking.candidates import UNNAMED, Candidate
from agents.ask.ranking.comparison import TELLS_BY_BEING
from agents.ask.ranking.sureness import Ranked
from agents.ask.reader.units import COLOURS, quoted
from agents.text.clock import clock, clock_span
from agents.text.words import SOMETHING, numbers


def answer_place(ranked: Ranked, places: Sequence[int], plan: Plan) -> int | None:
    """Place of the candidate that is told: the best moment's, if it tells what is asked.

    Else the first one that does, of the other moments, then of all; None where nothing does.
    """
    every = (*places, *ranked.order)
    return next((place for place in every if tells(ranked.candidates[place], plan)), None)


def tells(each: Candidate, plan: Plan) -> bool:
    """Whether a candidate can be an answer.

    What has no name tells when and how, not what; what holds no number does not tell how many.
    """
    if plan.asked is Asked.COUNT:
        return bool(numbers(each.text))
    moves = each.row.kind.is_event and (each.row.text or "").startswith(SOMETHING)
    nameless = moves or each.text == UNNAMED
    asks_when_or_where = plan.asked in (*TELLS_BY_BEING, Asked.WHERE)
    return not nameless or asks_when_or_where or plan.target == "action"


def said_as(each: Candidate, plan: Plan) -> str:
    """A candidate as an answer: quoted when it was written or said, with its time when asked."""
    named = each.row.kind.is_thing
    text = "picture" if each.text == UNNAMED else each.text
    plain = text if each.is_colour or text in COLOURS else _article(text)
    text = plain if named else quoted(each.text)
    if plan.asked is Asked.WHEN and plan.boundary:
        edge = each.moment.start if plan.boundary == "start" else each.moment.end
        return f"At {clock(edge)}: {text}"
    if plan.asked in (Asked.WHEN, Asked.KEYWORDS):
        return f"From {clock_span(each.moment)}: {text}"
    return text


def _article(name: str) -> str:
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"
