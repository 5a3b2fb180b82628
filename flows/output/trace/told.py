"""What steps are told by: tool, inputs, parameters, model, evidence, cost, and a picture."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agents.act.fusing import is_fused
from agents.act.history.graph import Given, History, StepMade
from agents.errors import AgentsError
from agents.models.images import as_jpeg
from agents.text.clock import clock_at
from agents.tools.assets import MediaKind
from flows.output.terminal import shown
from memory.artefacts import Artefact
from memory.errors import UnknownMemory, UnknownVideo
from memory.store import Store

SIDE = 320
"""Pixels of a picture's longer side."""
QUALITY = 80
LONGEST = 400
"""Characters of a parameter."""
MOST_PICTURES = 60
"""Pictures of one page: each is decoded anew."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class File:
    """A file that a step gave."""

    name: str
    kind: str
    artefact_id: str
    about: str
    """Length, size and bytes."""
    path: Path


@dataclass(frozen=True, slots=True)
class Cited:
    """A memory row that a step rests on."""

    memory_id: str
    video: str = ""
    when: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class StepTold:
    """A step, or a file that was given (`tool` is empty then)."""

    node: str
    name: str
    about: str
    """What its first file is, in a line."""
    tool: str = ""
    version: str = ""
    inputs: tuple[str, ...] = ()
    """Names."""
    parameters: tuple[tuple[str, str], ...] = ()
    engine: str = ""
    model: str = ""
    evidence: tuple[Cited, ...] = ()
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    usd: float = 0.0
    is_deterministic: bool = True
    run_id: str = ""
    key: str = ""
    created_at: str = ""
    files: tuple[File, ...] = ()
    picture: bytes = field(default=b"", repr=False)
    """JPEG; empty where there is none."""


@dataclass(frozen=True, slots=True)
class Told:
    """Everything that a page or an artifact shows."""

    nodes: tuple[StepTold, ...]
    """Files that were given, then steps, each after those that it uses."""
    edges: tuple[tuple[str, str], ...]
    """From node to node, each once."""

    @property
    def steps(self) -> tuple[StepTold, ...]:
        """The steps alone."""
        return tuple(node for node in self.nodes if node.tool)

    @property
    def seconds(self) -> float:
        """What all steps took when they were done."""
        return sum(step.seconds for step in self.steps)

    @property
    def usd(self) -> float:
        """What all steps cost when they were done."""
        return sum(step.usd for step in self.steps)


def told_of(store: Store, tenant: str, history: History, *, pictures: bool = True) -> Told:
    """What the steps of a history are told by; with pictures, which are decoded now."""
    teller = _Teller(store, tenant, history, store.workshop or Path(), pictures)
    given = [teller.given(one, f"g{number}") for number, one in enumerate(history.given, 1)]
    steps = [teller.step(one, f"s{number}") for number, one in enumerate(history.steps, 1)]
    edges = [
        (teller.nodes[asset_id], teller.nodes[f"key {step.key}"])
        for step in history.steps
        for asset_id in step.first.inputs
        if asset_id in teller.nodes
    ]
    return Told((*given, *steps), tuple(dict.fromkeys(edges)))


@dataclass(slots=True)
class _Teller:
    """Gathers from the store."""

    store: Store
    tenant: str
    history: History
    folder: Path
    pictures: bool
    names: dict[str, str] = field(default_factory=dict[str, str])
    """Of files, by asset id."""
    nodes: dict[str, str] = field(default_factory=dict[str, str])
    """By asset id, and steps by `key KEY`."""
    drawn: int = 0

    def given(self, one: Given, node: str) -> StepTold:
        """A file that was given."""
        self.names[one.asset_id], self.nodes[one.asset_id] = shown(one.name), node
        is_here = one.path is not None and one.path.is_file()
        about = "given" if is_here else "given; not where it was"
        picture = self._picture(one.path) if is_here and one.path is not None else b""
        return StepTold(node, shown(one.name), about, picture=picture)

    def step(self, step: StepMade, node: str) -> StepTold:
        """A step, by its rows."""
        row, details = step.first, step.first.details
        for one in step.rows:
            self.names[one.asset_id], self.nodes[one.asset_id] = f"{one.step}.{one.output}", node
        self.nodes[f"key {step.key}"] = node
        tool, _, version = row.tool.partition("@")
        files = tuple(self._file(one) for one in step.rows)
        visible = (MediaKind.VIDEO, MediaKind.IMAGE, MediaKind.MASKS)
        has_picture = row.kind in visible and not is_fused(row)
        picture = self._picture(files[0].path) if has_picture else b""
        return StepTold(
            node,
            row.step,
            files[0].about,
            tool,
            version,
            tuple(self.names.get(one, one[:12]) for one in row.inputs),
            self._parameters(details["arguments"]),
            shown(details["engine"]),
            shown(details["model"]),
            tuple(map(self._cited, details["evidence"])),
            tuple(map(shown, details["notes"])),
            details["seconds"],
            details["usd"],
            details["deterministic"],
            row.run_id,
            row.key,
            row.created_at,
            files,
            picture,
        )

    def _file(self, row: Artefact) -> File:
        facts = row.details["facts"]
        about = [f"{facts['entries']} entries"] if facts["entries"] else []
        about += [clock_at(facts["seconds"])] if facts["seconds"] else []
        about += [f"{facts['width']}x{facts['height']}"] if facts["width"] else []
        about.append("no file of its own" if is_fused(row) else f"{facts['bytes']:,} bytes")
        name = f"{row.step}.{row.output}" + (f" {row.number + 1}" if row.number else "")
        return File(name, row.kind, row.artefact_id, ", ".join(about), self.folder / row.path)

    def _parameters(self, arguments: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
        """Arguments as texts, files by their names."""
        return tuple((name, shown(self._value(value))) for name, value in arguments.items())

    def _value(self, value: object) -> str:
        if value is None:
            text = "none"
        elif isinstance(value, str):
            text = self.names.get(value, value)
        elif isinstance(value, list):
            text = ", ".join(map(self._value, value))  # pyright: ignore[reportUnknownArgumentType]
        else:
            text = json.dumps(value, ensure_ascii=False, default=str)
        return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"

    def _cited(self, memory_id: str) -> Cited:
        """A row of memory; by its id alone where it is no more."""
        try:
            row = self.store.memory(self.tenant, memory_id)
            video = self.store.video(self.tenant, row.video_id)
        except (UnknownMemory, UnknownVideo):
            return Cited(memory_id, text="not remembered any more")
        start, end = row.span.seconds
        when = f"{clock_at(start)} to {clock_at(end)}"
        return Cited(memory_id, shown(video.name), when, shown(row.text or str(row.kind)))

    def _picture(self, path: Path) -> bytes:
        """The middle of a video, or a picture, as a small JPEG; none where it cannot be decoded."""
        if not self.pictures or self.drawn >= MOST_PICTURES:
            return b""
        self.drawn += 1
        from agents.perception.media.decode import frame_at
        from agents.perception.media.probe import probe

        try:
            found = probe(path)
            frame = frame_at(found, found.duration // 2, SIDE) or frame_at(found, 0, SIDE)
        except (AgentsError, OSError) as error:
            log.info("no picture of %s: %s", path.name, error)
            return b""
        return b"" if frame is None else as_jpeg(frame.image, SIDE, QUALITY)
