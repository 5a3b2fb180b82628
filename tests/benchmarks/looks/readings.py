"""What the loop has before it at each of its readings: coarse memory, then what each look added.

Where a reader stops depends on its numbers, where it looks does not. So all looks are made once,
and what any reader would have come to is worked out from the readings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agents.ask.answer import Context, Draft, Observation, Question
from agents.ask.loop import pursue
from agents.budget import Budget, Meter
from memory.backtrack import Branch, Segment

if TYPE_CHECKING:
    from agents.ask.executor.embedded import EmbeddedSteps
    from agents.ask.plan import Plan


@dataclass
class Recorder:
    """The loop's own steps, by which nothing is ever proven: every look is made."""

    steps: EmbeddedSteps
    contexts: list[Context] = field(default_factory=list[Context])

    def plan(self, question: Question) -> Plan:
        """As the loop plans."""
        return self.steps.plan(question)

    def recall(self, question: Question, plan: Plan) -> Context:
        """As the loop recalls."""
        return self.steps.recall(question, plan)

    def answer(self, plan: Plan, context: Context) -> Draft:
        """Nothing; what would be read is kept."""
        self.contexts.append(context)
        return Draft(None)

    def navigate(self, plan: Plan, context: Context, at: Segment | None) -> list[Branch]:
        """As the loop goes on."""
        return self.steps.navigate(plan, context, at)

    def look(self, plan: Plan, segment: Segment, meter: Meter) -> Observation:
        """As the loop looks; what is found is kept in the store."""
        return self.steps.look(plan, segment, meter)

    def conclude(self, plan: Plan, context: Context, draft: Draft) -> Draft:
        """Nothing more."""
        return draft


def readings(
    steps: EmbeddedSteps, question: Question, looks: int
) -> tuple[Plan, Sequence[Context]]:
    """The plan, and what is known before the first look and after each of at most `looks`."""
    recorder = Recorder(steps)
    outcome = pursue(question, recorder, Meter(Budget()), looks)
    return outcome.plan, recorder.contexts
