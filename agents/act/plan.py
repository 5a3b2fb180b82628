"""What a plan is: steps over tools, whose arguments are values, outputs of steps, or memories.

In JSON a reference is the text `$step.output` and a memory `$memory("the cat appears").start`; a
text that begins with a dollar sign has a second one before it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal


class ActStatus(StrEnum):
    """How a run of a plan stands, or ended."""

    PLANNED = "planned"
    """A dry run: nothing was done."""
    RUNNING = "running"
    """Begun and not ended; a run that was killed stays so and can be gone on with."""
    COMPLETED = "completed"
    REFUSED = "refused"
    """The plan cannot run; nothing was done."""
    DECLINED = "declined"
    """Nobody approved it."""
    FAILED = "failed"
    """A step failed and could not be repaired; what is finished is kept."""
    BUDGET_EXHAUSTED = "budget_exhausted"
    """A limit was reached; what is finished is kept."""


Part = Literal["video", "start", "end"]
"""What of a remembered moment is meant."""

PARTS: tuple[Part, ...] = ("video", "start", "end")

Plain = str | int | float | bool | None

STEP_ID = re.compile(r"[a-z][a-z0-9_]{0,39}")
_REF = re.compile(r"\$([a-z][a-z0-9_]{0,39})(?:\.([a-z_]+))?")
_RECALL = re.compile(r"\$memory\((\".*\")(?:, ([0-9a-f]{64}))?\)\.(video|start|end)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Ref:
    """An output of a step; the tool's first one when no output is named."""

    step: str
    output: str = ""

    def __str__(self) -> str:
        return f"${self.step}.{self.output}" if self.output else f"${self.step}"


@dataclass(frozen=True, slots=True)
class Recall:
    """A part of a moment that memory is asked for, before the plan is approved."""

    query: str
    part: Part = "start"
    video: str = ""
    """Asset id of the video in which it is; empty for any of those that were given."""

    def __str__(self) -> str:
        told = [json.dumps(self.query, ensure_ascii=False), *filter(None, [self.video])]
        return f"$memory({', '.join(told)}).{self.part}"


Value = Ref | Recall | Plain | tuple[Any, ...] | dict[str, Any]
"""Tuples hold values again, for arguments that are lists."""


@dataclass(frozen=True, slots=True)
class Step:
    """One use of a tool."""

    step_id: str
    tool: str
    arguments: Mapping[str, Value] = field(hash=False)
    each: str = ""
    """Words of a memory: the step is done once per moment that is found for them."""
    expect: str = ""
    """What it is for, in words."""
    evidence: tuple[str, ...] = ()
    """Ids of the memory rows that its times come from."""
    notes: tuple[str, ...] = ()
    """What was changed in it since it was planned, and why."""

    @property
    def refs(self) -> tuple[Ref, ...]:
        """The outputs that it uses, each once."""
        return tuple(dict.fromkeys(v for v in leaves(self.arguments) if isinstance(v, Ref)))

    @property
    def recalls(self) -> tuple[Recall, ...]:
        """The memories that it needs, each once."""
        return tuple(dict.fromkeys(v for v in leaves(self.arguments) if isinstance(v, Recall)))


@dataclass(frozen=True, slots=True)
class PlanGraph:
    """Steps in any order; references say what comes first."""

    goal: str
    steps: tuple[Step, ...]
    outputs: tuple[Ref, ...]
    """What the person gets."""
    parent: str = ""
    """The run that this one goes on from."""
    planner: str = "embedded"
    notes: tuple[str, ...] = ()
    """What was assumed, and what is uncertain."""

    def step(self, step_id: str) -> Step | None:
        """The step of an id, if there is one."""
        return next((step for step in self.steps if step.step_id == step_id), None)


def leaves(value: object) -> Iterable[object]:
    """Every value inside lists and mappings, in order."""
    if isinstance(value, Mapping):
        for item in value.values():  # pyright: ignore[reportUnknownVariableType]
            yield from leaves(item)  # pyright: ignore[reportUnknownArgumentType]
    elif isinstance(value, list | tuple):
        for item in value:  # pyright: ignore[reportUnknownVariableType]
            yield from leaves(item)  # pyright: ignore[reportUnknownArgumentType]
    else:
        yield value


def replaced(value: Any, change: Callable[[Any], Any]) -> Any:  # noqa: ANN401
    """A value with each leaf changed; in a list, a leaf that becomes a `Spread` is laid out."""
    if isinstance(value, Mapping):
        return {name: replaced(item, change) for name, item in value.items()}  # pyright: ignore
    if isinstance(value, list | tuple):
        found = [replaced(item, change) for item in value]  # pyright: ignore
        return tuple(
            item for one in found for item in (one.items if isinstance(one, Spread) else (one,))
        )
    return change(value)


@dataclass(frozen=True, slots=True)
class Spread:
    """Several values in the place of one."""

    items: tuple[Any, ...]


def in_order(steps: Sequence[Step]) -> tuple[list[Step], list[Step]]:
    """Steps so that each comes after those it uses; and those that can never start (a circle)."""
    waiting, known, ordered = list(steps), {s.step_id for s in steps}, list[Step]()
    ready: set[str] = set()
    while waiting:
        free = [s for s in waiting if {r.step for r in s.refs} & known <= ready]
        if not free:
            break
        ordered += free
        ready |= {s.step_id for s in free}
        waiting = [s for s in waiting if s.step_id not in ready]
    return ordered, waiting


def value_of(written: object) -> Value:
    """The value that JSON holds."""
    return replaced(written, _parsed)


def written_of(value: Any) -> Any:  # noqa: ANN401
    """A value as JSON holds it."""
    if isinstance(value, Mapping):
        return {name: written_of(item) for name, item in value.items()}  # pyright: ignore
    if isinstance(value, list | tuple):
        return [written_of(item) for item in value]  # pyright: ignore
    if isinstance(value, Ref | Recall):
        return str(value)
    return f"${value}" if isinstance(value, str) and value.startswith("$") else value


def _parsed(leaf: object) -> object:
    if not isinstance(leaf, str) or not leaf.startswith("$"):
        return leaf
    if leaf.startswith("$$"):
        return leaf[1:]
    if found := _REF.fullmatch(leaf):
        return Ref(found[1], found[2] or "")
    if found := _RECALL.fullmatch(leaf):
        try:
            return Recall(json.loads(found[1]), found[3], found[2] or "")  # pyright: ignore[reportArgumentType]
        except ValueError:
            return leaf
    return leaf


def plan_json(plan: PlanGraph) -> dict[str, Any]:
    """A plan as the documented object."""
    return {
        "goal": plan.goal,
        "parent": plan.parent,
        "planner": plan.planner,
        "notes": list(plan.notes),
        "outputs": [str(ref) for ref in plan.outputs],
        "steps": [
            {
                "id": step.step_id,
                "tool": step.tool,
                "arguments": written_of(step.arguments),
                "each": step.each,
                "expect": step.expect,
                "evidence": list(step.evidence),
                "notes": list(step.notes),
            }
            for step in plan.steps
        ],
    }


def plan_of(written: Mapping[str, Any]) -> PlanGraph:
    """The plan that `plan_json` wrote."""
    steps = tuple(
        Step(
            one["id"],
            one["tool"],
            value_of(one["arguments"]),  # pyright: ignore[reportArgumentType]
            one["each"],
            one["expect"],
            tuple(one["evidence"]),
            tuple(one["notes"]),
        )
        for one in written["steps"]
    )
    outputs = tuple(ref for ref in map(_parsed, written["outputs"]) if isinstance(ref, Ref))
    told = str(written["parent"]), str(written["planner"]), tuple(written["notes"])
    return PlanGraph(str(written["goal"]), steps, outputs, *told)
