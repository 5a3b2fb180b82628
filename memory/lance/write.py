"""Writing rows: always by merge on the key, so that a row written twice is there once."""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# lancedb's types lean on pyarrow, which ships none.

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import pyarrow as pa
from lancedb.expr import Expr, col, lit
from lancedb.table import Table

from memory.details import KeyParameters
from memory.errors import UnknownVideo
from memory.lance import query, rows, upkeep
from memory.lance.connection import Database
from memory.lance.reading import filters, tables
from memory.lance.schema import KEYS, MEMORY_ROLES, Role
from memory.records import LOOKS_KEY, Memory, Node, Video

TIDY_EVERY = 64
"""Commits to a table between two compactions while it is being written."""

_log = logging.getLogger(__name__)


def merge(table: Table, role: Role, data: Iterable[rows.Row], stale: Expr | None = None) -> None:
    """Insert or update rows by key in one commit; `stale` rows that are not among them go.

    Conflicts with other writers are retried by lancedb for 30 seconds.
    """
    keys = KEYS[role]
    # A key that occurs twice in one batch is refused by lancedb: the last one counts.
    unique = {tuple(row[key] for key in keys): rows.storable_row(row) for row in data}
    batch = pa.Table.from_pylist(list(unique.values()), schema=table.schema)
    builder = table.merge_insert(list(keys)).when_matched_update_all().when_not_matched_insert_all()
    if stale is not None:
        builder = builder.when_not_matched_by_source_delete(stale)
    # With an index on a single key column, rows inserted concurrently would be overlooked.
    # Rows may lack a vector; what else lancedb would null (NaN) is refused in `rows`.
    result = builder.use_index(False).execute(batch, on_bad_vectors="null")
    if result.version % TIDY_EVERY == 0:
        upkeep.tidy(table, role)


def put(db: Database, role: Role, data: Sequence[rows.Row]) -> None:
    """Insert or update rows of one table."""
    if data:
        merge(db.writing(role), role, data)


def put_memories(db: Database, memories: Sequence[Memory]) -> None:
    """Insert or update memory rows, each in its table."""
    for role, data in _by_role(memories).items():
        put(db, role, data)


def replace_memories(db: Database, memories: Sequence[Memory], stale: Expr) -> None:
    """Make `memories` the only rows that match `stale`: one commit per table."""
    for role, data in _by_role(memories).items():
        table = db.writing(role) if data else db.reading(role)
        if table is not None:
            merge(table, role, data, stale)


def replace_nodes(
    db: Database, tenant: str, video_id: str, perception_key: str, nodes: Sequence[Node]
) -> None:
    """Make `nodes` the only nodes of that video and key."""
    stale = filters.equal(tenant=tenant, video_id=video_id, perception_key=perception_key)
    table = db.writing(Role.NODES) if nodes else db.reading(Role.NODES)
    if table is not None:
        merge(table, Role.NODES, [rows.node_row(node) for node in nodes], stale)


def delete_memories(db: Database, tenant: str, ids: Sequence[str]) -> None:
    """Delete memory rows by id."""
    for role in MEMORY_ROLES:
        table = db.reading(role)
        if table is not None and ids:
            table.delete(of_ids(tenant, ids))


def mark(db: Database, tenant: str, column: str, values: Mapping[str, str | bool]) -> None:
    """Set one column of memory rows by id, in one commit per table; ids that are not there stay so.

    Other columns are left as they are, vectors among them: the merge has three columns only.
    """
    for role in MEMORY_ROLES:
        table = db.reading(role)
        if table is None or not values:
            continue
        here = tables.select(db, role, of_ids(tenant, list(values)), ["memory_id"])
        ids = sorted(row["memory_id"] for row in here)
        if not ids:
            continue
        names = (*KEYS[role], column)
        data = [{"tenant": tenant, "memory_id": key, column: values[key]} for key in ids]
        schema = pa.schema([table.schema.field(name) for name in names])
        builder = table.merge_insert(list(KEYS[role])).when_matched_update_all().use_index(False)
        builder.execute(pa.Table.from_pylist(data, schema=schema))


def date_video(db: Database, tenant: str, video_id: str, recorded_at: str) -> None:
    """Say when a video was recorded, in one commit.

    Raises:
        UnknownVideo: when the tenant has no such video.
    """
    table, where = db.reading(Role.VIDEOS), filters.equal(tenant=tenant, video_id=video_id)
    values = {"recorded_at": recorded_at}
    if table is None or table.update(where=where, values=values).rows_updated == 0:
        raise UnknownVideo(f"there is no video {video_id} to date", "ingest it first")


def put_video(db: Database, video: Video) -> None:
    """Insert a video, or add its paths to the one that is known; see `Store.put_video`.

    A path leads to one video only: any other loses it in the same commit.
    """
    left_behind = _left_behind(db, video)
    known = query.video(db, video.tenant, video.video_id)
    if known is not None:
        paths = tuple(dict.fromkeys((*known.paths, *video.paths)))
        if video.active_key is None:
            video = replace(
                video,
                active_key=known.active_key,
                active_parameters=known.active_parameters,
                duration=video.duration or known.duration,
            )
        recorded_at = video.recorded_at or known.recorded_at
        video = replace(video, paths=paths, created_at=known.created_at, recorded_at=recorded_at)
    put(db, Role.VIDEOS, [rows.video_row(one) for one in (video, *left_behind)])


def _left_behind(db: Database, video: Video) -> list[Video]:
    """Videos whose file another one has replaced, without the paths that are no longer theirs."""
    others = [
        one
        for one in query.videos(db, video.tenant)
        if one.video_id != video.video_id and not set(video.paths).isdisjoint(one.paths)
    ]
    return [one.without(video.paths) for one in others]


def activate(
    db: Database,
    tenant: str,
    video_id: str,
    perception_key: str,
    parameters: KeyParameters,
    duration: int,
) -> None:
    """Make reads see the rows of `perception_key`, in one commit.

    Raises:
        UnknownVideo: when the tenant has no such video.
    """
    values = {
        "active_key": perception_key,
        "active_parameters": rows.as_text(parameters),
        "duration": duration,
    }
    table = db.reading(Role.VIDEOS)
    where = filters.equal(tenant=tenant, video_id=video_id)
    if table is None or table.update(where=where, values=values).rows_updated == 0:
        raise UnknownVideo(f"there is no video {video_id} to activate", "ingest it first")


def of_ids(tenant: str, ids: Sequence[str]) -> Expr:
    """The memory rows of these ids."""
    return filters.equal(tenant=tenant) & col("memory_id").isin(list(ids))


def of_window(tenant: str, window_id: str) -> Expr:
    """The rows of one window."""
    return filters.equal(tenant=tenant, window_id=window_id)


def derived(tenant: str, video_id: str, perception_key: str) -> Expr:
    """The rows of a video and key that belong to no window."""
    of_key = filters.equal(tenant=tenant, video_id=video_id, perception_key=perception_key)
    return of_key & (col("window_id") == lit(""))


def _by_role(memories: Sequence[Memory]) -> dict[Role, list[rows.Row]]:
    data: dict[Role, list[rows.Row]] = {role: [] for role in MEMORY_ROLES}
    for memory in memories:
        if memory.is_look != (memory.perception_key == LOOKS_KEY):
            raise ValueError(f"a row has an instruction if and only if its key is {LOOKS_KEY!r}")
        data[rows.role_of(memory)].append(rows.memory_row(memory))
    return data
