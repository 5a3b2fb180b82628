"""The hands of the product: a planner, the workshop, memory, and whoever approves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from agents.act.act import Progress
from agents.act.fusing import fused_steps
from agents.act.hands import Done, Draft, Goal, Task
from agents.act.plan import PlanGraph, Step
from agents.act.purse import Spending
from agents.act.recall import Find, recalled
from agents.act.repair import fixed_repair
from agents.act.validate import Forecast, Limits, Problem, examine
from agents.act.workshop import Workshop
from agents.tools.assets import MediaKind
from agents.tools.base import Effect
from agents.tools.registry import Registry

Approver = Callable[[PlanGraph, Forecast], bool]
"""Shows a plan and its forecast to somebody, and tells what they say."""


class Planner(Protocol):
    """Makes plans of goals."""

    def plan(self, goal: Goal, registry: Registry) -> PlanGraph:
        """The plan of a goal.

        Raises:
            NotPlanned: a clause cannot be placed.
        """
        ...

    def replan(self, goal: Goal, registry: Registry, state: Progress) -> PlanGraph | None:
        """The plan with its unfinished part changed after a failure; None where it has no idea."""
        ...


@dataclass(slots=True)
class Actor:
    """Acts with the tools of a registry."""

    workshop: Workshop
    planner: Planner
    limits: Limits
    goal: Goal
    approver: Approver
    allowed: tuple[Effect, ...] = ()
    """Effects that need nobody's approval."""
    always_ask: bool = False
    find: Find | None = None
    note: Callable[[Progress], object] = lambda state: None
    """Told of every plan that begins to run."""
    fuses: bool = True
    """Whether steps in a row become one encoding where they can."""
    approved: list[Forecast] = field(default_factory=list[Forecast])

    def plan(self, goal: Goal) -> PlanGraph:
        """A plan by the planner; the one before where nothing new is asked."""
        if goal.before is not None and not goal.text:
            return goal.before
        return self._recalled(self.planner.plan(goal, self.workshop.registry))

    def examine(self, plan: PlanGraph) -> tuple[Sequence[Problem], Forecast]:
        """Hold a plan against the registry and the limits."""
        return examine(plan, self.workshop.registry, self.workshop.assets, self.limits)

    def approve(self, plan: PlanGraph, forecast: Forecast) -> bool:
        """Ask where it was wished, or something is spent or reached that nobody approved yet."""
        effects = set(forecast.effects) - set(self.allowed)
        if self.approved:
            before = self.approved[-1]
            is_new = bool(effects - set(before.effects)) or forecast.usd > before.usd
        else:
            is_new = self.always_ask or bool(effects)
        said = self.approver(plan, forecast) if is_new else True
        if said:
            self.approved.append(forecast)
        return said

    def begin(self, state: Progress) -> None:
        """Note the plan, and which of its steps become one encoding."""
        if self.fuses:
            self.workshop.fused = fused_steps(state.plan, self.workshop.registry)
        self.note(state)

    def repair(self, state: Progress) -> PlanGraph | None:
        """What the failed tool itself offers, else another plan by the planner."""
        fixed = fixed_repair(state.plan, state.failures, self.workshop.registry)
        if fixed is not None:
            return fixed
        new = self.planner.replan(self.goal, self.workshop.registry, state)
        return None if new is None else self._recalled(new)

    def task(self, step: Step, done: Mapping[str, Done]) -> Task:
        """A step with its inputs."""
        return self.workshop.task(step, done)

    def known(self, task: Task) -> Done | None:
        """What the same step made before."""
        return self.workshop.known(task)

    def run(self, task: Task, spending: Spending) -> Draft:
        """Do a step."""
        return self.workshop.run(task, spending)

    def check(self, task: Task, draft: Draft) -> list[str]:
        """What is wrong with what it wrote."""
        return self.workshop.check(task, draft)

    def keep(self, task: Task, draft: Draft) -> Done:
        """Put it into its place."""
        return self.workshop.keep(task, draft)

    def cancel(self) -> None:
        """Stop what runs."""
        self.workshop.cancel()

    def _recalled(self, plan: PlanGraph) -> PlanGraph:
        videos = [a.asset_id for a in self.goal.media if a.kind is MediaKind.VIDEO]
        return recalled(plan, self.find, videos)
