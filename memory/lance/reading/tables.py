"""Rows of tables, by a filter, as they are and as records."""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# lancedb's types lean on pyarrow, which ships none.

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
from lancedb.expr import Expr
from lancedb.table import Table

from memory.lance import rows
from memory.lance.connection import Database
from memory.lance.kept import Memories
from memory.lance.schema import MEMORY_ROLES, Role, table_schema
from memory.records import Memory, Scope


def select(
    db: Database, role: Role, where: Expr, columns: list[str] | None = None
) -> list[rows.Row]:
    """Rows of one table that pass a filter; all columns where none are named."""
    table = db.reading(role)
    if table is None:
        return []
    search = table.search().where(where)
    return (search if columns is None else search.select(columns)).to_list()


def memories_where(
    db: Database, where: Expr, roles: Sequence[Role] = MEMORY_ROLES, with_vectors: bool = False
) -> list[Memory]:
    """All memory rows that pass a filter."""
    found: list[Memory] = []
    for role in roles:
        if with_vectors:
            found += [rows.to_memory(row) for row in select(db, role, where)]
        elif (table := db.reading(role)) is not None:
            search = table.search().where(where).select(plain_columns(db, role))
            found += memories_of(db, table, search.to_arrow())
    return found


def memories_of(db: Database, table: Table, found: pa.Table) -> list[Memory]:  # pyright: ignore[reportUnknownParameterType]
    """The memories of rows that were read of a table of memory rows."""
    return db.memories.setdefault(table.name, Memories()).of(table.version, found)


def plain_columns(db: Database, role: Role) -> list[str]:
    """The columns of a table less its vectors."""
    names: list[str] = table_schema(role, db.text).names
    return [name for name in names if name not in rows.VECTORS[role]]


def roles_of(scope: Scope) -> tuple[Role, ...]:
    """The tables that can hold rows of the scope's kinds."""
    if not scope.kinds:
        return MEMORY_ROLES
    asked = {Role.FRAMES if kind.is_picture else Role.TEXTS for kind in scope.kinds}
    return tuple(role for role in MEMORY_ROLES if role in asked)
