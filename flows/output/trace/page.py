"""Writes how a run or an artefact came to be as one self-contained HTML page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents.act.history.graph import History, history_of
from flows.output.pages import data_uri, environment_of_pages, policy_of, source_of_template
from flows.output.report import EMBED_LIMIT, MediaFile
from flows.output.terminal import shown
from flows.output.trace.drawing import svg
from flows.output.trace.told import Told, told_of
from memory.store import Store

STATUS = {
    "completed": ("answered", "Completed"),
    "running": ("forced", "Not finished"),
    "budget_exhausted": ("budget_exhausted", "Budget used up"),
    "failed": ("forced", "Failed"),
}
"""Colour and word of how a run ended."""
_PLAYED = ("video", "image", "sound", "masks")


@dataclass(frozen=True, slots=True)
class Shown:
    """A file that the page plays."""

    name: str
    element: str
    source: str
    about: str
    artefact_id: str
    poster: bytes = b""


def write_trace(store: Store, tenant: str, reference: str, path: Path) -> Told:
    """Write the page of a run or an artefact; what it shows is given back.

    Raises:
        UnknownMemory: nothing answers to the reference.
        OSError: the page cannot be written.
    """
    history = history_of(store, tenant, reference)
    told = told_of(store, tenant, history)
    page = render(told, history, path.parent)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(page.encode(errors="backslashreplace"))  # file names may be no UTF-8
    return told


def render(told: Told, history: History, folder: Path | None = None) -> str:
    """The page; `folder` is where it will lie, for links to files beside it."""
    environment = environment_of_pages()
    environment.filters |= {"jpeg": _jpeg}
    names = ("report.css.j2", "trace.css.j2")
    style = "\n".join(source_of_template(environment, name) for name in names)
    return environment.get_template("trace.html.j2").render(
        title=_title(history),
        run=_run(history),
        told=told,
        graph=svg(told),
        played=_played(told, history, folder),
        style=style,
        policy=policy_of(style),
    )


def _jpeg(content: bytes) -> str:
    return data_uri(content, "image/jpeg")


def _title(history: History) -> str:
    if history.run is not None:
        return shown(history.run.goal)
    return ", ".join(f"{row.step}.{row.output}" for row in history.wanted)


def _run(history: History) -> Mapping[str, Any] | None:
    """What a run is told by."""
    if history.run is None:
        return None
    run = history.run
    colour, word = STATUS.get(run.status, ("likely", run.status))
    reason = shown(str(run.result["reason"]))
    told = {"id": run.run_id, "parent": run.parent, "colour": colour, "word": word}
    return {**told, "reason": reason, "at": run.created_at}


def _played(told: Told, history: History, folder: Path | None) -> list[Shown]:
    """The files that were asked about, small ones inside the page."""
    wanted = {row.artefact_id: row for row in history.wanted}
    found: list[Shown] = []
    room = 2 * EMBED_LIMIT
    for step in told.steps:
        for file in step.files:
            row = wanted.get(file.artefact_id)
            if row is None or not row.path or row.kind not in _PLAYED:
                continue
            here = file.path if file.path.is_file() else None
            size = here.stat().st_size if here else 0
            embed = here.read_bytes() if here and size <= min(EMBED_LIMIT, room) else None
            room -= len(embed or b"")
            media = MediaFile(file.path.name, path=here, embed=embed)
            source, told_by = media.source(folder), (file.about, file.artefact_id)
            found.append(Shown(file.name, media.element, source, *told_by, step.picture))
    return found
