"""Assertions, mentions, profiles and the audit log in LanceDB: a table each, a column per field."""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# lancedb's types lean on pyarrow, which ships none.

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from lancedb.expr import Expr, col, lit

from memory.lance import rows, write
from memory.lance.connection import Database, storage_errors
from memory.lance.reading import filters, tables
from memory.lance.schema import ROLE_OF, Role
from memory.organise.notebook import R
from memory.organise.records import Record


@dataclass(frozen=True)
class LanceNotebook:
    """What `memory.organise.notebook.Notebook` describes, on the tables of one store."""

    db: Database
    until: int | None = None

    def find(self, kind: type[R], tenant: str, **equal: str) -> list[R]:
        """All records of a kind whose fields have these values."""
        return self._where(kind, filters.equal(tenant=tenant, **equal))

    def begins(self, kind: type[R], tenant: str, field: str, beginning: str) -> list[R]:
        """All records of a kind in which a field begins with some text."""
        return self._where(
            kind, filters.equal(tenant=tenant) & filters.starts_with(field, beginning)
        )

    def put(self, records: Sequence[Record]) -> None:
        """Insert or update records by id."""
        by_role: dict[Role, list[rows.Row]] = {}
        for record in records:
            by_role.setdefault(ROLE_OF[type(record)], []).append(_row(record))
        with storage_errors(self.db.uri):
            for role, data in by_role.items():
                write.put(self.db, role, data)

    def replace(self, kind: type[R], tenant: str, video_id: str, records: Sequence[R]) -> None:
        """Make `records` the only ones of a kind about a video, in one commit."""
        if any((one.tenant, one.video_id) != (tenant, video_id) for one in records):
            raise ValueError(f"records of another video were handed in for {video_id}")
        wanted = sorted(records, key=lambda one: getattr(one, kind.KEY))
        if self.find(kind, tenant, video_id=video_id) == wanted:
            return
        role, stale = ROLE_OF[kind], filters.equal(tenant=tenant, video_id=video_id)
        with storage_errors(self.db.uri):
            write.merge(self.db.writing(role), role, map(_row, records), stale)

    def delete(self, kind: type[R], tenant: str, ids: Sequence[str]) -> None:
        """Delete records by id."""
        with storage_errors(self.db.uri):
            table = self.db.reading(ROLE_OF[kind])
            if table is not None and ids:
                table.delete(filters.equal(tenant=tenant) & col(kind.KEY).isin(list(ids)))

    def _where(self, kind: type[R], where: Expr) -> list[R]:
        names = {field.name for field in fields(kind)}
        if self.until is not None and "known_at" in names:
            where = where & (col("known_at") <= lit(self.until))
        with storage_errors(self.db.uri):
            found = [_record(kind, row) for row in tables.select(self.db, ROLE_OF[kind], where)]
        return sorted(found, key=lambda one: getattr(one, kind.KEY))


def _row(record: Record) -> rows.Row:
    return {name: _listed(value) for name, value in asdict(record).items()}


def _record(kind: type[R], row: rows.Row) -> R:
    values: dict[str, Any] = {field.name: _told(row[field.name]) for field in fields(kind)}
    return kind(**values)


def _listed(value: Any) -> Any:  # noqa: ANN401
    return list(value) if isinstance(value, tuple) else value


def _told(value: Any) -> Any:  # noqa: ANN401
    return tuple(value) if isinstance(value, list) else value
