"""Whether what a tool wrote is what it promised: files in place, of their kind, as was foreseen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from agents.act.hands import Draft, Task
from agents.tools.assets import Asset, Facts
from agents.tools.base import Made, Tool, ToolFailed

SOUND_SLACK = 0.05
"""Seconds by which coded sound may be longer or shorter: its frames do not end with pictures."""
ROUNDING = 0.002
MOST_FILES = 10_000
"""Files of one output."""


def written_files(tool: Tool[Any], made: Made, folder: Path) -> dict[str, tuple[Path, ...]]:
    """The files of each output, none of them anywhere else than in the folder.

    Raises:
        ToolFailed: an output is missing or of a wrong number, or a file is not where it must be.
    """
    names = {output.name for output in tool.gives}
    if strange := set(made.files) - names:
        raise ToolFailed(f"{tool.name} wrote {', '.join(sorted(strange))}, which it does not give")
    for output in tool.gives:
        files = made.files.get(output.name, ())
        if output.many and len(files) > MOST_FILES:
            raise ToolFailed(f"{tool.name} wrote {len(files)} files, at most {MOST_FILES} are kept")
        if not output.many and len(files) != 1:
            raise ToolFailed(f"{tool.name} wrote {len(files)} files of {output.name}, not one")
    base = folder.resolve()
    for path in (path for files in made.files.values() for path in files):
        if path.is_symlink() or not path.is_file() or path.resolve().parent != base:
            raise ToolFailed(f"{tool.name} names a file that is not in its folder: {path.name}")
    return {output.name: tuple(made.files.get(output.name, ())) for output in tool.gives}


def broken_promises(task: Task, draft: Draft) -> list[str]:
    """How written files differ from what was foreseen, and what the tool's own check says."""
    wrong: list[str] = []
    for name, facts in task.estimate.outputs.items():
        for asset in draft.outputs.get(name, ()):
            wrong += [f"{name} {said}" for said in _differences(facts, asset)]
    return [*wrong, *task.tool.check(task.arguments, task.assets, draft.outputs)]


def _differences(foreseen: Facts, asset: Asset) -> list[str]:
    found = asset.facts
    wrong: list[str] = []
    slack = ROUNDING + max(1 / found.fps if found.fps else 0, SOUND_SLACK if found.has_sound else 0)
    if foreseen.seconds and abs(found.seconds - foreseen.seconds) > slack:
        wrong.append(f"lasts {found.seconds:.3f} s instead of {foreseen.seconds:.3f} s")
    for side in ("width", "height"):
        wanted, got = getattr(foreseen, side), getattr(found, side)
        if wanted and wanted != got:
            wrong.append(f"has a {side} of {got} instead of {wanted}")
    if foreseen.seconds or foreseen.width:
        for stream in ("has_picture", "has_sound"):
            wanted, got = getattr(foreseen, stream), getattr(found, stream)
            if wanted != got:
                what = stream.removeprefix("has_")
                wrong.append(f"has {'no' if wanted else 'a'} {what} stream")
    return wrong
