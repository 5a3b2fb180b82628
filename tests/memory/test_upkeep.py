"""Forgetting, compaction, errors and concurrent writers of the store on LanceDB."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from lancedb.index import BTree
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
from memory.lance.store import LanceStore
from memory.organise.records import Assertion, Entry, Mention
from memory.records import (
    LOOKS_KEY,
    Kind,
    Level,
    Memory,
    Node,
    Producer,
    Run,
    Scope,
    Span,
    Video,
    Window,
    WindowStatus,
)
from memory.standing.records import Finding, Watch
from memory.store import EncoderTag, Store

TEXT, IMAGE = EncoderTag("words", 16), EncoderTag("pixels", 12, 10)
WHOLE = Span(0, 60_000_000)


def open_at(path: Path, thumbnails: Path | None = None) -> LanceStore:
    return LanceStore.open(str(path), text=TEXT, image=IMAGE, thumbnails=thumbnails)


def row(number: int, text: str | None, video: str = "v1", **more: object) -> Memory:
    base = Memory(f"m_{video}_{number}", "t", video, "k1", f"w_{video}", "n", Level.SHOT,
                  Kind.CAPTION, Span(number, number + 1), text, Producer("p"),
                  text_vector=np.ones(16, np.float32))  # fmt: skip
    return replace(base, **more)  # pyright: ignore[reportArgumentType]


def frame(video: str, thumbnail: str) -> Memory:
    return row(99, None, video, kind=Kind.KEYFRAME, text_vector=None,
               image_vector=np.ones(12, np.float32), thumbnail=thumbnail,
               text_aligned_vector=np.ones(10, np.float32))  # fmt: skip


def window(index: int, video: str = "v1") -> Window:
    return Window(f"w_{video}_{index}", "t", video, "k1", index, WHOLE, WindowStatus.DONE)


def fill(store: Store, video: str, words: str, count: int = 3) -> None:
    store.put_video(Video(video, "t", "d", (f"/{video}.mp4",), 1, 1, {}, "k1"))
    store.put_windows([window(0, video), window(1, video)])
    store.put_memories([row(n, f"{words} {n}", video) for n in range(count)])
    look = row(500, f"{words} look", video, perception_key=LOOKS_KEY, instruction="why")
    store.put_memories([look, frame(video, f"{video}/1.jpg")])
    node = Node(f"n_{video}", "t", video, "k1", Level.VIDEO, WHOLE, 0, None)
    store.replace_nodes("t", video, "k1", [node])


def beside(video: str, words: str) -> list[Assertion | Mention | Entry | Watch | Finding]:
    """What else may be kept about a video."""
    ends = (0, 1, 1)
    told = ("line", True, 1.0, ("m_1",))
    return [
        Assertion(f"a_{video}", "t", video, words, "is", words, *ends, *told),
        Mention(f"n_{video}", "t", video, words, words, "name", *ends, ("m_1",)),
        Entry(f"e_{video}", "t", video, "2026-01-01", "pin", words, ("m",), ("",), ("",), ""),
        Watch(f"q_{video}", "t", video, words, False, "", "2026-01-01"),
        Finding(f"d_{video}", "t", video, "q", "k1", "likely", words, 0.5, 0, 1, (), "r", "", True),
    ]


def holds(folder: Path, words: bytes) -> bool:
    return any(words in path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_forgetting_leaves_nothing_of_a_video_and_all_of_the_others(tmp_path: Path) -> None:
    pictures = tmp_path / "thumbnails"
    for video in ("v1", "v2"):
        (pictures / video).mkdir(parents=True)
        (pictures / video / "1.jpg").write_bytes(b"x")
    store = open_at(tmp_path / "store", pictures)
    fill(store, "v2", "harmless", 60)
    fill(store, "v1", "zanzibarly")
    store.put_memories([frame("v2", "v1/1.jpg")])  # shares the picture, and replaces the frame
    store.put_memories([replace(frame("v1", "../../etc/passwd"), memory_id="evil")])
    store.put_run(Run("r1", "t", ("v2", "v1"), "zanzibarly?", {}))
    store.put_run(Run("r2", "t", ("v2",), "harmless?", {}))
    store.notebook.put([*beside("v1", "zanzibarly"), *beside("v2", "harmless")])
    store.optimise()
    others = store.memories(Scope("t", ("v2",)))
    assert holds(tmp_path / "store", b"zanzibarly")
    counts = store.forget("t", "v1")
    assert counts == {"rows": 6, "vectors": 8, "looks": 1, "thumbnails": 0, "nodes": 1,
                      "windows": 2, "runs": 1, "artefacts": 0, "videos": 1, "facts": 1,
                      "mentions": 1, "audit": 1, "watches": 1, "findings": 1,
                      "backups": 0}  # fmt: skip
    assert [len(store.notebook.find(kind, "t")) for kind in (Assertion, Mention, Entry)] == [1] * 3
    assert not holds(tmp_path / "store", b"zanzibarly")
    assert store.search_text("zanzibarly", Scope("t"), 9) == []
    assert store.windows("t", "v1", "k1") == [] == store.nodes("t", "v1")
    assert [run.run_id for run in store.runs("t")] == ["r2"]
    assert [video.video_id for video in store.videos("t")] == ["v2"]
    assert store.memories(Scope("t")) == others
    assert len(store.search_text("harmless", Scope("t"), 99)) == 61
    assert len(store.windows("t", "v2", "k1")) == 2 and len(store.nodes("t", "v2")) == 1
    assert (pictures / "v1" / "1.jpg").exists()  # v2 shows it
    assert store.forget("t", "v2")["thumbnails"] == 1
    assert not (pictures / "v1" / "1.jpg").exists()


def test_what_lost_a_race_goes_only_when_the_store_is_swept(tmp_path: Path) -> None:
    """Data that no commit names might be a writer's who is about to commit: LanceDB keeps it."""
    store = open_at(tmp_path)
    fill(store, "v1", "zanzibarly")
    fill(store, "v2", "harmless")
    data = next(tmp_path.glob("texts_*.lance")) / "data"
    holding = next(path for path in data.iterdir() if b"zanzibarly" in path.read_bytes())
    (data / "interrupted.lance").write_bytes(holding.read_bytes())
    store.forget("t", "v1")
    assert holds(tmp_path, b"zanzibarly")
    rows = store.memories(Scope("t"))
    store.sweep()
    assert not holds(tmp_path, b"zanzibarly")
    assert open_at(tmp_path).memories(Scope("t")) == rows != []
    assert len(store.search_text("harmless", Scope("t"), 9)) == 4


def test_another_tenant_cannot_forget_my_video(tmp_path: Path) -> None:
    store = open_at(tmp_path)
    fill(store, "v1", "mine")
    assert set(store.forget("thief", "v1").values()) == {0}
    assert len(store.memories(Scope("t"))) == 5


def test_superseded_rows_take_their_pictures_with_them(tmp_path: Path) -> None:
    pictures = tmp_path / "thumbnails" / "v1"
    pictures.mkdir(parents=True)
    (pictures / "1.jpg").write_bytes(b"x")
    store = open_at(tmp_path / "store", pictures.parent)
    fill(store, "v1", "old")
    store.put_memories([row(7, "new", perception_key="k2")])
    store.activate("t", "v1", "k2", {}, 1)
    assert store.drop_superseded("t", "v1") == 4
    assert not (pictures / "1.jpg").exists()
    assert store.windows("t", "v1", "k1") == []
    assert {found.text for found in store.memories(Scope("t"))} == {"new", "old look"}


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


def write_same_rows(path: str, barrier: object, worker: int) -> None:
    """What each process does: the same windows, all at the same time."""
    store = LanceStore.open(path, text=TEXT, image=IMAGE)
    for index in range(5):
        barrier.wait(200)  # type: ignore[attr-defined]  # pyright: ignore
        rows = [row(10 * index + n, "dog", window_id=f"w_v1_{index}") for n in range(4)]
        picture = replace(frame("v1", "x"), memory_id=f"f{index}", window_id=f"w_v1_{index}")
        store.replace_window(window(index), [*rows, picture])
        store.put_memories([row(1000 + index, "cat", window_id="")])
        store.mark_window(window(index))
        store.put_video(Video("v1", "t", "d", (f"/{worker}.mp4",), 1, 1, {}, "k1"))


def test_processes_that_write_the_same_rows_at_once_write_them_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(2)
    workers = [
        context.Process(target=write_same_rows, args=(str(tmp_path), barrier, number))
        for number in range(2)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(240)
    assert [worker.exitcode for worker in workers] == [0, 0]
    store = open_at(tmp_path)
    found = [one.memory_id for one in store.memories(Scope("t"))]
    assert sorted(found) == sorted(set(found)) and len(found) == 5 * 6
    assert len(store.windows("t", "v1", "k1")) == 5 and len(store.videos("t")) == 1


def test_threads_with_stores_of_their_own_insert_a_new_key_once(tmp_path: Path) -> None:
    """The race that the key mark in the schema decides, with an index on the key as well."""
    open_at(tmp_path).put_memories([row(0, "dog")])
    connect(str(tmp_path)).open_table("texts_v2_words").create_index("memory_id", config=BTree())
    stores = [open_at(tmp_path) for _ in range(4)]
    for round_ in range(1, 6):
        gate = threading.Barrier(4)

        def insert(store: Store, number: int = round_, gate: threading.Barrier = gate) -> None:
            gate.wait()
            store.put_memories([row(number, "dog")])

        threads = [threading.Thread(target=insert, args=(store,)) for store in stores]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(open_at(tmp_path).memories(Scope("t"), perception_key="k1")) == 6


def test_a_reader_sees_what_another_process_wrote(tmp_path: Path) -> None:
    reader, path = open_at(tmp_path / "store"), str(tmp_path / "store")
    assert reader.memories(Scope("t"), perception_key="k1") == []
    writer = multiprocessing.get_context("spawn").Process(target=write_one, args=(path, 1))
    writer.start()
    writer.join(120)
    assert len(reader.memories(Scope("t"), perception_key="k1")) == 1
    write_one(path, 2)
    assert len(reader.memories(Scope("t"), perception_key="k1")) == 2


def write_one(path: str, number: int) -> None:
    LanceStore.open(path, text=TEXT, image=IMAGE).put_memories([row(number, "dog")])


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


def test_dropping_what_is_not_there_commits_nothing(tmp_path: Path) -> None:
    store = open_at(tmp_path)
    fill(store, "v1", "cat")
    before = {name: table["version"] for name, table in store.stats()["tables"].items()}
    assert store.drop_superseded("t", "v1") == 0
    after = {name: table["version"] for name, table in store.stats()["tables"].items()}
    assert before == after
