"""An earlier plan whose goal is the new one but for files, quotations and numbers: refilled.

Where the grammar alone fails, and only where every word is accounted for: the words of both goals
are the same, each quotation, number and file that differs stands in the plan exactly where the
earlier one did, and no time of another file is taken over. Anything less is told as a suggestion.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from agents.act.hands import Goal
from agents.act.plan import PlanGraph, Step, leaves, replaced
from agents.act.planner.reading import MEDIA, QUOTE, NotPlanned, Read, read
from agents.act.planner.scene import ANYTHING, is_backwards
from agents.act.planner.times import CLOCK
from agents.act.remembered.experience import Earlier
from agents.act.remembered.recipes import is_file
from agents.act.validate import examine
from agents.text.clock import clock_seconds
from agents.tools.registry import Registry

_TOKEN = re.compile(rf"{QUOTE}|{MEDIA}|({CLOCK})|(\d+(?:\.\d+)?)|([^\W\d_]+(?:'[a-z]+)?)|(\S)")
_EMPTY = frozenset("a an the my please".split())
"""Words that change nothing."""
_PLACES = frozenset(("start", "end", "at"))
"""Arguments that are times of a file."""


class Unaccounted(Exception):
    """Something of the new goal cannot be placed in the earlier plan; its text says what."""


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    """`word`, `quote`, `number` or `file`."""
    value: Any


def refilled(goal: Goal, registry: Registry, earlier: Earlier) -> PlanGraph:
    """The plan of an earlier run for a goal that differs from its own in slots alone.

    Raises:
        Unaccounted: a word of either goal has no counterpart, or a value no certain place.
    """
    names = [asset.name for asset in goal.media]
    ours = list(_tokens(read(goal.text, names)))
    files = earlier.files
    theirs = list(_tokens(read(earlier.action.goal, list(files.values()))))
    _same_words(ours, theirs)
    pairs = [(o.kind, t.value, o.value) for o, t in zip(ours, theirs, strict=True)]
    assets = _files(goal, earlier, [(t, o) for kind, t, o in pairs if kind == "file"])
    values = _changes([(kind, t, o) for kind, t, o in pairs if kind in ("quote", "number")])
    _certain(earlier.plan, pairs, values, is_moved=any(a != b for a, b in assets.items()))
    plan = _replaced(earlier, goal, assets, values)
    found = {asset.asset_id: asset for asset in goal.media}
    problems, _ = examine(plan, registry, found, ANYTHING)
    backwards = [step.step_id for step in plan.steps if is_backwards(step.arguments)]
    if problems or backwards:
        raise Unaccounted(str(problems[0]) if problems else f"{backwards[0]} ends before it starts")
    return plan


def suggestion(goal: Goal, runs: Sequence[Earlier]) -> str:
    """The nearest run that worked, told to a person whose goal is not understood."""
    best = next((one for one in runs if one.worked), None)
    if best is None:
        return ""
    tools = ", ".join(step.tool for step in best.plan.steps[:6])
    return f"nearest to it here was {best.action.goal!r} ({tools})"


def _tokens(reading: Read) -> Iterator[_Token]:
    for clause in reading.clauses:
        for found in _TOKEN.finditer(clause):
            quote, file, time, number, word, sign = found.groups()
            if quote is not None:
                yield _Token("quote", reading.quotes[int(quote)])
            elif file is not None:
                yield _Token("file", reading.names[int(file)])
            elif time is not None:
                yield _Token("number", clock_seconds(time))
            elif number is not None:
                yield _Token("number", float(number))
            elif sign is not None or word not in _EMPTY:
                yield _Token("word", word or sign)


def _same_words(ours: Sequence[_Token], theirs: Sequence[_Token]) -> None:
    for one, other in zip(ours, theirs, strict=False):
        if one.kind != other.kind or (one.kind == "word" and one.value != other.value):
            raise Unaccounted(f"{one.value!r} where that goal says {other.value!r}")
    if len(ours) != len(theirs):
        rest = ours[len(theirs) :] or theirs[len(ours) :]
        raise Unaccounted(f"{rest[0].value!r} is said in one of the goals alone")


def _files(goal: Goal, earlier: Earlier, said: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The new asset for each earlier one: as they are named, the others in their order."""
    ours = {asset.name: asset.asset_id for asset in goal.media}
    theirs = {name: asset_id for asset_id, name in earlier.files.items()}
    found = {theirs[t]: ours[o] for t, o in said if t in theirs and o in ours}
    kinds = {one["asset_id"]: one["kind"] for one in earlier.action.result["inputs"]}
    rest = [(a, kinds[a]) for a in earlier.files if a not in found]
    new = [(a.asset_id, str(a.kind)) for a in goal.media if a.asset_id not in found.values()]
    if [kind for _, kind in rest] != [kind for _, kind in new]:
        raise Unaccounted("other files were given")
    return found | {a: b for (a, _), (b, _) in zip(rest, new, strict=True)}


def _changes(pairs: Sequence[tuple[str, Any, Any]]) -> dict[tuple[str, Any], Any]:
    """The new value of each earlier one."""
    changes: dict[tuple[str, Any], Any] = {}
    for kind, old, new in pairs:
        if changes.setdefault((kind, old), new) != new:
            raise Unaccounted(f"{old!r} stands for two things")
    return changes


def _certain(
    plan: PlanGraph,
    pairs: Sequence[tuple[str, Any, Any]],
    values: Mapping[tuple[str, Any], Any],
    *,
    is_moved: bool,
) -> None:
    """Whether each value that changes has its place, and no time comes from another file."""
    said = Counter((kind, old) for kind, old, _ in pairs if kind != "word")
    placed = [(name, leaf) for step in plan.steps for name, v in step.arguments.items()
              for leaf in leaves(v)]  # fmt: skip
    for (kind, old), new in values.items():
        where = [name for name, leaf in placed if _sort(leaf) == kind and leaf == old]
        if new != old and (not where or len(where) > said[kind, old]):
            raise Unaccounted(f"it is not certain what {new!r} is for")
    if not is_moved:
        return
    if any(step.evidence for step in plan.steps):
        raise Unaccounted("its times come from memory of another file")
    known = {old for (kind, old) in values if kind == "number"} | {0}
    loose = [leaf for name, leaf in placed if name in _PLACES and leaf is not None]
    if any(_sort(leaf) == "number" and leaf not in known for leaf in loose):
        raise Unaccounted("its times are those of another file")


def _sort(leaf: object) -> str:
    if isinstance(leaf, bool) or is_file(leaf):
        return ""
    if isinstance(leaf, int | float):
        return "number"
    return "quote" if isinstance(leaf, str) else ""


def _replaced(
    earlier: Earlier,
    goal: Goal,
    assets: Mapping[str, str],
    values: Mapping[tuple[str, Any], Any],
) -> PlanGraph:
    def new(leaf: Any) -> Any:  # noqa: ANN401
        if is_file(leaf):
            return assets.get(leaf, leaf)
        return values.get((_sort(leaf), leaf), leaf) if _sort(leaf) else leaf

    def step(one: Step) -> Step:
        return replace(one, arguments=replaced(one.arguments, new), expect="", notes=())

    steps = tuple(map(step, earlier.plan.steps))
    note = f"as in the run {earlier.action.run_id}: {earlier.action.goal!r}"
    return PlanGraph(goal.text, steps, earlier.plan.outputs, goal.parent, "retrieved", (note,))


def not_planned(error: NotPlanned, hint: str) -> NotPlanned:
    """The refusal with a hint before its own."""
    return type(error)(str(error), "; ".join(filter(None, [hint, error.hint])))
