"""Later rounds: "now without the music", "make the title red", or more operations."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from agents.act.plan import Ref, Step, replaced
from agents.act.planner.options import COLOURS
from agents.act.planner.reading import NotPlanned
from agents.act.planner.scene import Scene

_NAMES = {
    r"(?:background )?(?:music|song|soundtrack)": ("mix", "duck", "replace_sound"),
    r"title(?: card| screen)?": ("title",),
    r"(?:text|words|label|lower third)": ("overlay_text",),
    r"(?:captions|subtitles)": ("burn_subtitles", "add_subtitles"),
    r"(?:slow ?motion|speed change|speed)": ("speed",),
    r"(?:logo|watermark|picture|image)": ("overlay_image",),
    r"fades?": ("fade",),
    r"transitions?": ("transition",),
    r"freeze(?: frame)?": ("freeze",),
}
"""What people call a step of the plan before."""

_WITHOUT = re.compile(
    r"(?:without|remove|drop|delete|leave out|take out|no)(?: the| any)? (?P<x>.+)"
)
_COLOUR = re.compile(
    rf"(?:make |turn |with |set )?(?:the )?(?P<x>.+?)(?: in| to)? (?P<c>{'|'.join(COLOURS)})"
)


def round_of(scene: Scene) -> Scene:
    """A scene that begins where the plan before ended; "it" is what that gave."""
    before = scene.goal.before
    if before is None:
        return scene
    scene.steps, scene.ends = list(before.steps), list(before.outputs)
    scene.current = before.outputs[-1] if before.outputs else None
    return scene


def change(clause: str, scene: Scene) -> Scene | None:
    """The scene with a step of the plan before left out or changed; None for other clauses.

    Raises:
        NotPlanned: several steps are of that name.
    """
    for pattern, act in ((_WITHOUT, _without), (_COLOUR, _coloured)):
        found = pattern.fullmatch(clause)
        step = _named(found["x"], scene) if found else None
        if found is not None and step is not None:
            return act(scene.copy(), step, found)
    return None


def _named(words: str, scene: Scene) -> Step | None:
    """The one step of the plan before that words mean."""
    tools = next((tools for name, tools in _NAMES.items() if re.fullmatch(name, words)), ())
    known = {step.step_id for step in scene.goal.before.steps} if scene.goal.before else set[str]()
    found = [s for s in scene.steps if s.tool in tools and s.step_id in known]
    if len(found) > 1:
        said = f"{len(found)} steps of the run before may be meant by {words!r}"
        raise NotPlanned(said, "begin anew with the whole goal")
    return found[0] if found else None


def _without(scene: Scene, step: Step, found: re.Match[str]) -> Scene:
    """The plan without a step; what used it uses its video."""
    source = step.arguments.get("video")
    if source is None:
        raise NotPlanned(f"{step.tool} cannot be left out", "begin anew with the whole goal")

    def skip(leaf: Any) -> Any:  # noqa: ANN401
        return source if isinstance(leaf, Ref) and leaf.step == step.step_id else leaf

    return _rewired(scene, [s for s in scene.steps if s.step_id != step.step_id], skip)


def _coloured(scene: Scene, step: Step, found: re.Match[str]) -> Scene | None:
    """The plan with the colour of a step changed."""
    tool = scene.registry.get(step.tool)
    if tool is None or "color" not in tool.arguments.model_fields:
        return None
    changed = replace(step, arguments={**step.arguments, "color": found["c"]})
    steps = [changed if s.step_id == step.step_id else s for s in scene.steps]
    return _rewired(scene, steps, lambda leaf: leaf)


def _rewired(scene: Scene, steps: list[Step], change: Callable[[Any], Any]) -> Scene:
    """The scene with other steps, whose references are changed; nothing unused stays."""
    ends = [end for end in map(change, scene.ends) if isinstance(end, Ref)]
    if not ends:
        raise NotPlanned("nothing would be left of the run before", "begin anew")
    laid = [replace(s, arguments=replaced(s.arguments, change)) for s in steps]
    needed, waiting = set[str](), [end.step for end in ends]
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting += [ref.step for s in laid if s.step_id == name for ref in s.refs]
    scene.steps = [s for s in laid if s.step_id in needed]
    scene.ends, scene.current = ends, ends[-1]
    return scene
