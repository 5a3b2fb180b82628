"""Reading rows: filters are built from expressions, never from text, and come before ranking."""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# lancedb's types lean on pyarrow, which ships none.

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from lancedb.expr import Expr, col, lit
from lancedb.query import MatchQuery
from lancedb.table import Table

from memory.artefacts import Action, Artefact
from memory.errors import AmbiguousMemory, AmbiguousVideo, UnknownMemory, UnknownVideo
from memory.file_names import displayed
from memory.lance import indexes, rows
from memory.lance.connection import ActiveKeys, Database
from memory.lance.kept import Memories, Trees
from memory.lance.schema import MEMORY_ROLES, Role, table_schema
from memory.records import (
    LOOKS_KEY,
    Hit,
    Memory,
    Node,
    Run,
    Scope,
    Span,
    Vector,
    Video,
    Window,
)

FEW = 256
"""Most videos that are asked for by their ids; of more, all are read and the others left out."""


def equal(**values: str) -> Expr:
    """All columns have these values. The tenant is never optional.

    Raises:
        ValueError: when `tenant` is missing or empty.
    """
    if not values.get("tenant"):
        raise ValueError("a tenant is mandatory in every read and write")
    tests = [col(name) == lit(value) for name, value in values.items()]
    return _all(tests)


def scope_filter(scope: Scope) -> Expr:
    """What a scope lets through. An instant sees the rows that span it."""
    tests = [equal(tenant=scope.tenant)]
    if scope.video_ids:
        tests.append(col("video_id").isin(list(scope.video_ids)))
    if scope.kinds:
        tests.append(col("kind").isin([str(kind) for kind in scope.kinds]))
    if scope.levels:
        tests.append(col("level").isin([str(level) for level in scope.levels]))
    if scope.without:
        tests.append(~col("video_id").isin(list(scope.without)))
    if scope.within is not None:
        tests.append(_overlaps(scope.within))
    if scope.parts:
        tests.append(_any([(col("video_id") == lit(v)) & _overlaps(s) for v, s in scope.parts]))
    if scope.until is not None:
        tests.append(col("end_us") <= lit(scope.until))
    return _all(tests)


def _overlaps(span: Span) -> Expr:
    start, end = span.start, max(span.end, span.start + 1)
    return (col("start_us") < lit(end)) & (
        (col("end_us") > lit(start)) | (col("start_us") >= lit(start))
    )


def visible(db: Database, scope: Scope) -> Expr:
    """What reads see: the scope's rows of each video's active key, and looks."""
    keys = _active_keys(db, scope.tenant)
    named = {*scope.video_ids, *(video_id for video_id, _ in scope.parts)}
    if named:
        seen = _of_active({v: key for v in sorted(named) if (key := keys.of.get(v)) is not None})
    else:
        seen = keys.everywhere
    return scope_filter(scope) & seen


def in_force(db: Database, scope: Scope) -> Expr:
    """What searches look through: rows that no other row stands for.

    All rows where that is off, and where a scope is narrower than what a row may stand for: the
    stand-in may lie outside of it.
    """
    if not db.consolidated or _is_narrow(scope):
        return col("tenant") == lit(scope.tenant)
    return col("superseded_by") == lit("")


def with_repeats(db: Database, hits: list[Hit], scope: Scope) -> list[Hit]:
    """The hits, each followed by the rows of the scope that it stands for, with its score."""
    if not db.consolidated or not hits or _is_narrow(scope):
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


def _of_active(keys: Mapping[str, str]) -> Expr:
    """Rows of looks, and of each video's own key among `keys` (empty: it has none yet).

    Nearly all videos of a workspace have the same key, so each key lists whichever are fewer: the
    videos that have it, or those that have another. The second is right as long as all rows are
    of videos in `keys`, which the rest of the filter, or the ledger's order of writing, sees to.
    """
    by_key: defaultdict[str, list[str]] = defaultdict(list)
    for video_id, key in keys.items():
        by_key[key].append(video_id)
    seen = [col("perception_key") == lit(LOOKS_KEY)]
    for key, ids in sorted(by_key.items()):
        if not key:
            continue
        here = col("perception_key") == lit(key)
        others = len(keys) - len(ids)
        if 0 < others < len(ids):
            here = here & ~col("video_id").isin(sorted(keys.keys() - set(ids)))
        elif others:
            here = here & col("video_id").isin(sorted(ids))
        seen.append(here)
    return _any(seen)


def roles_of(scope: Scope) -> tuple[Role, ...]:
    """The tables that can hold rows of the scope's kinds."""
    if not scope.kinds:
        return MEMORY_ROLES
    asked = {Role.FRAMES if kind.is_picture else Role.TEXTS for kind in scope.kinds}
    return tuple(role for role in MEMORY_ROLES if role in asked)


def memories(
    db: Database,
    scope: Scope,
    *,
    perception_key: str | None = None,
    with_vectors: bool = False,
    limit: int | None = None,
) -> list[Memory]:
    """Rows of a scope in order of (video, start, level from fine to coarse, kind, id)."""
    if perception_key is None:
        where = visible(db, scope)
    else:
        where = scope_filter(scope) & (col("perception_key") == lit(perception_key))
    found = sorted(memories_where(db, where, roles_of(scope), with_vectors), key=_order)
    return found if limit is None else found[:limit]


def memories_where(
    db: Database, where: Expr, roles: Sequence[Role] = MEMORY_ROLES, with_vectors: bool = False
) -> list[Memory]:
    """All memory rows that pass a filter."""
    found: list[Memory] = []
    for role in roles:
        if with_vectors:
            found += [rows.to_memory(row) for row in select(db, role, where)]
        elif (table := db.reading(role)) is not None:
            search = table.search().where(where).select(_plain_columns(db, role))
            found += _memories(db, table, search.to_arrow())
    return found


def memory(db: Database, tenant: str, reference: str) -> Memory:
    """The row of an id or of the unique beginning of one.

    Raises:
        UnknownMemory: when no row, or more than one, answers to it.
    """
    where = equal(tenant=tenant) & starts_with("memory_id", reference)
    found = memories_where(db, where)
    exact = [row for row in found if row.memory_id == reference]
    if len(exact or found) == 1:
        return (exact or found)[0]
    if not found:
        raise UnknownMemory(f"there is no memory row {reference!r}", "look up ids with --json")
    message = f"{len(found)} memory rows begin with {reference!r}"
    raise AmbiguousMemory(message, "give more characters of the id")


def search_text(db: Database, text: str, scope: Scope, limit: int) -> list[Hit]:
    """Rows that share words with `text`, by BM25."""
    table = db.reading(Role.TEXTS)
    if table is None or not text.strip() or Role.TEXTS not in roles_of(scope):
        return []
    words = MatchQuery(text, "text")  # pyright: ignore[reportCallIssue]  # its defaults are untyped
    search = table.search(words).where(visible(db, scope) & in_force(db, scope))
    columns = [*_plain_columns(db, Role.TEXTS), "_score"]
    found = search.select(columns).limit(limit).to_arrow()
    return _hits(_memories(db, table, found), "text", found.column("_score").to_pylist())


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
    search = indexes.nearest(search, table, column, where)
    found = search.select([*_plain_columns(db, role), "_distance"]).limit(limit).to_arrow()
    near = [1.0 - distance for distance in found.column("_distance").to_pylist()]
    return _hits(_memories(db, table, found), part, near)


def video(db: Database, tenant: str, video_id: str) -> Video | None:
    """The video of an id."""
    found = select(db, Role.VIDEOS, equal(tenant=tenant, video_id=video_id))
    return rows.to_video(found[0]) if found else None


def videos(db: Database, tenant: str, video_ids: Collection[str] = ()) -> list[Video]:
    """All videos of a tenant, or those of some ids, in the order in which they came."""
    where = equal(tenant=tenant)
    if 0 < len(video_ids) <= FEW:
        where = where & col("video_id").isin(list(video_ids))
    wanted = frozenset(video_ids)
    found = [
        rows.to_video(row)
        for row in select(db, Role.VIDEOS, where)
        if not wanted or row["video_id"] in wanted
    ]
    return sorted(found, key=lambda one: (one.created_at, one.video_id))


def find_video(db: Database, tenant: str, reference: str) -> Video:
    """The video of an id, a path, a file name or the beginning of an id, tried in this order.

    Of several videos that were seen at the same path, the one that came last is meant.

    Raises:
        UnknownVideo: when no video, or more than one, answers to it.
    """
    known = videos(db, tenant)
    path = Path(reference).expanduser()
    paths = {reference, str(path.absolute()), str(path.resolve())}
    tries = (
        [one for one in known if one.video_id == reference],
        [one for one in known if paths.intersection(one.paths)][-1:],
        [one for one in _current(known) if reference in _names(one)],
        [one for one in known if reference and one.video_id.startswith(reference)],
    )
    found = next((matches for matches in tries if matches), [])
    if len(found) == 1:
        return found[0]
    if not found:
        hint = _meant(reference, known) or "ingest it first, or list them: `backtrail videos`"
        raise UnknownVideo(f"there is no video {reference!r} in workspace {tenant!r}", hint)
    ids = ", ".join(one.video_id for one in found)
    raise AmbiguousVideo(f"{reference!r} is ambiguous: {ids}", "use one of these ids")


def _current(known: Sequence[Video]) -> list[Video]:
    """Videos less those of which later ones have every path: their files were replaced."""
    owners = {path: video.video_id for video in known for path in video.paths}
    return [v for v in known if any(owners[path] == v.video_id for path in v.paths)]


def _meant(reference: str, known: Sequence[Video]) -> str:
    """The name that was probably meant, as a question; empty when none is near."""
    names = {name.lower(): name for video in known for name in sorted(_names(video))}
    plain = {Path(name).stem: name for name in names}
    wanted = Path(reference).name.lower()
    close = get_close_matches(wanted, [*names, *plain], n=1, cutoff=0.75)
    return f"did you mean {names[plain.get(close[0], close[0])]!r}?" if close else ""


def _names(video: Video) -> set[str]:
    """What a person may call it."""
    names = {Path(at).name for at in video.paths}
    return names | {displayed(name) for name in names}


def windows(db: Database, tenant: str, video_id: str, perception_key: str) -> list[Window]:
    """The ledger of a video and key, by index."""
    where = equal(tenant=tenant, video_id=video_id, perception_key=perception_key)
    found = [rows.to_window(row) for row in select(db, Role.WINDOWS, where)]
    return sorted(found, key=lambda one: (one.index, one.window_id))


def nodes(db: Database, tenant: str, video_ids: Sequence[str]) -> list[Node]:
    """The trees of the active keys of some videos, in their order, by start, coarse before fine."""
    table = db.reading(Role.NODES)
    if table is None:
        return []

    def read(missing: list[str]) -> list[rows.Row]:
        return select(db, Role.NODES, equal(tenant=tenant) & col("video_id").isin(missing))

    keys = _active_keys(db, tenant).of
    known = db.trees.setdefault(tenant, Trees()).of(table.version, video_ids, read)
    each = [(video_id, one) for video_id in video_ids for one in known[video_id]]
    return [one for video_id, one in each if one.perception_key == keys.get(video_id)]


def runs(db: Database, tenant: str) -> list[Run]:
    """All runs of a tenant, oldest first."""
    found = [rows.to_run(row) for row in select(db, Role.RUNS, equal(tenant=tenant))]
    return sorted(found, key=lambda one: (one.created_at, one.run_id))


def artefacts(db: Database, tenant: str, **values: str) -> list[Artefact]:
    """Files that were made, oldest first; those whose columns have these values."""
    found = select(db, Role.ARTEFACTS, equal(tenant=tenant, **values))
    made = [rows.to_artefact(row) for row in found]
    return sorted(made, key=lambda one: (one.created_at, one.output, one.number, one.artefact_id))


def actions(db: Database, tenant: str) -> list[Action]:
    """All runs of plans of a tenant, oldest first."""
    found = [rows.to_action(row) for row in select(db, Role.ACTIONS, equal(tenant=tenant))]
    return sorted(found, key=lambda one: (one.created_at, one.run_id))


def shared_paths(db: Database, paths: Sequence[str], ids: Sequence[str]) -> set[str]:
    """Which of these files some row besides those of `ids` names, of whatever tenant."""
    where = col("path").isin(list(paths)) & ~col("artefact_id").isin(list(ids))
    return {row["path"] for row in select(db, Role.ARTEFACTS, where, ["path"])}


def thumbnails(db: Database, names: Sequence[str]) -> set[str]:
    """Which of these thumbnails some row shows, of whatever tenant: files may be shared."""
    where = col("thumbnail").isin(list(names))
    return {
        row["thumbnail"] for role in MEMORY_ROLES for row in select(db, role, where, ["thumbnail"])
    }


def select(
    db: Database, role: Role, where: Expr, columns: list[str] | None = None
) -> list[rows.Row]:
    """Rows of one table that pass a filter; all columns where none are named."""
    table = db.reading(role)
    if table is None:
        return []
    search = table.search().where(where)
    return (search if columns is None else search.select(columns)).to_list()


def _plain_columns(db: Database, role: Role) -> list[str]:
    names: list[str] = table_schema(role, db.text).names
    return [name for name in names if name not in rows.VECTORS[role]]


def _memories(db: Database, table: Table, found: pa.Table) -> list[Memory]:  # pyright: ignore[reportUnknownParameterType]
    """The memories of rows that were read of a table of memory rows."""
    return db.memories.setdefault(table.name, Memories()).of(table.version, found)


def _hits(found: list[Memory], part: str, scores: list[float]) -> list[Hit]:
    hits = [Hit(row, score, {part: score}) for row, score in zip(found, scores, strict=True)]
    return sorted(hits, key=lambda hit: (-hit.score, hit.memory.memory_id))


def _active_keys(db: Database, tenant: str) -> ActiveKeys:
    """The active key of each video; read again only when the table has changed."""
    where, table = equal(tenant=tenant), db.reading(Role.VIDEOS)
    if table is None:
        return ActiveKeys(("", 0), {}, _of_active({}))
    version = (table.name, table.version)
    known = db.active.get(tenant)
    if known is None or known.version != version:
        found = select(db, Role.VIDEOS, where, ["video_id", "active_key"])
        keys = {row["video_id"]: row["active_key"] or "" for row in found}
        known = db.active[tenant] = ActiveKeys(version, keys, _of_active(keys))
    return known


def _is_narrow(scope: Scope) -> bool:
    """Whether rows may be in a scope without their stand-ins, which share video and kind."""
    return replace(scope, tenant="", video_ids=(), without=(), kinds=()) != Scope("")


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


def starts_with(column: str, beginning: str) -> Expr:
    """The column begins with a text."""
    return (col(column) >= lit(beginning)) & (col(column) < lit(beginning + "\U0010ffff"))


def _any(tests: Sequence[Expr]) -> Expr:
    """Any of the tests, paired off so that many of them do not nest deeply."""
    rest = list(tests)
    while len(rest) > 1:
        pairs = [one | other for one, other in zip(rest[::2], rest[1::2], strict=False)]
        rest = pairs + rest[len(rest) - len(rest) % 2 :]
    return rest[0]


def _all(tests: Sequence[Expr]) -> Expr:
    together = tests[0]
    for test in tests[1:]:
        together = together & test
    return together


def _order(row: Memory) -> tuple[str, int, int, str, str]:
    return (row.video_id, row.span.start, row.level.rank, row.kind, row.memory_id)
