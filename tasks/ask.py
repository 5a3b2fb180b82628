"""The loop's steps as Prefect tasks, so that a run through flows shows its plan and its rounds.

Arguments are wrapped in `quote`, so Prefect neither walks nor stores what a step hands to the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.utilities.annotations import quote

from agents.ask.answer import Context, Draft, Observation, Question
from agents.ask.loop import Steps
from agents.ask.plan import Plan
from agents.budget import Meter
from agents.text.clock import clock_span
from memory.backtrack import Branch, Segment


@task(cache_policy=NO_CACHE, persist_result=False)
def run_step(steps: Any, name: str, arguments: Any) -> Any:  # noqa: ANN401
    """One step of the loop, by name."""
    return getattr(steps, name)(*arguments)


@dataclass(frozen=True, slots=True)
class TaskSteps:
    """The second implementation of `Steps`: each step is a task run around the plain one."""

    plain: Steps

    def plan(self, question: Question) -> Plan:
        """Understand the question."""
        return self._run("plan", "plan", question)

    def recall(self, question: Question, plan: Plan) -> Context:
        """Search the memories."""
        return self._run("recall", "recall", question, plan)

    def answer(self, plan: Plan, context: Context) -> Draft:
        """Read and verify."""
        return self._run("answer", f"answer from {len(context.rows)} rows", plan, context)

    def navigate(self, plan: Plan, context: Context, at: Segment | None) -> list[Branch]:
        """Where to look next."""
        place = f"navigate from {clock_span(at.span)}" if at else "navigate"
        return self._run("navigate", place, plan, context, at)

    def conclude(self, plan: Plan, context: Context, draft: Draft) -> Draft:
        """The last word; no task of its own, for there is mostly nothing left to do."""
        return self.plain.conclude(plan, context, draft)

    def look(self, plan: Plan, segment: Segment, meter: Meter) -> Observation:
        """Look at the pixels again."""
        return self._run("look", f"look at {clock_span(segment.span)}", plan, segment, meter)

    def _run(self, name: str, title: str, *arguments: object) -> Any:  # noqa: ANN401
        shown = run_step.with_options(name=name, task_run_name=title)
        return shown(quote(self.plain), name, quote(arguments))
