"""What is done when a step failed: first what its tool itself offers, then another plan.

Only what is not finished may change. Nothing is tried twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from agents.act.hands import Done
from agents.act.plan import PlanGraph, Step, value_of
from agents.act.validate import Problem
from agents.tools.registry import Registry


@dataclass(frozen=True, slots=True)
class Failure:
    """A step that failed, and why."""

    step: Step
    error: BaseException

    @property
    def reason(self) -> str:
        """Why, on one line."""
        return " ".join(str(self.error).split()) or type(self.error).__name__

    @property
    def hint(self) -> str:
        """What may help; empty where nobody knows."""
        return " ".join(str(getattr(self.error, "hint", "")).split())


def fixed_repair(
    plan: PlanGraph, failures: Sequence[Failure], registry: Registry
) -> PlanGraph | None:
    """The plan with the failed step done by the next of its tool's fallbacks; None without one.

    A fallback is another tool with the same arguments (keyframes instead of exact cuts, say) or
    other values; the plan says that it was taken.
    """
    failure = failures[-1]
    first = next(f.step for f in failures if f.step.step_id == failure.step.step_id)
    tool = registry.get(first.tool)
    tried = sum(f.step.step_id == failure.step.step_id for f in failures) - 1
    if tool is None or tried >= len(tool.fallbacks):
        return None
    fallback = tool.fallbacks[tried]
    name = fallback.tool or first.tool
    changed = {n: value_of(v) for n, v in fallback.arguments.items()}
    told = ", ".join(f"{n} = {v}" for n, v in fallback.arguments.items())
    note = f"{' with '.join(filter(None, [name, told]))} instead, since {failure.reason}"
    step = replace(
        first,
        tool=name,
        arguments={**first.arguments, **changed},
        notes=(*failure.step.notes, note),
    )
    steps = tuple(step if one.step_id == step.step_id else one for one in plan.steps)
    return replace(plan, steps=steps)


def keeps_finished(done: Mapping[str, Done], after: PlanGraph) -> tuple[Problem, ...]:
    """Steps that are finished and that a repaired plan changes or leaves out."""
    repair = "change only the steps that are not finished"
    changed = [
        step_id
        for step_id, one in done.items()
        if (step := after.step(step_id)) is None
        or (step.tool, dict(step.arguments)) != (one.step.tool, dict(one.step.arguments))
    ]
    return tuple(Problem(step_id, "it is finished and was changed", repair) for step_id in changed)
