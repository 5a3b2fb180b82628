"""Reading rows: filters are built from expressions, never from text, and come before ranking."""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# lancedb's types lean on pyarrow, which ships none.

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
from lancedb.expr import Expr, col, lit
from lancedb.query import MatchQuery

from memory.artefacts import Action, Artefact
from memory.errors import AmbiguousMemory, AmbiguousVideo, UnknownMemory, UnknownVideo
from memory.file_names import displayed
from memory.lance import rows
from memory.lance.connection import Database
from memory.lance.schema import MEMORY_ROLES, Role, table_schema
from memory.records import LOOKS_KEY, Hit, Memory, Node, Run, Scope, Vector, Video, Window


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
    if scope.within is not None:
        start = scope.within.start
        end = max(scope.within.end, start + 1)
        tests.append(col("start_us") < lit(end))
        tests.append((col("end_us") > lit(start)) | (col("start_us") >= lit(start)))
    if scope.until is not None:
        tests.append(col("end_us") <= lit(scope.until))
    return _all(tests)


def visible(db: Database, scope: Scope) -> Expr:
    """What reads see: the scope's rows of each video's active key, and looks."""
    by_key: defaultdict[str, list[str]] = defaultdict(list)
    for video_id, key in _active_keys(db, scope.tenant).items():
        if not scope.video_ids or video_id in scope.video_ids:
            by_key[key].append(video_id)
    seen = col("perception_key") == lit(LOOKS_KEY)
    for key, ids in sorted(by_key.items()):
        seen = seen | ((col("perception_key") == lit(key)) & col("video_id").isin(sorted(ids)))
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
        columns = None if with_vectors else _plain_columns(db, role)
        found += [rows.to_memory(row) for row in select(db, role, where, columns)]
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
    found = search.select(columns).limit(limit).to_list()
    return _hits(found, "text", [row["_score"] for row in found])


def search_vector(
    db: Database, role: Role, column: str, part: str, vector: Vector, scope: Scope, limit: int
) -> list[Hit]:
    """Rows whose vector in `column` is nearest to `vector`; the score is the cosine similarity."""
    table = db.reading(role)
    if table is None or role not in roles_of(scope):
        return []
    query = np.asarray(vector, dtype=np.float32).reshape(-1)
    search: Any = table.search(query, vector_column_name=column)
    search = search.distance_type("cosine").where(
        visible(db, scope) & in_force(db, scope), prefilter=True
    )
    found = search.select([*_plain_columns(db, role), "_distance"]).limit(limit).to_list()
    return _hits(found, part, [1.0 - row["_distance"] for row in found])


def video(db: Database, tenant: str, video_id: str) -> Video | None:
    """The video of an id."""
    found = select(db, Role.VIDEOS, equal(tenant=tenant, video_id=video_id))
    return rows.to_video(found[0]) if found else None


def videos(db: Database, tenant: str) -> list[Video]:
    """All videos of a tenant, in the order in which they came."""
    found = [rows.to_video(row) for row in select(db, Role.VIDEOS, equal(tenant=tenant))]
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


def nodes(db: Database, tenant: str, video_id: str) -> list[Node]:
    """The tree of a video's active key, by start, coarse before fine."""
    known = video(db, tenant, video_id)
    if known is None or known.active_key is None:
        return []
    where = equal(tenant=tenant, video_id=video_id, perception_key=known.active_key)
    found = [rows.to_node(row) for row in select(db, Role.NODES, where)]
    return sorted(found, key=lambda one: (one.span.start, -one.level.rank, one.node_id))


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


def _hits(found: list[rows.Row], part: str, scores: list[float]) -> list[Hit]:
    hits = [
        Hit(rows.to_memory(row), score, {part: score})
        for row, score in zip(found, scores, strict=True)
    ]
    return sorted(hits, key=lambda hit: (-hit.score, hit.memory.memory_id))


def _active_keys(db: Database, tenant: str) -> dict[str, str]:
    """The active key of each video; read again only when the table has changed."""
    where, table = equal(tenant=tenant), db.reading(Role.VIDEOS)
    if table is None:
        return {}
    version = (table.name, table.version)
    known = db.active.get(tenant)
    if known is None or known[0] != version:
        found = select(db, Role.VIDEOS, where, ["video_id", "active_key"])
        keys = {row["video_id"]: row["active_key"] for row in found if row["active_key"]}
        known = db.active[tenant] = version, keys
    return known[1]


def _is_narrow(scope: Scope) -> bool:
    """Whether rows may be in a scope without their stand-ins, which share video and kind."""
    return replace(scope, tenant="", video_ids=(), kinds=()) != Scope("")


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


def _all(tests: Sequence[Expr]) -> Expr:
    together = tests[0]
    for test in tests[1:]:
        together = together & test
    return together


def _order(row: Memory) -> tuple[str, int, int, str, str]:
    return (row.video_id, row.span.start, row.level.rank, row.kind, row.memory_id)
