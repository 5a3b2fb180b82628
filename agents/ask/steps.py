"""The five steps that every question goes through, and the chain that runs them.

    question -> plan -> recall -> answer -- proven --> cited answer
                          ^         |
                          |         v not proven
                        look <- navigate

The planner plans; the executor recalls, answers, navigates and looks. A chain says how each step is
run: called directly, or as a Prefect task under the step's name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from agents.ask.answer import Context, Draft, Observation, Question
from agents.ask.plan import Plan
from agents.budget import Meter
from agents.runtime import Run, directly
from agents.text.clock import clock_span
from memory.backtrack import Branch, Segment


class Steps(Protocol):
    """What the loop asks for; the embedded agents and the models each implement it."""

    def plan(self, question: Question) -> Plan:
        """Understand the question."""
        ...

    def recall(self, question: Question, plan: Plan) -> Context:
        """Search the memories, coarse and fine."""
        ...

    def answer(self, plan: Plan, context: Context) -> Draft:
        """Read the context; the draft is proven only after its evidence was verified."""
        ...

    def navigate(self, plan: Plan, context: Context, at: Segment | None) -> list[Branch]:
        """Where to look next, from the start (`at` is None) or from where a look just was."""
        ...

    def look(self, plan: Plan, segment: Segment, meter: Meter) -> Observation:
        """Perceive a segment again, or fetch what an earlier look stored."""
        ...

    def conclude(self, plan: Plan, context: Context, draft: Draft) -> Draft:
        """The last word, when no branch is followed any more and the budget is not spent."""
        ...


@dataclass(frozen=True, slots=True)
class Chain:
    """How each of the five steps is run."""

    plan: Run = directly
    recall: Run = directly
    answer: Run = directly
    navigate: Run = directly
    look: Run = directly


PLAIN = Chain()
"""Every step is called directly."""


@dataclass(frozen=True, slots=True)
class ChainedSteps:
    """Steps that are run by a chain."""

    steps: Steps
    chain: Chain

    def plan(self, question: Question) -> Plan:
        """Understand the question."""
        return self.chain.plan("plan", lambda: self.steps.plan(question))

    def recall(self, question: Question, plan: Plan) -> Context:
        """Search the memories."""
        return self.chain.recall("recall", lambda: self.steps.recall(question, plan))

    def answer(self, plan: Plan, context: Context) -> Draft:
        """Read and verify."""
        title = f"answer from {len(context.rows)} rows"
        return self.chain.answer(title, lambda: self.steps.answer(plan, context))

    def navigate(self, plan: Plan, context: Context, at: Segment | None) -> list[Branch]:
        """Where to look next."""
        title = f"navigate from {clock_span(at.span)}" if at else "navigate"
        return self.chain.navigate(title, lambda: self.steps.navigate(plan, context, at))

    def look(self, plan: Plan, segment: Segment, meter: Meter) -> Observation:
        """Look at the pixels again."""
        title = f"look at {clock_span(segment.span)}"
        return self.chain.look(title, lambda: self.steps.look(plan, segment, meter))

    def conclude(self, plan: Plan, context: Context, draft: Draft) -> Draft:
        """The last word; not a step of its own, for there is mostly nothing left to do."""
        return self.steps.conclude(plan, context, draft)
