"""Memories in plans: asked for before anybody approves, each with its evidence.

Where memory has nothing the memory stays in the plan, and the plan cannot run; no time is guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from agents.act.plan import PlanGraph, Recall, Ref, Spread, Step, replaced
from agents.tools.registry import Found

Find = Callable[[str, Sequence[str], bool], Sequence[Found]]
"""Moments of videos (asset ids) for words, best first: every one, or only the proven one."""

MOST_MOMENTS = 50
"""Moments that "every" is taken for."""


def recalled(plan: PlanGraph, find: Find | None, videos: Sequence[str]) -> PlanGraph:
    """The plan with moments in the place of memories, as far as memory has them."""
    every = {(s.each, _video_of(s)) for s in plan.steps if s.each}
    asked = {(r.query, r.video) for s in plan.steps for r in s.recalls} | every
    if find is None or not videos or not asked:
        return plan
    found = {
        one: tuple(find(one[0], [one[1]] if one[1] else videos, one in every))[:MOST_MOMENTS]
        for one in sorted(asked)
    }
    best = {one: moments[0] for one, moments in found.items() if moments}
    steps: list[Step] = []
    spread: dict[str, tuple[str, ...]] = {}
    for step in plan.steps:
        moments = found.get((step.each, _video_of(step)), ())
        if step.each and moments:
            new = _each(step, moments, videos)
            spread[step.step_id] = tuple(one.step_id for one in new)
            steps += new
        else:
            steps.append(_with(step, best))
    notes = [_note(one[0], moments, one in every) for one, moments in found.items() if moments]
    laid = (replace(step, arguments=_laid_out(step.arguments, spread)) for step in steps)
    outputs = tuple(ref for one in plan.outputs for ref in _refs(one, spread))
    told = (*plan.notes, *filter(None, notes))
    return replace(plan, steps=tuple(laid), outputs=outputs, notes=told)


def _note(query: str, moments: Sequence[Found], is_every: bool) -> str:
    """What is uncertain about a memory; empty where it is proven."""
    if is_every:
        return f"{len(moments)} moments of {query!r} are those that memory finds; it may miss some"
    best = moments[0]
    if best.is_proven:
        return ""
    when = f"{best.start:.1f}-{best.end:.1f} s"
    return f"{query!r} is likely at {when}, which is not proven ({best.score:.2f})"


def _video_of(step: Step) -> str:
    """The video in which a step's moments are."""
    return next((r.video for r in step.recalls if r.query == step.each), "")


def _each(step: Step, found: Sequence[Found], videos: Sequence[str]) -> list[Step]:
    """A step once per moment, in the order of the videos and of time."""
    order = {video: number for number, video in enumerate(videos)}
    moments = sorted(found, key=lambda moment: (order.get(moment.video, 0), moment.start))
    bare, place = replace(step, each=""), (step.each, _video_of(step))
    return [
        replace(_with(bare, {place: moment}), step_id=f"{step.step_id}_{number}")
        for number, moment in enumerate(moments, start=1)
    ]


def _with(step: Step, moments: Mapping[tuple[str, str], Found]) -> Step:
    """A step whose memories are filled in; the rows that prove them are its evidence."""
    used = {(recall.query, recall.video) for recall in step.recalls} & set(moments)
    if not used:
        return step

    def filled(leaf: Any) -> Any:  # noqa: ANN401
        if not isinstance(leaf, Recall) or (leaf.query, leaf.video) not in moments:
            return leaf
        return getattr(moments[leaf.query, leaf.video], leaf.part)

    rows = [row for one in sorted(used) for row in moments[one].evidence]
    arguments = {name: replaced(value, filled) for name, value in step.arguments.items()}
    evidence = tuple(dict.fromkeys((*step.evidence, *rows)))
    return replace(step, arguments=arguments, evidence=evidence)


def _laid_out(
    arguments: Mapping[str, Any], spread: Mapping[str, tuple[str, ...]]
) -> dict[str, Any]:
    """References to a step that is done several times, in the lists where they stand."""

    def one(leaf: Any) -> Any:  # noqa: ANN401
        if not isinstance(leaf, Ref) or leaf.step not in spread:
            return leaf
        return Spread(tuple(_refs(leaf, spread)))

    found = {name: replaced(value, one) for name, value in arguments.items()}
    return {name: v.items if isinstance(v, Spread) else v for name, v in found.items()}


def _refs(ref: Ref, spread: Mapping[str, tuple[str, ...]]) -> list[Ref]:
    return [replace(ref, step=step_id) for step_id in spread.get(ref.step, (ref.step,))]
