"""How an artefact came to be: every step up to the files that were given, and doing it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from memory.artefacts import Artefact
from memory.errors import UnknownMemory
from memory.records import file_digest
from memory.store import Store


@dataclass(frozen=True, slots=True)
class Trace:
    """One file and the step that made it; `made` is None for a file that was given."""

    asset_id: str
    name: str
    made: Artefact | None
    sources: tuple[Trace, ...] = ()
    is_told: bool = False
    """Whether it stands in the same trace before this place, with its sources, which are left out
    here: what is used twice is told once."""

    def to_json(self) -> dict[str, Any]:
        """The documented object."""
        sources = [source.to_json() for source in self.sources]
        if self.made is None:
            return {"asset_id": self.asset_id, "name": self.name, "given": True}
        row = self.made
        if self.is_told:
            told = {"artefact_id": row.artefact_id, "told": "above"}
            return {"asset_id": self.asset_id, "name": self.name, "given": False, **told}
        names = ("artefact_id", "kind", "path", "run_id", "step", "tool", "key", "created_at")
        told = {name: getattr(row, name) for name in names}
        return {
            "asset_id": self.asset_id,
            "name": self.name,
            "given": False,
            **told,
            **row.details,
            "video_ids": list(row.video_ids),
            "sources": sources,
        }


def trace_of(store: Store, tenant: str, reference: str) -> Trace:
    """The trace of an artefact, by its id or the beginning of it, its file, or its asset id.

    Raises:
        UnknownMemory: nothing, or more than one thing, answers to it.
    """
    rows = store.artefacts(tenant)
    row = artefact_of(store, tenant, reference)
    inputs = _names(store, tenant)
    return _traced(row, {row.asset_id: row for row in reversed(rows)}, inputs, (), set())


def artefact_of(store: Store, tenant: str, reference: str) -> Artefact:
    """The artefact of an id or the beginning of it, of a file, or of an asset id.

    Raises:
        UnknownMemory: nothing, or more than one thing, answers to it.
    """
    wanted = {reference}
    if Path(reference).is_file():
        wanted.add(file_digest(Path(reference)))
    found = [
        row
        for row in store.artefacts(tenant)
        if row.artefact_id.startswith(reference)
        or row.asset_id in wanted
        or (len(reference) >= 8 and row.asset_id.startswith(reference))
    ]
    if not found:
        raise UnknownMemory(f"nothing that was made answers to {reference!r}", _HOW)
    if len({row.asset_id for row in found}) > 1:
        raise UnknownMemory(f"{len(found)} things that were made answer to {reference!r}", _HOW)
    return found[0]


_HOW = "give the id of an artefact (a_...) or its file, as `backtrail act` shows them"


def _names(store: Store, tenant: str) -> dict[str, str]:
    """What people called the files that were given."""
    actions = store.actions(tenant)
    return {one["asset_id"]: one["name"] for action in actions for one in action.result["inputs"]}


def _traced(
    row: Artefact,
    rows: Mapping[str, Artefact],
    names: Mapping[str, str],
    above: tuple[str, ...],
    told: set[str],
) -> Trace:
    """A row with the traces of its inputs, each once; nothing is its own source."""
    name, sources = f"{row.step}.{row.output}", list[Trace]()
    if row.asset_id in told:
        return Trace(row.asset_id, name, row, is_told=True)
    told.add(row.asset_id)
    for asset_id in dict.fromkeys(row.inputs):
        made = rows.get(asset_id)
        if made is None or asset_id in above or asset_id == row.asset_id:
            sources.append(Trace(asset_id, names.get(asset_id, asset_id[:12]), None))
        else:
            sources.append(_traced(made, rows, names, (*above, row.asset_id), told))
    return Trace(row.asset_id, name, row, tuple(sources))
