"""A run, or something that was made, as files that editing programs open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from agents.act.fusing import is_fused, no_file
from agents.act.history.graph import History, history_of
from agents.act.timeline.bake import baked
from agents.act.timeline.cut import Cut, Mark
from agents.act.timeline.derive import Reader
from agents.act.timeline.formats import ADAPTERS, About, Format, needed, text_of, timeline_of, write
from agents.errors import UsageError
from agents.runtime import Runtime
from agents.tools.assets import MediaKind
from memory.artefacts import Artefact
from memory.errors import UnknownMemory
from memory.records import SECOND, content_id
from memory.store import Store


@dataclass(frozen=True, slots=True)
class Exported:
    """A file that was written, and what it does not hold as cuts."""

    path: Path
    form: Format
    clips: int
    losses: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The documented object."""
        told = {"path": str(self.path), "format": str(self.form), "clips": self.clips}
        return {**told, "losses": list(self.losses)}


@dataclass(frozen=True, slots=True)
class Edit:
    """The edit that a video is."""

    row: Artefact
    """Of the finished video."""
    cut: Cut
    reader: Reader
    goal: str = ""


def edit_of(store: Store, tenant: str, reference: str) -> Edit:
    """The edit of a run's video, or of a video that was made.

    Raises:
        UnknownMemory: nothing answers to the reference.
        UsageError: it gave no video, more than one, or one that has no file of its own.
        UnreadableMedia: a file that was given is gone, or has changed.
    """
    history = history_of(store, tenant, reference)
    videos = [row for row in history.wanted if row.kind == MediaKind.VIDEO]
    if store.workshop is None or not videos:
        raise UsageError(f"{reference} gave no video", "a timeline is of a video")
    if len(videos) > 1:
        ids = ", ".join(row.artefact_id for row in videos)
        raise UsageError(f"{reference} gave {len(videos)} videos", f"export one of {ids}")
    if is_fused(videos[0]):
        raise UsageError(*no_file(videos[0]))
    own = {content_id("v", tenant, one.asset_id): one.asset_id for one in history.given}
    reader = Reader(history, store.workshop, lambda row: mark_of(store, tenant, row, own))
    return Edit(videos[0], reader.cut(videos[0].asset_id), reader, _goal(history))


def _goal(history: History) -> str:
    return history.run.goal if history.run else ""


def mark_of(store: Store, tenant: str, reference: str, videos: Mapping[str, str]) -> Mark:
    """A memory row as a mark; by its id alone where it is no more, or of another file."""
    try:
        row = store.memory(tenant, reference)
    except UnknownMemory:
        return Mark(reference, "")
    start, end = Fraction(row.span.start, SECOND), Fraction(row.span.end, SECOND)
    return Mark(reference, videos.get(row.video_id, ""), start, end, row.text or "")


def form_of(name: str, path: Path) -> Format:
    """The format that an option means; Final Cut's two are told apart by the file's name."""
    if name == "fcpxml":
        return Format.FCPX if path.suffix.lower() == ".fcpxml" else Format.FCP7
    return Format(name)


def export_edit(runtime: Runtime, reference: str, files: Mapping[str, Path]) -> list[Exported]:
    """Write the edit of a run or an artefact, by option (`otio`, `edl`, `fcpxml`).

    Raises:
        UsageError: the extra `timeline` is not installed, or a format cannot hold the edit.
        UnknownMemory, UnreadableMedia: as `edit_of`.
    """
    needed()
    for path in files.values():
        if not path.parent.is_dir():
            raise UsageError(f"there is no folder {path.parent}", "make it, or name another file")
    edit = edit_of(runtime.store, runtime.spec.tenant, reference)
    texts = [(form_of(name, path), path) for name, path in files.items()]
    made = [(form, path, *written(edit, form)) for form, path in texts]
    return [
        Exported(write(text, path), form, clips, losses) for form, path, text, clips, losses in made
    ]


def written(edit: Edit, form: Format) -> tuple[str, int, tuple[str, ...]]:
    """An edit in a format, the number of its clips, and what it holds as finished pictures only."""
    finished = edit.reader.medium(edit.row.asset_id)
    cut, losses = baked(edit.cut, finished, ADAPTERS[form].holds)
    told = tuple(edit.reader.untold.values())
    if form is Format.OTIO:
        told += _own_effects(cut)
    metadata = {
        "artefact": edit.row.artefact_id,
        "run": edit.row.run_id,
        "goal": edit.goal,
        "finished": finished.path.as_uri(),
        "losses": [*told, *map(str, losses)],
    }
    timeline = timeline_of(cut, About(edit.goal or edit.row.step, metadata))
    return text_of(timeline, cut.rate, form), len(cut.pictures[0]), (*told, *map(str, losses))


def _own_effects(cut: Cut) -> tuple[str, ...]:
    """Steps that a timeline tells of and that other programs do not draw."""
    effects = [e for track in cut.tracks for clip in track for e in clip.effects]
    drawn = [c.drawn for track in cut.tracks for c in track if c.drawn is not None]
    names = dict.fromkeys(f"{one.step} ({one.tool})" for one in [*drawn, *effects])
    return tuple(f"{name} is told, but other programs do not draw it" for name in names)
