"""Reading records of every kind, and finding them by what a person may call them."""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# lancedb's types lean on pyarrow, which ships none.

from __future__ import annotations

from collections.abc import Collection, Sequence
from difflib import get_close_matches
from pathlib import Path

from lancedb.expr import col, lit

from memory.artefacts import Action, Artefact
from memory.errors import AmbiguousMemory, AmbiguousVideo, UnknownMemory, UnknownVideo
from memory.file_names import displayed
from memory.lance import rows
from memory.lance.connection import Database
from memory.lance.kept import Trees, Videos
from memory.lance.reading.filters import equal, scope_filter, starts_with
from memory.lance.reading.tables import memories_where, roles_of, select
from memory.lance.reading.visible import active_keys, visible
from memory.lance.schema import MEMORY_ROLES, Role
from memory.records import Memory, Node, Run, Scope, Video, Window

FEW = 256
"""Most videos that are asked for by their ids; of more, all are read and the others left out."""


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


def video(db: Database, tenant: str, video_id: str) -> Video | None:
    """The video of an id."""
    found = select(db, Role.VIDEOS, equal(tenant=tenant, video_id=video_id))
    return rows.to_video(found[0]) if found else None


def videos(db: Database, tenant: str, video_ids: Collection[str] = ()) -> list[Video]:
    """All videos of a tenant, or those of some ids, in the order in which they came."""
    where, table = equal(tenant=tenant), db.reading(Role.VIDEOS)
    if table is None:
        return []
    kept = db.videos.setdefault((table.name, tenant), Videos())
    if 0 < len(video_ids) <= FEW and not kept.known(table.version):
        some = select(db, Role.VIDEOS, where & col("video_id").isin(list(video_ids)))
        return sorted(map(rows.to_video, some), key=lambda one: (one.created_at, one.video_id))
    every = kept.of(table.version, lambda: select(db, Role.VIDEOS, where))
    wanted = frozenset(video_ids)
    return [one for one in every if not wanted or one.video_id in wanted]


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

    keys = active_keys(db, tenant).of
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


def _order(row: Memory) -> tuple[str, int, int, str, str]:
    return (row.video_id, row.span.start, row.level.rank, row.kind, row.memory_id)
