"""Whether a store can be read for real: its rows, the ends of its files, its pictures."""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# lancedb's types lean on pyarrow, which ships none.

from __future__ import annotations

import logging
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lancedb.table import Table

from memory.lance import indexes, query, upkeep
from memory.lance.connection import Database, folder_of
from memory.lance.schema import MEMORY_ROLES, Role
from memory.records import Video
from memory.store import Inspection

READ_WHOLE = 500_000_000
"""Bytes up to which every row is read without being asked to: a few seconds from a disk."""

END = b"LANC"
"""The last bytes of every whole data file of Lance."""

ROWS = 1024
"""Rows that are read at a time."""

_log = logging.getLogger(__name__)


def inspect(db: Database, thumbnails: Path | None, *, deep: bool) -> Inspection:
    """Read a store: with `deep`, or up to `READ_WHOLE` bytes, every row, else the files' ends.

    What cannot be read is told, not raised.
    """
    found = Inspection(whole=deep)
    with _told(found.faults, "its size"):
        found.whole = deep or upkeep.size_bytes(db) <= READ_WHOLE
    for role in Role:
        with _told(found.faults, f"the table of {role}"):
            table = db.reading(role)
            if table is not None:
                _read(table, role, found)
    _ends(db, found)
    for role in MEMORY_ROLES if found.whole else ():
        with _told([], f"pictures of {role}"):  # the table's own fault is told above
            found.pictures += _missing(db, role, thumbnails)
    with _told([], "paths"):
        found.paths = _known_paths(db)
    return found


@contextmanager
def _told(faults: list[str], what: str) -> Generator[None]:
    """Whatever is raised becomes a line."""
    try:
        yield
    except Exception as error:  # damage shows as nearly anything, panics of the library included
        said = str(error).split(", /")[0]
        _log.info("%s cannot be read", what, exc_info=True)
        faults.append(f"{what} cannot be read: {said}")


def _read(table: Table, role: Role, found: Inspection) -> None:
    counted = table.count_rows()
    if found.whole:
        read = sum(batch.num_rows for batch in _batches(table))
        if read != counted:
            found.faults.append(f"the table of {role} has {counted} rows, {read} can be read")
        counted = read
    found.rows += counted
    if role is Role.TEXTS:
        found.indexes += filter(None, [upkeep.index_fault(table)])
    with _told(found.indexes, f"the state of the indexes of {role}"):
        found.index_lag += indexes.lag(table)


def _batches(table: Table) -> Any:  # noqa: ANN401
    return table.search().to_batches(batch_size=ROWS)


def _ends(db: Database, found: Inspection) -> None:
    """Files of data that were cut off: the library looks at their ends only when they are read."""
    folder = folder_of(db.uri)
    for path in sorted(folder.glob("*.lance/data/*.lance")) if folder else ():
        found.files += 1
        with _told(found.faults, str(path)), path.open("rb") as handle:
            size = handle.seek(0, 2)
            handle.seek(max(0, size - len(END)))
            if handle.read() != END:
                found.cut.append(f"{path} ends after {size} bytes, before its end")
    found.faults += found.cut


def _missing(db: Database, role: Role, thumbnails: Path | None) -> int:
    table = db.reading(role)
    if table is None or thumbnails is None:
        return 0
    batches = table.search().select(["thumbnail"]).to_batches(batch_size=ROWS)
    names = {name for batch in batches for name in batch.column("thumbnail").to_pylist() if name}
    return sum(not (thumbnails / name).is_file() for name in names)


def _known_paths(db: Database) -> list[str]:
    table = db.reading(Role.VIDEOS)
    if table is None:
        return []
    tenants = dict.fromkeys(row["tenant"] for row in table.search().select(["tenant"]).to_list())
    known: list[Video] = [video for tenant in tenants for video in query.videos(db, tenant)]
    return [video.paths[0] for video in known if video.paths]
