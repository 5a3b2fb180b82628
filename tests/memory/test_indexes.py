"""Indexes beside the full text: built where a table is large, right with them and without."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from lancedb.table import LanceTable

from memory.lance import indexes, query
from memory.lance.schema import Role
from memory.lance.store import LanceStore
from memory.records import Level, Node, Scope, Span
from memory.store import Store
from tests.store_rows import IMAGE, TENANT, TEXT, active, axis, frame, row, video

SCOPE = Scope(TENANT)


def open_at(path: Path) -> LanceStore:
    return LanceStore.open(str(path), text=TEXT, image=IMAGE)


@pytest.fixture
def low(monkeypatch: pytest.MonkeyPatch) -> None:
    """Indexes already for a few rows."""
    monkeypatch.setattr(indexes, "FILTERED_FROM", 10)
    monkeypatch.setattr(indexes, "EXACT", 300)


def filled(path: Path, videos: int = 4, each: int = 100) -> LanceStore:
    store, noise = open_at(path), np.random.default_rng(0)
    for number in range(videos):
        active(store, f"v{number}")
        store.put_memories(
            [
                row(f"dog {number} {n}", n, n + 1, video=f"v{number}",
                    vector=None if n % 9 == 0 else noise.normal(size=64).astype(np.float32))
                for n in range(each)
            ]
        )  # fmt: skip
    store.put_memories([frame(n, axis(n % 48, 48), axis(n % 32, 32), video_id="v0")
                        for n in range(20)])  # fmt: skip
    store.optimise()
    return store


def kinds(store: LanceStore, role: Role = Role.TEXTS) -> dict[str, str]:
    table = store.db.reading(role)
    assert table is not None
    return {index.columns[0]: str(index.index_type) for index in table.list_indices()}


def test_a_small_store_has_none_but_the_words(tmp_path: Path) -> None:
    assert set(kinds(filled(tmp_path, 1, 20))) == {"text"}


@pytest.mark.usefixtures("low")
def test_large_tables_have_them_and_small_scopes_are_searched_exactly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = filled(tmp_path)
    assert kinds(store) == {
        "text": "FTS", "tenant": "Bitmap", "perception_key": "Bitmap", "superseded_by": "Bitmap",
        "video_id": "BTree", "start_us": "BTree", "memory_id": "BTree", "text_vector": "IvfRq",
    }  # fmt: skip
    assert set(kinds(store, Role.FRAMES)) == {
        "tenant", "perception_key", "superseded_by", "video_id", "start_us", "memory_id"
    }  # fmt: skip
    wanted = np.random.default_rng(1).normal(size=64).astype(np.float32)
    one = Scope(TENANT, ("v1",))
    seen: list[str] = []
    for scope in (one, SCOPE):
        found = store.search_vector(wanted, scope, 9)
        rows = store.memories(scope, with_vectors=True)
        cosines = {r.memory_id: cosine(r.text_vector, wanted) for r in rows
                   if r.text_vector is not None}  # fmt: skip
        best = sorted(cosines, key=lambda key: -cosines[key])[:9]
        seen.append("same" if [hit.memory.memory_id for hit in found] == best else "other")
        assert [hit.score for hit in found] == pytest.approx(
            [cosines[hit.memory.memory_id] for hit in found], abs=1e-4
        )
    assert seen[0] == "same", "a scope of 100 rows was not searched exactly"
    monkeypatch.setattr(indexes, "EXACT", 10**6)
    assert {hit.memory.video_id for hit in store.search_vector(wanted, one, 99)} == {"v1"}


def cosine(one: np.ndarray | None, other: np.ndarray) -> float:
    assert one is not None
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))


@pytest.mark.usefixtures("low")
def test_rows_that_no_index_has_are_found_and_told(tmp_path: Path) -> None:
    store = filled(tmp_path)
    assert store.inspect().index_lag == 0
    store.put_memories([row("zebra", 5, 6, video="v1", vector=axis(3, 64))])
    assert store.inspect().index_lag == 1
    assert store.stats()["tables"]["texts"]["index_lag"] == 1
    for scope in (SCOPE, Scope(TENANT, ("v1",), within=Span.of_seconds(5, 6))):
        assert store.search_vector(axis(3, 64), scope, 1)[0].memory.text == "zebra"
        assert store.search_text("zebra", scope, 1)[0].memory.text == "zebra"
    store.optimise()
    assert store.inspect().index_lag == 0


@pytest.mark.usefixtures("low")
def test_what_is_forgotten_is_in_no_index(tmp_path: Path) -> None:
    store = filled(tmp_path)
    gone = [one.memory_id.encode() for one in store.memories(Scope(TENANT, ("v1",)))]
    store.forget(TENANT, "v1")
    files = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert not any(name in data for name in gone[:5] for data in files)
    assert set(kinds(store)) >= {"tenant", "video_id", "text"}
    assert len(store.memories(SCOPE)) == 320 and store.inspect().index_lag == 0


@pytest.mark.usefixtures("low")
def test_threads_insert_a_new_key_once_with_all_indexes_in_place(tmp_path: Path) -> None:
    filled(tmp_path)
    stores = [open_at(tmp_path) for _ in range(4)]
    for round_ in range(5):
        gate = threading.Barrier(4)

        def insert(store: Store, number: int = round_, gate: threading.Barrier = gate) -> None:
            gate.wait()
            store.put_memories([row(f"new {number}", 900, 901, video="v1", vector=axis(1, 64))])

        threads = [threading.Thread(target=insert, args=(store,)) for store in stores]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert set(kinds(open_at(tmp_path))) >= {"memory_id", "tenant", "text_vector"}
    within = Scope(TENANT, ("v1",), within=Span.of_seconds(900, 901))
    assert len(open_at(tmp_path).memories(within)) == 5


def lists(store: LanceStore) -> str:
    return query.visible(store.db, SCOPE).to_sql()


def test_no_filter_lists_every_video(tmp_path: Path) -> None:
    store = open_at(tmp_path)
    for number in range(12):
        active(store, f"v{number}")
    assert not any(f"'v{n}'" in lists(store) for n in range(12))
    active(store, "v3", "k2")
    store.put_video(video("fresh"))  # its first ingest is not complete
    assert [n for n in range(12) if f"'v{n}'" in lists(store)] == [3]
    store.put_memories([row("old", video="v3"), row("new", video="v3", key="k2"),
                        row("dog", video="v1"), row("later", video="v1", key="k2"),
                        row("early", video="fresh")])  # fmt: skip
    assert {one.text for one in store.memories(SCOPE)} == {"new", "dog"}
    assert {one.text for one in store.memories(Scope(TENANT, ("v3",)))} == {"new"}
    assert store.memories(Scope(TENANT, ("fresh",))) == []
    assert {one.text for one in store.memories(Scope(TENANT, without=("v3",)))} == {"dog"}


def test_parts_of_several_videos_are_read_at_once(tmp_path: Path) -> None:
    store = open_at(tmp_path)
    for name in ("v1", "v2"):
        active(store, name)
        store.put_memories([row(f"{name} {n}", 10 * n, 10 * n + 5, video=name) for n in range(4)])
    parts = (("v1", Span.of_seconds(0, 11)), ("v2", Span.of_seconds(32, 33)))
    found = [one.text for one in store.memories(Scope(TENANT, parts=parts))]
    assert found == ["v1 0", "v1 1", "v2 3"]
    many = tuple(("v1", Span.of_seconds(n, n + 0.1)) for n in range(300))
    assert len(store.memories(Scope(TENANT, parts=many))) == 4


@pytest.fixture
def searches(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every query that reaches a table."""
    asked: list[str] = []
    real = LanceTable.search

    def search(self: LanceTable, *more: object, **named: object) -> object:
        asked.append(self.name)
        return real(self, *more, **named)  # type: ignore[arg-type]  # pyright: ignore

    monkeypatch.setattr(LanceTable, "search", search)
    yield asked


def test_trees_of_several_videos_are_one_query(tmp_path: Path, searches: list[str]) -> None:
    store = filled(tmp_path, 6, 5)
    whole = Span.of_seconds(0, 60)
    for number in range(6):
        node = Node(f"n{number}", TENANT, f"v{number}", "k1", Level.VIDEO, whole, 0, None)
        store.replace_nodes(TENANT, f"v{number}", "k1", [node])
    store.nodes_of(TENANT, ("v0",))
    searches.clear()
    found = store.nodes_of(TENANT, tuple(f"v{n}" for n in (4, 1, 2)))
    assert [node.video_id for node in found] == ["v4", "v1", "v2"]
    assert searches == ["nodes_v2"]
