"""Chains of steps that recur, as recipes with slots (after ArcMemo: what was used twice counts).

A recipe is worked out from the runs that have it, never stored: it is what two or more runs of
different goals agree on, with a slot where they differ. It goes with its runs. Only what a person
decided of it is kept: another name, or that it is no recipe.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from agents.act.plan import PlanGraph, Ref, Step, in_order, leaves, replaced, written_of
from agents.act.remembered.experience import Earlier
from agents.errors import UsageError
from agents.tools.base import ASSET_ID
from memory.errors import UnknownMemory
from memory.organise.records import RecipeMark, now, plain
from memory.records import content_id
from memory.store import Store

LEAST_USES = 2
"""Runs that must agree on a chain."""
LEAST_STEPS = 2
"""Steps below which there is no chain."""
IN_NAME = 4
"""Tools that a name tells at most."""


@dataclass(frozen=True, slots=True)
class Slot:
    """What a recipe leaves open: a value that differed between its runs."""

    name: str
    """`start`, or `start_2` for the second of that name."""
    step: str
    argument: str
    examples: tuple[Any, ...]
    """The values that it had, those of the latest run last."""


@dataclass(frozen=True, slots=True)
class FileSlot:
    """A file that a recipe takes; it stands in the steps under its own id."""

    key: str
    """In the place of an asset id."""
    kind: str
    example: str
    """Name of the file in the latest run."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """A chain with slots."""

    recipe_id: str
    name: str
    plan: PlanGraph
    """Steps in an order in which they can run; open arguments are left out, files are keys."""
    slots: tuple[Slot, ...]
    files: tuple[FileSlot, ...]
    runs: tuple[str, ...]
    """Ids of the runs that it was taken from, oldest first."""
    goals: tuple[str, ...]
    """Their goals."""

    def to_json(self) -> dict[str, Any]:
        """The documented object."""
        steps = [
            {"id": s.step_id, "tool": s.tool, "arguments": written_of(s.arguments)}
            for s in self.plan.steps
        ]
        slots = [
            {"name": s.name, "step": s.step, "argument": s.argument, "examples": [*s.examples]}
            for s in self.slots
        ]
        files = [{"name": f.key, "kind": f.kind, "example": f.example} for f in self.files]
        told = {"recipe_id": self.recipe_id, "name": self.name, "uses": len(self.runs)}
        return {
            **told,
            "files": files,
            "slots": slots,
            "steps": steps,
            "runs": [*self.runs],
            "goals": [*self.goals],
        }


def recipes(runs: Sequence[Earlier], marks: Sequence[RecipeMark] = ()) -> list[Recipe]:
    """The recipes that runs hold, those that recur most first; `marks` name and delete some."""
    decided = {mark.recipe_id: mark for mark in marks}
    groups: dict[str, list[Earlier]] = {}
    for one in runs:
        if one.worked and len(one.plan.steps) >= LEAST_STEPS:
            groups.setdefault(_shape(one), []).append(one)
    found: list[Recipe] = []
    taken = {plain(mark.name) for mark in marks if mark.status == "named"}
    for shape, group in groups.items():
        latest = list({one.root: one for one in group}.values())
        key = content_id("c", shape)
        mark = decided.get(key)
        if len(latest) < LEAST_USES or (mark is not None and mark.status == "deleted"):
            continue
        name = mark.name if mark else _free(_name(latest[-1].plan), taken)
        taken.add(plain(name))
        found.append(_agreed(key, name, latest))
    return sorted(found, key=lambda one: (-len(one.runs), one.name))


def recipe_named(known: Sequence[Recipe], reference: str) -> Recipe:
    """The recipe of a name, an id or the beginning of one.

    Raises:
        UnknownMemory: none, or more than one, answers to it.
    """
    found = [one for one in known if plain(one.name) == plain(reference)]
    found = found or [one for one in known if reference and one.recipe_id.startswith(reference)]
    if len(found) != 1:
        what = "there is no recipe" if not found else f"{len(found)} recipes are meant by"
        names = ", ".join(one.name for one in known[:8]) or "none yet: two runs make one"
        raise UnknownMemory(f"{what} {reference!r}", f"the recipes are {names}")
    return found[0]


def delete(store: Store, tenant: str, known: Sequence[Recipe], reference: str) -> Recipe:
    """Make a chain no recipe; it does not come back when it recurs.

    Raises:
        UnknownMemory: none, or more than one, answers to the reference.
    """
    one = recipe_named(known, reference)
    store.notebook.put([RecipeMark(one.recipe_id, tenant, "", "", "deleted", now())])
    return one


def rename(store: Store, tenant: str, known: Sequence[Recipe], reference: str, name: str) -> Recipe:
    """Give a recipe another name.

    Raises:
        UnknownMemory: none, or more than one, answers to the reference.
        UsageError: the name has no letter, or another recipe has it.
    """
    one = recipe_named(known, reference)
    others = {plain(each.name) for each in known if each is not one}
    if not any(c.isalpha() for c in name) or '"' in name or len(name) > 80:
        raise UsageError(f"{name!r} is no name for a recipe", "use words, at most 80 characters")
    if plain(name) in others:
        raise UsageError(f"another recipe is called {name!r}", "choose another name")
    store.notebook.put([RecipeMark(one.recipe_id, tenant, "", name, "named", now())])
    return replace(one, name=name)


def _ordered(plan: PlanGraph) -> list[Step]:
    return in_order(plan.steps)[0]


def _keys(one: Earlier) -> dict[str, str]:
    """For each file that a plan uses the key that stands for it, by where it is first used."""
    keys: dict[str, str] = {}
    for step in _ordered(one.plan):
        for leaf in leaves(step.arguments):
            if is_file(leaf) and leaf not in keys:
                keys[str(leaf)] = f"file_{len(keys) + 1}"
    return keys


def is_file(leaf: object) -> bool:
    """Whether a value is the id of an asset."""
    return isinstance(leaf, str) and re.fullmatch(ASSET_ID, leaf) is not None


def _shape(one: Earlier) -> str:
    """What runs of one chain have in common: tools, and how files and outputs go into them."""
    keys, ordered = _keys(one), _ordered(one.plan)
    places = {step.step_id: f"step_{n}" for n, step in enumerate(ordered, 1)}
    kinds = {asset["asset_id"]: asset["kind"] for asset in one.action.result["inputs"]}
    wired: list[object] = [[f"{key}:{kinds.get(a, '')}" for a, key in keys.items()]]
    for step in ordered:
        held = {n: v for n, v in step.arguments.items() if _is_wired(v)}
        new = replaced(held, lambda leaf: _placed(leaf, keys, places))
        wired.append([step.tool, written_of(new)])
    outputs = [str(_placed(ref, keys, places)) for ref in one.plan.outputs]
    return json.dumps([wired, outputs], sort_keys=True)


def _is_wired(value: object) -> bool:
    return any(isinstance(leaf, Ref) or is_file(leaf) for leaf in leaves(value))


def _placed(leaf: Any, keys: Mapping[str, str], places: Mapping[str, str]) -> Any:  # noqa: ANN401
    if isinstance(leaf, Ref):
        return replace(leaf, step=places[leaf.step])
    return keys.get(leaf, leaf) if isinstance(leaf, str) else leaf


def _agreed(key: str, name: str, runs: Sequence[Earlier]) -> Recipe:
    """What runs of one shape agree on, with slots where they differ."""
    last = runs[-1]
    columns = [list(column) for column in zip(*(_ordered(one.plan) for one in runs), strict=True)]
    keys = _keys(last)
    places = {step.step_id: f"step_{n}" for n, step in enumerate(_ordered(last.plan), 1)}
    slots: list[Slot] = []
    steps: list[Step] = []
    for column in columns:
        step_id, kept = places[column[-1].step_id], dict[str, Any]()
        for argument, value in sorted(
            column[-1].arguments.items(), key=lambda one: one[0] == "end"
        ):
            values = [step.arguments.get(argument) for step in column]
            if _is_wired(value):
                kept[argument] = replaced(value, lambda leaf: _placed(leaf, keys, places))
            elif any(argument not in step.arguments for step in column):
                continue  # left to the tool where only some runs said it
            elif all(each == value for each in values):
                kept[argument] = value
            else:
                slots.append(Slot(_slot_name(argument, slots), step_id, argument, tuple(values)))
        steps.append(Step(step_id, column[-1].tool, kept))
    outputs = tuple(_placed(ref, keys, places) for ref in last.plan.outputs)
    kinds = {a["asset_id"]: (a["kind"], a["name"]) for a in last.action.result["inputs"]}
    files = tuple(FileSlot(k, *kinds.get(asset, ("", ""))) for asset, k in keys.items())
    plan = PlanGraph(name, tuple(steps), outputs)
    told = tuple(one.action.run_id for one in runs), tuple(one.action.goal for one in runs)
    return Recipe(key, name, plan, tuple(slots), files, *told)


def _slot_name(argument: str, slots: Sequence[Slot]) -> str:
    number = sum(slot.argument == argument for slot in slots)
    return f"{argument}_{number + 1}" if number else argument


def _name(plan: PlanGraph) -> str:
    tools = [step.tool.replace("_", "-") for step in _ordered(plan)]
    more = ["more"] if len(tools) > IN_NAME else []
    return "-".join((*tools[:IN_NAME], *more))


def _free(name: str, taken: set[str]) -> str:
    names = (name, *(f"{name}-{number}" for number in range(2, 1000)))
    return next(each for each in names if plain(each) not in taken)
