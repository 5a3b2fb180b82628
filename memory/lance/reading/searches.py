"""Searches by words and by vectors; their filters come before ranking."""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# lancedb's types lean on pyarrow, which ships none.

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any

import numpy as np
from lancedb.expr import col, lit
from lancedb.query import MatchQuery

from memory.lance import indexes
from memory.lance.connection import Database
from memory.lance.reading.filters import equal
from memory.lance.reading.tables import (
    memories_of,
    memories_where,
    plain_columns,
    roles_of,
    select,
)
from memory.lance.reading.visible import in_force, is_narrow, visible
from memory.lance.schema import MEMORY_ROLES, Role
from memory.records import Hit, Memory, Scope, Vector


def search_text(db: Database, text: str, scope: Scope, limit: int) -> list[Hit]:
    """Rows that share words with `text`, by BM25."""
    table = db.reading(Role.TEXTS)
    if table is None or not text.strip() or Role.TEXTS not in roles_of(scope):
        return []
    words = MatchQuery(text, "text")  # pyright: ignore[reportCallIssue]  # its defaults are untyped
    search = table.search(words).where(visible(db, scope) & in_force(db, scope))
    columns = [*plain_columns(db, Role.TEXTS), "_score"]
    found = search.select(columns).limit(limit).to_arrow()
    return _hits(memories_of(db, table, found), "text", found.column("_score").to_pylist())


def search_vector(
    db: Database, role: Role, column: str, part: str, vector: Vector, scope: Scope, limit: int
) -> list[Hit]:
    """Rows whose vector in `column` is nearest to `vector`; the score is the cosine similarity."""
    table = db.reading(role)
    if table is None or role not in roles_of(scope):
        return []
    query = np.asarray(vector, dtype=np.float32).reshape(-1)
    where = visible(db, scope) & in_force(db, scope)
    search: Any = table.search(query, vector_column_name=column)
    search = search.distance_type("cosine").where(where, prefilter=True)
    scoped = indexes.Scoped(equal(tenant=scope.tenant), where, limit)
    search = indexes.nearest(search, db, table, column, scoped)
    found = search.select([*plain_columns(db, role), "_distance"]).limit(limit).to_arrow()
    near = [1.0 - distance for distance in found.column("_distance").to_pylist()]
    return _hits(memories_of(db, table, found), part, near)


def with_repeats(db: Database, hits: list[Hit], scope: Scope) -> list[Hit]:
    """The hits, each followed by the rows of the scope that it stands for, with its score."""
    if not db.consolidated or not hits or is_narrow(scope):
        return hits
    behind = _repeats(db, scope.tenant)
    wanted = [key for hit in hits for key in behind.get(hit.memory.memory_id, ())]
    if not wanted:
        return hits
    where = visible(db, scope) & col("memory_id").isin(wanted)
    found = {row.memory_id: row for row in memories_where(db, where, roles_of(scope))}
    told: list[Hit] = []
    for hit in hits:
        told.append(hit)
        ids = [key for key in behind.get(hit.memory.memory_id, ()) if key in found]
        told += [replace(hit, memory=found[key]) for key in ids]
    return told


def _repeats(db: Database, tenant: str) -> dict[str, list[str]]:
    """The rows behind each row that stands for others; read again only when a table changed."""
    tables = [(role, table) for role in MEMORY_ROLES if (table := db.reading(role)) is not None]
    versions = tuple((table.name, table.version) for _, table in tables)
    known = db.repeats.get(tenant)
    if known is None or known[0] != versions:
        where = equal(tenant=tenant) & (col("superseded_by") != lit(""))
        behind: defaultdict[str, list[str]] = defaultdict(list)
        for role, _ in tables:
            for row in select(db, role, where, ["memory_id", "superseded_by"]):
                behind[row["superseded_by"]].append(row["memory_id"])
        sorted_ids = {key: sorted(ids) for key, ids in behind.items()}
        known = db.repeats[tenant] = versions, sorted_ids
    return known[1]


def _hits(found: list[Memory], part: str, scores: list[float]) -> list[Hit]:
    hits = [Hit(row, score, {part: score}) for row, score in zip(found, scores, strict=True)]
    return sorted(hits, key=lambda hit: (-hit.score, hit.memory.memory_id))
