"""Compaction, the text index and errors of the store on LanceDB."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from lancedb.table import LanceTable

from memory.errors import StoreUnavailable
from memory.lance import upkeep, write
from memory.lance.connection import (
    TEXT_INDEX,
    absent,
    connect,
    folder_of,
    storage_errors,
    text_indexes,
)
from memory.lance.schema import Role
from memory.records import Scope, Video
from tests.memory.store.stores import fill, open_at, row


def test_writing_compacts_in_passing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fragments(folder: str, every: int) -> int:
        monkeypatch.setattr(write, "TIDY_EVERY", every)
        store = open_at(tmp_path / folder)
        for number in range(24):
            store.put_memories([row(number, "dog")])
        return store.stats()["tables"]["texts"]["fragments"]

    assert fragments("tidy", 8) < 12
    assert fragments("untidy", 10_000) >= 24


def test_a_compaction_that_fails_in_passing_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("merge panicked")

    monkeypatch.setattr(write, "TIDY_EVERY", 1)
    monkeypatch.setattr(LanceTable, "optimize", fail)
    store = open_at(tmp_path)
    store.put_memories([row(1, "dog")])
    assert "merge panicked" in caplog.text
    assert len(store.memories(Scope("t"), perception_key="k1")) == 1
    with pytest.raises(StoreUnavailable, match="merge panicked"):
        store.optimise()


def test_a_broken_text_index_is_built_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    store = open_at(tmp_path)
    fill(store, "v1", "dogs")
    real, failures = LanceTable.optimize, [RuntimeError("index panicked")]

    def once(self: LanceTable, **more: object) -> object:
        if failures and self.name.startswith("texts"):
            raise failures.pop()
        return real(self, **more)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(LanceTable, "optimize", once)
    store.optimise()
    assert "building its text index anew" in caplog.text and not failures
    assert len(store.search_text("dog", Scope("t"), 9)) == 4


def test_optimising_leaves_one_fragment_and_every_row_indexed(tmp_path: Path) -> None:
    store = open_at(tmp_path)
    for number in range(12):
        store.put_memories([row(number, "dog")])
    before = store.size_bytes
    store.optimise()
    texts = store.stats()["tables"]["texts"]
    assert (texts["rows"], texts["fragments"], texts["name"]) == (12, 1, "texts_v2_words")
    table = connect(str(tmp_path)).open_table("texts_v2_words")
    assert table.index_stats(TEXT_INDEX).num_unindexed_rows == 0  # pyright: ignore
    assert before > 0 and store.stats()["bytes"] == store.size_bytes > 0
    table.drop_index(TEXT_INDEX)
    store.optimise()
    assert [index.columns for index in table.list_indices()] == [["text"]]


def test_a_text_index_is_built_once(tmp_path: Path) -> None:
    store = open_at(tmp_path)
    fill(store, "v1", "dogs")
    table = connect(str(tmp_path)).open_table("texts_v2_words")
    store.optimise()
    first = table.list_indices()[0].index_uuid  # pyright: ignore
    store.optimise()
    assert table.list_indices()[0].index_uuid == first  # pyright: ignore


@pytest.mark.parametrize(
    ("error", "hint"),
    [
        (OSError(28, "No space left on device"), "disk space"),
        (PermissionError(13, "Permission denied"), "writable"),
        (RuntimeError("lance error: Commit conflict for version 3"), "other programs"),
        (RuntimeError("lance error: LanceError(IO): odd, /rust/src/x.rs:1"), "doctor"),
    ],
)
def test_errors_are_translated_in_one_place(error: Exception, hint: str) -> None:
    with pytest.raises(StoreUnavailable) as caught, storage_errors("/data/store"):
        raise error
    assert "/data/store" in str(caught.value) and "/rust" not in str(caught.value)
    assert hint in caught.value.hint


def test_a_store_that_is_a_file_or_damaged_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(StoreUnavailable) as caught:
        open_at(tmp_path / "file").put_memories([row(1, "dog")])
    assert "folder" in caught.value.hint
    fill(open_at(tmp_path / "store"), "v1", "dog")
    for path in (tmp_path / "store" / "texts_v2_words.lance" / "data").iterdir():
        path.write_bytes(b"junk")
    with pytest.raises(StoreUnavailable):
        open_at(tmp_path / "store").memories(Scope("t"))


def test_which_uris_are_folders() -> None:
    assert folder_of("file:///a/b") == Path("/a/b") == folder_of("/a/b")
    assert folder_of("s3://bucket/x") is None and not absent("s3://bucket/x")
    assert absent("/nowhere/at/all")


def test_records_and_retrieval_do_not_import_the_database() -> None:
    code = "import memory.retrieve, sys; sys.exit('lancedb' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_text_index_survives_a_video_that_is_forgotten(tmp_path: Path) -> None:
    store = open_at(tmp_path)
    fill(store, "v1", "dogs")
    fill(store, "v2", "dogs")
    store.forget("t", "v1")
    table = connect(str(tmp_path)).open_table("texts_v2_words")
    assert [index.columns for index in table.list_indices()] == [["text"]]
    assert len(store.search_text("dog", Scope("t"), 9)) == 4


CHINESE = (
    *("船九点半离开港口", "博物馆明天关闭", "咖啡机修好了", "火车晚点二十分钟"),
    *("会议改到星期四", "桥梁在洪水后倒塌", "电池可用两天"),
)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("博物馆", 1),
        ("火车什么时候晚点", 3),
        ("港口", 0),
        ("洪水倒塌", 5),
        ("星期四的会议", 4),
    ],
)
def test_words_are_found_in_scripts_without_spaces(tmp_path: Path, query: str, found: int) -> None:
    store = open_at(tmp_path)
    fill(store, "v1", "train")
    store.put_memories([row(10 + n, text) for n, text in enumerate(CHINESE)])
    store.optimise()
    hits = store.search_text(query, Scope("t"), 10)
    assert hits[0].memory.span.start - 10 == found
    assert len(hits) <= 2, "not the same rows for everything"
    assert len(store.search_text("trains", Scope("t"), 10)) == 4, "English stems as before"


def test_a_store_with_an_index_of_another_kind_gets_the_new_one(tmp_path: Path) -> None:
    from lancedb.index import FTS

    store = open_at(tmp_path)
    store.put_video(Video("v1", "t", "d", ("/v1.mp4",), 1, 1, {}, "k1"))
    store.put_memories([row(n, text) for n, text in enumerate(CHINESE)])
    table = store.db.reading(Role.TEXTS)
    assert table is not None
    for name in text_indexes(table):
        table.drop_index(name)
    table.create_index("text", config=FTS(with_position=True, stem=True))
    assert not store.search_text("博物馆", Scope("t"), 10)
    store.optimise()
    assert text_indexes(table) == [TEXT_INDEX]
    assert store.search_text("博物馆", Scope("t"), 10)


def test_a_text_of_any_length_is_searched_for(tmp_path: Path) -> None:
    store = open_at(tmp_path)
    store.put_video(Video("v1", "t", "d", ("/v1.mp4",), 1, 1, {}, "k1"))
    store.put_memories([row(n, f"word{n}x") for n in range(3000)])
    words = " ".join(f"word{n}x" for n in range(3000))
    for text in (words, "x" * 40_000, CHINESE[0] * 5_000, "(" * 40_000):
        store.search_text(text, Scope("t"), 10)
    assert len(store.search_text(words, Scope("t"), 10)) == 10


def test_a_run_of_many_files_is_tidied_on_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "KEEP_IN_RUNS", timedelta(seconds=0.2))
    store = open_at(tmp_path)
    pieces: list[int] = []
    for number in range(2 * upkeep.MOST_PIECES + 4):
        fill(store, f"v{number}", "cat")
        store.drop_superseded("t", f"v{number}")
        store.optimise_when_due()
        pieces.append(store.stats()["tables"]["texts"]["fragments"])
    assert pieces[:4] == sorted(pieces[:4]) and pieces[3] > 2, "not after every file"
    assert max(pieces) < upkeep.MOST_PIECES + 3
    manifests = len(list(tmp_path.glob("texts*.lance/_versions/*")))
    assert manifests < store.stats()["tables"]["texts"]["version"] / 2, "old versions went"
    assert len(store.search_text("cat", Scope("t"), 500)) >= 100
