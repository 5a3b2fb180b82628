"""Memory that is moved: a workspace to a folder, a folder into a workspace, with its lineage."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from memory.errors import Refused
from memory.organise.lifecycle import entry_of
from memory.organise.records import Preference
from memory.store import Store


@dataclass(slots=True)
class Fused:
    """What came in, what was here already, and what stands against each other."""

    content: str
    """Hash of what the folder remembers: the lineage of all that came in."""
    workspace: str
    """Whose it was."""
    videos: list[str] = field(default_factory=list[str])
    """Ids of the videos that came in."""
    same: list[str] = field(default_factory=list[str])
    conflicts: list[str] = field(default_factory=list[str])
    """Ids of videos and of `others` that are here with something else; these stay."""
    others: int = 0
    """Notes, preferences, names of recipes and traces that came in."""


def export_memory(store: Store, tenant: str, folder: Path) -> dict[str, Any]:
    """Write all that a workspace remembers to a folder that is empty or not there.

    Returns:
        The manifest: `files` with rows and hashes, `content` (one hash of it all), `pictures`.

    Raises:
        Refused: when the folder is not empty or cannot be made, or the workspace is empty.
    """
    return store.export_cube(tenant, folder)


def import_memory(store: Store, tenant: str, folder: Path, *, fuse: bool = False) -> Fused:
    """Take a folder into a workspace that is empty, or with `fuse` into one that is not.

    Each video that comes in has an entry in the log with the hash of what it came from; `undo` of
    it forgets that video again.

    Raises:
        Refused: when the workspace is not empty, or the folder holds no memory.
        StoreVersionMismatch: when it has another schema version or other encoders.
        StoreUnavailable: when a file was changed since it was exported.
    """
    known = store.videos(tenant) or store.runs(tenant) or store.actions(tenant)
    if not fuse and (known or store.notebook.find(Preference, tenant)):
        raise Refused(f"the workspace {tenant!r} is not empty", "use `memory fuse`")
    done = store.fuse_cube(tenant, folder)
    verb = "fuse" if fuse else "import"
    store.notebook.put([entry_of(tenant, v, verb, {v: ""}, {v: done.content}) for v in done.videos])
    store.optimise()
    return done
