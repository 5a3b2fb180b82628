"""What a question reads and makes of rows: bounded however long the video, and made once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from memory import terms
from memory.lance import kept
from memory.lance.store import LanceStore
from memory.records import Level, Memory, Node, Scope, Span, Video
from memory.retrieve import Fusion, Query, retrieve
from tests.store_rows import IMAGE, TENANT, TEXT, active, axis, row

SCOPE = Scope(TENANT, ("v1",))
USE = replace(Fusion(), depth=30, opened=2)
WORDS: list[str] = ["harbour", "ferry", "kettle", "museum", "lantern", "bicycle"]


def filled(path: Path, count: int) -> LanceStore:
    """One video with a row and a shot every ten seconds."""
    store, noise = LanceStore.open(str(path), text=TEXT, image=IMAGE), np.random.default_rng(0)
    active(store, "v1")
    store.put_memories(
        [
            row(f"{WORDS[n % 6]} {WORDS[n % 5]} {n}", 10 * n, 10 * n + 4, video="v1",
                vector=(axis(n % 6, 64) + 0.1 * noise.normal(size=64)).astype(np.float32))
            for n in range(count)
        ]
    )  # fmt: skip
    shots = [
        Node(f"n{n}", TENANT, "v1", "k1", Level.SHOT, Span.of_seconds(10 * n, 10 * n + 10), n, None)
        for n in range(count)
    ]
    store.replace_nodes(TENANT, "v1", "k1", shots)
    return store


def asked(store: LanceStore, word: str = "ferry") -> list[Memory]:
    """A search, and what lies around its hits, as a question does."""
    query = Query(word, axis(WORDS.index(word), 64), question=f"Where is the {word}?")
    hits = retrieve(store, query, SCOPE, limit=10, settings=USE)
    parts = tuple((hit.memory.video_id, hit.memory.span) for hit in hits)
    return [*(hit.memory for hit in hits), *store.memories(replace(SCOPE, parts=parts))]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, int]]:
    """How many records were made of rows since."""
    counts = {"to_memory": 0, "to_node": 0}
    for name in counts:
        plain = getattr(kept, name)

        def counted(row: kept.Row, name: str = name, plain: object = plain) -> object:
            counts[name] += 1
            return plain(row)  # type: ignore[operator]

        monkeypatch.setattr(kept, name, counted)
    yield counts


def test_a_question_makes_each_row_once_and_no_more_of_a_longer_video(
    tmp_path: Path, made: dict[str, int]
) -> None:
    spent: list[int] = []
    for count in (200, 600):
        store = filled(tmp_path / str(count), count)
        made["to_memory"] = 0
        found = asked(store)
        spent.append(made["to_memory"])
        assert len(found) > 10
        assert spent[-1] < len({r.memory_id for r in found}) + 4 * USE.depth
        asked(store)
        assert made["to_memory"] == spent[-1], "the second time nothing is made anew"
    assert spent[1] <= 1.1 * spent[0]


def test_what_was_kept_is_read_again_when_it_changed(tmp_path: Path) -> None:
    store = filled(tmp_path, 40)
    first = asked(store)[0]
    assert not first.pinned
    store.pin(TENANT, [first.memory_id], True)
    assert next(r for r in asked(store) if r.memory_id == first.memory_id).pinned
    store.delete_memories(TENANT, [first.memory_id])
    assert first.memory_id not in {r.memory_id for r in asked(store)}


def test_a_tree_is_made_once_until_it_changes(tmp_path: Path, made: dict[str, int]) -> None:
    store = filled(tmp_path, 50)
    before = store.nodes_of(TENANT, ["v1"])
    assert store.nodes_of(TENANT, ["v1"]) == before
    assert (len(before), made["to_node"]) == (50, 50)
    store.replace_nodes(TENANT, "v1", "k1", before[:7])
    assert store.nodes_of(TENANT, ["v1"]) == before[:7]
    assert store.nodes_of(TENANT, ["v2", "v1"]) == before[:7]


def test_the_videos_of_a_workspace_are_made_once_until_one_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, made = filled(tmp_path, 2), list[str]()
    plain = kept.to_video

    def counted(row: kept.Row) -> Video:
        made.append(row["video_id"])
        return plain(row)

    monkeypatch.setattr(kept, "to_video", counted)
    active(store, "v2")
    active(store, "v1", tenant="other")
    made.clear()
    for _ in range(3):
        assert [one.video_id for one in store.videos(TENANT)] == ["v1", "v2"]
    assert [one.tenant for one in store.videos("other")] == ["other"]
    assert made == ["v1", "v2", "v1"]
    store.date_video(TENANT, "v2", "2026-03-01T10:00:00")
    assert [one.recorded_at for one in store.videos(TENANT)] == ["", "2026-03-01T10:00:00"]
    store.forget(TENANT, "v1")
    assert [one.video_id for one in store.videos(TENANT)] == ["v2"]


def test_workspaces_do_not_see_what_was_kept_for_others(tmp_path: Path) -> None:
    store = filled(tmp_path, 20)
    active(store, "v1", tenant="other")
    mine = asked(store)[0]
    store.put_memories([replace(mine, tenant="other", text="ferry of another")])
    found = store.memories(Scope("other"))
    assert [(r.tenant, r.text) for r in found] == [("other", "ferry of another")]
    assert asked(store)[0].tenant == TENANT


def test_the_stem_of_a_word_is_found_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stemmer in Python takes longer than all that retrieval does with its stems."""
    stemmed: list[str] = []

    class Counting:
        def stemWord(self, word: str) -> str:  # noqa: N802
            stemmed.append(word)
            return word

    monkeypatch.setattr(terms, "EnglishStemmer", Counting)
    texts = [f"zzlantern zzharbour zz{n % 7} row {n}" for n in range(300)]
    terms.held("zzlantern", texts)
    assert max(map(stemmed.count, stemmed)) == 1
