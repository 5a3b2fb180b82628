"""A workspace's memory as files: round trips, conflicts, lineage, and nothing left after undo."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from memory.cubes import export_memory, import_memory
from memory.errors import MemoryLayerError, StoreUnavailable, StoreVersionMismatch
from memory.lance.store import LanceStore
from memory.organise.consolidate import consolidate_video
from memory.organise.lifecycle import history, note, pin, profiles, undo
from memory.organise.parts import ALL_ON
from memory.organise.records import Assertion, Entry, Grant, Mention
from memory.organise.verbs import facts
from memory.records import Kind, Level, Node, Run, Scope, Span
from memory.store import EncoderTag, Store
from tests.memory.organise.library import TAG, TENANT, film, said, told


def open_at(folder: Path, tag: EncoderTag = TAG) -> Store:
    return LanceStore.open(
        str(folder / "store"), text=tag, image=TAG, thumbnails=folder / "thumbnails"
    )


def filled(folder: Path) -> Store:
    """Two videos with a picture, a tree, a note, a trace, a repeat and a pin."""
    store = open_at(folder)
    (folder / "thumbnails" / "v1").mkdir(parents=True)
    (folder / "thumbnails" / "v1" / "1.jpg").write_bytes(b"picture")
    frame = told(Kind.KEYFRAME, 4, 5, "", thumbnail="v1/1.jpg")
    rows = [said(0, "The code of the cellar is 4711."), said(6, "Otto is here"),
            said(9, "Otto is here")]  # fmt: skip
    film(store, *rows, replace(frame, text=None), recorded_at="2026-03-01T10:00:00")
    film(store, said(0, "a zanzibarly sentence", "v2"))
    store.replace_nodes(TENANT, "v1", "k", [
        Node("n", TENANT, "v1", "k", Level.VIDEO, Span(0, 1), 0, None)
    ])  # fmt: skip
    store.put_run(Run("r1", TENANT, ("v1",), "which code?", {"answer": "4711"}))
    note(store, TENANT, "Otto", "the neighbour", ALL_ON, aliases=["Ottokar"])
    consolidate_video(store, TENANT, "v1", "near")
    pin(store, TENANT, [rows[0].memory_id])
    return store


def test_a_round_trip_is_equal_by_hash(tmp_path: Path) -> None:
    first, second = filled(tmp_path / "a"), open_at(tmp_path / "b")
    out = export_memory(first, TENANT, tmp_path / "cube")
    done = import_memory(second, TENANT, tmp_path / "cube")
    assert sorted(done.videos) == ["v1", "v2"] and done.others == 2 and not done.conflicts
    again = export_memory(second, TENANT, tmp_path / "cube2")
    assert again["content"] == out["content"] and again["pictures"] == out["pictures"] == 1
    assert {n: f for n, f in again["files"].items() if n != "audit.parquet"} == {
        n: f for n, f in out["files"].items() if n != "audit.parquet"
    }
    for read in (_everything, _facts):
        assert read(first) == read(second)
    assert len(second.search_text("Otto", Scope(TENANT), 1)) == 2, "what stands for others does"
    assert (tmp_path / "b" / "thumbnails" / "v1" / "1.jpg").read_bytes() == b"picture"


def _everything(store: Store) -> object:
    beside = [store.notebook.find(kind, TENANT) for kind in (Assertion, Mention)]
    rows = store.memories(Scope(TENANT), with_vectors=True)
    return rows, store.videos(TENANT), store.nodes(TENANT, "v1"), store.runs(TENANT), beside


def _facts(store: Store) -> object:
    return facts(store, TENANT, history=True), profiles(store, TENANT)


def test_the_log_says_where_each_video_came_from(tmp_path: Path) -> None:
    out = export_memory(filled(tmp_path / "a"), TENANT, tmp_path / "cube")
    store = open_at(tmp_path / "b")
    import_memory(store, TENANT, tmp_path / "cube")
    entries = [e for e in history(store, TENANT) if e.verb == "import"]
    assert {(e.video_id, e.after) for e in entries} == {
        ("v1", (out["content"],)), ("v2", (out["content"],))
    }  # fmt: skip


def test_undoing_an_import_leaves_nothing_of_the_video(tmp_path: Path) -> None:
    export_memory(filled(tmp_path / "a"), TENANT, tmp_path / "cube")
    store = open_at(tmp_path / "b")
    import_memory(store, TENANT, tmp_path / "cube")
    entry = next(e for e in history(store, TENANT) if e.video_id == "v2")
    assert undo(store, TENANT, entry.entry_id).changed == ["v2"]
    assert [video.video_id for video in store.videos(TENANT)] == ["v1"]
    files = [path for path in (tmp_path / "b").rglob("*") if path.is_file()]
    assert not any(b"zanzibarly" in path.read_bytes() for path in files)


def test_fusing_adds_what_is_new_and_tells_what_stands_against_it(tmp_path: Path) -> None:
    export_memory(filled(tmp_path / "a"), TENANT, tmp_path / "cube")
    store = open_at(tmp_path / "b")
    film(store, said(0, "a zanzibarly sentence", "v2"))
    film(store, said(0, "our own words", "v1"))
    film(store, said(0, "Another video", "v3"))
    with pytest.raises(MemoryLayerError, match="not empty"):
        import_memory(store, TENANT, tmp_path / "cube")
    done = import_memory(store, TENANT, tmp_path / "cube", fuse=True)
    assert (done.videos, done.same, done.conflicts) == ([], ["v2"], ["v1"])
    assert [row.text for row in store.memories(Scope(TENANT, ("v1",)))] == ["our own words"]
    assert [held.text for held in profiles(store, TENANT)] == ["the neighbour"]
    again = import_memory(store, TENANT, tmp_path / "cube", fuse=True)
    assert (again.videos, again.others) == ([], 0), "repeating it adds nothing"


def test_it_comes_under_the_name_of_another_workspace(tmp_path: Path) -> None:
    export_memory(filled(tmp_path / "a"), TENANT, tmp_path / "cube")
    store = open_at(tmp_path / "b")
    import_memory(store, "other", tmp_path / "cube")
    assert store.memories(Scope(TENANT)) == [] == store.notebook.find(Entry, TENANT)
    assert len(store.memories(Scope("other"))) == 5
    assert [fact.value for fact in facts(store, "other")] == ["4711"]


def test_grants_are_not_part_of_a_memory(tmp_path: Path) -> None:
    store = filled(tmp_path / "a")
    store.notebook.put([Grant("g", TENANT, "", "elsewhere", (), "2026")])
    assert "grants.parquet" not in export_memory(store, TENANT, tmp_path / "cube")["files"]


def test_what_was_changed_or_is_of_another_kind_is_refused(tmp_path: Path) -> None:
    store = filled(tmp_path / "a")
    export_memory(store, TENANT, tmp_path / "cube")
    with pytest.raises(MemoryLayerError, match="not empty"):
        export_memory(store, TENANT, tmp_path / "cube")
    with pytest.raises(MemoryLayerError, match="remembers nothing"):
        export_memory(store, "nobody", tmp_path / "none")
    with pytest.raises(MemoryLayerError, match="holds no memory"):
        import_memory(open_at(tmp_path / "b"), TENANT, tmp_path)
    with pytest.raises(StoreVersionMismatch, match="vectors of"):
        import_memory(open_at(tmp_path / "c", EncoderTag("other", 8)), TENANT, tmp_path / "cube")
    manifest = tmp_path / "cube" / "manifest.json"
    told = json.loads(manifest.read_text())
    told["files"]["../../store/x.parquet"] = {"sha256": "", "rows": 1}
    manifest.write_text(json.dumps(told))
    with pytest.raises(StoreUnavailable):
        import_memory(open_at(tmp_path / "d"), TENANT, tmp_path / "cube")
    del told["files"]["../../store/x.parquet"]
    manifest.write_text(json.dumps(told))
    with (tmp_path / "cube" / "texts.parquet").open("ab") as file:
        file.write(b"x")
    with pytest.raises(StoreUnavailable, match="manifest"):
        import_memory(open_at(tmp_path / "e"), TENANT, tmp_path / "cube")
