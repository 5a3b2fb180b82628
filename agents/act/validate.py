"""Whether a plan can run, and what it will take: held against the registry before anything runs.

Each problem names the step and the repair. Steps whose inputs do not exist yet are checked with
stand-ins that have the facts which the estimates of earlier steps foresee.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import ValidationError

from agents.act.plan import (
    STEP_ID,
    PlanGraph,
    Ref,
    Spread,
    Step,
    in_order,
    leaves,
    replaced,
)
from agents.errors import AgentsError
from agents.tools.assets import Asset, Assets, Facts, MediaKind
from agents.tools.base import Arguments, Effect, Estimate, Tool, asset_ids
from agents.tools.registry import Registry

Outputs = Mapping[str, tuple[Asset, ...]]
"""What a step made, or will make, by output."""

MOST_TOLD = 20
"""Problems that are told; a broken plan has hundreds of the same kind."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Most that one run may take."""

    steps: int = 100
    seconds: float = 3600.0
    usd: float = 0.0
    bytes: int = 20_000_000_000


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a plan cannot run; `step` is empty where the plan as a whole is meant."""

    step: str
    what: str
    repair: str

    def __str__(self) -> str:
        place = f"step {self.step}: " if self.step else ""
        return f"{place}{self.what}" + (f" ({self.repair})" if self.repair else "")


@dataclass(slots=True)
class Forecast:
    """What a plan will take, as far as its tools foresee."""

    seconds: float = 0.0
    usd: float = 0.0
    bytes: int = 0
    effects: tuple[Effect, ...] = ()
    """What it does beyond writing files."""
    made: dict[str, Outputs] = field(default_factory=dict[str, Outputs])
    """Stand-ins of what each step gives."""


def validate(
    plan: PlanGraph, registry: Registry, assets: Assets, limits: Limits = Limits()
) -> list[Problem]:
    """Everything that is wrong with a plan; empty when it can run."""
    return examine(plan, registry, assets, limits)[0]


def examine(
    plan: PlanGraph, registry: Registry, assets: Assets, limits: Limits = Limits()
) -> tuple[list[Problem], Forecast]:
    """The problems of a plan, and its forecast as far as it goes."""
    problems, forecast = _of_shape(plan, limits), Forecast()
    if problems:
        return problems[:MOST_TOLD], forecast
    ordered, circle = in_order(plan.steps)
    for step in circle:
        problems.append(
            Problem(step.step_id, "it waits for itself", "break the circle of references")
        )
    for step in ordered:
        found = _of_references(step, plan, registry) or _of_use(step, registry, assets, forecast)
        problems += found
        if len(problems) >= MOST_TOLD:
            return problems[:MOST_TOLD], forecast
    if not problems:
        problems = [*_of_outputs(plan, forecast), *_of_cost(forecast, limits)]
    return problems, forecast


def _of_shape(plan: PlanGraph, limits: Limits) -> list[Problem]:
    """Size and names, before anything is walked through."""
    if not plan.steps:
        return [Problem("", "the plan has no step", "name an operation")]
    if len(plan.steps) > limits.steps:
        said = f"the plan has {len(plan.steps)} steps, at most {limits.steps} are run"
        return [Problem("", said, "ask for less at once")]
    ids = [step.step_id for step in plan.steps]
    twice = sorted({step_id for step_id in ids if ids.count(step_id) > 1})
    odd = [step_id for step_id in ids if not STEP_ID.fullmatch(step_id)]
    return [
        *(Problem(step_id, "two steps have this id", "give each its own") for step_id in twice),
        *(
            Problem(step_id[:40], "this is no id of a step", "use small letters, digits and _")
            for step_id in odd
        ),
    ]


def _of_references(step: Step, plan: PlanGraph, registry: Registry) -> list[Problem]:
    """Tools, steps and outputs that there are not, and memories that were not found."""
    problems: list[Problem] = []
    tool = registry.get(step.tool)
    if tool is None:
        near = ", ".join(_near(step.tool, registry)) or "`backtrail tools` lists them"
        return [Problem(step.step_id, f"there is no tool {step.tool!r}", f"use {near}")]
    if tool.missing:
        problems.append(Problem(step.step_id, f"{tool.name} cannot run here", tool.missing))
    for ref in step.refs:
        problems += _of_ref(step.step_id, ref, plan, registry)
    for query in dict.fromkeys((*filter(None, [step.each]), *(r.query for r in step.recalls))):
        what = f"memory has no moment for {query!r}"
        problems.append(Problem(step.step_id, what, "give the time, or other words"))
    return problems


def _of_ref(step_id: str, ref: Ref, plan: PlanGraph, registry: Registry) -> list[Problem]:
    source = plan.step(ref.step)
    if source is None:
        known = ", ".join(step.step_id for step in plan.steps[:8])
        return [Problem(step_id, f"{ref} refers to no step of the plan", f"the steps are {known}")]
    tool = registry.get(source.tool)
    if tool is not None and tool.output(ref.output) is None:
        names = ", ".join(output.name for output in tool.gives)
        return [Problem(step_id, f"{tool.name} gives no {ref.output!r}", f"it gives {names}")]
    return []


def _near(name: str, registry: Registry) -> list[str]:
    import difflib

    return difflib.get_close_matches(name, [tool.name for tool in registry.usable], 3, 0.5)


def _of_use(step: Step, registry: Registry, assets: Assets, forecast: Forecast) -> list[Problem]:
    """Types and kinds of the arguments, and the estimate, which goes into `forecast`."""
    tool = registry.tool(step.tool)
    lacking = [ref.step for ref in step.refs if ref.step not in forecast.made]
    if lacking:  # told already, of that step
        return []
    known = {**assets, **_stand_ins(forecast.made)}
    values, problems = concrete(step, tool, forecast.made)
    problems += _of_kinds(step, tool, values, known)
    if problems:
        return problems
    try:
        arguments = tool.arguments.model_validate(values)
        estimate = tool.estimate(arguments, known)
    except ValidationError as error:
        return _of_types(step, tool, error)
    except AgentsError as error:
        return [Problem(step.step_id, str(error), error.hint)]
    forecast.seconds += estimate.seconds
    forecast.usd += estimate.usd
    forecast.bytes += estimate.bytes
    does = [one for one in (tool.effect, *estimate.effects) if one is not Effect.PURE]
    forecast.effects = tuple(dict.fromkeys((*forecast.effects, *does)))
    forecast.made[step.step_id] = _foreseen(step, tool, arguments, estimate, known)
    return []


def concrete(
    step: Step, tool: Tool[Any], made: Mapping[str, Outputs]
) -> tuple[dict[str, Any], list[Problem]]:
    """The arguments with ids of assets in the place of references."""
    problems: list[Problem] = []
    lists = {n for n in tool.inputs if isinstance(step.arguments.get(n), tuple)}

    def filled(name: str, leaf: object) -> object:
        if not isinstance(leaf, Ref):
            return leaf
        outputs = made[leaf.step]
        found = outputs[leaf.output] if leaf.output else next(iter(outputs.values()))
        ids = tuple(asset.asset_id for asset in found)
        if name in lists or len(ids) != 1:
            return Spread(ids)
        return ids[0]

    values: dict[str, Any] = {}
    for name, value in step.arguments.items():
        new = replaced(value, lambda leaf, name=name: filled(name, leaf))
        if isinstance(new, Spread):
            new = new.items if _takes_list(tool, name) else None
            if new is None:
                what = f"{name} takes one asset, and {value} gives several or none"
                problems.append(Problem(step.step_id, what, "map over them, or concatenate first"))
        elif isinstance(value, Ref) and _takes_list(tool, name):
            new = (new,)
        values[name] = new
    return values, problems


def _takes_list(tool: Tool[Any], name: str) -> bool:
    found = tool.arguments.model_fields.get(name)
    shape = found.annotation if found is not None else None
    return tuple in (get_origin(shape), *map(get_origin, get_args(shape)))


def _of_kinds(
    step: Step, tool: Tool[Any], values: Mapping[str, Any], known: Assets
) -> list[Problem]:
    """Whether assets are where assets belong, known, and of a kind that the argument takes."""
    problems: list[Problem] = []
    inputs = tool.inputs
    for name, value in step.arguments.items():
        stray = [leaf for leaf in leaves(value) if isinstance(leaf, Ref)]
        if stray and name not in inputs:
            what = f"{name} takes no output of a step"
            problems.append(Problem(step.step_id, what, "give a value"))
    for name, kinds in inputs.items():
        given = values.get(name)
        for asset_id in asset_ids(given) if isinstance(given, str | tuple) else []:  # pyright: ignore
            asset = known.get(asset_id)
            if asset is None:
                what = f"{name} is {_short(asset_id)}, which is no known asset"
                problems.append(Problem(step.step_id, what, "use the id of an asset, never a path"))
            elif not _fits(asset, kinds):
                wanted = " or ".join(map(str, kinds))
                what = (
                    f"{name} takes {wanted}, and {asset.name or _short(asset_id)} is {_told(asset)}"
                )
                problems.append(Problem(step.step_id, what, f"give {wanted}"))
    return problems


def _fits(asset: Asset, kinds: Sequence[MediaKind]) -> bool:
    """Whether an asset is of a kind; a video that is taken for its sound must have some."""
    if asset.kind not in kinds:
        return False
    if asset.kind is MediaKind.VIDEO and MediaKind.SOUND in kinds:
        return asset.facts.has_sound or not asset.facts.bytes
    return True


def _told(asset: Asset) -> str:
    silent = asset.kind is MediaKind.VIDEO and not asset.facts.has_sound
    return f"{asset.kind}{' without sound' if silent else ''}"


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")


def _of_types(step: Step, tool: Tool[Any], error: ValidationError) -> list[Problem]:
    """What pydantic finds wrong, in our words."""
    problems: list[Problem] = []
    known = ", ".join(tool.arguments.model_fields)
    for one in error.errors()[:5]:
        name = ".".join(map(str, one["loc"])) or "arguments"
        if one["type"] == "extra_forbidden":
            what, repair = f"{tool.name} has no argument {name!r}", f"it has {known}"
        elif one["type"] == "missing":
            what, repair = f"{tool.name} needs {name}", "give it"
        else:
            what, repair = f"{name} is {_short(str(one['input']))}: {one['msg']}", "change it"
        problems.append(Problem(step.step_id, what, repair))
    return problems


def _foreseen(
    step: Step, tool: Tool[Any], arguments: Arguments, estimate: Estimate, known: Assets
) -> Outputs:
    """Stand-ins of a step's outputs, with the facts that the tool foresees or else its input's."""
    given = [known[i] for n in tool.inputs for i in asset_ids(getattr(arguments, n))]
    like = next((a.facts for a in given), Facts())
    made: dict[str, tuple[Asset, ...]] = {}
    for output in tool.gives:
        facts = estimate.outputs.get(output.name, replace(like, bytes=0))
        name = f"${step.step_id}.{output.name}"
        asset_id = hashlib.sha256(name.encode()).hexdigest()
        made[output.name] = (Asset(asset_id, output.kind, Path(), facts, name),)
    return made


def _stand_ins(made: Mapping[str, Outputs]) -> Assets:
    return {a.asset_id: a for outs in made.values() for found in outs.values() for a in found}


def _of_outputs(plan: PlanGraph, forecast: Forecast) -> list[Problem]:
    if not plan.outputs:
        return [Problem("", "the plan gives nothing", "name the outputs")]
    problems: list[Problem] = []
    for ref in plan.outputs:
        made = forecast.made.get(ref.step)
        if made is None or (ref.output and ref.output not in made):
            problems.append(Problem("", f"the output {ref} is made by no step", "name one that is"))
    return problems


def _of_cost(forecast: Forecast, limits: Limits) -> list[Problem]:
    """What the whole would take beyond the limits."""
    told = (
        ("seconds", forecast.seconds, limits.seconds, "--budget seconds=N"),
        ("US dollars", forecast.usd, limits.usd, "--budget usd=N"),
        ("bytes", forecast.bytes, limits.bytes, "--budget bytes=N"),
    )
    return [
        Problem(
            "", f"it would take {value:,.4g} {what}, and {limit:,.4g} are allowed", f"raise {flag}"
        )
        for what, value, limit, flag in told
        if value > limit
    ]
