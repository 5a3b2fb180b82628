"""The store: one object over all tables, thin over `write`, `query` and `upkeep`."""

from __future__ import annotations

from collections.abc import Collection, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from memory import as_of as asof
from memory.errors import UnknownMemory, UnknownVideo
from memory.lance import inspect as inspection
from memory.lance import query, rows, upkeep, write
from memory.lance.connection import Database, storage_errors
from memory.lance.schema import EncoderTag, Role
from memory.records import Hit, Memory, Node, Run, Scope, Vector, Video, Window

__all__ = ["EncoderTag", "Store"]


@dataclass(frozen=True)
class Store:
    """Videos, the ledger of windows, the tree, memory rows and runs, at a LanceDB uri.

    Every method may raise `StoreUnavailable` (disk, permission, damage, conflicts that outlast 30
    seconds of retries) and `StoreVersionMismatch` (another program migrated or re-embedded it).
    Reads see what other processes committed. A store that does not exist reads as empty and comes
    into being with the first write. Searches, `nodes`, and `memories` without a key see only rows
    of each video's active perception key, and looks.
    """

    db: Database
    thumbnails: Path | None = None
    until: int | None = None
    """Reads see what was known at this time of each video, in microseconds; None: everything."""

    @classmethod
    def open(
        cls, uri: str, *, text: EncoderTag, image: EncoderTag, thumbnails: Path | None = None
    ) -> Store:
        """Open the store at a path or object-store uri; `thumbnails` is where the pictures lie.

        Raises:
            StoreVersionMismatch: when it was written by another schema version or encoder.
        """
        store = cls(Database(uri, text, image), thumbnails)
        with store._use() as db:
            db.layout()
        return store

    def as_of(self, until: int | None) -> Store:
        """The same store, seen as when `until` microseconds of each video had been watched.

        Rows that tell of anything later are not seen by any read, those whose span goes beyond
        `until` included; videos and nodes end there. Writes go through unchanged.
        """
        return replace(self, until=until)

    # --- videos ---

    def put_video(self, video: Video) -> None:
        """Insert a video, or add its paths to those that are known of it, and to no other.

        A file that was replaced leaves its old video without a path (`Video.is_replaced`).
        A video without active key leaves the stored one in force: only `activate` (or a video that
        names a key) changes it.
        """
        with self._use() as db:
            write.put_video(db, video)

    def video(self, tenant: str, video_id: str) -> Video:
        """The video of an id.

        Raises:
            UnknownVideo: when the tenant has none.
        """
        with self._use() as db:
            found = query.video(db, tenant, video_id)
        if found is None:
            raise UnknownVideo(f"there is no video {video_id!r}", "ingest it first")
        return asof.video_as_of(found, self.until)

    def videos(self, tenant: str) -> list[Video]:
        """All videos of a tenant, in the order in which they came."""
        with self._use() as db:
            return [asof.video_as_of(one, self.until) for one in query.videos(db, tenant)]

    def find_video(self, tenant: str, reference: str) -> Video:
        """The video that a person means by an id, its beginning, a path or a file name.

        Raises:
            UnknownVideo: when none, or more than one, answers to it.
        """
        with self._use() as db:
            return asof.video_as_of(query.find_video(db, tenant, reference), self.until)

    def activate(
        self, tenant: str, video_id: str, perception_key: str, parameters: str, duration: int
    ) -> None:
        """Make reads see the rows of `perception_key`; `parameters` is JSON of what it stands for.

        Raises:
            UnknownVideo: when the tenant has no such video.
        """
        with self._use() as db:
            write.activate(db, tenant, video_id, perception_key, parameters, duration)

    # --- the ledger ---

    def put_windows(self, windows: Sequence[Window]) -> None:
        """Insert or update units of ingest."""
        with self._use() as db:
            write.put(db, Role.WINDOWS, [rows.window_row(window) for window in windows])

    def windows(self, tenant: str, video_id: str, perception_key: str) -> list[Window]:
        """The ledger of a video and key, by index."""
        with self._use() as db:
            return query.windows(db, tenant, video_id, perception_key)

    def mark_window(self, window: Window) -> None:
        """Write the state of one unit of ingest: after its rows, never before."""
        self.put_windows([window])

    # --- memory rows ---

    def replace_window(self, window: Window, memories: Sequence[Memory]) -> None:
        """Make `memories` the rows of a window, in one commit per table; repeating it is harmless.

        Raises:
            ValueError: when a row belongs to another tenant or window.
        """
        if any(
            (row.tenant, row.window_id) != (window.tenant, window.window_id) for row in memories
        ):
            raise ValueError(f"rows of another window were handed in for {window.window_id}")
        with self._use() as db:
            stale = write.of_window(window.tenant, window.window_id)
            write.replace_memories(db, memories, stale)

    def replace_derived(
        self, tenant: str, video_id: str, perception_key: str, memories: Sequence[Memory]
    ) -> None:
        """Make `memories` the rows of a video and key that belong to no window (summaries)."""
        with self._use() as db:
            stale = write.derived(tenant, video_id, perception_key)
            write.replace_memories(db, memories, stale)

    def put_memories(self, memories: Sequence[Memory]) -> None:
        """Insert or update rows by id."""
        with self._use() as db:
            write.put_memories(db, memories)

    def exchange_memories(
        self, tenant: str, ids: Sequence[str], memories: Sequence[Memory]
    ) -> None:
        """Put `memories` in the place of the rows of `ids`, in one commit per table."""
        with self._use() as db:
            write.replace_memories(db, memories, write.of_ids(tenant, ids))

    def delete_memories(self, tenant: str, ids: Sequence[str]) -> None:
        """Delete rows by id; ids that do not exist are passed over."""
        with self._use() as db:
            write.delete_memories(db, tenant, ids)

    def memory(self, tenant: str, reference: str) -> Memory:
        """The row of an id or of the unique beginning of one, superseded or not.

        Raises:
            UnknownMemory: when none, or more than one, answers to it.
        """
        with self._use() as db:
            found = query.memory(db, tenant, reference)
        row = asof.row_as_of(found, self.until)
        if row is None:
            raise UnknownMemory(f"{reference!r} tells of a later time", "ask as of a later time")
        return row

    def memories(
        self,
        scope: Scope,
        *,
        perception_key: str | None = None,
        with_vectors: bool = False,
        limit: int | None = None,
    ) -> list[Memory]:
        """Rows of a scope in order of (video, start, level from fine to coarse, kind, id)."""
        scope = asof.scope_as_of(scope, self.until)
        with self._use() as db:
            found = query.memories(
                db, scope, perception_key=perception_key, with_vectors=with_vectors, limit=limit
            )
        return asof.rows_as_of(found, scope.until)

    def with_vectors(self, tenant: str, ids: Sequence[str]) -> list[Memory]:
        """The rows of these ids with their vectors; ids that do not exist are passed over."""
        with self._use() as db:
            found = query.memories_where(db, write.of_ids(tenant, ids), with_vectors=True)
        return asof.rows_as_of(found, self.until)

    def looks(self, tenant: str, video_id: str) -> list[Memory]:
        """Rows that a question made us perceive."""
        found = self.memories(Scope(tenant, (video_id,)))
        return [row for row in found if row.is_look]

    # --- the tree ---

    def replace_nodes(
        self, tenant: str, video_id: str, perception_key: str, nodes: Sequence[Node]
    ) -> None:
        """Make `nodes` the tree of a video and key."""
        with self._use() as db:
            write.replace_nodes(db, tenant, video_id, perception_key, nodes)

    def nodes(self, tenant: str, video_id: str) -> list[Node]:
        """The tree of the active key, by start, coarse before fine."""
        with self._use() as db:
            return asof.nodes_as_of(query.nodes(db, tenant, video_id), self.until)

    # --- search ---

    def search_text(self, text: str, scope: Scope, limit: int) -> list[Hit]:
        """Rows that share word stems with `text`, by BM25; stop words do not count."""
        scope = asof.scope_as_of(scope, self.until)
        with self._use() as db:
            return asof.hits_as_of(query.search_text(db, text, scope, limit), scope.until)

    def search_vector(self, vector: Vector, scope: Scope, limit: int) -> list[Hit]:
        """Rows whose text is nearest in meaning, by cosine similarity (-1 to 1)."""
        return self._nearest(Role.TEXTS, "text_vector", "vector", vector, scope, limit)

    def search_image(self, vector: Vector, scope: Scope, limit: int) -> list[Hit]:
        """Keyframes that look like a picture, by cosine similarity in the image space."""
        return self._nearest(Role.FRAMES, "image_vector", "image", vector, scope, limit)

    def search_aligned(self, vector: Vector, scope: Scope, limit: int) -> list[Hit]:
        """Keyframes that a text describes, by cosine similarity in the text-aligned space."""
        return self._nearest(Role.FRAMES, "text_aligned_vector", "aligned", vector, scope, limit)

    def _nearest(
        self, role: Role, column: str, part: str, vector: Vector, scope: Scope, limit: int
    ) -> list[Hit]:
        scope = asof.scope_as_of(scope, self.until)
        with self._use() as db:
            found = query.search_vector(db, role, column, part, vector, scope, limit)
        return asof.hits_as_of(found, scope.until)

    # --- runs ---

    def put_run(self, run: Run) -> None:
        """Keep the trace of a question."""
        with self._use() as db:
            write.put(db, Role.RUNS, [rows.run_row(run)])

    def runs(self, tenant: str) -> list[Run]:
        """All runs of a tenant, oldest first."""
        with self._use() as db:
            return query.runs(db, tenant)

    def run(self, tenant: str, run_id: str) -> Run:
        """The run of an id.

        Raises:
            UnknownMemory: when the tenant has none.
        """
        found = [run for run in self.runs(tenant) if run.run_id == run_id]
        if not found:
            raise UnknownMemory(f"there is no run {run_id!r}", "it may have been forgotten")
        return found[0]

    # --- upkeep ---

    def forget(self, tenant: str, video_id: str) -> dict[str, int]:
        """Delete everything about a video, the runs that touched it and its old versions.

        Returns:
            Counts under `rows`, `vectors`, `looks`, `thumbnails`, `nodes`, `windows`, `runs`,
            `videos`. Do not call it while the store is being read: old versions go at once.
        """
        with self._use() as db:
            return upkeep.forget(db, tenant, video_id, self.thumbnails)

    def drop_superseded(self, tenant: str, video_id: str, keep: Collection[str] = ()) -> int:
        """Delete what keys other than the active one (and those in `keep`) left; looks stay.

        Returns:
            How many memory rows went.
        """
        with self._use() as db:
            return upkeep.drop_superseded(db, tenant, video_id, keep, self.thumbnails)

    def optimise(self) -> None:
        """Compact the tables and bring the text index up to date; at the end of an ingest."""
        with self._use() as db:
            upkeep.optimise(db)

    def optimise_when_due(self) -> None:
        """Compact the tables that fell into many pieces, after each of many files."""
        with self._use() as db:
            upkeep.optimise_when_due(db)

    def stats(self) -> dict[str, Any]:
        """`schema`, `encoders`, `tables` (name, rows, fragments, bytes, version), `bytes`."""
        with self._use() as db:
            return upkeep.stats(db)

    def inspect(self, *, deep: bool = False) -> inspection.Inspection:
        """Read the store for real and tell what cannot be read; see `memory/lance/inspect.py`."""
        with self._use() as db:
            return inspection.inspect(db, self.thumbnails, deep=deep)

    @property
    def size_bytes(self) -> int:
        """Bytes that the store takes."""
        with self._use() as db:
            return upkeep.size_bytes(db)

    @contextmanager
    def _use(self) -> Generator[Database]:
        with storage_errors(self.db.uri):
            yield self.db
