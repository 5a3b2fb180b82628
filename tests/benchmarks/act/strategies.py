"""Ways to come from a goal to a run, with one scripted model whose replies hold planted faults.

What differs is control flow only: the model knows the right plan, gives it with one fault, and
mends what it is told of, in all ways alike. *Single agent*: one call of a tool after another, each
error goes back to the model once. *Plan-act* (UniVA, arXiv 2511.08521, as its code does it): one
plan, run in the order of its list, the first error ends it. *Ours*: the product's planner by model
and its repair of what is not finished. Runs are walked, not rendered: a step fails where the check
of plans finds a fault in it, what it uses was not made before, or a value is not the right one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from agents.act.act import Progress
from agents.act.hands import Done, Goal
from agents.act.plan import PlanGraph, Ref, Step, written_of
from agents.act.planner.by_model import ArgumentReply, GraphReply, ModelPlanner, StepReply
from agents.act.planner.reading import NotPlanned
from agents.act.planner.scene import ANYTHING
from agents.act.repair import Failure, keeps_finished
from agents.act.validate import Forecast, examine
from agents.budget import Budget, Meter
from agents.models.chat import ModelRoles
from agents.tools.base import ToolFailed
from agents.tools.registry import Registry
from tests.benchmarks.act.reference import Item

PATH = "/etc/passwd"


def _tool(plan: PlanGraph, at: int) -> PlanGraph:
    return _with(plan, at, replace(plan.steps[at], tool=f"{plan.steps[at].tool}_pro"))


def _name(plan: PlanGraph, at: int) -> PlanGraph:
    step = plan.steps[at]
    names = list(step.arguments)
    changed = {("input" if name == names[0] else name): v for name, v in step.arguments.items()}
    return _with(plan, at, replace(step, arguments=changed))


def _path(plan: PlanGraph, at: int) -> PlanGraph:
    step = plan.steps[at]
    files = [n for n in step.arguments if n in ("video", "source", "sound", "image")]
    if not files:
        return _tool(plan, at)
    return _with(plan, at, replace(step, arguments={**step.arguments, files[0]: PATH}))


def _order(plan: PlanGraph, at: int) -> PlanGraph:
    return replace(plan, steps=tuple(reversed(plan.steps)))


def _value(plan: PlanGraph, at: int) -> PlanGraph:
    """A number that the check cannot know to be wrong; the tool will."""
    step = plan.steps[at]
    numbers = [n for n, v in step.arguments.items() if isinstance(v, float)]
    if not numbers:
        return plan
    worse = cast(float, step.arguments[numbers[0]]) + 0.25
    return _with(plan, at, replace(step, arguments={**step.arguments, numbers[0]: worse}))


def _lost(plan: PlanGraph, at: int) -> PlanGraph:
    """A step that uses a file as it was given, in the place of what was made of it."""
    for number, step in enumerate(plan.steps):
        refs = [n for n, v in step.arguments.items() if isinstance(v, Ref) and n == "video"]
        files = [v for s in plan.steps for n, v in s.arguments.items() if n == "video"]
        given = [v for v in files if isinstance(v, str)]
        if refs and given:
            changed = {**step.arguments, refs[0]: given[0]}
            return _with(plan, number, replace(step, arguments=changed))
    return plan


FAULTS: dict[str, Callable[[PlanGraph, int], PlanGraph]] = {
    "a tool that is not there": _tool,
    "a wrong name of an argument": _name,
    "a path of a file": _path,
    "steps in the wrong order": _order,
    "a value that fails when it runs": _value,
    "an output that is not used": _lost,
}


def _with(plan: PlanGraph, at: int, step: Step) -> PlanGraph:
    return replace(plan, steps=(*plan.steps[:at], step, *plan.steps[at + 1 :]))


@dataclass
class Walk:
    """How a plan would run: the steps that are done, and the first that is not."""

    done: dict[str, Step] = field(default_factory=dict[str, Step])
    failed: Step | None = None


def walked(plan: PlanGraph, item: Item, registry: Registry, *, by_list: bool) -> Walk:
    """Run a plan without rendering, in the order of its list or as inputs are there."""
    assets = {asset.asset_id: asset for asset in item.media}
    right = {step.step_id: step for step in item.reference.steps}
    problems, _ = examine(plan, registry, assets, ANYTHING)
    faulty = {one.step for one in problems if "memory has no moment" not in one.what}
    walk, waiting = Walk(), list(plan.steps)
    while waiting:
        free = [s for s in waiting if all(r.step in walk.done for r in s.refs)]
        step = waiting[0] if by_list or not free else free[0]
        if step not in free or step.step_id in faulty or _unlike(step, right.get(step.step_id)):
            walk.failed = step
            return walk
        walk.done[step.step_id] = step
        waiting.remove(step)
    return walk


def _unlike(step: Step, right: Step | None) -> bool:
    """Whether a number of a step is not the right one."""
    if right is None:
        return True
    return any(
        isinstance(value, float) and right.arguments.get(name, value) != value
        for name, value in step.arguments.items()
    )


def single_agent(faulty: PlanGraph, item: Item, registry: Registry) -> tuple[PlanGraph, Walk]:
    """Each failed call goes back to the model once, which then makes the right one."""
    plan = faulty
    for _ in item.reference.steps:
        walk = walked(plan, item, registry, by_list=False)
        if walk.failed is None:
            return plan, walk
        plan = _mended(plan, walk.failed.step_id, item)
    return plan, walked(plan, item, registry, by_list=False)


def plan_act(faulty: PlanGraph, item: Item, registry: Registry) -> tuple[PlanGraph, Walk]:
    """The plan in the order of its list, until something fails."""
    return faulty, walked(faulty, item, registry, by_list=True)


def _mended(plan: PlanGraph, step_id: str, item: Item) -> PlanGraph:
    right = item.reference.step(step_id)
    steps = tuple(right if s.step_id == step_id and right else s for s in plan.steps)
    return replace(plan, steps=steps)


@dataclass
class Scripted:
    """The model behind the product's planner: first the faulty plan, then the right one."""

    replies: list[PlanGraph]
    item: Item

    def of(self, role: str) -> Scripted:
        return self

    def ask(self, prompt: Any, schema: Any, meter: Meter) -> GraphReply:
        plan = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        return reply_of(plan, self.item)


def reply_of(plan: PlanGraph, item: Item) -> GraphReply:
    """A plan as a model writes it: files by their short names."""
    names = {asset.asset_id: f"$m{number}" for number, asset in enumerate(item.media, 1)}

    def said(value: Any) -> str:
        if isinstance(value, tuple):
            return "[" + ", ".join(f'"{said(one)}"' for one in value) + "]"
        if isinstance(value, str) and value in names:
            return names[value]
        told = written_of(value)
        return told if isinstance(told, str) else f"{told}"

    steps = [
        StepReply(
            id=step.step_id,
            tool=step.tool,
            arguments=[ArgumentReply(name=n, value=said(v)) for n, v in step.arguments.items()],
        )
        for step in plan.steps
    ]
    return GraphReply(steps=steps, outputs=[str(ref) for ref in plan.outputs])


def ours(faulty: PlanGraph, item: Item, registry: Registry) -> tuple[PlanGraph, Walk]:
    """The product's planner: checked, repaired once, and only the rest planned anew."""
    model = Scripted([faulty, item.reference], item)
    planner = ModelPlanner(cast(ModelRoles, model), "plan", Meter(Budget()))
    goal = Goal(item.text, item.media)
    try:
        plan = planner.plan(goal, registry)
    except NotPlanned:
        return faulty, Walk(failed=faulty.steps[0])
    walk = walked(plan, item, registry, by_list=False)
    if walk.failed is None:
        return plan, walk
    done = {name: Done(step, name, {}, False) for name, step in walk.done.items()}
    state = Progress(plan, Forecast(), done=done)
    state.failures.append(Failure(walk.failed, ToolFailed("it cannot be done so")))
    again = planner.replan(goal, registry, state)
    if again is None or keeps_finished(done, again):
        return plan, walk
    return again, walked(again, item, registry, by_list=False)


WAYS = {"single agent": single_agent, "plan-act": plan_act, "ours": ours}


def planted(items: Sequence[Item]) -> list[tuple[str, Item, PlanGraph]]:
    """Every goal with every fault that changes its plan; times of memories are not among them."""
    found: list[tuple[str, Item, PlanGraph]] = []
    for number, item in enumerate(items):
        if item.must_refuse or item.before or "memory" in str(item.reference):
            continue
        for name, plant in FAULTS.items():
            faulty = plant(item.reference, number % len(item.reference.steps))
            if faulty.steps != item.reference.steps:
                found.append((name, item, faulty))
    return found
