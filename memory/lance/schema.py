"""What the tables look like on disk, and the pointer that says which of them are in force.

A table's name carries the schema version and, where it holds vectors, the encoder. The pointer is
one row of the table `meta`, so it flips in one commit, on a disk as on an object store.
"""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownParameterType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
# pyarrow ships no types.

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import partial

import pyarrow as pa

from memory.organise.records import (
    Assertion,
    Entry,
    Experience,
    Grant,
    Mention,
    Preference,
    Profile,
    RecipeMark,
    Record,
)
from memory.standing.records import Finding, Watch
from memory.store import EncoderTag

SCHEMA_VERSION = 2

META = "meta"
"""Name of the table that holds the pointer."""


class Role(StrEnum):
    """What a table is for."""

    VIDEOS = "videos"
    WINDOWS = "windows"
    NODES = "nodes"
    RUNS = "runs"
    TEXTS = "texts"
    FRAMES = "frames"
    ARTEFACTS = "artefacts"
    ACTIONS = "actions"
    FACTS = "facts"
    MENTIONS = "mentions"
    PROFILES = "profiles"
    AUDIT = "audit"
    GRANTS = "grants"
    WATCHES = "watches"
    FINDINGS = "findings"
    PREFERENCES = "preferences"
    RECIPES = "recipes"
    EXPERIENCE = "experience"


MEMORY_ROLES = (Role.TEXTS, Role.FRAMES)
"""The two tables that `Memory` rows are spread over: those with text, and keyframes."""

ROLE_OF: Mapping[type[Record], Role] = {
    Assertion: Role.FACTS,
    Mention: Role.MENTIONS,
    Profile: Role.PROFILES,
    Entry: Role.AUDIT,
    Grant: Role.GRANTS,
    Watch: Role.WATCHES,
    Finding: Role.FINDINGS,
    Preference: Role.PREFERENCES,
    RecipeMark: Role.RECIPES,
    Experience: Role.EXPERIENCE,
}
"""The table of each kind of record that is kept beside memory rows."""

KEYS: Mapping[Role, tuple[str, ...]] = {
    Role.VIDEOS: ("tenant", "video_id"),
    Role.WINDOWS: ("tenant", "window_id"),
    Role.NODES: ("tenant", "node_id"),
    Role.RUNS: ("tenant", "run_id"),
    Role.TEXTS: ("tenant", "memory_id"),
    Role.FRAMES: ("tenant", "memory_id"),
    Role.ARTEFACTS: ("tenant", "artefact_id"),
    Role.ACTIONS: ("tenant", "run_id"),
    **{role: ("tenant", kind.KEY) for kind, role in ROLE_OF.items()},
}
"""What identifies a row of each table."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The pointer: which schema, which encoders, which tables."""

    text: EncoderTag
    image: EncoderTag
    tables: Mapping[str, str]
    """Table name of each role."""
    schema: int = SCHEMA_VERSION

    @classmethod
    def fresh(cls, text: EncoderTag, image: EncoderTag) -> Layout:
        """The layout of a store that is written for the first time."""
        return cls(text, image, {role: table_name(role, text, image) for role in Role})

    def tag(self, role: Role) -> EncoderTag:
        """The encoder whose vectors the table of `role` holds."""
        return self.image if role is Role.FRAMES else self.text

    def dumps(self) -> str:
        """As JSON, for the `meta` table."""
        tags = {name: _tag_parts(getattr(self, name)) for name in ("text", "image")}
        parts = {"schema": self.schema, "tables": dict(self.tables)}
        return json.dumps({**parts, **tags}, sort_keys=True)

    @classmethod
    def loads(cls, text: str) -> Layout:
        """What `dumps` wrote."""
        parts = json.loads(text)
        tags = EncoderTag(*parts["text"]), EncoderTag(*parts["image"])
        # a store that was written before there was a role has no table of it yet
        tables = {role: table_name(role, *tags) for role in Role} | parts["tables"]
        return cls(*tags, tables, parts["schema"])


def _tag_parts(tag: EncoderTag) -> list[object]:
    return [tag.name, tag.dimension, tag.aligned_dimension]


def table_name(role: Role, text: EncoderTag, image: EncoderTag, taken: Iterable[str] = ()) -> str:
    """A name that is not in `taken`, such as `texts_v2_all_minilm_l6_v2`."""
    base = f"{role}_v{SCHEMA_VERSION}"
    if role in MEMORY_ROLES:
        base += f"_{(image if role is Role.FRAMES else text).slug}"
    names, name, number = set(taken), base, 1
    while name in names:
        number += 1
        name = f"{base}_{number}"
    return name


def table_schema(role: Role, tag: EncoderTag) -> pa.Schema:
    """The Arrow schema of a table; vectors have the lengths that `tag` says."""
    if role is Role.TEXTS:
        return _schema(role, [*_memory_fields(), _vector("text_vector", tag.dimension)])
    if role is Role.FRAMES:
        vectors = [
            _vector("image_vector", tag.dimension),
            _vector("text_aligned_vector", tag.aligned_dimension),
        ]
        return _schema(role, [*_memory_fields(), *vectors])
    return _schema(role, _PLAIN[role]())


def meta_schema() -> pa.Schema:
    """The schema of the pointer table."""
    return pa.schema([_key("name"), pa.field("value", pa.string(), nullable=False)])


def _schema(role: Role, fields: list[pa.Field]) -> pa.Schema:
    keys = [_key(name) for name in KEYS[role]]
    return pa.schema([*keys, *(field for field in fields if field.name not in KEYS[role])])


def _key(name: str) -> pa.Field:
    # Without this mark two writers that insert the same new key at once both succeed.
    mark = {b"lance-schema:unenforced-primary-key": b"true"}
    return pa.field(name, pa.string(), nullable=False, metadata=mark)


def _strings(*names: str) -> list[pa.Field]:
    return [pa.field(name, pa.string()) for name in names]


def _integers(*names: str) -> list[pa.Field]:
    return [pa.field(name, pa.int64()) for name in names]


def _list(name: str) -> pa.Field:
    return pa.field(name, pa.list_(pa.string()))


def _vector(name: str, dimension: int) -> pa.Field:
    return pa.field(name, pa.list_(pa.float32(), max(1, dimension)))


def _memory_fields() -> list[pa.Field]:
    return [
        *_strings("video_id", "perception_key", "window_id", "node_id", "level", "kind"),
        *_integers("start_us", "end_us"),
        *_strings("text", "model", "parameters", "pipeline"),
        pa.field("confidence", pa.float64()),
        _list("source_ids"),
        *_strings("instruction", "details", "created_at", "thumbnail", "image_hash"),
        *_strings("superseded_by"),
        pa.field("pinned", pa.bool_()),
    ]


def _video_fields() -> list[pa.Field]:
    text = _strings("digest", "media", "active_key", "active_parameters", "created_at")
    text += _strings("recorded_at")
    return [*text, _list("paths"), *_integers("duration", "size")]


def _window_fields() -> list[pa.Field]:
    text = _strings("video_id", "perception_key", "status", "reason", "report")
    return [*text, *_integers("position", "start_us", "end_us", "attempts")]


def _node_fields() -> list[pa.Field]:
    text = _strings("video_id", "perception_key", "level", "parent_id")
    return [*text, *_integers("start_us", "end_us", "ordinal")]


def _run_fields() -> list[pa.Field]:
    return [*_strings("question", "result", "created_at"), _list("video_ids")]


def _artefact_fields() -> list[pa.Field]:
    text = _strings("key", "output", "asset_id", "kind", "path", "run_id", "step", "tool")
    more = [*_strings("details", "created_at"), _list("inputs"), _list("video_ids")]
    return [*text, *more, *_integers("number")]


def _action_fields() -> list[pa.Field]:
    text = _strings("parent", "goal", "status", "result", "created_at")
    return [*text, _list("video_ids")]


def _words() -> pa.DataType:
    return pa.list_(pa.string())


def _numbers() -> pa.DataType:
    return pa.list_(pa.float32())


_TYPES: Mapping[str, Callable[[], pa.DataType]] = {
    "str": pa.string,
    "int": pa.int64,
    "float": pa.float64,
    "bool": pa.bool_,
    "tuple[str, ...]": _words,
    "tuple[float, ...]": _numbers,
}


def _record_fields(kind: type[Record]) -> list[pa.Field]:
    """A column per field of the record, of the type that the field declares."""
    return [pa.field(field.name, _TYPES[str(field.type)]()) for field in fields(kind)]


_PLAIN: Mapping[Role, Callable[[], list[pa.Field]]] = {
    Role.VIDEOS: _video_fields,
    Role.WINDOWS: _window_fields,
    Role.NODES: _node_fields,
    Role.RUNS: _run_fields,
    Role.ARTEFACTS: _artefact_fields,
    Role.ACTIONS: _action_fields,
    **{role: partial(_record_fields, kind) for kind, role in ROLE_OF.items()},
}
