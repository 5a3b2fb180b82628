"""Steps in a row as one encoding: which are put off, and what is noted of them.

A step is put off where its video goes into one other step and nowhere else, nobody asked for it,
and both tools fuse (`Tool.fuses`). Its tool runs, so its arguments are checked and its notes and
parts are known, but FFmpeg does not: the next step goes on with its filter graph, and the last one
encodes. Its video has an id that follows from its key, no file, and a row of its own.
"""

from __future__ import annotations

import hashlib
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agents.act.hands import Done, Draft, Task
from agents.act.plan import PlanGraph, Ref, Step, in_order, leaves
from agents.tools.assets import Asset, Facts, MediaKind
from agents.tools.base import Made, Place
from agents.tools.registry import Registry
from agents.tools.render.pending import Pending
from memory.artefacts import Artefact

FUSED = "fused"
"""Part of the key of a step that is put off, and of its row: which step has the file."""
MOST_READ = 50
"""Files that one encoding of several steps opens at most, unless one of the steps opens more by
itself: each takes memory. Counted generously."""


def fused_steps(plan: PlanGraph, registry: Registry) -> dict[str, str]:
    """The steps that are put off, each with the step that goes on with it."""
    used = [ref for step in plan.steps for ref in _refs(step)]
    counts = Counter(ref.step for ref in (*used, *plan.outputs))
    fusing = {step.step_id for step in plan.steps if _fuses(step, registry)}
    found: dict[str, str] = {}
    reads: dict[str, int] = {}
    for step in in_order(plan.steps)[0]:
        refs = [ref.step for ref in _refs(step)]
        total = sum(1 for value in leaves(step.arguments) if isinstance(value, (Ref, str)))
        for one in refs if step.step_id in fusing else ():
            more = total - 1 + reads.get(one, 1)
            is_alone = one in fusing and counts[one] == 1
            if is_alone and more <= max(MOST_READ, total, reads[one]):
                found[one], total = step.step_id, more
        reads[step.step_id] = total
    return found


def _refs(step: Step) -> list[Ref]:
    """Outputs that a step uses, each as often as it does."""
    return [value for value in leaves(step.arguments) if isinstance(value, Ref)]


def _fuses(step: Step, registry: Registry) -> bool:
    tool = registry.get(step.tool)
    return tool is not None and tool.fuses(step.arguments)


def last_step(step_id: str, fused: Mapping[str, str]) -> str:
    """The step that encodes one that is put off."""
    while step_id in fused:
        step_id = fused[step_id]
    return step_id


def told(step_id: str) -> str:
    """What the trace says of a step that was put off, by the step that encodes it."""
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


def no_file(row: Artefact) -> tuple[str, str]:
    """What is said where the file of a step that was put off is asked for, and what to do."""
    said = f"{row.artefact_id} has no file: it is one encoding with {row.details[FUSED]['step']}"
    return said, "ask for it alone, or set BACKTRAIL_ACT__FUSE=false"


def notes_of(row: Artefact, last: str) -> tuple[str, ...]:
    """What a row tells, said of the step that encodes it now: another may have before."""
    before = told(row.details[FUSED]["step"])
    return tuple(told(last) if note == before else note for note in row.details["notes"])


@dataclass(slots=True)
class Held:
    """Steps of this process that were put off, by the ids of their videos."""

    tasks: dict[str, tuple[Task, Draft | None]] = field(
        default_factory=dict[str, tuple[Task, Draft | None]]
    )
    """Without a draft where an earlier run has it, and nobody needed it yet."""

    def note(self, task: Task, outputs: Iterable[Asset], draft: Draft | None) -> None:
        """Remember a step by its videos; what an earlier try of it drew goes."""
        for asset in outputs:
            _, before = self.tasks.get(asset.asset_id, (None, None))
            if before is not None and before is not draft:
                shutil.rmtree(before.folder, ignore_errors=True)
            self.tasks[asset.asset_id] = task, draft

    def tidy(self) -> None:
        """Remove what steps that were put off drew."""
        for _, draft in self.tasks.values():
            if draft is not None:
                shutil.rmtree(draft.folder, ignore_errors=True)

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
