"""Processes and threads that write to one store at once, and who reads what they wrote."""

from __future__ import annotations

import multiprocessing
import threading
from dataclasses import replace
from pathlib import Path

from lancedb.index import BTree

from memory.lance.connection import connect
from memory.lance.store import LanceStore
from memory.records import Scope, Video
from memory.store import Store
from tests.memory.store.stores import IMAGE, TEXT, frame, open_at, row, window


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
