"""Bringing a store to another schema version or encoder: build new tables, flip, drop the old.

Until the pointer flips, in one commit, the old tables are in force and untouched: a crash before it
costs only the work, and what it left behind is removed by the next run that succeeds. Nothing else
should write to the store meanwhile; when something does, the run stops and says so.
"""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# lancedb's types lean on pyarrow, which ships none.

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import lancedb
import pyarrow as pa
from lancedb.table import Table

from memory.errors import StoreUnavailable, StoreVersionMismatch
from memory.lance import rows, upkeep
from memory.lance.connection import (
    absent,
    connect,
    create_table,
    open_table,
    read_layout,
    storage_errors,
    write_layout,
)
from memory.lance.schema import SCHEMA_VERSION, Layout, Role, table_name
from memory.records import Memory, Vector
from memory.store import EncoderTag

Change = Callable[[list[rows.Row]], list[rows.Row]]
"""Old rows to new ones; a column that is not set becomes null."""

BATCH = 512
"""Rows that are changed at a time."""


@dataclass(frozen=True, slots=True)
class Migration:
    """A step to schema version `to`; tables it does not name are copied as they are."""

    to: int
    description: str
    changes: Mapping[Role, Change] = field(default_factory=dict[Role, Change])


def _in_force(old: list[rows.Row]) -> list[rows.Row]:
    """Rows of which none is superseded or pinned."""
    return [{**row, "superseded_by": "", "pinned": False} for row in old]


def _undated(old: list[rows.Row]) -> list[rows.Row]:
    """Videos of which it is not known when they were recorded; the next consolidation asks."""
    return [{**row, "recorded_at": ""} for row in old]


MIGRATIONS: tuple[Migration, ...] = (
    Migration(1, "keyframes carry a perceptual hash, null where it was not measured"),
    Migration(
        2,
        "rows can be superseded and pinned, videos dated; tables of facts, mentions, profiles and "
        "of what was done",
        {Role.TEXTS: _in_force, Role.FRAMES: _in_force, Role.VIDEOS: _undated},
    ),
)
"""Only ever append to it."""


def migrate(uri: str, migrations: Sequence[Migration] = MIGRATIONS) -> list[str]:
    """Bring a store to this program's schema version.

    Returns:
        What was done, a line per step, and where the backup is (of a store on this machine);
        empty when there was nothing to do.

    Raises:
        StoreVersionMismatch: when the store is newer than this program.
        StoreUnavailable: when it cannot be read or written, or was written to meanwhile.
    """
    with storage_errors(uri):
        layout = None if absent(uri) else read_layout(connect(uri))
        if layout is None or layout.schema == SCHEMA_VERSION:
            return []
        if layout.schema > SCHEMA_VERSION:
            message = f"the store at {uri} has schema version {layout.schema}"
            raise StoreVersionMismatch(message, "it was written by a newer program: update it")
        steps = [step for step in migrations if layout.schema < step.to <= SCHEMA_VERSION]
        changes = {role: _chain([step.changes.get(role) for step in steps]) for role in Role}
        kept = upkeep.back_up(uri, layout.schema)
        _rebuild(uri, layout, replace(layout, schema=SCHEMA_VERSION), changes)
        told = [f"{step.to}: {step.description}" for step in steps]
        return told if kept is None else [*told, f"the tables as they were lie in {kept}"]


def reembed(uri: str, encode_texts: Callable[[Sequence[str]], Vector], tag: EncoderTag) -> int:
    """Give every text a vector of another encoder; `encode_texts` returns shape (n, dimension).

    Returns:
        How many rows have a new vector.
    """

    def change(old: list[rows.Row]) -> list[rows.Row]:
        texts = [row["text"] for row in old if row["text"]]
        vectors = iter(encode_texts(texts)) if texts else iter(())
        return [{**row, "text_vector": next(vectors) if row["text"] else None} for row in old]

    return _reembed(uri, Role.TEXTS, change, lambda layout: replace(layout, text=tag))


def reembed_frames(
    uri: str,
    encode_frames: Callable[[Sequence[Memory]], Sequence[tuple[Vector, Vector] | None]],
    tag: EncoderTag,
) -> int:
    """Give every keyframe the vectors of another image encoder.

    `encode_frames` gets rows (their thumbnails say where the pictures are) and returns pairs of
    image vector and text-aligned vector, None where a picture is gone.

    Returns:
        How many rows were given to it.
    """

    def change(old: list[rows.Row]) -> list[rows.Row]:
        pairs = encode_frames([rows.to_memory(row) for row in old])
        columns = rows.VECTORS[Role.FRAMES]
        return [
            {**row, **dict(zip(columns, pair or (None, None), strict=True))}
            for row, pair in zip(old, pairs, strict=True)
        ]

    return _reembed(uri, Role.FRAMES, change, lambda layout: replace(layout, image=tag))


def _reembed(uri: str, role: Role, change: Change, tagged: Callable[[Layout], Layout]) -> int:
    with storage_errors(uri):
        layout = None if absent(uri) else read_layout(connect(uri))
        if layout is None:
            return 0
        if layout.schema != SCHEMA_VERSION:
            message = f"the store at {uri} has schema version {layout.schema}"
            raise StoreVersionMismatch(message, "run `backtrail migrate` first")
        return _rebuild(uri, layout, tagged(layout), {role: change})


def _rebuild(uri: str, old: Layout, new: Layout, changes: Mapping[Role, Change]) -> int:
    """Build the tables that `changes` names, flip to `new`, drop what it does not name."""
    db = connect(uri)
    taken = _table_names(db)
    tables = {role: table_name(role, new.text, new.image, taken) for role in changes}
    new = replace(new, tables={**old.tables, **tables})
    sources = {role: _existing(db, old, role) for role in changes}
    versions = {role: table.version for role, table in sources.items() if table is not None}
    count = 0
    for role, source in sources.items():
        if source is not None:
            count += _copy(source, create_table(db, tables[role], role, new.tag(role)), role,
                           changes[role])  # fmt: skip
    for role, version in versions.items():
        now = _existing(db, old, role)
        if now is None or now.version != version:
            message = f"the store at {uri} was written to while its tables were rebuilt"
            raise StoreUnavailable(message, "nothing was changed: run it again when all is quiet")
    write_layout(db, new)
    _drop_others(db, new)
    return count


def _existing(db: lancedb.DBConnection, layout: Layout, role: Role) -> Table | None:
    """The table of a role; None where it was never written to, or is younger than the store."""
    name = layout.tables.get(role)
    return None if name is None else open_table(db, name)


def _copy(source: Table, target: Table, role: Role, change: Change) -> int:
    """Copy all rows, changed; the number of rows."""
    for batch in _batches(source):
        data = pa.Table.from_pylist(change(batch), schema=target.schema)
        target.add(data, on_bad_vectors="null")
    count = target.count_rows()
    if count != source.count_rows():
        raise StoreUnavailable(f"only {count} of {source.count_rows()} rows were copied")
    upkeep.compact(target, role)
    return count


def _batches(table: Table) -> Iterator[list[rows.Row]]:
    for batch in table.search().to_batches(batch_size=BATCH):
        yield batch.to_pylist()


def _chain(changes: Sequence[Change | None]) -> Change:
    def change(old: list[rows.Row]) -> list[rows.Row]:
        for step in changes:
            old = old if step is None else step(old)
        return old

    return change


def _table_names(db: lancedb.DBConnection) -> list[str]:
    names: list[str] = []
    page = db.list_tables()
    names += page.tables
    while page.page_token:
        page = db.list_tables(page_token=page.page_token)
        names += page.tables
    return names


def _drop_others(db: lancedb.DBConnection, layout: Layout) -> None:
    """Drop tables of ours that the pointer does not name, also those a crash left behind."""
    ours = tuple(f"{role}_v" for role in Role)
    for name in _table_names(db):
        if name.startswith(ours) and name not in layout.tables.values():
            db.drop_table(name)
