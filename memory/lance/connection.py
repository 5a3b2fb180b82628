"""Opening a store: the connection, its tables, and what goes wrong with them, in one place."""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# lancedb's types lean on pyarrow, which ships none.

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import lancedb
import pyarrow as pa
from lancedb.expr import Expr, col, lit
from lancedb.index import FTS
from lancedb.table import Table

from memory.errors import StoreUnavailable, StoreVersionMismatch
from memory.lance.kept import Memories, Trees, Videos
from memory.lance.schema import (
    META,
    SCHEMA_VERSION,
    Layout,
    Role,
    meta_schema,
    table_schema,
)
from memory.store import EncoderTag

CACHE_BYTES = (64 << 20, 16 << 20)
"""Upper bounds of lancedb's index and metadata caches; by default they grow to gigabytes."""

TEXT_INDEX = "text_by_icu_idx"
"""Name of the full-text index; another name is one that was built in another way."""

STOP_WORDS: Sequence[str] = (
    "a an and are as at be but by for if in into is it no not of on or such that the their then "
    "there these they this to was will with"
).split()
"""Lucene's for English. Of its own, lancedb takes those of all languages with this tokenizer, and
"dog" and "cat" are among them."""

_PAUSES = (0.1, 0.2, 0.4, 0.8, 1.6)
"""Seconds between tries when another writer came first."""

_HINTS = (
    ("no space", "free some disk space and run the command again: finished windows are kept"),
    ("permission denied", "make the folder writable, or choose another store"),
    ("read-only file system", "choose a store on a disk that can be written"),
    ("not a directory", "choose a store path that is a folder"),
    ("file exists", "choose a store path that is a folder"),
    ("conflict", "other programs are writing to this store: run the command again"),
    ("concurrent writers", "other programs are writing to this store: run the command again"),
)
_OTHER_HINT = "check the path and the files below it; `backtrail doctor` looks closer"


Result = TypeVar("Result")

_log = logging.getLogger(__name__)


@contextmanager
def storage_errors(uri: str) -> Generator[None]:
    """Turn what lancedb and the system raise into `StoreUnavailable` with a hint.

    Raises:
        StoreUnavailable: for any error of the disk, the object store or the files.
    """
    try:
        yield
    except (OSError, RuntimeError) as error:
        text = str(error).split(", /")[0]  # lancedb appends its own source path
        hint = next((hint for mark, hint in _HINTS if mark in text.lower()), _OTHER_HINT)
        raise StoreUnavailable(f"the store at {uri} cannot be used: {text}", hint) from error


@functools.cache
def _session() -> lancedb.Session:
    """One for the process: caches are keyed by table version and would otherwise only grow."""
    index, metadata = CACHE_BYTES
    return lancedb.Session(index_cache_size_bytes=index, metadata_cache_size_bytes=metadata)


def connect(uri: str) -> lancedb.DBConnection:
    """A connection that sees what other processes committed. Creates the folder of a local uri."""
    return lancedb.connect(uri, read_consistency_interval=timedelta(0), session=_session())


def folder_of(uri: str) -> Path | None:
    """The folder of a store on this machine, None for an object store."""
    if "://" not in uri:
        return Path(uri).expanduser()
    return Path(uri.removeprefix("file://")) if uri.startswith("file://") else None


def absent(uri: str) -> bool:
    """Whether a local store has no folder yet: it must not be created by reading."""
    folder = folder_of(uri)
    return folder is not None and not folder.exists()


def open_table(db: lancedb.DBConnection, name: str) -> Table | None:
    """The table, or None when there is none of this name."""
    try:
        return db.open_table(name)
    except ValueError as error:
        if "not found" not in str(error):
            raise
        return None


def create_table(db: lancedb.DBConnection, name: str, role: Role, tag: EncoderTag) -> Table:
    """An empty table (or the one that another process has just created), ready for search."""
    schema = table_schema(role, tag)
    table = retrying(lambda: db.create_table(name, schema=schema, exist_ok=True))
    if role is Role.TEXTS:
        index_text(table)
    return table


def index_text(table: Table) -> None:
    """Build the full-text index, if there is none of this kind; one of another kind goes.

    Words are those of Unicode and of ICU's dictionaries, so that scripts without spaces have words
    too; English stems, no stop words, positions.
    """
    config = FTS(
        base_tokenizer="icu/split",
        with_position=True,
        stem=True,
        custom_stop_words=list(STOP_WORDS),
    )

    def build() -> None:
        known = text_indexes(table)
        if TEXT_INDEX in known:  # another process may have been faster
            return
        for name in known:
            table.drop_index(name)
        table.create_index("text", config=config, name=TEXT_INDEX)

    retrying(build)


def text_indexes(table: Table) -> list[str]:
    """Names of the full-text indexes of a table."""
    return [index.name for index in table.list_indices() if "text" in index.columns]


def retrying(action: Callable[[], Result]) -> Result:
    """Do it again, a few times, when a commit of another writer came first.

    Merges are retried by lancedb itself; the creation of tables and indexes and compaction are not.
    """
    for pause in _PAUSES:
        try:
            return action()
        except RuntimeError as error:
            if "conflict" not in str(error).lower():
                raise
            _log.info("another writer came first, trying again in %s s: %s", pause, error)
            time.sleep(pause)
    return action()


def read_layout(db: lancedb.DBConnection) -> Layout | None:
    """The pointer, None in a store that nobody has written to."""
    meta = open_table(db, META)
    rows = [] if meta is None else meta.search().where(col("name") == lit("layout")).to_list()
    return Layout.loads(rows[0]["value"]) if rows else None


def write_layout(db: lancedb.DBConnection, layout: Layout, *, only_first: bool = False) -> None:
    """Flip the pointer in one commit. With `only_first`, a pointer that exists is left alone."""
    meta = db.create_table(META, schema=meta_schema(), exist_ok=True)
    merge = meta.merge_insert("name").when_not_matched_insert_all().use_index(False)
    if not only_first:
        merge = merge.when_matched_update_all()
    row = {"name": "layout", "value": layout.dumps()}
    merge.execute(pa.Table.from_pylist([row], schema=meta_schema()))


@dataclass(frozen=True, slots=True)
class ActiveKeys:
    """The active key of each video of a tenant, and the version of the table that told it."""

    version: tuple[str, int]
    of: Mapping[str, str]
    """By video id; empty for a video that has none yet."""
    everywhere: Expr
    """The filter for the visible rows of all videos, made once."""


@dataclass
class Database:
    """The tables of one store, opened when they are first needed.

    The pointer is read again before every use, so that a program that runs for long sees a store
    that another one migrated.
    """

    uri: str
    text: EncoderTag
    image: EncoderTag
    _db: lancedb.DBConnection | None = None
    _meta: Table | None = None
    _layout: tuple[int, Layout] | None = None
    _open: dict[str, Table] = field(default_factory=dict[str, Table])
    active: dict[str, ActiveKeys] = field(default_factory=dict[str, ActiveKeys])
    """Per tenant."""
    repeats: dict[str, tuple[tuple[tuple[str, int], ...], dict[str, list[str]]]] = field(
        default_factory=dict[str, tuple[tuple[tuple[str, int], ...], dict[str, list[str]]]]
    )
    """Per tenant the rows behind each row that stands for others, with the tables' versions."""
    memories: dict[str, Memories] = field(default_factory=dict[str, Memories])
    """Per table of memory rows."""
    trees: dict[str, Trees] = field(default_factory=dict[str, Trees])
    """Per tenant."""
    videos: dict[tuple[str, str], Videos] = field(default_factory=dict[tuple[str, str], Videos])
    """Per table, which a migration replaces, and tenant."""
    small: dict[tuple[str, int, str, str], bool] = field(
        default_factory=dict[tuple[str, int, str, str], bool]
    )
    """Whether scopes of a version of a table are small enough to compare all their vectors."""
    consolidated: bool = True
    """Whether rows that others stand for are left out of searches and told with those."""

    def layout(self) -> Layout | None:
        """The pointer, None while the store is empty.

        Raises:
            StoreVersionMismatch: when schema or encoders are not those of this program.
        """
        if self._db is None and absent(self.uri):
            return None
        if self._meta is None:
            self._meta = open_table(self._connected(), META)
        if self._meta is None:
            return None
        version = self._meta.version
        if self._layout is None or self._layout[0] != version:
            layout = read_layout(self._connected())
            if layout is None:
                return None
            self._check(layout)
            self._layout = version, layout
        return self._layout[1]

    def reading(self, role: Role) -> Table | None:
        """The table of `role`, None when nothing was ever written to it."""
        layout = self.layout()
        if layout is None:
            return None
        name = layout.tables[role]
        if name not in self._open:
            table = open_table(self._connected(), name)
            if table is None:
                return None
            self._open[name] = table
        return self._open[name]

    def writing(self, role: Role) -> Table:
        """The table of `role`; it and the store are created when they do not exist."""
        table = self.reading(role)
        if table is not None:
            return table
        layout = self.layout()
        if layout is None:
            write_layout(self._connected(), Layout.fresh(self.text, self.image), only_first=True)
            layout = self.layout()
            assert layout is not None
        name = layout.tables[role]
        self._open[name] = create_table(self._connected(), name, role, layout.tag(role))
        return self._open[name]

    def _connected(self) -> lancedb.DBConnection:
        self._db = self._db or connect(self.uri)
        return self._db

    def _check(self, layout: Layout) -> None:
        if layout.schema != SCHEMA_VERSION:
            raise StoreVersionMismatch(*_schema_words(self.uri, layout.schema))
        for stored, asked in ((layout.text, self.text), (layout.image, self.image)):
            if stored != asked:
                raise StoreVersionMismatch(*_encoder_words(self.uri, stored, asked))


def _schema_words(uri: str, schema: int) -> tuple[str, str]:
    message = f"the store at {uri} has schema version {schema}, this program reads {SCHEMA_VERSION}"
    if schema > SCHEMA_VERSION:
        return message, "it was written by a newer program: update this one"
    return message, "run `backtrail migrate`"


def _encoder_words(uri: str, stored: EncoderTag, asked: EncoderTag) -> tuple[str, str]:
    message = (
        f"the store at {uri} holds vectors of {stored.name} ({stored.dimension} numbers), "
        f"not of {asked.name} ({asked.dimension})"
    )
    return message, "run `backtrail reembed`, or choose the encoder that wrote the store"
