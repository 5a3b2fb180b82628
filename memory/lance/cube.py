"""A workspace's memory as a folder of files: out of one store, into another, or fused with it.

Files are Parquet, one per table, rows in order of their keys; a manifest says what they are and the
SHA-256 of each. The same memory gives the same files, so a round trip is compared by hashes. What
is imported keeps its ids; the log says where each video came from.
"""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownParameterType=false, reportMissingTypeStubs=false
# lancedb's types lean on pyarrow, which ships none.

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from memory.cubes import Fused
from memory.errors import Refused, StoreUnavailable, StoreVersionMismatch
from memory.lance import query, rows, write
from memory.lance.connection import Database
from memory.lance.reading import filters, tables
from memory.lance.schema import KEYS, MEMORY_ROLES, SCHEMA_VERSION, Role
from memory.records import file_digest

FORMAT = "backtrail-memory-1"
MANIFEST = "manifest.json"
PICTURES = "thumbnails"
_LEFT = (Role.GRANTS, Role.ARTEFACTS, Role.EXPERIENCE)
"""Who may read, files that were made, and what is worked out again are not part of a memory."""
_CARRIED = tuple(role for role in Role if role not in _LEFT)
_BESIDE = (Role.RUNS, Role.ACTIONS, Role.PROFILES, Role.PREFERENCES, Role.RECIPES,
           Role.WATCHES)  # fmt: skip
"""What is of the workspace, not of one video."""
_OF_VIDEOS = tuple(role for role in _CARRIED if role not in (*_BESIDE, Role.AUDIT))


def export(db: Database, tenant: str, folder: Path, thumbnails: Path | None) -> dict[str, Any]:
    """Write all that a workspace remembers to an empty folder; gives the manifest.

    Raises:
        Refused: when the folder is not empty or cannot be made, or the workspace is empty.
    """
    import pyarrow.parquet as pq

    layout = db.layout()
    if folder.is_dir() and any(folder.iterdir()):
        raise Refused(f"{folder} is not empty", "name a folder that does not exist")
    tables = {role: _rows_of(db, role, tenant) for role in _CARRIED}
    held = [table.num_rows for role, table in tables.items() if role is not Role.AUDIT]
    if layout is None or not any(held):  # a log alone is no memory
        raise Refused(f"the workspace {tenant!r} remembers nothing", "ingest a video")
    _make(folder)
    files: dict[str, dict[str, Any]] = {}
    for role, table in tables.items():
        if table.num_rows:
            path = folder / f"{role}.parquet"
            pq.write_table(table, path)
            files[path.name] = {"sha256": file_digest(path), "rows": table.num_rows}
    told = {"text": list(_tag(layout.text)), "image": list(_tag(layout.image))}
    manifest = {"format": FORMAT, "schema": layout.schema, "workspace": tenant, "encoders": told}
    manifest |= {"files": files, "content": _content(files)}
    manifest["pictures"] = _copy_pictures(_names(folder), thumbnails, folder / PICTURES)
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1, sort_keys=True), "utf-8")
    return manifest


def _make(folder: Path) -> None:
    """Make a folder; that it cannot be made is no fault of the store."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        said = f"{folder} cannot be made: {error.strerror}"
        raise Refused(said, "name another folder") from error


def read_manifest(db: Database, folder: Path) -> dict[str, Any]:
    """What a folder holds, after a check of every file.

    Raises:
        Refused: when it is no memory of ours.
        StoreVersionMismatch: when it has another schema version or other encoders.
        StoreUnavailable: when a file was changed or is missing.
    """
    path = folder / MANIFEST
    manifest = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    if manifest.get("format") != FORMAT:
        raise Refused(f"{folder} holds no memory", "name a folder that export wrote")
    encoders = {"text": list(_tag(db.text)), "image": list(_tag(db.image))}
    if (manifest["schema"], manifest["encoders"]) != (SCHEMA_VERSION, encoders):
        said = f"{folder} has schema {manifest['schema']} and vectors of {manifest['encoders']}"
        raise StoreVersionMismatch(said, "migrate and re-embed the store it came from first")
    for name, about in manifest["files"].items():
        file = folder / name
        if Path(name).name != name or not file.is_file() or file_digest(file) != about["sha256"]:
            raise StoreUnavailable(f"{file} is not what the manifest says", "export it again")
    return manifest


def fuse(db: Database, tenant: str, folder: Path, thumbnails: Path | None) -> Fused:
    """Take a folder's videos, notes and traces into a workspace; what it has already stays.

    A video that is known with other rows, and a note or trace that differs, is a conflict: told,
    and left as it is here.
    """
    manifest = read_manifest(db, folder)
    tables = {role: _file_rows(folder, role, tenant) for role in _CARRIED}
    known = {video.video_id for video in query.videos(db, tenant)}
    done = Fused(str(manifest["content"]), str(manifest["workspace"]))
    for video_id in [row["video_id"] for row in tables[Role.VIDEOS]]:
        if video_id not in known:
            done.videos.append(video_id)
        elif _digest(_known(db, tenant, video_id)) == _digest(_theirs(tables, video_id)):
            done.same.append(video_id)
        else:
            done.conflicts.append(video_id)
    # The row of a video comes last: until then nothing of it is visible, and it can be repeated.
    for role in (*(role for role in _OF_VIDEOS if role is not Role.VIDEOS), Role.VIDEOS):
        wanted = [row for row in tables[role] if row["video_id"] in set(done.videos)]
        if wanted:
            write.merge(db.writing(role), role, wanted)
    for role in _BESIDE:
        _add(db, role, tenant, tables[role], done)
    new = {row["thumbnail"] for role in MEMORY_ROLES for row in tables[role] if row["thumbnail"]}
    if thumbnails is not None:
        _copy_pictures(sorted(new), folder / PICTURES, thumbnails)
    return done


def _add(db: Database, role: Role, tenant: str, theirs: Sequence[rows.Row], done: Fused) -> None:
    """Add rows that are new; those that are here and differ are conflicts."""
    key = KEYS[role][1]
    ours = {row[key]: row for row in tables.select(db, role, filters.equal(tenant=tenant))}
    new = [row for row in theirs if row[key] not in ours]
    done.conflicts += [
        r[key] for r in theirs if r[key] in ours and _plain(r) != _plain(ours[r[key]])
    ]
    done.others += len(new)
    if new:
        write.merge(db.writing(role), role, new)


def _rows_of(db: Database, role: Role, tenant: str) -> pa.Table:
    """Rows of a workspace in the order of their keys."""
    table = db.reading(role)
    if table is None:
        return pa.table({})
    found: pa.Table = table.search().where(filters.equal(tenant=tenant)).to_arrow()
    return found.replace_schema_metadata(None).sort_by([(KEYS[role][1], "ascending")])


def _file_rows(folder: Path, role: Role, tenant: str) -> list[rows.Row]:
    """Rows of a file, under the name of the workspace that they come into."""
    import pyarrow.parquet as pq

    path = folder / f"{role}.parquet"
    found = pq.read_table(path).to_pylist() if path.is_file() else []
    return [{**row, "tenant": tenant} for row in found]


def _known(db: Database, tenant: str, video_id: str) -> list[rows.Row]:
    where = filters.equal(tenant=tenant, video_id=video_id)
    return [row for role in _COMPARED for row in tables.select(db, role, where)]


def _theirs(tables: dict[Role, list[rows.Row]], video_id: str) -> list[rows.Row]:
    return [r for role in _COMPARED for r in tables[role] if r["video_id"] == video_id]


_COMPARED = (Role.TEXTS, Role.FRAMES)
"""What makes two memories of a video the same: what they say of it."""


def _digest(found: Iterable[rows.Row]) -> str:
    """Of what rows say, whatever their order, vectors and times of writing."""
    lines = sorted(_plain(row) for row in found)
    return hashlib.sha256("\n".join(lines).encode(errors="surrogatepass")).hexdigest()


def _plain(row: rows.Row) -> str:
    left_out = {"created_at", "superseded_by", "pinned", "uses"}
    told = {k: v for k, v in row.items() if k not in left_out and not k.endswith("_vector")}
    return json.dumps(told, sort_keys=True, default=str)


def _names(folder: Path) -> list[str]:
    import pyarrow.parquet as pq

    files = [folder / f"{role}.parquet" for role in MEMORY_ROLES]
    tables = [pq.read_table(path, columns=["thumbnail"]) for path in files if path.is_file()]
    return sorted({name for table in tables for name in table.column(0).to_pylist() if name})


def _copy_pictures(names: Sequence[str], source: Path | None, target: Path) -> int:
    """Copy pictures by their names, as far as they are there and lie inside both folders."""
    count = 0
    for name in names if source is not None else ():
        assert source is not None
        here, there = (source / name).resolve(), (target / name).resolve()
        inside = here.is_relative_to(source.resolve()) and there.is_relative_to(target.resolve())
        if inside and here.is_file():
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(here, there)
            count += 1
    return count


def _content(files: dict[str, dict[str, Any]]) -> str:
    """One hash of what is remembered; the log of what was done is not part of it."""
    told = sorted(
        (name, about["sha256"]) for name, about in files.items() if name != "audit.parquet"
    )
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _tag(tag: Any) -> tuple[str, int, int]:  # noqa: ANN401
    return tag.name, tag.dimension, tag.aligned_dimension
