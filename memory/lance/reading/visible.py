"""What reads see: each video's active memory, and of rows that say the same only one."""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# lancedb's types lean on pyarrow, which ships none.

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from lancedb.expr import Expr, col, lit

from memory.lance.connection import ActiveKeys, Database
from memory.lance.reading.filters import any_of, equal, scope_filter
from memory.lance.reading.tables import select
from memory.lance.schema import Role
from memory.records import LOOKS_KEY, Scope


def visible(db: Database, scope: Scope) -> Expr:
    """What reads see: the scope's rows of each video's active key, and looks."""
    keys = active_keys(db, scope.tenant)
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
    if not db.consolidated or is_narrow(scope):
        return col("tenant") == lit(scope.tenant)
    return col("superseded_by") == lit("")


def is_narrow(scope: Scope) -> bool:
    """Whether rows may be in a scope without their stand-ins, which share video and kind."""
    return replace(scope, tenant="", video_ids=(), without=(), kinds=()) != Scope("")


def active_keys(db: Database, tenant: str) -> ActiveKeys:
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
    return any_of(seen)
