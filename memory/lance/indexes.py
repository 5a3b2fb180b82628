"""Indexes beside the full text: for filters, and for the nearest vectors of large scopes.

Built where a table is large enough to gain by them, in passing, at the end of an ingest; searches
are right without them, and find rows that no index has yet. What each gains and loses is measured
by `tests/benchmarks/scale`.
"""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# lancedb's types lean on pyarrow, which ships none.

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lancedb.expr import Expr
from lancedb.index import Bitmap, BTree, IvfRq
from lancedb.table import Table

from memory.lance.connection import TEXT_INDEX, retrying
from memory.lance.schema import Role

FILTERED_FROM = 10_000
"""Rows of a table from which its filters have indexes; fewer are read in milliseconds."""

EXACT = 50_000
"""Most rows of a scope whose vectors are compared one by one."""

PROBES, REFINE = 20, 10
"""Partitions that are looked into, and how many times as many rows are compared exactly."""

FILTERS: Mapping[str, type[Bitmap] | type[BTree]] = {
    "tenant": Bitmap,
    "perception_key": Bitmap,
    "video_id": BTree,
    "start_us": BTree,
    "memory_id": BTree,
}
"""Columns that reads filter by: few different values, and many."""

VECTORS: Mapping[Role, Sequence[str]] = {
    Role.TEXTS: ("text_vector",),
    Role.FRAMES: ("image_vector", "text_aligned_vector"),
}


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


def nearest(search: Any, table: Table, column: str, where: Expr) -> Any:  # noqa: ANN401
    """A search by vector made exact, or let through the index where its scope is large.

    The rows of a scope are only counted where there is an index to choose.
    """
    if column not in _columns(table):
        return search
    counted = table.search().where(where).select(["tenant"]).limit(EXACT + 1).to_arrow()
    if counted.num_rows <= EXACT:
        return search.bypass_vector_index()
    return search.nprobes(PROBES).refine_factor(REFINE)


def lag(table: Table) -> int:
    """Rows that some index of the table has not got yet; they are found, but read one by one."""
    stats = [table.index_stats(index.name) for index in table.list_indices()]
    return max((one.num_unindexed_rows for one in stats if one is not None), default=0)


def _columns(table: Table) -> set[str]:
    return {column for index in table.list_indices() for column in index.columns}
