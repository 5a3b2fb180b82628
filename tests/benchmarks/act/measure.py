"""How near a plan is to the plan that is right: order of tools, dependencies, edges, values, harm.

wPED and dependency coverage are UniVA's (arXiv 2511.08521, appendix D.2), for graphs: a graph has
many orders, and the one that fits best is scored.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agents.act.plan import PlanGraph, Recall, Ref, Step
from agents.tools.assets import Asset
from agents.tools.registry import Registry
from tests.benchmarks.act.reference import MEMORY

MOST_ORDERS = 200
"""Orders of a graph that are tried."""
TAKES_AWAY = frozenset(
    "trim remove remove_silence mute replace_sound crop crop_aspect follow remove_text "
    "blur_faces blur_region blur_boxes keep_moments".split()
)
"""Tools after which something is not there any more."""
NEAR = 0.05

Edge = tuple[str, str, str]
"""What is used (a file, or the tool that made it), by which tool, as which argument."""


@dataclass(frozen=True, slots=True)
class Score:
    """One plan against its reference."""

    wped: float
    dependencies: tuple[int, int]
    """Satisfied, all."""
    edges: tuple[int, int, int]
    """In both, in the plan, in the reference."""
    values: tuple[int, int]
    """Of the reference's values: the same in the plan, all."""
    is_right: bool
    harm: int
    """Steps that take something away which the reference does not take away."""


def score(plan: PlanGraph, right: PlanGraph, registry: Registry, media: Sequence[Asset]) -> Score:
    """How near a plan is to the right one."""
    names = {asset.asset_id: asset.name for asset in media}
    mine, theirs = edges(plan, names), edges(right, names)
    wped = max(
        (likeness(one, two) for one in orders(plan.steps) for two in orders(right.steps)),
        default=0.0,
    )
    deps = _dependencies(right)
    reached = _paths(plan)
    told = _values(right, registry, names)
    same = told & _values(plan, registry, names)
    shared = mine & theirs
    counted = shared.total(), mine.total(), theirs.total()
    is_right = wped == 1.0 and mine == theirs and _values(plan, registry, names) == told
    met = sum((deps & reached).values())
    values = same.total(), told.total()
    harm = _harm(plan, right, registry, names)
    return Score(wped, (met, deps.total()), counted, values, is_right, harm)


def likeness(one: Sequence[str], two: Sequence[str]) -> float:
    """1 less the edit distance of two rows of tools over the length of the longer one."""
    if not one and not two:
        return 1.0
    row = list(range(len(two) + 1))
    for number, tool in enumerate(one, 1):
        before, row[0] = row[0], number
        for place, other in enumerate(two, 1):
            cost = min(row[place] + 1, row[place - 1] + 1, before + (tool != other))
            before, row[place] = row[place], cost
    return 1 - row[-1] / max(len(one), len(two))


def orders(steps: Sequence[Step]) -> Iterator[list[str]]:
    """Rows of tools in which each comes after those it uses; at most `MOST_ORDERS`."""
    known = {step.step_id for step in steps}
    needs = {step.step_id: {r.step for r in step.refs} & known for step in steps}
    tools = {step.step_id: step.tool for step in steps}
    left = MOST_ORDERS

    def grow(done: list[str]) -> Iterator[list[str]]:
        nonlocal left
        if len(done) == len(steps):
            left -= 1
            yield [tools[name] for name in done]
            return
        for step in steps:
            name = step.step_id
            if left > 0 and name not in done and needs[name] <= set(done):
                yield from grow([*done, name])

    yield from grow([])


def edges(plan: PlanGraph, names: Mapping[str, str]) -> Counter[Edge]:
    """What flows from where to where."""
    tools = {step.step_id: step.tool for step in plan.steps}
    found: Counter[Edge] = Counter()
    for step in plan.steps:
        for argument, value in step.arguments.items():
            for leaf in value if isinstance(value, tuple) else (value,):
                if isinstance(leaf, Ref):
                    found[tools.get(leaf.step, "nothing"), step.tool, argument] += 1
                elif isinstance(leaf, str) and leaf in names:
                    found[names[leaf], step.tool, argument] += 1
    return found


def _dependencies(plan: PlanGraph) -> Counter[tuple[str, str]]:
    tools = {step.step_id: step.tool for step in plan.steps}
    return Counter((tools[r.step], s.tool) for s in plan.steps for r in s.refs)


def _paths(plan: PlanGraph) -> Counter[tuple[str, str]]:
    """Pairs of tools of which the second uses, over others too, what the first made."""
    steps = {step.step_id: step for step in plan.steps}
    found: Counter[tuple[str, str]] = Counter()
    for step in plan.steps:
        seen, waiting = set[str](), [ref.step for ref in step.refs]
        while waiting:
            name = waiting.pop()
            if name in steps and name not in seen:
                seen.add(name)
                found[steps[name].tool, step.tool] += 1
                waiting += [ref.step for ref in steps[name].refs]
    return found


def _values(
    plan: PlanGraph, registry: Registry, names: Mapping[str, str]
) -> Counter[tuple[str, str, str]]:
    """Values that are no files and no outputs, and differ from what the tool does by itself."""
    return Counter(
        (step.tool, argument, told)
        for step in plan.steps
        for argument, told in _told(step, registry, names).items()
    )


def _told(step: Step, registry: Registry, names: Mapping[str, str]) -> dict[str, str]:
    tool = registry.get(step.tool)
    fields: Mapping[str, Any] = tool.arguments.model_fields if tool else {}
    found: dict[str, str] = {}
    for argument, value in step.arguments.items():
        default = fields[argument].default if argument in fields else None
        is_file = isinstance(value, str) and value in names
        if isinstance(value, Ref | tuple) or is_file or value == default:
            continue
        if isinstance(value, Recall) or value == MEMORY:
            if argument == "video":
                found[argument] = MEMORY
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found[argument] = f"{round(float(value) / NEAR) * NEAR:g}"
        else:
            found[argument] = str(value)
    return found


def _harm(plan: PlanGraph, right: PlanGraph, registry: Registry, names: Mapping[str, str]) -> int:
    """Steps that take away what the reference leaves."""
    allowed = Counter(
        (s.tool, tuple(sorted(_told(s, registry, names).items()))) for s in right.steps
    )
    done = Counter(
        (s.tool, tuple(sorted(_told(s, registry, names).items())))
        for s in plan.steps
        if s.tool in TAKES_AWAY
    )
    return (done - allowed).total()
