"""Indexes beside the full text: for filters, and for the nearest vectors of large scopes.

Built where a table is large enough to gain by them, in passing, at the end of an ingest; searches
are right without them, and find rows that no index has yet. What each gains and loses is measured
by `tests/benchmarks/scale`.
"""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# lancedb's types lean on pyarrow, which ships none.

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lancedb.expr import Expr
from lancedb.index import Bitmap, BTree, IvfRq
from lancedb.table import Table

from memory.lance.connection import TEXT_INDEX, Database, retrying
from memory.lance.schema import Role

FILTERED_FROM = 10_000
"""Rows of a table from which its filters have indexes; fewer are read in milliseconds."""

EXACT = 50_000
"""Most rows of a scope whose vectors are compared one by one."""

PROBES, COMPARED = 20, 400
"""Partitions that are looked into, and at least how many rows of them are compared exactly."""

FILTERS: Mapping[str, type[Bitmap] | type[BTree]] = {
    "tenant": Bitmap,
    "perception_key": Bitmap,
    "superseded_by": Bitmap,
    "video_id": BTree,
    "start_us": BTree,
    "memory_id": BTree,
}
"""Columns that reads filter by: few different values, and many."""

KEPT = 256
"""Scopes of which is kept whether they are small."""

VECTORS: Mapping[Role, Sequence[str]] = {
    Role.TEXTS: ("text_vector",),
    Role.FRAMES: ("image_vector", "text_aligned_vector"),
}


@dataclass(frozen=True, slots=True)
class Scoped:
    """What a search by vector looks through: the tenant's rows, of these those of a filter."""

    tenant: Expr
    where: Expr
    limit: int
    """How many of them are wanted."""


def build(table: Table, role: Role) -> None:
    """Build the indexes that a table of memory rows is large enough for and has not got."""
    if role not in VECTORS:
        return
    rows, known = table.count_rows(), _columns(table)
    if rows >= FILTERED_FROM:
        for column, kind in FILTERS.items():
            if column not in known:
                retrying(lambda c=column, k=kind: table.create_index(c, config=k()))
    if rows > EXACT:
        for column in VECTORS[role]:
            if column not in known:
                retrying(lambda c=column: table.create_index(c, config=IvfRq("cosine")))


def drop(table: Table) -> None:
    """Drop all but the full text, so that nothing of deleted rows stays in them."""
    for index in table.list_indices():
        if index.name != TEXT_INDEX:
            table.drop_index(index.name)


def nearest(search: Any, db: Database, table: Table, column: str, scope: Scoped) -> Any:  # noqa: ANN401
    """A search by vector made exact, or let through the index where its scope is large.

    Rows are only counted where there is an index to choose: those of the tenant by another index,
    in under a millisecond, and only of a large one those of the scope, once per version.
    """
    if column not in _columns(table) or _is_small(db, table, scope):
        return search.bypass_vector_index()
    factor = max(2, -(-COMPARED // scope.limit))
    return search.nprobes(PROBES).refine_factor(factor)


def _is_small(db: Database, table: Table, scope: Scoped) -> bool:
    key = (table.name, table.version, scope.tenant.to_sql(), scope.where.to_sql())
    if key not in db.small:
        if len(db.small) >= KEPT:
            db.small.clear()
        of_tenant = table.count_rows(scope.tenant.to_sql())
        db.small[key] = of_tenant <= EXACT or _at_most(table, scope.where, EXACT)
    return db.small[key]


def _at_most(table: Table, where: Expr, most: int) -> bool:
    counted = table.search().where(where).select(["tenant"]).limit(most + 1).to_arrow()
    return counted.num_rows <= most


def lag(table: Table) -> int:
    """Rows that some index of the table has not got yet; they are found, but read one by one."""
    stats = [table.index_stats(index.name) for index in table.list_indices()]
    return max((one.num_unindexed_rows for one in stats if one is not None), default=0)


def _columns(table: Table) -> set[str]:
    return {column for index in table.list_indices() for column in index.columns}
