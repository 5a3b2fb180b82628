"""What was made: files with the step that made each, and the runs of plans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from memory.records import content_id


@dataclass(frozen=True, slots=True)
class Artefact:
    """One file that a step made; its row is written after the file is in its place."""

    artefact_id: str
    tenant: str
    key: str
    """Of the step: the same tool, arguments, inputs and engines have the same key."""
    output: str
    number: int
    """Its place among the files of the output, from 0."""
    asset_id: str
    """SHA-256 of the bytes."""
    kind: str
    path: str
    """Relative to the store's folder of artefacts."""
    run_id: str
    """The run that made it; later ones may use it too."""
    step: str
    tool: str
    """`name@version`."""
    inputs: tuple[str, ...]
    """Asset ids."""
    video_ids: tuple[str, ...]
    """Videos that it was made of, through however many steps: it is forgotten with any of them."""
    details: Mapping[str, Any] = field(hash=False)
    """Arguments, facts, engine, model, evidence, notes, seconds, usd."""
    created_at: str = field(default="", compare=False)

    @staticmethod
    def id_of(tenant: str, key: str, output: str, number: int) -> str:
        """The id that follows from what it is."""
        return content_id("a", tenant, key, output, number)


@dataclass(frozen=True, slots=True)
class Action:
    """A run of a plan: what was asked, how far it came, and what it gave."""

    run_id: str
    tenant: str
    parent: str
    """The run that it went on from; empty for none."""
    goal: str
    status: str
    video_ids: tuple[str, ...]
    result: Mapping[str, Any] = field(hash=False)
    """Plan, inputs, steps and outputs, as the documented object."""
    created_at: str = field(default="", compare=False)
