"""Memories in plans: asked for before anybody approves, each with its evidence.

Where memory has nothing the plan cannot run; a time is never guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from agents.act.plan import PlanGraph, Recall, Ref, Spread, Step, replaced
from agents.act.validate import Problem
from agents.tools.registry import Found

Find = Callable[[str, Sequence[str]], Sequence[Found]]
"""Moments of videos (asset ids) for words, the best first; none where nothing is proven."""

MOST_MOMENTS = 50
"""Moments that "every" is taken for."""


def recalled(
    plan: PlanGraph, find: Find | None, videos: Sequence[str]
) -> tuple[PlanGraph, list[Problem]]:
    """The plan with moments in the place of memories, and what could not be found."""
    steps: list[Step] = []
    spread: dict[str, tuple[str, ...]] = {}
    problems: list[Problem] = []
    for step in plan.steps:
        new, wrong = _each(step, find, videos) if step.each else _one(step, find, videos)
        problems += wrong
        steps += new
        if step.each:
            spread[step.step_id] = tuple(one.step_id for one in new)
    if spread:
        steps = [replace(step, arguments=_laid_out(step.arguments, spread)) for step in steps]
    outputs = tuple(ref for one in plan.outputs for ref in _refs(one, spread))
    return replace(plan, steps=tuple(steps), outputs=outputs), problems


def _one(step: Step, find: Find | None, videos: Sequence[str]) -> tuple[list[Step], list[Problem]]:
    """A step with the best moment of each of its memories."""
    best: dict[str, Found] = {}
    for query in dict.fromkeys(recall.query for recall in step.recalls):
        found = _found(step, query, find, videos)
        if isinstance(found, Problem):
            return [step], [found]
        best[query] = found[0]
    return [_with(step, best)], []


def _each(step: Step, find: Find | None, videos: Sequence[str]) -> tuple[list[Step], list[Problem]]:
    """A step once per moment, in the order of the videos and of time."""
    found = _found(step, step.each, find, videos)
    if isinstance(found, Problem):
        return [replace(step, each="")], [found]
    order = {video: number for number, video in enumerate(videos)}
    moments = sorted(found[:MOST_MOMENTS], key=lambda m: (order.get(m.video, 0), m.start))
    bare = replace(step, each="")
    made = [
        replace(_with(bare, {step.each: moment}), step_id=f"{step.step_id}_{number}")
        for number, moment in enumerate(moments, start=1)
    ]
    return made, []


def _found(
    step: Step, query: str, find: Find | None, videos: Sequence[str]
) -> Sequence[Found] | Problem:
    if find is None or not videos:
        return Problem(step.step_id, f"no memory can be asked for {query!r}", "give the time")
    found = find(query, videos)
    if not found:
        what = f"memory has no proven moment for {query!r}"
        return Problem(step.step_id, what, "give the time, or other words")
    return found


def _with(step: Step, moments: dict[str, Found]) -> Step:
    """A step whose memories are filled in; their rows are its evidence."""

    def filled(leaf: Any) -> Any:  # noqa: ANN401
        if not isinstance(leaf, Recall) or leaf.query not in moments:
            return leaf
        return getattr(moments[leaf.query], leaf.part)

    evidence = tuple(dict.fromkeys(row for found in moments.values() for row in found.evidence))
    arguments = {name: replaced(value, filled) for name, value in step.arguments.items()}
    return replace(step, arguments=arguments, evidence=(*step.evidence, *evidence))


def _laid_out(arguments: Any, spread: dict[str, tuple[str, ...]]) -> dict[str, Any]:  # noqa: ANN401
    """References to a step that is done several times, in the lists where they stand."""

    def one(leaf: Any) -> Any:  # noqa: ANN401
        if not isinstance(leaf, Ref) or leaf.step not in spread:
            return leaf
        return Spread(tuple(_refs(leaf, spread)))

    found = {name: replaced(value, one) for name, value in arguments.items()}
    return {n: v.items if isinstance(v, Spread) else v for n, v in found.items()}


def _refs(ref: Ref, spread: dict[str, tuple[str, ...]]) -> list[Ref]:
    return [replace(ref, step=step_id) for step_id in spread.get(ref.step, (ref.step,))]
