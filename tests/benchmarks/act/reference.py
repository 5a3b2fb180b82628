"""Reference plans as text: `trim video=dog.mp4 start=5 end=12`; `$1` is what step 1 gives."""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from agents.act.plan import PlanGraph, Ref, Step
from agents.tools.assets import Asset, Facts, MediaKind
from agents.tools.registry import Powers, Registry, registry_of

MEMORY = "memory"
"""A value that memory is asked for."""
LISTS = ("clips", "images")
TEXTS = ("text", "query", "name")
"""Arguments that are words, whatever they look like."""
VIDEO: dict[str, Any] = {
    "seconds": 30.0, "width": 640, "height": 360, "fps": 30.0, "frames": 900,
    "has_picture": True, "has_sound": True,
}  # fmt: skip
FACTS: Mapping[MediaKind, Mapping[str, Any]] = {
    MediaKind.VIDEO: VIDEO,
    MediaKind.SOUND: {"seconds": 60.0, "has_sound": True},
    MediaKind.IMAGE: {"width": 640, "height": 360, "has_picture": True},
    MediaKind.SUBTITLES: {"entries": 3},
}
KINDS = {
    "mp4": MediaKind.VIDEO, "mov": MediaKind.VIDEO, "webm": MediaKind.VIDEO,
    "mp3": MediaKind.SOUND, "wav": MediaKind.SOUND,
    "png": MediaKind.IMAGE, "jpg": MediaKind.IMAGE, "srt": MediaKind.SUBTITLES,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Item:
    """A goal and the plan that is right; no steps where the goal must be refused."""

    text: str
    media: tuple[Asset, ...]
    reference: PlanGraph
    part: str = ""
    """Of which wordings it is made, or who said it."""
    before: str = ""
    """The goal of the run that it goes on from."""
    operations: tuple[str, ...] = ()
    """Names of what was drawn, of generated goals."""

    @property
    def must_refuse(self) -> bool:
        """Whether no plan is right."""
        return not self.reference.steps


def file_named(name: str) -> Asset:
    """A file of a name; what it holds is made up, since nothing is rendered."""
    kind = KINDS[name.rsplit(".", 1)[1]]
    digest = hashlib.sha256(name.encode()).hexdigest()
    return Asset(digest, kind, Path("/x") / name, Facts(bytes=9, **FACTS[kind]), name)


def whole_registry() -> Registry:
    """The tools of the product, as if everything that they need were installed."""
    known = registry_of(Powers())
    return Registry({name: replace(tool, missing="") for name, tool in known.tools.items()})


def graph_of(lines: Sequence[str], media: Sequence[Asset], goal: str = "") -> PlanGraph:
    """The plan of reference lines; its last step is what the person gets."""
    files = {asset.name: asset.asset_id for asset in media}
    steps: list[Step] = []
    for number, line in enumerate(lines, 1):
        tool, *pairs = shlex.split(line)
        values = dict(pair.split("=", 1) for pair in pairs)
        arguments = {name: _value(name, text, files) for name, text in values.items()}
        steps.append(Step(f"s{number}", tool, arguments))
    outputs = (Ref(steps[-1].step_id),) if steps else ()
    return PlanGraph(goal, tuple(steps), outputs)


def _value(name: str, text: str, files: Mapping[str, str]) -> Any:
    if name in LISTS:
        return tuple(_one(part, files) for part in text.split(","))
    return text if name in TEXTS else _one(text, files)


def _one(text: str, files: Mapping[str, str]) -> Any:
    if found := re.fullmatch(r"\$(\d+)", text):
        return Ref(f"s{found[1]}")
    if re.fullmatch(r"-?\d+(\.\d+)?", text):
        return float(text)
    return files.get(text, text)
