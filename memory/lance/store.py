"""The port on LanceDB: one object over all tables, thin over `write`, `query` and `upkeep`."""

from __future__ import annotations

from collections.abc import Collection, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from memory.artefacts import Action, Artefact
from memory.as_of import hits_as_of, nodes_as_of, row_as_of, rows_as_of, scope_as_of, video_as_of
from memory.cubes import Fused
from memory.details import KeyParameters
from memory.errors import UnknownMemory, UnknownVideo
from memory.lance import cube, inspect, query, rows, upkeep, write
from memory.lance.connection import Database, storage_errors
from memory.lance.notebook import LanceNotebook
from memory.lance.reading import searches, tables
from memory.lance.schema import Role
from memory.records import Hit, Memory, Node, Run, Scope, Vector, Video, Window
from memory.store import EncoderTag, Inspection


@dataclass(frozen=True)
class LanceStore:
    """What `memory.store.Store` describes, method by method, at a LanceDB uri."""

    db: Database
    thumbnails: Path | None = None
    until: int | None = None
    workshop: Path | None = None

    @classmethod
    def open(
        cls,
        uri: str,
        *,
        text: EncoderTag,
        image: EncoderTag,
        thumbnails: Path | None = None,
        workshop: Path | None = None,
        consolidated: bool = True,
    ) -> LanceStore:
        """Open the store at a path or object-store uri.

        `thumbnails` is where the pictures lie, `workshop` where what was made does.

        Without `consolidated` searches look through every row, as if none stood for others.

        Raises:
            StoreVersionMismatch: when it was written by another schema version or encoder.
        """
        database = Database(uri, text, image, consolidated=consolidated)
        store = cls(database, thumbnails, workshop=workshop)
        with store._use() as db:
            db.layout()
        return store

    def as_of(self, until: int | None) -> LanceStore:
        return replace(self, until=until)

    # --- videos ---

    def put_video(self, video: Video) -> None:
        with self._use() as db:
            write.put_video(db, video)

    def video(self, tenant: str, video_id: str) -> Video:
        with self._use() as db:
            found = query.video(db, tenant, video_id)
        if found is None:
            raise UnknownVideo(f"there is no video {video_id!r}", "ingest it first")
        return video_as_of(found, self.until)

    def videos(self, tenant: str, video_ids: Collection[str] = ()) -> list[Video]:
        with self._use() as db:
            return [video_as_of(one, self.until) for one in query.videos(db, tenant, video_ids)]

    def find_video(self, tenant: str, reference: str) -> Video:
        with self._use() as db:
            return video_as_of(query.find_video(db, tenant, reference), self.until)

    def activate(
        self,
        tenant: str,
        video_id: str,
        perception_key: str,
        parameters: KeyParameters,
        duration: int,
    ) -> None:
        with self._use() as db:
            write.activate(db, tenant, video_id, perception_key, parameters, duration)

    def date_video(self, tenant: str, video_id: str, recorded_at: str) -> None:
        with self._use() as db:
            write.date_video(db, tenant, video_id, recorded_at)

    # --- the ledger ---

    def put_windows(self, windows: Sequence[Window]) -> None:
        with self._use() as db:
            write.put(db, Role.WINDOWS, [rows.window_row(window) for window in windows])

    def windows(self, tenant: str, video_id: str, perception_key: str) -> list[Window]:
        with self._use() as db:
            return query.windows(db, tenant, video_id, perception_key)

    def mark_window(self, window: Window) -> None:
        self.put_windows([window])

    # --- memory rows ---

    def replace_window(self, window: Window, memories: Sequence[Memory]) -> None:
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
        with self._use() as db:
            stale = write.derived(tenant, video_id, perception_key)
            write.replace_memories(db, memories, stale)

    def put_memories(self, memories: Sequence[Memory]) -> None:
        with self._use() as db:
            write.put_memories(db, memories)

    def exchange_memories(
        self, tenant: str, ids: Sequence[str], memories: Sequence[Memory]
    ) -> None:
        with self._use() as db:
            write.replace_memories(db, memories, write.of_ids(tenant, ids))

    def delete_memories(self, tenant: str, ids: Sequence[str]) -> None:
        with self._use() as db:
            write.delete_memories(db, tenant, ids)

    def supersede(self, tenant: str, by: Mapping[str, str]) -> None:
        with self._use() as db:
            write.mark(db, tenant, "superseded_by", by)

    def pin(self, tenant: str, ids: Sequence[str], pinned: bool) -> None:
        with self._use() as db:
            write.mark(db, tenant, "pinned", dict.fromkeys(ids, pinned))

    def memory(self, tenant: str, reference: str) -> Memory:
        with self._use() as db:
            found = query.memory(db, tenant, reference)
        row = row_as_of(found, self.until)
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
        scope = scope_as_of(scope, self.until)
        with self._use() as db:
            found = query.memories(
                db, scope, perception_key=perception_key, with_vectors=with_vectors, limit=limit
            )
        return rows_as_of(found, scope.until)

    def with_vectors(self, tenant: str, ids: Sequence[str]) -> list[Memory]:
        with self._use() as db:
            found = tables.memories_where(db, write.of_ids(tenant, ids), with_vectors=True)
        return rows_as_of(found, self.until)

    def looks(self, tenant: str, video_id: str) -> list[Memory]:
        found = self.memories(Scope(tenant, (video_id,)))
        return [row for row in found if row.is_look]

    # --- the tree ---

    def replace_nodes(
        self, tenant: str, video_id: str, perception_key: str, nodes: Sequence[Node]
    ) -> None:
        with self._use() as db:
            write.replace_nodes(db, tenant, video_id, perception_key, nodes)

    def nodes(self, tenant: str, video_id: str) -> list[Node]:
        return self.nodes_of(tenant, (video_id,))

    def nodes_of(self, tenant: str, video_ids: Sequence[str]) -> list[Node]:
        with self._use() as db:
            return nodes_as_of(query.nodes(db, tenant, video_ids), self.until)

    # --- search ---

    def search_text(self, text: str, scope: Scope, limit: int) -> list[Hit]:
        scope = scope_as_of(scope, self.until)
        with self._use() as db:
            found = searches.search_text(db, text, scope, limit)
            return hits_as_of(searches.with_repeats(db, found, scope), scope.until)

    def search_vector(self, vector: Vector, scope: Scope, limit: int) -> list[Hit]:
        return self._nearest(Role.TEXTS, "text_vector", "vector", vector, scope, limit)

    def search_image(self, vector: Vector, scope: Scope, limit: int) -> list[Hit]:
        return self._nearest(Role.FRAMES, "image_vector", "image", vector, scope, limit)

    def search_aligned(self, vector: Vector, scope: Scope, limit: int) -> list[Hit]:
        return self._nearest(Role.FRAMES, "text_aligned_vector", "aligned", vector, scope, limit)

    def _nearest(
        self, role: Role, column: str, part: str, vector: Vector, scope: Scope, limit: int
    ) -> list[Hit]:
        scope = scope_as_of(scope, self.until)
        with self._use() as db:
            found = searches.search_vector(db, role, column, part, vector, scope, limit)
            found = searches.with_repeats(db, found, scope)
        return hits_as_of(found, scope.until)

    # --- runs ---

    def put_run(self, run: Run) -> None:
        with self._use() as db:
            write.put(db, Role.RUNS, [rows.run_row(run)])

    def runs(self, tenant: str) -> list[Run]:
        with self._use() as db:
            return query.runs(db, tenant)

    def run(self, tenant: str, run_id: str) -> Run:
        found = [run for run in self.runs(tenant) if run.run_id == run_id]
        if not found:
            raise UnknownMemory(f"there is no run {run_id!r}", "it may have been forgotten")
        return found[0]

    # --- what was made ---

    def put_artefacts(self, made: Sequence[Artefact]) -> None:
        with self._use() as db:
            write.put(db, Role.ARTEFACTS, [rows.artefact_row(one) for one in made])

    def artefacts(self, tenant: str, *, key: str = "", asset_id: str = "") -> list[Artefact]:
        wanted = {name: v for name, v in (("key", key), ("asset_id", asset_id)) if v}
        with self._use() as db:
            return query.artefacts(db, tenant, **wanted)

    def put_action(self, action: Action) -> None:
        with self._use() as db:
            write.put(db, Role.ACTIONS, [rows.action_row(action)])

    def actions(self, tenant: str) -> list[Action]:
        with self._use() as db:
            return query.actions(db, tenant)

    @property
    def notebook(self) -> LanceNotebook:
        return LanceNotebook(self.db, self.until)

    # --- moving ---

    def export_cube(self, tenant: str, folder: Path) -> dict[str, Any]:
        with self._use() as db:
            return cube.export(db, tenant, folder, self.thumbnails)

    def fuse_cube(self, tenant: str, folder: Path) -> Fused:
        with self._use() as db:
            return cube.fuse(db, tenant, folder, self.thumbnails)

    # --- upkeep ---

    def forget(self, tenant: str, video_id: str) -> dict[str, int]:
        with self._use() as db:
            return upkeep.forget(db, tenant, video_id, self.thumbnails, self.workshop)

    def erase(self, tenant: str) -> dict[str, int]:
        with self._use() as db:
            return upkeep.erase(db, tenant, self.thumbnails, self.workshop)

    def drop_superseded(self, tenant: str, video_id: str, keep: Collection[str] = ()) -> int:
        with self._use() as db:
            return upkeep.drop_superseded(db, tenant, video_id, keep, self.thumbnails)

    def optimise(self) -> None:
        with self._use() as db:
            upkeep.optimise(db)

    def optimise_when_due(self) -> None:
        with self._use() as db:
            upkeep.optimise_when_due(db)

    def sweep(self) -> None:
        """Delete files that no table names; not part of the port, as it wants the store alone."""
        with self._use() as db:
            upkeep.sweep(db)

    def stats(self) -> dict[str, Any]:
        with self._use() as db:
            return upkeep.stats(db)

    def inspect(self, *, deep: bool = False) -> Inspection:
        with self._use() as db:
            return inspect.inspect(db, self.thumbnails, deep=deep)

    @property
    def size_bytes(self) -> int:
        with self._use() as db:
            return upkeep.size_bytes(db)

    @contextmanager
    def _use(self) -> Generator[Database]:
        with storage_errors(self.db.uri):
            yield self.db
