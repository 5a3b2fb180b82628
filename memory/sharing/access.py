"""Walls between workspaces, and the doors that grants open in them.

A workspace reads its own memory and what it was granted, and writes its own alone. Every read of
the program goes through `SharedStore`, which asks for the grants anew each time: what is revoked is
gone with the next read. What comes through a door bears the reader's name, so that whatever is done
with it next goes through the same door again, and nobody can change or forget what is another's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from memory.artefacts import Action, Artefact
from memory.cubes import Fused
from memory.details import KeyParameters
from memory.errors import (
    AmbiguousMemory,
    AmbiguousVideo,
    MemoryLayerError,
    Refused,
    UnknownMemory,
    UnknownVideo,
)
from memory.organise.lifecycle import entry_of, history
from memory.organise.records import Grant, now
from memory.records import Hit, Memory, Node, Run, Scope, Vector, Video, Window, content_id
from memory.sharing.doors import SharedNotebook, id_of, lets, through
from memory.store import Inspection, Store
from memory.traits import Kind

T = TypeVar("T")


def grant(
    store: Store, owner: str, reader: str, video_id: str = "", kinds: Sequence[Kind] = ()
) -> Grant:
    """Let another workspace read a video, or all; rows of some kinds, or of all.

    Raises:
        UnknownVideo: when the owner has no such video.
        Refused: when a workspace is granted its own memory.
    """
    if owner == reader:
        raise Refused(f"{owner!r} reads its own memory", "name another workspace")
    if video_id and video_id not in _own_ids(store, owner):
        raise UnknownVideo(f"{owner!r} has no video {video_id!r}", "grant what is its own")
    names = tuple(sorted(map(str, kinds)))
    key = content_id("g", owner, reader, video_id, names)
    made = Grant(key, reader, video_id, owner, names, now())
    store.notebook.put([entry_of(owner, video_id, "grant", {key: ""}, {key: reader}), made])
    return made


def revoke(store: Store, owner: str, reader: str, video_id: str = "") -> int:
    """Take grants back, those of a video or all; what the reader saw for itself goes with them.

    Returns:
        How many grants there were.
    """
    found = [
        one
        for one in store.notebook.find(Grant, reader, owner=owner)
        if not video_id or one.video_id == video_id
    ]
    if not found:
        return 0
    keys = [one.grant_id for one in found]
    store.notebook.delete(Grant, reader, keys)
    entry = entry_of(
        owner, video_id, "revoke", dict.fromkeys(keys, reader), dict.fromkeys(keys, "")
    )
    store.notebook.put([entry])
    left = _granted_ids(store, reader)
    for gone in sorted({key for one in found for key in _ids_of(store, one)} - left):
        _forget_copies(store, reader, gone)
    return len(found)


def given(store: Store, owner: str) -> list[tuple[str, str]]:
    """The readers of a workspace with the ids of their grants, as its log tells."""
    held: dict[str, str] = {}
    for entry in reversed(history(store, owner)):
        if entry.verb == "grant":
            held |= dict(zip(entry.targets, entry.after, strict=True))
        elif entry.verb == "revoke":
            held = {key: who for key, who in held.items() if key not in entry.targets}
    return sorted((reader, key) for key, reader in held.items())


def own_videos(store: Store, tenant: str) -> list[Video]:
    """The videos of a workspace itself, without those that it was granted."""
    return _inner(store).videos(tenant)


def _own_ids(store: Store, tenant: str) -> set[str]:
    return {video.video_id for video in own_videos(store, tenant)}


def _inner(store: Store) -> Store:
    return store.inner if isinstance(store, SharedStore) else store


def _ids_of(store: Store, one: Grant) -> set[str]:
    return {one.video_id} if one.video_id else _own_ids(store, one.owner)


def _granted_ids(store: Store, reader: str) -> set[str]:
    return {key for one in store.notebook.find(Grant, reader) for key in _ids_of(store, one)}


def _forget_copies(store: Store, reader: str, video_id: str) -> None:
    """Looks and traces that a reader made of a video that is not its own."""
    if video_id not in _own_ids(store, reader):
        _inner(store).forget(reader, video_id)


@dataclass(frozen=True)
class SharedStore:
    """What `memory.store.Store` describes, with what a workspace was granted in every read."""

    inner: Store

    @property
    def thumbnails(self) -> Path | None:
        return self.inner.thumbnails

    @property
    def workshop(self) -> Path | None:
        return self.inner.workshop

    @property
    def until(self) -> int | None:
        return self.inner.until

    @property
    def notebook(self) -> SharedNotebook:
        return SharedNotebook(self.inner.notebook)

    def as_of(self, until: int | None) -> SharedStore:
        return SharedStore(self.inner.as_of(until))

    # --- reads: own, then through each grant ---

    def video(self, tenant: str, video_id: str) -> Video:
        return self._one(tenant, lambda who: self.inner.video(who, video_id), UnknownVideo)

    def videos(self, tenant: str, video_ids: Collection[str] = ()) -> list[Video]:
        found = self.inner.videos(tenant, video_ids)
        known = {video.video_id for video in found}
        for one in self._grants(tenant):
            for video in self.inner.videos(one.owner, video_ids):
                if one.video_id in ("", video.video_id) and video.video_id not in known:
                    known.add(video.video_id)
                    found.append(replace(video, tenant=tenant))
        return [video for video in found if not video_ids or video.video_id in video_ids]

    def find_video(self, tenant: str, reference: str) -> Video:
        return self._one(tenant, lambda who: self.inner.find_video(who, reference), UnknownVideo)

    def memory(self, tenant: str, reference: str) -> Memory:
        return self._one(tenant, lambda who: self.inner.memory(who, reference), UnknownMemory)

    def memories(
        self,
        scope: Scope,
        *,
        perception_key: str | None = None,
        with_vectors: bool = False,
        limit: int | None = None,
    ) -> list[Memory]:
        def read(own: Scope) -> list[Memory]:
            return self.inner.memories(
                own, perception_key=perception_key, with_vectors=with_vectors, limit=limit
            )

        scopes = self._scopes(scope)
        found = read(scope)
        if not scopes:
            return found
        found += [
            replace(r, tenant=scope.tenant) for own in scopes for r in read(own) if not r.is_look
        ]
        ranked = sorted({row.memory_id: row for row in found}.values(), key=_order)
        return ranked[:limit]

    def with_vectors(self, tenant: str, ids: Sequence[str]) -> list[Memory]:
        found = {row.memory_id: row for row in self.inner.with_vectors(tenant, ids)}
        for one in self._grants(tenant):
            for row in self.inner.with_vectors(one.owner, ids):
                if lets(one, row):
                    found.setdefault(row.memory_id, replace(row, tenant=tenant))
        return list(found.values())

    def looks(self, tenant: str, video_id: str) -> list[Memory]:
        return [row for row in self.memories(Scope(tenant, (video_id,))) if row.is_look]

    def nodes(self, tenant: str, video_id: str) -> list[Node]:
        return self.nodes_of(tenant, (video_id,))

    def nodes_of(self, tenant: str, video_ids: Sequence[str]) -> list[Node]:
        found = self.inner.nodes_of(tenant, video_ids)
        for one in self._grants(tenant):
            missing = set(video_ids) - {node.video_id for node in found}
            wanted = [key for key in video_ids if key in missing and one.video_id in ("", key)]
            others = self.inner.nodes_of(one.owner, wanted) if wanted else []
            found += [replace(node, tenant=tenant) for node in others]
        place = {key: number for number, key in enumerate(video_ids)}
        return sorted(found, key=lambda node: place[node.video_id])

    def search_text(self, text: str, scope: Scope, limit: int) -> list[Hit]:
        return self._hits(lambda own: self.inner.search_text(text, own, limit), scope)

    def search_vector(self, vector: Vector, scope: Scope, limit: int) -> list[Hit]:
        return self._hits(lambda own: self.inner.search_vector(vector, own, limit), scope)

    def search_image(self, vector: Vector, scope: Scope, limit: int) -> list[Hit]:
        return self._hits(lambda own: self.inner.search_image(vector, own, limit), scope)

    def search_aligned(self, vector: Vector, scope: Scope, limit: int) -> list[Hit]:
        return self._hits(lambda own: self.inner.search_aligned(vector, own, limit), scope)

    # --- what stays within the walls ---

    def windows(self, tenant: str, video_id: str, perception_key: str) -> list[Window]:
        return self.inner.windows(tenant, video_id, perception_key)

    def runs(self, tenant: str) -> list[Run]:
        return self.inner.runs(tenant)

    def run(self, tenant: str, run_id: str) -> Run:
        return self.inner.run(tenant, run_id)

    def put_video(self, video: Video) -> None:
        self.inner.put_video(video)

    def activate(
        self,
        tenant: str,
        video_id: str,
        perception_key: str,
        parameters: KeyParameters,
        duration: int,
    ) -> None:
        self.inner.activate(tenant, video_id, perception_key, parameters, duration)

    def date_video(self, tenant: str, video_id: str, recorded_at: str) -> None:
        self.inner.date_video(tenant, video_id, recorded_at)

    def put_windows(self, windows: Sequence[Window]) -> None:
        self.inner.put_windows(windows)

    def mark_window(self, window: Window) -> None:
        self.inner.mark_window(window)

    def replace_window(self, window: Window, memories: Sequence[Memory]) -> None:
        self.inner.replace_window(window, memories)

    def replace_derived(
        self, tenant: str, video_id: str, perception_key: str, memories: Sequence[Memory]
    ) -> None:
        self.inner.replace_derived(tenant, video_id, perception_key, memories)

    def put_memories(self, memories: Sequence[Memory]) -> None:
        self.inner.put_memories(memories)

    def exchange_memories(
        self, tenant: str, ids: Sequence[str], memories: Sequence[Memory]
    ) -> None:
        self.inner.exchange_memories(tenant, ids, memories)

    def delete_memories(self, tenant: str, ids: Sequence[str]) -> None:
        self.inner.delete_memories(tenant, ids)

    def supersede(self, tenant: str, by: Mapping[str, str]) -> None:
        self.inner.supersede(tenant, by)

    def pin(self, tenant: str, ids: Sequence[str], pinned: bool) -> None:
        self.inner.pin(tenant, ids, pinned)

    def replace_nodes(
        self, tenant: str, video_id: str, perception_key: str, nodes: Sequence[Node]
    ) -> None:
        self.inner.replace_nodes(tenant, video_id, perception_key, nodes)

    def put_run(self, run: Run) -> None:
        self.inner.put_run(run)

    def put_artefacts(self, made: Sequence[Artefact]) -> None:
        self.inner.put_artefacts(made)

    def artefacts(self, tenant: str, *, key: str = "", asset_id: str = "") -> list[Artefact]:
        return self.inner.artefacts(tenant, key=key, asset_id=asset_id)

    def put_action(self, action: Action) -> None:
        self.inner.put_action(action)

    def actions(self, tenant: str) -> list[Action]:
        return self.inner.actions(tenant)

    def export_cube(self, tenant: str, folder: Path) -> dict[str, Any]:
        return self.inner.export_cube(tenant, folder)

    def fuse_cube(self, tenant: str, folder: Path) -> Fused:
        return self.inner.fuse_cube(tenant, folder)

    def forget(self, tenant: str, video_id: str) -> dict[str, int]:
        if video_id in _own_ids(self, tenant):
            for reader, _ in given(self, tenant):
                grants = self.inner.notebook.find(Grant, reader, owner=tenant, video_id=video_id)
                self.inner.notebook.delete(Grant, reader, [one.grant_id for one in grants])
                _forget_copies(self, reader, video_id)
        return self.inner.forget(tenant, video_id)

    def erase(self, tenant: str) -> dict[str, int]:
        counts: Counter[str] = Counter()
        for video_id in sorted(_own_ids(self, tenant)):
            counts += Counter(self.forget(tenant, video_id))  # readers' copies go too
        return dict(counts + Counter(self.inner.erase(tenant)))

    def drop_superseded(self, tenant: str, video_id: str, keep: Collection[str] = ()) -> int:
        return self.inner.drop_superseded(tenant, video_id, keep)

    def optimise(self) -> None:
        self.inner.optimise()

    def optimise_when_due(self) -> None:
        self.inner.optimise_when_due()

    def stats(self) -> dict[str, Any]:
        return self.inner.stats()

    def inspect(self, *, deep: bool = False) -> Inspection:
        return self.inner.inspect(deep=deep)

    @property
    def size_bytes(self) -> int:
        return self.inner.size_bytes

    # --- the one filter ---

    def _grants(self, tenant: str) -> list[Grant]:
        return self.inner.notebook.find(Grant, tenant)

    def _scopes(self, scope: Scope) -> list[Scope]:
        """What a scope means behind each door: the owner's rows that the grant lets through."""
        found: list[Scope] = []
        for one in self._grants(scope.tenant):
            videos, kinds = scope.video_ids, scope.kinds
            if one.video_id:
                videos = (one.video_id,) if not videos or one.video_id in videos else None
            if one.kinds:
                granted = tuple(Kind(kind) for kind in one.kinds)
                kinds = tuple(kind for kind in granted if not kinds or kind in kinds)
            if videos is not None and (kinds or not one.kinds):
                found.append(replace(scope, tenant=one.owner, video_ids=videos, kinds=kinds))
        return found

    def _hits(self, search: Callable[[Scope], list[Hit]], scope: Scope) -> list[Hit]:
        scopes = self._scopes(scope)
        found = search(scope)
        if not scopes:
            return found
        for own in scopes:
            found += [
                replace(hit, memory=replace(hit.memory, tenant=scope.tenant))
                for hit in search(own)
                if not hit.memory.is_look
            ]
        best = {hit.memory.memory_id: hit for hit in found}
        return sorted(best.values(), key=lambda hit: (-hit.score, hit.memory.memory_id))

    def _one(self, tenant: str, read: Callable[[str], T], missing: type[MemoryLayerError]) -> T:
        """The one thing of a workspace, else the one that a grant lets through."""
        try:
            return read(tenant)
        except missing as error:
            if isinstance(error, (AmbiguousVideo, AmbiguousMemory)):
                raise
            found = list(through(self._grants(tenant), read, missing))
            if len({id_of(one) for one in found}) != 1:
                raise
            return replace(found[0], tenant=tenant)  # type: ignore[type-var]


def _order(row: Memory) -> tuple[str, int, int, str, str]:
    return (row.video_id, row.span.start, row.level.rank, row.kind, row.memory_id)
