"""The store as the rest of the program sees it; `memory.lance` is what is behind it.

Only composition opens one (`agents.runtime.open_runtime`); everything else is handed a `Store` and
names no product. The suites in `tests/contracts` say what every implementation must do.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from memory.artefacts import Action, Artefact
from memory.details import KeyParameters
from memory.organise.notebook import Notebook
from memory.records import Hit, Memory, Node, Run, Scope, Vector, Video, Window

if TYPE_CHECKING:
    from memory.cubes import Fused


@dataclass(frozen=True, slots=True)
class EncoderTag:
    """Which encoder made the vectors of a store.

    `dimension` is the length of its vectors; `aligned_dimension` that of the vectors in the space
    of text queries (image encoders only).
    """

    name: str
    dimension: int
    aligned_dimension: int = 0

    @property
    def slug(self) -> str:
        """The name in small letters, digits and `_`, as it may stand in the name of a table."""
        return re.sub(r"[^a-z0-9]+", "_", self.name.lower()).strip("_") or "none"


@dataclass(slots=True)
class Inspection:
    """What was read, and what could not be."""

    rows: int = 0
    files: int = 0
    whole: bool = True
    """Whether every row was read, or only the ends of the files."""
    faults: list[str] = field(default_factory=list[str])
    cut: list[str] = field(default_factory=list[str])
    """Of the faults those that name a file that was cut off."""
    indexes: list[str] = field(default_factory=list[str])
    """What is wrong with indexes alone: no row is lost, and the next ingest builds them anew."""
    index_lag: int = 0
    """Rows that indexes have not got yet: they are found, but slower. An ingest brings them in."""
    pictures: int = 0
    """Pictures that rows name and that are gone."""
    paths: list[str] = field(default_factory=list[str])
    """The files that the ledger lists, of all workspaces; what is lost comes back from them."""


class Searcher(Protocol):
    """What retrieval needs of a store; each search returns its best hits first."""

    def search_text(self, text: str, scope: Scope, limit: int) -> list[Hit]:
        """Rows that share word stems with `text`, by BM25; stop words do not count."""
        ...

    def search_vector(self, vector: Vector, scope: Scope, limit: int) -> list[Hit]:
        """Rows whose text is nearest in meaning, by cosine similarity (-1 to 1)."""
        ...

    def search_image(self, vector: Vector, scope: Scope, limit: int) -> list[Hit]:
        """Keyframes that look like a picture, by cosine similarity in the image space."""
        ...

    def search_aligned(self, vector: Vector, scope: Scope, limit: int) -> list[Hit]:
        """Keyframes that a text describes, by cosine similarity in the text-aligned space."""
        ...

    def memories(self, scope: Scope) -> list[Memory]:
        """Rows of a scope in order of (video, start, level from fine to coarse, kind, id)."""
        ...


class Store(Searcher, Protocol):
    """Videos, the ledger of windows, the tree, memory rows and runs.

    Every method may raise `StoreUnavailable` (disk, permission, damage, conflicts that outlast the
    retries) and `StoreVersionMismatch` (another program migrated or re-embedded it). Reads see
    what other processes committed. A store that does not exist reads as empty and comes into being
    with the first write. Searches, `nodes`, and `memories` without a key see only rows of each
    video's active perception key, and looks.
    """

    @property
    def thumbnails(self) -> Path | None:
        """The folder of the pictures; None when the store was opened without one."""
        ...

    @property
    def workshop(self) -> Path | None:
        """The folder of what was made; None when the store was opened without one."""
        ...

    @property
    def until(self) -> int | None:
        """Reads see what was known at this time of each video, in microseconds; None: all."""
        ...

    def as_of(self, until: int | None) -> Store:
        """The same store, seen as when `until` microseconds of each video had been watched.

        Rows that tell of anything later are not seen by any read, those whose span goes beyond
        `until` included; videos and nodes end there. Writes go through unchanged.
        """
        ...

    # --- videos ---

    def put_video(self, video: Video) -> None:
        """Insert a video, or add its paths to those that are known of it, and to no other.

        A file that was replaced leaves its old video without a path (`Video.is_replaced`).
        A video without active key leaves the stored one in force: only `activate` (or a video that
        names a key) changes it.
        """
        ...

    def video(self, tenant: str, video_id: str) -> Video:
        """The video of an id.

        Raises:
            UnknownVideo: when the tenant has none.
        """
        ...

    def videos(self, tenant: str, video_ids: Collection[str] = ()) -> list[Video]:
        """All videos of a tenant, or those of some ids, in the order in which they came."""
        ...

    def find_video(self, tenant: str, reference: str) -> Video:
        """The video that a person means by an id, its beginning, a path or a file name.

        Raises:
            UnknownVideo: when none, or more than one, answers to it.
        """
        ...

    def activate(
        self,
        tenant: str,
        video_id: str,
        perception_key: str,
        parameters: KeyParameters,
        duration: int,
    ) -> None:
        """Make reads see the rows of `perception_key`; `parameters` say what it stands for.

        Raises:
            UnknownVideo: when the tenant has no such video.
        """
        ...

    def date_video(self, tenant: str, video_id: str, recorded_at: str) -> None:
        """Say when a video was recorded (ISO 8601); empty where nobody knows.

        Raises:
            UnknownVideo: when the tenant has no such video.
        """
        ...

    # --- the ledger ---

    def put_windows(self, windows: Sequence[Window]) -> None:
        """Insert or update units of ingest."""
        ...

    def windows(self, tenant: str, video_id: str, perception_key: str) -> list[Window]:
        """The ledger of a video and key, by index."""
        ...

    def mark_window(self, window: Window) -> None:
        """Write the state of one unit of ingest: after its rows, never before."""
        ...

    # --- memory rows ---

    def replace_window(self, window: Window, memories: Sequence[Memory]) -> None:
        """Make `memories` the rows of a window, in one commit per table; repeating it is harmless.

        Raises:
            ValueError: when a row belongs to another tenant or window.
        """
        ...

    def replace_derived(
        self, tenant: str, video_id: str, perception_key: str, memories: Sequence[Memory]
    ) -> None:
        """Make `memories` the rows of a video and key that belong to no window (summaries)."""
        ...

    def put_memories(self, memories: Sequence[Memory]) -> None:
        """Insert or update rows by id."""
        ...

    def exchange_memories(
        self, tenant: str, ids: Sequence[str], memories: Sequence[Memory]
    ) -> None:
        """Put `memories` in the place of the rows of `ids`, in one commit per table."""
        ...

    def delete_memories(self, tenant: str, ids: Sequence[str]) -> None:
        """Delete rows by id; ids that do not exist are passed over."""
        ...

    def supersede(self, tenant: str, by: Mapping[str, str]) -> None:
        """Let rows stand for others: of each id, the row that does, or nothing to undo it.

        Searches look through rows that nothing stands for, and tell the others with those; every
        row is still read, cited and counted.
        """
        ...

    def pin(self, tenant: str, ids: Sequence[str], pinned: bool) -> None:
        """Keep rows from being superseded, or no longer; ids that do not exist are passed over."""
        ...

    def memory(self, tenant: str, reference: str) -> Memory:
        """The row of an id or of the unique beginning of one, superseded or not.

        Raises:
            UnknownMemory: when none, or more than one, answers to it.
        """
        ...

    def memories(
        self,
        scope: Scope,
        *,
        perception_key: str | None = None,
        with_vectors: bool = False,
        limit: int | None = None,
    ) -> list[Memory]:
        """Rows of a scope in order of (video, start, level from fine to coarse, kind, id)."""
        ...

    def with_vectors(self, tenant: str, ids: Sequence[str]) -> list[Memory]:
        """The rows of these ids with their vectors; ids that do not exist are passed over."""
        ...

    def looks(self, tenant: str, video_id: str) -> list[Memory]:
        """Rows that a question made us perceive."""
        ...

    # --- the tree ---

    def replace_nodes(
        self, tenant: str, video_id: str, perception_key: str, nodes: Sequence[Node]
    ) -> None:
        """Make `nodes` the tree of a video and key."""
        ...

    def nodes(self, tenant: str, video_id: str) -> list[Node]:
        """The tree of the active key, by start, coarse before fine."""
        ...

    def nodes_of(self, tenant: str, video_ids: Sequence[str]) -> list[Node]:
        """The trees of several videos, one after the other, in one query."""
        ...

    # --- runs ---

    def put_run(self, run: Run) -> None:
        """Keep the trace of a question."""
        ...

    def runs(self, tenant: str) -> list[Run]:
        """All runs of a tenant, oldest first."""
        ...

    def run(self, tenant: str, run_id: str) -> Run:
        """The run of an id.

        Raises:
            UnknownMemory: when the tenant has none.
        """
        ...

    # --- what was made ---

    def put_artefacts(self, made: Sequence[Artefact]) -> None:
        """Keep the rows of files that a step made, all of them in one commit."""
        ...

    def artefacts(self, tenant: str, *, key: str = "", asset_id: str = "") -> list[Artefact]:
        """Files that were made, oldest first: all, those of a step's key, or those of an asset."""
        ...

    def put_action(self, action: Action) -> None:
        """Keep a run of a plan, or how far it has come."""
        ...

    def actions(self, tenant: str) -> list[Action]:
        """All runs of plans of a tenant, oldest first."""
        ...

    @property
    def notebook(self) -> Notebook:
        """What is kept beside memory rows: assertions, mentions, profiles and what was done."""
        ...

    # --- moving ---

    def export_cube(self, tenant: str, folder: Path) -> dict[str, Any]:
        """Write what a workspace remembers to an empty folder; see `memory.cubes`."""
        ...

    def fuse_cube(self, tenant: str, folder: Path) -> Fused:
        """Take such a folder into a workspace; see `memory.cubes`."""
        ...

    # --- upkeep ---

    def forget(self, tenant: str, video_id: str) -> dict[str, int]:
        """Delete everything about a video, the runs that touched it and its old versions.

        Returns:
            Counts under `rows`, `vectors`, `looks`, `thumbnails`, `nodes`, `windows`, `runs`,
            `artefacts`, `facts`, `mentions`, `audit`, `watches`, `findings`, `backups`, `videos`.
            Files that were made of the video go too. Do not call it while the store is being read:
            old versions go at once.
        """
        ...

    def erase(self, tenant: str) -> dict[str, int]:
        """Forget a workspace: its videos, and all that is of no video, with what it granted.

        Returns:
            Counts as `forget` gives them, of all videos, and of other rows under their table.
        """
        ...

    def drop_superseded(self, tenant: str, video_id: str, keep: Collection[str] = ()) -> int:
        """Delete what keys other than the active one (and those in `keep`) left; looks stay.

        Returns:
            How many memory rows went.
        """
        ...

    def optimise(self) -> None:
        """Compact the tables and bring the text index up to date; at the end of an ingest."""
        ...

    def optimise_when_due(self) -> None:
        """Compact the tables that fell into many pieces, after each of many files."""
        ...

    def stats(self) -> dict[str, Any]:
        """`schema`, `encoders`, `tables` (name, rows, fragments, bytes, version), `bytes`."""
        ...

    def inspect(self, *, deep: bool = False) -> Inspection:
        """Read the store for real and tell, not raise, what cannot be read.

        A store of up to half a gigabyte is always read whole; of a larger one only the ends of its
        files are, unless `deep`.
        """
        ...

    @property
    def size_bytes(self) -> int:
        """Bytes that the store takes."""
        ...
