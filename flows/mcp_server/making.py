"""Tools of the registry, one call at a time: a plan of one step, checked and kept like any."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from agents.act.act import Progress
from agents.act.hands import Goal
from agents.act.plan import ActStatus, PlanGraph, Ref, Step
from agents.act.request import ActRequest, act_request, nobody
from agents.act.result import ActResult, Output
from agents.errors import AgentsError, UsageError
from agents.tools.assets import MediaKind
from agents.tools.base import Tool, asset_ids
from agents.tools.registry import Registry
from flows.equipment import equipment_of
from flows.output.acting import plan_lines
from flows.wiring import runtime_of

READ = (MediaKind.TEXT, MediaKind.SUBTITLES, MediaKind.MOMENTS, MediaKind.BOXES)
"""Kinds whose content is told beside the file."""
MOST_READ = 20_000
"""Characters of it."""
FINE = (ActStatus.COMPLETED, ActStatus.PLANNED, ActStatus.BUDGET_EXHAUSTED)


class NotDone(AgentsError):
    """A goal was not reached, or a tool did not do its work."""

    code = "not_done"


class File(BaseModel):
    """A file that was made."""

    model_config = ConfigDict(frozen=True)

    name: str
    kind: MediaKind
    asset_id: str
    artefact_id: str
    path: str
    seconds: float
    width: int
    height: int
    bytes: int
    text: str | None = None
    """What it says, of texts and lists."""


class Went(BaseModel):
    """How a step went."""

    model_config = ConfigDict(frozen=True)

    step: str
    tool: str
    status: str
    notes: tuple[str, ...]
    evidence: tuple[str, ...]


class Acted(BaseModel):
    """What became of a goal, or of one tool."""

    model_config = ConfigDict(frozen=True)

    run_id: str
    status: ActStatus
    reason: str
    plan: tuple[str, ...]
    files: tuple[File, ...]
    steps: tuple[Went, ...]


@dataclass(frozen=True, slots=True)
class Given:
    """A planner that was given its plan."""

    graph: PlanGraph

    def plan(self, goal: Goal, registry: Registry) -> PlanGraph:
        """The plan."""
        del goal, registry
        return self.graph

    def replan(self, goal: Goal, registry: Registry, state: Progress) -> PlanGraph | None:
        """Nothing else is tried than what the tool itself offers."""
        del goal, registry, state


def use(tool: Tool[Any], workspace: str | None, given: Mapping[str, Any]) -> Acted:
    """Run one tool on assets.

    Raises:
        UsageError: an argument is not what the tool takes.
        NotDone: it failed, or nobody may approve what it does.
        UnknownMemory, UnreadableMedia: an asset is not there.
    """
    arguments = tool.arguments.model_validate(dict(given))
    values = arguments.model_dump(exclude_unset=True)
    media = [one for name in tool.inputs for one in asset_ids(getattr(arguments, name))]
    step = Step("made", tool.name, values)
    outputs = tuple(Ref(step.step_id, output.name) for output in tool.gives)
    plan = PlanGraph(tool.name, (step,), outputs, planner="mcp")
    runtime = runtime_of(workspace)
    equipment = equipment_of(runtime, plugged=False, learns=False)
    equipment = replace(equipment, planner=Given(plan))
    request = ActRequest(tool.name, tuple(dict.fromkeys(media)), by_id=True)
    return acted_of(act_request(runtime, request, equipment, nobody))


def uses(registry: Registry, workspace: str | None) -> list[tuple[Tool[Any], partial[Acted]]]:
    """Every tool that can run here, with what a call does."""
    return [(tool, partial(use, tool, workspace)) for tool in registry.usable]


def acted_of(result: ActResult) -> Acted:
    """The result, typed.

    Raises:
        UsageError: the plan cannot run; nothing was done.
        NotDone: it was not approved, or it failed.
    """
    if result.status is ActStatus.REFUSED:
        raise UsageError(result.reason, "change the arguments; nothing was done")
    if result.status is ActStatus.DECLINED:
        effects = ", ".join(result.forecast["effects"])
        raise NotDone(
            f"not done, as nobody here can approve what it does: {effects}",
            "the person may allow it by BACKTRAIL_ACT__ALLOW, or run it by `backtrail act`",
        )
    if result.status not in FINE:
        raise NotDone(result.reason, "`backtrail tools` tells what each tool needs")
    return Acted(
        run_id=result.run_id,
        status=result.status,
        reason=result.reason,
        plan=tuple(plan_lines(result.plan, None, result.inputs)),
        files=tuple(map(_file, result.outputs)),
        steps=tuple(
            Went(step=s.step_id, tool=s.tool, status=s.status, notes=s.notes, evidence=s.evidence)
            for s in result.steps
        ),
    )


def _file(output: Output) -> File:
    fields: dict[str, Any] = {name: getattr(output, name) for name in Output.__slots__}
    fields |= {"path": str(output.path), "text": _text(output)}
    return File(**fields)


def _text(output: Output) -> str | None:
    if output.kind not in READ:
        return None
    with Path(output.path).open(encoding="utf-8") as file:
        return file.read(MOST_READ)
