"""Keeping a store small and clean: compaction, superseded rows, forgetting, numbers."""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# lancedb's types lean on pyarrow, which ships none.

from __future__ import annotations

import logging
import shutil
import warnings
from collections import Counter
from collections.abc import Collection, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

from lancedb.expr import Expr, col, lit
from lancedb.query import MatchQuery
from lancedb.table import Table

from memory.lance import indexes, query
from memory.lance.connection import Database, folder_of, index_text, retrying, text_indexes
from memory.lance.reading import filters, tables
from memory.lance.schema import MEMORY_ROLES, Role
from memory.records import LOOKS_KEY, Memory

KEEP_VERSIONS = timedelta(hours=1)
"""How long old table versions stay, for readers that are in the middle of them."""

KEEP_IN_RUNS = timedelta(seconds=15)
"""The same while many files are ingested: much longer than any one read takes."""

MOST_PIECES = 16
"""Fragments of a table, or files ingested, after which it is compacted in the middle of a run."""

BACKUPS = "backups"
"""Folder in a store where migrations leave the tables as they were."""

_AT_ONCE = timedelta(0)
_PER_VIDEO = (Role.TEXTS, Role.FRAMES, Role.NODES, Role.WINDOWS)

_log = logging.getLogger(__name__)


def tidy(table: Table, role: Role) -> None:
    """Compact a table in passing; a failure is logged, since the rows themselves are written."""
    try:
        compact(table, role)
    except (OSError, RuntimeError) as error:
        _log.warning("could not compact %s while writing: %s", table.name, error)


def compact(table: Table, role: Role, keep: timedelta = KEEP_VERSIONS) -> None:
    """Merge small files, bring indexes up to date, drop versions older than `keep`.

    When that fails on the table of texts, its full-text index is built anew and it is tried once
    more: a broken index would otherwise block compaction for good.
    """
    try:
        retrying(lambda: _optimise(table, keep))
    except (OSError, RuntimeError) as error:
        if role is not Role.TEXTS:
            raise
        _log.warning("compacting %s failed (%s): building its text index anew", table.name, error)
        _renew_text_index(table)
        _optimise(table, keep)


def optimise(db: Database) -> None:
    """Compact all tables, and build the text index if a crash prevented it."""
    for role, table in _tables(db):
        if role is Role.TEXTS:
            index_text(table)
            if fault := index_fault(table):
                _log.warning("%s: %s; building it anew", table.name, fault)
                _renew_text_index(table)
        compact(table, role)
        indexes.build(table, role)


def optimise_when_due(db: Database) -> None:
    """Compact the tables that fell into many pieces: in the middle of a run of many small files.

    After every file it would rewrite the whole table each time, and leave the files of each time
    behind. Versions go sooner than usual here, since a run makes hundreds in minutes; a read that
    takes longer than `KEEP_IN_RUNS` may fail and can be repeated.
    """
    for role, table in _tables(db):
        pieces = _table_stats(table)["fragments"]
        if role is Role.TEXTS:
            index_text(table)
        if pieces >= MOST_PIECES:
            compact(table, role, KEEP_IN_RUNS)
            indexes.build(table, role)


def index_fault(table: Table) -> str:
    """What is wrong with the full-text index of a table; empty when it can be searched."""
    if not text_indexes(table):
        return "the full-text index is not there"
    words = MatchQuery("word", "text")  # pyright: ignore[reportCallIssue]  # untyped defaults
    try:
        table.search(words).limit(1).to_list()
    except (OSError, RuntimeError, ValueError) as error:
        return f"the full-text index cannot be read: {str(error).split(', /')[0]}"
    return ""


def drop_superseded(
    db: Database, tenant: str, video_id: str, keep: Collection[str], thumbnails: Path | None
) -> int:
    """Delete rows, nodes and windows of keys that are neither active nor in `keep`; looks stay.

    Returns:
        How many memory rows went. 0 while the video has no active key.
    """
    video = query.video(db, tenant, video_id)
    if video is None or video.active_key is None:
        return 0
    stale = filters.equal(tenant=tenant, video_id=video_id)
    stale = stale & ~col("perception_key").isin(sorted({video.active_key, LOOKS_KEY, *keep}))
    gone = tables.memories_where(db, stale)
    for _, table in _tables(db, _PER_VIDEO):
        if (
            table.search().where(stale).select(["tenant"]).limit(1).to_list()
        ):  # a deletion of nothing is a commit too
            table.delete(stale)
    if thumbnails is not None:
        _unlink(db, gone, thumbnails)
    return len(gone)


def forget(
    db: Database,
    tenant: str,
    video_id: str,
    thumbnails: Path | None,
    workshop: Path | None = None,
) -> dict[str, int]:
    """Delete everything about a video and rewrite the files it was in.

    Deleting alone only marks rows, and compaction leaves files with few marks as they are, so the
    bytes would stay. Old versions go at once: readers that are in the middle of one fail.

    Returns:
        Counts under `rows`, `vectors`, `looks`, `thumbnails`, `nodes`, `windows`, `runs`,
        `artefacts`, `facts`, `mentions`, `audit`, `watches`, `findings`, `backups` (copies of the
        store from before a migration), `videos`.
    """
    of_video = filters.equal(tenant=tenant, video_id=video_id)
    gone = tables.memories_where(db, of_video, with_vectors=True)
    runs = [run.run_id for run in query.runs(db, tenant) if video_id in run.video_ids]
    counts = {
        "rows": len(gone),
        "vectors": sum(_vectors(row) for row in gone),
        "looks": sum(row.is_look for row in gone),
        "nodes": _erase(db, Role.NODES, of_video),
        "windows": _erase(db, Role.WINDOWS, of_video),
        "runs": _erase(db, Role.RUNS, filters.equal(tenant=tenant) & col("run_id").isin(runs)),
    }
    counts["runs"] += _forget_actions(db, tenant, video_id)
    counts["artefacts"] = _forget_artefacts(db, tenant, video_id, workshop)
    for role in (Role.FACTS, Role.MENTIONS, Role.AUDIT, Role.WATCHES, Role.FINDINGS):
        counts[str(role)] = _erase(db, role, of_video)
    for role in MEMORY_ROLES:
        _erase(db, role, of_video)
    counts["backups"] = drop_backups(db.uri)
    counts["thumbnails"] = 0 if thumbnails is None else _unlink(db, gone, thumbnails)
    videos = _erase(db, Role.VIDEOS, of_video)
    # Who took facts from the video meanwhile either finds it gone, or wrote before: once more.
    for role in (Role.FACTS, Role.MENTIONS, Role.AUDIT):
        counts[str(role)] += _erase(db, role, of_video)
    return counts | {"videos": videos}


def erase(
    db: Database, tenant: str, thumbnails: Path | None, workshop: Path | None
) -> dict[str, int]:
    """Delete everything of a workspace, also what is of no video, and grants of what it had.

    Returns:
        Counts as `forget` gives them, and of other rows under their table.
    """
    counts: Counter[str] = Counter()
    for video in query.videos(db, tenant):
        counts += Counter(forget(db, tenant, video.video_id, thumbnails, workshop))
    counts["artefacts"] += _forget_artefacts(db, tenant, None, workshop)
    for role in Role:
        counts[str(role)] += _erase(db, role, filters.equal(tenant=tenant))
    counts[str(Role.GRANTS)] += _erase(db, Role.GRANTS, col("owner") == lit(tenant))
    return {name: count for name, count in counts.items() if count}


def sweep(db: Database) -> None:
    """Delete what no table names: data that lost a race to commit, old versions.

    Only where no other program works with the store: it cannot be told from data that one is about
    to commit, which is why LanceDB keeps it for seven days otherwise.
    """
    for _, table in _tables(db):
        retrying(lambda table=table: _optimise(table, _AT_ONCE, unverified=True))


def back_up(uri: str, schema: int) -> Path | None:
    """Copy the tables of a store on this machine into its folder `backups`; None elsewhere."""
    folder = folder_of(uri)
    if folder is None:
        return None
    place = folder / BACKUPS / f"schema-{schema}"
    made = place.with_name(place.name + ".part")
    shutil.rmtree(made, ignore_errors=True)
    for table in sorted(folder.glob("*.lance")):
        shutil.copytree(table, made / table.name)
    shutil.rmtree(place, ignore_errors=True)
    made.rename(place)
    return place


def drop_backups(uri: str) -> int:
    """Delete the copies that migrations made; how many there were."""
    folder = folder_of(uri)
    places = list((folder / BACKUPS).iterdir()) if folder and (folder / BACKUPS).is_dir() else []
    for place in places:
        shutil.rmtree(place)
    return len(places)


def stats(db: Database) -> dict[str, Any]:
    """Per table its name, rows, fragments, version and bytes; and `bytes` of the whole store."""
    layout = db.layout()
    tables = {str(role): _table_stats(table) for role, table in _tables(db)}
    encoders = {} if layout is None else {"text": layout.text.name, "image": layout.image.name}
    schema = None if layout is None else layout.schema
    return {"schema": schema, "encoders": encoders, "tables": tables, "bytes": size_bytes(db)}


def size_bytes(db: Database) -> int:
    """Bytes on disk; of a store in an object store, those of the tables' current versions."""
    folder = folder_of(db.uri)
    if folder is not None:
        return sum(path.stat().st_size for path in folder.rglob("*.lance/**/*") if path.is_file())
    return sum(_table_stats(table)["bytes"] for _, table in _tables(db))


def _tables(db: Database, roles: Iterable[Role] = tuple(Role)) -> list[tuple[Role, Table]]:
    pairs = [(role, db.reading(role)) for role in roles]
    return [(role, table) for role, table in pairs if table is not None]


def _optimise(table: Table, keep: timedelta, *, unverified: bool = False) -> None:
    with warnings.catch_warnings():
        # It warns that keep=0 disturbs concurrent readers: documented where we ask for it.
        warnings.filterwarnings("ignore", message="optimize\\(cleanup_older_than=0\\)")
        table.optimize(cleanup_older_than=keep, delete_unverified=unverified)


def _renew_text_index(table: Table) -> None:
    for name in text_indexes(table):
        table.drop_index(name)
    index_text(table)


def _erase(db: Database, role: Role, where: Expr) -> int:
    table = db.reading(role)
    if table is None:
        return 0
    result: Any = table.delete(where)
    deleted = int(result.num_deleted_rows)
    if deleted:
        indexes.drop(table)
        retrying(lambda: table.update(values_sql={"tenant": "tenant"}))
        if role is Role.TEXTS:
            _renew_text_index(table)
    # Also without a deletion: versions of an earlier attempt may still hold the rows.
    retrying(lambda: _optimise(table, _AT_ONCE))
    indexes.build(table, role)
    return deleted


def _forget_actions(db: Database, tenant: str, video_id: str) -> int:
    """Delete the runs of plans that touched a video, with what was learnt from them."""
    ids = [one.run_id for one in query.actions(db, tenant) if video_id in one.video_ids]
    where = filters.equal(tenant=tenant) & col("run_id").isin(ids)
    _erase(db, Role.EXPERIENCE, where)
    return _erase(db, Role.ACTIONS, where)


def _forget_artefacts(db: Database, tenant: str, video_id: str | None, folder: Path | None) -> int:
    """Delete what was made of a video, of any for None: files that no other row names, then rows.

    In this order, so that what a crash leaves is found again.
    """
    made = query.artefacts(db, tenant)
    gone = [one for one in made if video_id is None or video_id in one.video_ids]
    ids = [one.artefact_id for one in gone]
    paths = sorted({one.path for one in gone})
    if paths and folder is not None:
        _unlink_in(folder, set(paths) - query.shared_paths(db, paths, ids))
    return _erase(db, Role.ARTEFACTS, filters.equal(tenant=tenant) & col("artefact_id").isin(ids))


def _vectors(row: Memory) -> int:
    found = (row.text_vector, row.image_vector, row.text_aligned_vector)
    return sum(vector is not None for vector in found)


def _unlink(db: Database, gone: list[Memory], folder: Path) -> int:
    """Delete the thumbnails of rows that are gone, unless another row still shows them."""
    names = {row.thumbnail for row in gone if row.thumbnail}
    if not names:
        return 0
    return _unlink_in(folder, names - query.thumbnails(db, sorted(names)))


def _unlink_in(folder: Path, names: set[str]) -> int:
    """Delete files of a folder, and nothing outside it."""
    base, count = folder.resolve(), 0
    for name in sorted(names):
        path = (base / name).resolve()
        if path.is_relative_to(base) and path.is_file():
            path.unlink()
            count += 1
    return count


def _table_stats(table: Table) -> dict[str, Any]:
    found: Any = table.stats()  # declared as a class, but a dict
    return {
        "name": table.name,
        "rows": found["num_rows"],
        "fragments": found["fragment_stats"]["num_fragments"],
        "bytes": found["total_bytes"],
        "version": table.version,
        "index_lag": indexes.lag(table),
    }
