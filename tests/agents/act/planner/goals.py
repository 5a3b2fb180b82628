"""Files and tools for tests of planners; nothing is rendered, so nothing needs to be installed."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

from agents.act.hands import Goal
from agents.act.plan import PlanGraph, Recall, Ref, leaves
from agents.act.validate import examine
from agents.tools.assets import Asset, Facts, MediaKind
from agents.tools.registry import Powers, Registry, registry_of


def asset(name: str, kind: MediaKind, **facts: Any) -> Asset:
    digest = hashlib.sha256(name.encode()).hexdigest()
    return Asset(digest, kind, Path("/x") / name, Facts(bytes=9, **facts), name)


CLIP: dict[str, Any] = {
    "seconds": 30.0, "width": 640, "height": 360, "fps": 30.0, "frames": 900,
    "has_picture": True, "has_sound": True,
}  # fmt: skip
DOG = asset("dog.mp4", MediaKind.VIDEO, **CLIP)
CAT = asset("cat.mp4", MediaKind.VIDEO, **CLIP)
SONG = asset("song.mp3", MediaKind.SOUND, seconds=60.0, has_sound=True)
LOGO = asset("logo.png", MediaKind.IMAGE, width=10, height=10, has_picture=True)
CUES = asset("talk.srt", MediaKind.SUBTITLES, entries=3)
ALL = (DOG, CAT, SONG, LOGO, CUES)


def registry() -> Registry:
    """The tools of the product, as if everything that they need were installed."""
    known = registry_of(Powers())
    return Registry({name: replace(tool, missing="") for name, tool in known.tools.items()})


def chain(plan: PlanGraph, media: tuple[Asset, ...] = ALL) -> list[str]:
    """A plan as short texts: tool, values, names of files, and `<` before the step it goes on."""
    names = {one.asset_id: one.name for one in media}
    told: list[str] = []
    for step in plan.steps:
        words = [step.tool]
        for value in leaves(step.arguments):
            if isinstance(value, Ref):
                words.append(f"<{value.step}")
            elif isinstance(value, Recall):
                words.append(f"memory({value.query}).{value.part}")
            else:
                words.append(
                    names.get(str(value), f"{value:g}" if isinstance(value, float) else str(value))
                )
        told.append(" ".join(words))
    return told


def problems(plan: PlanGraph, media: tuple[Asset, ...] = ALL) -> list[str]:
    """What is wrong with a plan, besides memories that nobody was asked for."""
    found, _ = examine(plan, registry(), {one.asset_id: one for one in media})
    return [str(problem) for problem in found if "memory has no moment" not in str(problem)]


def goal(text: str, *media: Asset, before: PlanGraph | None = None) -> Goal:
    return Goal(text, media or (DOG,), before, "act_1" if before else "")
