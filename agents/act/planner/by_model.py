"""Planning by a language model over the schemas of tools: one repair round, then a refusal.

The model sees the goal, names and facts of the files, and the tools that are near the goal; never
what a video shows or says. Files are called `$m1`, `$m2`; paths are never shown or taken.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

from pydantic import BaseModel, Field

from agents.act.act import Progress
from agents.act.actor import Planner
from agents.act.hands import Goal
from agents.act.plan import PlanGraph, Ref, Step, plan_json, replaced, value_of
from agents.act.planner.reading import NotPlanned
from agents.act.planner.scene import ANYTHING
from agents.act.planner.shortlist import Encode, shortlist
from agents.act.validate import Problem, examine
from agents.budget import Meter
from agents.errors import BudgetExhausted, ModelError
from agents.models.chat import ModelRoles, Prompt
from agents.prompting.evidence import quoted
from agents.prompting.schemas import Line, Passage
from agents.tools.assets import Asset
from agents.tools.registry import Registry

log = logging.getLogger(__name__)

MEMORIES = "memory has no moment"
"""How problems begin that memory will settle after planning."""


class ArgumentReply(BaseModel):
    """One argument; a value is text, JSON, `$step.output`, `$m1` or `$memory("...").start`."""

    name: Line
    value: Passage


class StepReply(BaseModel):
    """One step."""

    id: Line
    tool: Line
    arguments: Annotated[list[ArgumentReply], Field(max_length=30)]
    each: Line = ""
    why: Line = ""


class GraphReply(BaseModel):
    """A plan, or what is not clear about the goal."""

    steps: Annotated[list[StepReply], Field(max_length=60)]
    outputs: Annotated[list[Line], Field(max_length=20)]
    unclear: Line = ""


@dataclass(frozen=True, slots=True)
class ModelPlanner:
    """Plans by a model; without it where it fails, if that is allowed."""

    roles: ModelRoles
    instructions: str
    meter: Meter
    encode: Encode | None = None
    otherwise: Planner | None = None
    """Who plans where the model cannot be reached."""

    def plan(self, goal: Goal, registry: Registry) -> PlanGraph:
        """The plan of a goal.

        Raises:
            NotPlanned: the model finds the goal unclear, or its plan cannot run, repaired once.
            ModelError: the model failed, and nobody plans in its place.
        """
        try:
            return self._planned(goal, registry, {}, "")
        except (ModelError, BudgetExhausted) as error:
            if self.otherwise is None:
                raise
            log.warning("planned without a model: %s", error)
            plan = self.otherwise.plan(goal, registry)
            return replace(plan, notes=(*plan.notes, f"planned without a model: {error}"))

    def replan(self, goal: Goal, registry: Registry, state: Progress) -> PlanGraph | None:
        """The plan with its unfinished steps made anew; what is finished stays as it is."""
        failure = state.failures[-1]
        told = f"Step {failure.step.step_id} ({failure.step.tool}) failed: {quoted(failure.reason)}"
        finished = {name: done.step for name, done in state.done.items()}
        try:
            return self._planned(goal, registry, finished, told)
        except (ModelError, BudgetExhausted, NotPlanned) as error:
            log.warning("not planned anew: %s", error)
            return None

    def _planned(
        self, goal: Goal, registry: Registry, finished: Mapping[str, Step], trouble: str
    ) -> PlanGraph:
        """Ask, and ask once more with what was wrong."""
        names = shortlist(goal.text, registry, self.encode)
        before = goal.before.steps if goal.before else ()
        names += [s.tool for s in (*finished.values(), *before) if s.tool not in names]
        content = _content(goal, registry, names, finished, trouble)
        wrong: Sequence[str] = ()
        for _ in range(2):
            told = "\n".join((content, *_wrong(wrong)))
            prompt = Prompt("planner", self.instructions, told)
            reply = self.roles.of("planner").ask(prompt, GraphReply, self.meter)
            if reply.unclear:
                raise NotPlanned(f"the goal is not clear: {reply.unclear}", "say it more exactly")
            plan = graph_of(reply, goal, registry, finished)
            wrong = [str(problem) for problem in _problems(plan, goal, registry)]
            if not wrong:
                return plan
        said = f"the model's plan cannot run: {'; '.join(wrong[:3])}"
        raise NotPlanned(said, "say it in other words, or one operation at a time")


def graph_of(
    reply: GraphReply, goal: Goal, registry: Registry, finished: Mapping[str, Step]
) -> PlanGraph:
    """The plan of a reply; steps that are finished are kept, whatever the reply says of them."""
    files = {f"$m{number}": asset for number, asset in enumerate(goal.media, 1)}
    new = [_step(one, registry, files) for one in reply.steps if one.id not in finished]
    outputs = [value_of(one if one.startswith("$") else f"${one}") for one in reply.outputs]
    refs = tuple(ref for ref in outputs if isinstance(ref, Ref))
    steps = (*finished.values(), *new)
    return PlanGraph(goal.text, steps, refs, goal.parent, "model")


def _step(reply: StepReply, registry: Registry, files: Mapping[str, Asset]) -> Step:
    tool = registry.get(reply.tool)
    shapes: dict[str, Any] = tool.arguments.model_json_schema()["properties"] if tool else {}
    values = {
        one.name: _value(one.value, shapes.get(one.name, {}), files) for one in reply.arguments
    }
    return Step(reply.id, reply.tool, values, reply.each, reply.why)


def _value(text: str, shape: Mapping[str, Any], files: Mapping[str, Asset]) -> Any:  # noqa: ANN401
    """The value that a reply writes as text, by what the argument takes."""
    if text in files:
        return files[text].asset_id
    if shape.get("type") == "string" and not text.startswith("$"):
        return text
    try:
        value: Any = json.loads(text)
    except ValueError:
        value = text
    return value_of(replaced(value, lambda leaf: _file_or(leaf, files)))


def _file_or(leaf: Any, files: Mapping[str, Asset]) -> Any:  # noqa: ANN401
    return files[leaf].asset_id if isinstance(leaf, str) and leaf in files else leaf


def _problems(plan: PlanGraph, goal: Goal, registry: Registry) -> list[Problem]:
    """What is wrong with a plan before memory is asked; a step for nothing is a mistake too."""
    assets = {asset.asset_id: asset for asset in goal.media}
    found, _ = examine(plan, registry, assets, ANYTHING)
    used = {ref.step for step in plan.steps for ref in step.refs} | {r.step for r in plan.outputs}
    unused = [
        Problem(
            step.step_id, "what it gives is not used", "use it in a later step, or as an output"
        )
        for step in plan.steps
        if step.step_id not in used
    ]
    return [*(p for p in found if not p.what.startswith(MEMORIES)), *unused]


def _wrong(problems: Sequence[str]) -> list[str]:
    if not problems:
        return []
    return ["Your last plan cannot run. Problems:", *(f"- {problem}" for problem in problems)]


def _content(
    goal: Goal,
    registry: Registry,
    names: Sequence[str],
    finished: Mapping[str, Step],
    trouble: str,
) -> str:
    """The goal, the files, the tools, and what there is already."""
    lines = [f"Goal: {quoted(goal.text)}", "Files:"]
    lines += [f"$m{number}: {_file(asset)}" for number, asset in enumerate(goal.media, 1)]
    lines += goal.told
    lines += ["Tools:", *(json.dumps(one) for one in registry.schemas(names))]
    if goal.before is not None:
        lines += ["The plan that the goal goes on from:", json.dumps(_shown(goal.before, goal))]
    if trouble:
        done = PlanGraph("", tuple(finished.values()), ())
        lines += [trouble, "Finished steps, which stay:", json.dumps(_shown(done, goal))]
    return "\n".join(lines)


def _file(asset: Asset) -> str:
    facts = asset.facts
    told = [str(asset.kind), quoted(asset.name)]
    told += [f"{facts.seconds:.2f} s"] if facts.seconds else []
    told += [f"{facts.width}x{facts.height}"] if facts.width else []
    told += ["with sound"] if facts.has_sound else []
    return ", ".join(told)


def _shown(plan: PlanGraph, goal: Goal) -> list[Any]:
    """Steps as JSON, with files by their short names."""
    text = json.dumps(plan_json(plan)["steps"])
    for number, asset in enumerate(goal.media, 1):
        text = text.replace(asset.asset_id, f"$m{number}")
    return json.loads(text)
