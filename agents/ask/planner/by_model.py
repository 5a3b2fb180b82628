"""Planning by model: words to search for and what is asked; times stay with the rules.

The planner sees the question only, so nothing that a video holds can change a plan.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Annotated

from pydantic import BaseModel, Field

from agents.ask.answer import Question
from agents.ask.plan import Asked, Plan
from agents.budget import Meter
from agents.errors import BudgetExhausted, ModelError
from agents.models.chat import ModelRoles, Prompt
from agents.prompting.evidence import asked
from agents.prompting.prompts import Prompts
from agents.prompting.schemas import Line

log = logging.getLogger(__name__)

TERMS = 16


class PlanReply(BaseModel):
    """What a question asks."""

    asked: Asked
    terms: Annotated[list[Line], Field(max_length=40)]
    target: Line = ""


def understand(
    question: Question, ruled: Plan, roles: ModelRoles, prompts: Prompts, meter: Meter
) -> Plan:
    """The rules' plan bettered by the model; as it was, with a note why, if the model fails."""
    content = asked(question.text, question.choices)
    prompt = Prompt("planner", prompts.planner, content, video_ids=question.video_ids)
    try:
        reply = roles.of("planner").ask(prompt, PlanReply, meter)
    except (ModelError, BudgetExhausted) as error:
        log.warning("planned by rules: %s", error)
        return replace(ruled, notes=(*ruled.notes, f"planned by rules: {error}"))
    return merged(ruled, reply)


def merged(ruled: Plan, reply: PlanReply) -> Plan:
    """The rules' plan with the model's words: its terms come first, none of the rules' is lost."""
    words = [word for term in reply.terms for word in term.lower().split()]
    terms = tuple(dict.fromkeys((*ruled.terms, *words)))[:TERMS]
    return replace(ruled, asked=reply.asked, terms=terms, target=ruled.target or reply.target)
