"""Stores of other schema versions and encoders: refused with the command that helps, and helped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from memory.errors import StoreUnavailable, StoreVersionMismatch
from memory.lance import migrate as migration
from memory.lance.connection import connect, read_layout, write_layout
from memory.lance.migrate import Migration, migrate, reembed, reembed_frames
from memory.lance.schema import ROLE_OF, SCHEMA_VERSION, Layout, Role, table_schema
from memory.lance.store import LanceStore
from memory.records import Kind, Level, Memory, Producer, Scope, Span, Vector, Video
from memory.store import EncoderTag, Store

TEXT, IMAGE = EncoderTag("Words/v2.0", 16), EncoderTag("pixels", 12, 10)
OTHER = EncoderTag("letters", 32)


def rows(count: int = 3) -> list[Memory]:
    base = Memory("m", "t", "v", "k", "w", "n", Level.SHOT, Kind.CAPTION, Span(0, 1), "dog",
                  Producer("p"), text_vector=np.ones(16, np.float32))  # fmt: skip
    texts = [replace(base, memory_id=f"m{n}", text=f"dog number {n}") for n in range(count)]
    picture = replace(base, memory_id="f", kind=Kind.KEYFRAME, text=None, text_vector=None,
                      image_vector=np.ones(12, np.float32), image_hash="ff", thumbnail="v/1.jpg",
                      text_aligned_vector=np.ones(10, np.float32))  # fmt: skip
    return [*texts, picture]


def filled(uri: str) -> Store:
    store = LanceStore.open(uri, text=TEXT, image=IMAGE)
    store.put_video(Video("v", "t", "d", ("/a",), 1, 1, {}, "k"))
    store.put_memories(rows())
    return store


def names(uri: str) -> list[str]:
    return sorted(connect(uri).list_tables().tables)


def letters(texts: Sequence[str]) -> Vector:
    return np.stack([np.full(32, len(text), np.float32) for text in texts])


def age(uri: str) -> None:
    """Turn a store into one of schema version 0: no perceptual hash, nothing that organises."""
    db = connect(uri)
    layout = read_layout(db)
    assert layout is not None
    roles = [role for role in Role if role not in ROLE_OF.values()]
    old = {role: layout.tables[role].replace("_v2", "_v0") for role in roles}
    for role in roles:
        name = layout.tables[role]
        if name in names(uri):
            data = db.open_table(name).to_arrow()
            young = {"superseded_by", "pinned", "recorded_at"}
            young |= {"image_hash"} if role is Role.FRAMES else set()
            data = data.drop_columns([each for each in data.column_names if each in young])
            db.create_table(old[Role(role)], data=data, on_bad_vectors="null")
            db.drop_table(name)
    write_layout(db, replace(layout, schema=0, tables=old))


def test_table_names_carry_schema_version_and_encoder(tmp_path: Path) -> None:
    filled(str(tmp_path))
    assert names(str(tmp_path)) == ["frames_v2_pixels", "meta", "texts_v2_words_v2_0", "videos_v2"]


def test_the_schema_is_the_one_that_stores_on_disk_have() -> None:
    """Change it only together with SCHEMA_VERSION and a migration."""
    assert SCHEMA_VERSION == 2
    text, integer = "string", "int64"
    memory = {
        "tenant": text, "memory_id": text, "video_id": text, "perception_key": text,
        "window_id": text, "node_id": text, "level": text, "kind": text, "start_us": integer,
        "end_us": integer, "text": text, "model": text, "parameters": text, "pipeline": text,
        "confidence": "double", "source_ids": "list<item: string>", "instruction": text,
        "details": text, "created_at": text, "thumbnail": text, "image_hash": text,
        "superseded_by": text, "pinned": "bool",
    }  # fmt: skip
    vector = "fixed_size_list<item: float>[{}]".format
    video = {"tenant": text, "video_id": text, "digest": text, "media": text, "active_key": text,
             "active_parameters": text, "created_at": text, "paths": "list<item: string>",
             "duration": integer, "size": integer, "recorded_at": text}  # fmt: skip
    window = {"tenant": text, "window_id": text, "video_id": text, "perception_key": text,
              "status": text, "reason": text, "report": text, "position": integer,
              "start_us": integer, "end_us": integer, "attempts": integer}  # fmt: skip
    node = {"tenant": text, "node_id": text, "video_id": text, "perception_key": text,
            "level": text, "parent_id": text, "start_us": integer, "end_us": integer,
            "ordinal": integer}  # fmt: skip
    run = {"tenant": text, "run_id": text, "question": text, "result": text, "created_at": text,
           "video_ids": "list<item: string>"}  # fmt: skip
    texts = "list<item: string>"
    made = {"tenant": text, "artefact_id": text, "key": text, "output": text, "asset_id": text,
            "kind": text, "path": text, "run_id": text, "step": text, "tool": text,
            "details": text, "created_at": text, "inputs": texts, "video_ids": texts,
            "number": integer}  # fmt: skip
    action = {"tenant": text, "run_id": text, "parent": text, "goal": text, "status": text,
              "result": text, "created_at": text, "video_ids": texts}  # fmt: skip
    words, of_video = "list<item: string>", {"tenant": text, "video_id": text}
    times = {"start": integer, "end": integer, "known_at": integer, "source_ids": words}
    facts = {**of_video, **times, "assertion_id": text, "subject": text, "predicate": text,
             "value": text, "how": text, "local": "bool", "confidence": "double"}  # fmt: skip
    mentions = {**of_video, **times, "mention_id": text, "key": text, "name": text, "sort": text}
    profiles = {**of_video, "profile_id": text, "name": text, "aliases": words, "sort": text,
                "text": text, "scopes": words, "status": text, "pinned": "bool", "uses": integer,
                "superseded_by": text, "resolved_at": text, "created_at": text}  # fmt: skip
    audit = {**of_video, "entry_id": text, "at": text, "verb": text, "by": text, "targets": words,
             "before": words, "after": words, "undoes": text}  # fmt: skip
    grants = {**of_video, "grant_id": text, "owner": text, "kinds": words, "at": text}
    preferences = {**of_video, "preference_id": text, "thing": text, "argument": text,
                   "value": text, "source": text, "run_id": text, "confidence": "double",
                   "at": text}  # fmt: skip
    recipes = {**of_video, "recipe_id": text, "name": text, "status": text, "at": text}
    experience = {**of_video, "run_id": text, "encoder": text, "vector": "list<item: float>"}
    watches = {**of_video, "watch_id": text, "question": text, "proven": "bool", "budget": text,
               "created_at": text}  # fmt: skip
    findings = {**of_video, "finding_id": text, "watch_id": text, "active_key": text,
                "status": text, "answer": text, "confidence": "double", "start": integer,
                "end": integer, "source_ids": words, "run_id": text, "at": text,
                "told": "bool"}  # fmt: skip
    expected = {
        Role.PREFERENCES: preferences,
        Role.RECIPES: recipes,
        Role.EXPERIENCE: experience,
        Role.GRANTS: grants,
        Role.WATCHES: watches,
        Role.FINDINGS: findings,
        Role.FACTS: facts,
        Role.MENTIONS: mentions,
        Role.PROFILES: profiles,
        Role.AUDIT: audit,
        Role.TEXTS: {**memory, "text_vector": vector(16)},
        Role.FRAMES: {**memory, "image_vector": vector(12), "text_aligned_vector": vector(10)},
        Role.VIDEOS: video,
        Role.WINDOWS: window,
        Role.NODES: node,
        Role.RUNS: run,
        Role.ARTEFACTS: made,
        Role.ACTIONS: action,
    }
    layout = Layout.fresh(TEXT, IMAGE)
    for role in Role:
        schema = table_schema(role, layout.tag(role))
        assert {name: str(schema.field(name).type) for name in schema.names} == expected[role]


def test_keys_are_marked_in_the_schema(tmp_path: Path) -> None:
    """Without the mark, concurrent writers insert the same row twice."""
    filled(str(tmp_path))
    for name, keys in (("texts_v2_words_v2_0", {"tenant", "memory_id"}), ("meta", {"name"})):
        schema: pa.Schema = connect(str(tmp_path)).open_table(name).schema
        marked = {field.name for field in schema if field.metadata}
        assert marked == keys


def test_an_older_store_is_refused_and_then_migrated(tmp_path: Path) -> None:
    uri = str(tmp_path)
    before = filled(uri).memories(Scope("t"), with_vectors=True)
    age(uri)
    with pytest.raises(StoreVersionMismatch) as error:
        LanceStore.open(uri, text=TEXT, image=IMAGE)
    assert "backtrail migrate" in error.value.hint
    with pytest.raises(StoreVersionMismatch) as error:
        reembed(uri, letters, OTHER)
    assert "backtrail migrate" in error.value.hint
    told = migrate(uri)
    assert [line[:2] for line in told[:2]] == ["1:", "2:"] and str(tmp_path / "backups") in told[2]
    kept = connect(str(tmp_path / "backups" / "schema-0")).list_tables().tables
    assert sorted(kept) == ["frames_v0_pixels", "meta", "texts_v0_words_v0_0", "videos_v0"]
    store = LanceStore.open(uri, text=TEXT, image=IMAGE)
    after = store.memories(Scope("t"), with_vectors=True)
    assert after == [replace(row, image_hash=None) for row in before]
    np.testing.assert_array_equal(after[-1].text_vector, before[-1].text_vector)  # pyright: ignore
    assert len(store.search_text("dogs", Scope("t"), 9)) == 3
    assert names(uri) == ["frames_v2_pixels", "meta", "texts_v2_words_v2_0", "videos_v2"]
    store.put_memories(rows())
    assert len(store.memories(Scope("t"))) == 4
    assert migrate(uri) == []
    assert store.forget("t", "v")["backups"] == 1
    assert not list((tmp_path / "backups").iterdir()), "a copy would keep what was forgotten"


def test_steps_change_rows_in_their_order(tmp_path: Path) -> None:
    uri = str(tmp_path)
    filled(uri)
    age(uri)

    def add(word: str) -> dict[Role, migration.Change]:
        return {Role.TEXTS: lambda old: [{**row, "text": row["text"] + word} for row in old]}

    migrate(uri, [Migration(1, "a", add(" first")), Migration(1, "b", add(" second"))])
    found = LanceStore.open(uri, text=TEXT, image=IMAGE).memories(Scope("t"))
    assert {row.text for row in found if row.text} == {f"dog number {n} first second"
                                                       for n in range(3)}  # fmt: skip


def test_a_newer_store_is_refused(tmp_path: Path) -> None:
    uri = str(tmp_path)
    filled(uri)
    layout = read_layout(connect(uri))
    assert layout is not None
    write_layout(connect(uri), replace(layout, schema=SCHEMA_VERSION + 1))
    for use in (lambda: LanceStore.open(uri, text=TEXT, image=IMAGE), lambda: migrate(uri)):
        with pytest.raises(StoreVersionMismatch) as error:
            use()
        assert "update" in error.value.hint


@pytest.mark.parametrize(
    ("text", "image"),
    [(OTHER, IMAGE), (TEXT, replace(IMAGE, dimension=13)), (TEXT, replace(IMAGE, name="x"))],
)
def test_another_encoder_is_refused(tmp_path: Path, text: EncoderTag, image: EncoderTag) -> None:
    filled(str(tmp_path))
    with pytest.raises(StoreVersionMismatch) as error:
        LanceStore.open(str(tmp_path), text=text, image=image)
    assert "backtrail reembed" in error.value.hint


def test_texts_are_embedded_anew(tmp_path: Path) -> None:
    uri = str(tmp_path)
    old = filled(uri)
    assert reembed(uri, letters, OTHER) == 3
    with pytest.raises(StoreVersionMismatch):
        old.memories(Scope("t"))  # a program that was running notices
    store = LanceStore.open(uri, text=OTHER, image=IMAGE)
    found = store.memories(Scope("t"), with_vectors=True)
    assert found == sorted(rows(), key=lambda row: (row.kind, row.memory_id))
    vectors = [row.text_vector for row in found if row.text]
    assert all(vector is not None and set(vector) == {12.0} for vector in vectors)
    assert names(uri) == ["frames_v2_pixels", "meta", "texts_v2_letters", "videos_v2"]
    assert len(store.search_vector(np.ones(32, np.float32), Scope("t"), 9)) == 3


def test_frames_are_embedded_anew(tmp_path: Path) -> None:
    uri = str(tmp_path)
    filled(uri)
    asked: list[str | None] = []

    def encode(frames: Sequence[Memory]) -> list[tuple[Vector, Vector] | None]:
        asked.extend(frame.thumbnail for frame in frames)
        return [(np.zeros(20, np.float32), np.ones(11, np.float32)) for _ in frames]

    assert reembed_frames(uri, encode, EncoderTag("clip", 20, 11)) == 1
    assert asked == ["v/1.jpg"]
    store = LanceStore.open(uri, text=TEXT, image=EncoderTag("clip", 20, 11))
    assert len(store.search_aligned(np.ones(11, np.float32), Scope("t"), 9)) == 1
    reembed_frames(uri, lambda frames: [None for _ in frames], EncoderTag("clip", 20, 11))
    assert store.search_aligned(np.ones(11, np.float32), Scope("t"), 9) == []


def test_a_failed_rebuild_changes_nothing_and_the_next_cleans_up(tmp_path: Path) -> None:
    uri = str(tmp_path)
    filled(uri)

    def broken(texts: Sequence[str]) -> Vector:
        raise RuntimeError("no power")

    with pytest.raises(StoreUnavailable, match="no power"):
        reembed(uri, broken, OTHER)
    store = LanceStore.open(uri, text=TEXT, image=IMAGE)
    assert len(store.memories(Scope("t"))) == 4
    assert "texts_v2_letters" in names(uri)
    reembed(uri, letters, OTHER)
    assert names(uri) == ["frames_v2_pixels", "meta", "texts_v2_letters_2", "videos_v2"]


def test_writing_during_a_rebuild_stops_it(tmp_path: Path) -> None:
    uri = str(tmp_path)
    store = filled(uri)

    def meanwhile(texts: Sequence[str]) -> Vector:
        store.put_memories(rows(1))
        return letters(texts)

    with pytest.raises(StoreUnavailable, match="was written to"):
        reembed(uri, meanwhile, OTHER)
    assert len(LanceStore.open(uri, text=TEXT, image=IMAGE).memories(Scope("t"))) == 4


def test_nothing_to_do_where_there_is_no_store(tmp_path: Path) -> None:
    uri = str(tmp_path / "none")
    assert migrate(uri) == [] and reembed(uri, letters, OTHER) == 0
    assert not (tmp_path / "none").exists()
