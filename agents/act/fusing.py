"""Steps in a row as one encoding: which are put off, and what is noted of them.

A step is put off where its video goes into one other step and nowhere else, nobody asked for it,
and both tools fuse (`Tool.fuses`). Its tool runs, so its arguments are checked and its notes and
parts are known, but FFmpeg does not: the next step goes on with its filter graph, and the last one
encodes. Its video has an id that follows from its key, no file, and a row of its own.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agents.act.hands import Done, Draft, Task
from agents.act.plan import PlanGraph, Ref, Step, leaves
from agents.tools.assets import Asset, Facts, MediaKind
from agents.tools.base import Made, Place
from agents.tools.registry import Registry
from agents.tools.render.pending import Pending
from memory.artefacts import Artefact

FUSED = "fused"
"""Part of the key of a step that is put off, and of its row: which step has the file."""


def fused_steps(plan: PlanGraph, registry: Registry) -> dict[str, str]:
    """The steps that are put off, each with the step that goes on with it."""
    used = [ref for step in plan.steps for ref in _refs(step)]
    counts = Counter(ref.step for ref in (*used, *plan.outputs))
    users = {ref.step: step for step in plan.steps for ref in _refs(step)}
    return {
        step.step_id: users[step.step_id].step_id
        for step in plan.steps
        if counts[step.step_id] == 1
        and step.step_id in users
        and all(_fuses(one, registry) for one in (step, users[step.step_id]))
    }


def _refs(step: Step) -> list[Ref]:
    """Outputs that a step uses, each as often as it does."""
    return [value for value in leaves(step.arguments) if isinstance(value, Ref)]


def _fuses(step: Step, registry: Registry) -> bool:
    tool = registry.get(step.tool)
    return tool is not None and tool.fuses(step.arguments)


def told(step_id: str) -> str:
    """What the trace says of a step that was put off."""
    return f"in one encoding with {step_id}: it has no file of its own"


def assets_of(task: Task, made: Made, held: Mapping[Path, Pending]) -> dict[str, tuple[Asset, ...]]:
    """The pending videos of a step that was put off, by output."""
    return {
        output: tuple(
            Asset(
                id_of(task.key, output, number),
                MediaKind.VIDEO,
                path,
                held[path].facts,
                f"{task.step.step_id}.{output}",
                held[path],
            )
            for number, path in enumerate(paths)
        )
        for output, paths in made.files.items()
    }


def id_of(key: str, output: str, number: int) -> str:
    """The id of a video without a file: 64 hex digits, as files have them."""
    return hashlib.sha256(f"{FUSED} {key} {output} {number}".encode()).hexdigest()


def asset_of_row(row: Artefact) -> Asset:
    """The video of a step that was put off in an earlier run; how it is made is not known here."""
    facts, name = Facts(**row.details["facts"]), f"{row.step}.{row.output}"
    return Asset(row.asset_id, MediaKind(row.kind), Path(name), facts, name)


def is_fused(row: Artefact) -> bool:
    """Whether a row is of a step that has no file of its own."""
    return FUSED in row.details


@dataclass(slots=True)
class Held:
    """Steps of this process that were put off, by the ids of their videos."""

    tasks: dict[str, tuple[Task, Draft | None]] = field(
        default_factory=dict[str, tuple[Task, Draft | None]]
    )
    """Without a draft where an earlier run has it, and nobody needed it yet."""

    def note(self, task: Task, outputs: Iterable[Asset], draft: Draft | None) -> None:
        """Remember a step by its videos."""
        for asset in outputs:
            self.tasks[asset.asset_id] = task, draft

    def before(self, task: Task) -> list[tuple[Task, Draft]]:
        """The steps whose graphs went into a step, those that come first first."""
        found: dict[str, tuple[Task, Draft]] = {}
        for asset_id in task.assets:
            inner, draft = self.tasks.get(asset_id, (None, None))
            if inner is not None and draft is not None:
                found |= {one.key: (one, other) for one, other in self.before(inner)}
                found[inner.key] = inner, draft
        return list(found.values())


def lasting(done: Mapping[str, Done]) -> dict[str, Done]:
    """What is finished: a step that was put off is, once the step is that has the file."""
    return {name: one for name, one in done.items() if last_of(one, done) is not None}


def last_of(one: Done, done: Mapping[str, Done]) -> Done | None:
    """The step that has the file of a step; None where that is not finished."""
    while one.into:
        following = done.get(one.into)
        if following is None:
            return None
        one = following
    return one


def on_disk(asset: Asset, place: Place, number: int) -> Asset:
    """A pending video as a file of a place, for a tool that needs one.

    Raises: as `agents.tools.ffmpeg.render`.
    """
    assert asset.pending is not None
    target = place.folder / f"work_input_{number}{asset.pending.suffix}"
    path = asset.pending.written(target, place)
    return Asset(asset.asset_id, asset.kind, path, asset.facts, asset.name)


def details_of(last: Task) -> dict[str, Any]:
    """What a row of a step that was put off says of the step that has the file."""
    return {"step": last.step.step_id, "key": last.key}
