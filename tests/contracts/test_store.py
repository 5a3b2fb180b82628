"""What every store must do, whatever it is built on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from memory.artefacts import Action, Artefact
from memory.errors import UnknownMemory, UnknownVideo
from memory.records import (
    LOOKS_KEY,
    Kind,
    Level,
    Node,
    Run,
    Scope,
    Span,
    WindowStatus,
)
from memory.store import Store
from tests.store_rows import (
    TENANT,
    active,
    axis,
    frame,
    ids,
    row,
    video,
    window,
)


def test_a_store_that_does_not_exist_reads_as_empty_and_leaves_no_trace(
    store: Store, tmp_path: Path
) -> None:
    scope = Scope(TENANT)
    assert store.videos(TENANT) == [] == store.runs(TENANT) == store.memories(scope)
    assert store.search_text("dog", scope, 5) == [] == store.looks(TENANT, "v1")
    assert store.search_vector(axis(0, 64), scope, 5) == [] == store.nodes(TENANT, "v1")
    assert store.windows(TENANT, "v1", "k1") == []
    assert store.size_bytes == 0
    assert store.drop_superseded(TENANT, "v1") == 0
    assert set(store.forget(TENANT, "v1").values()) == {0}
    store.optimise()
    store.put_memories([])
    store.put_windows([])
    with pytest.raises(UnknownVideo):
        store.activate(TENANT, "v1", "k1", {}, 1)
    with pytest.raises(UnknownVideo):
        store.find_video(TENANT, "v1")
    with pytest.raises(UnknownMemory):
        store.memory(TENANT, "m_1")
    assert list(tmp_path.iterdir()) == []


def test_a_row_comes_back_as_it_was(store: Store) -> None:
    active(store)
    text = row("a dog runs", 1, 2.5, vector=axis(1, 64))
    picture = frame(1, axis(0, 48), axis(1, 32))
    store.put_memories([text, picture])
    found = store.memories(Scope(TENANT), with_vectors=True)
    assert found == [picture, text]
    assert found[1].text_vector is not None and found[1].text_vector.dtype == np.float32
    np.testing.assert_array_equal(found[1].text_vector, axis(1, 64))
    np.testing.assert_array_equal(found[0].image_vector, axis(0, 48))  # pyright: ignore
    np.testing.assert_array_equal(found[0].text_aligned_vector, axis(1, 32))  # pyright: ignore
    assert all(one.created_at for one in found)
    assert store.memories(Scope(TENANT))[1].text_vector is None


def test_rows_may_lack_vectors(store: Store) -> None:
    active(store)
    store.put_memories([row("bare"), row("rich", vector=axis(0, 64))])
    assert [hit.memory.text for hit in store.search_vector(axis(0, 64), Scope(TENANT), 9)] == [
        "rich"
    ]


def test_a_vector_that_is_not_finite_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="not finite"):
        store.put_memories([row("x", vector=axis(0, 64) * np.float32("nan"))])


def test_writing_twice_writes_once(store: Store) -> None:
    active(store)
    one = row("a dog")
    store.put_memories([one, one])
    store.put_memories([replace(one, confidence=0.9)])
    assert [found.confidence for found in store.memories(Scope(TENANT))] == [0.9]


def test_the_same_id_in_two_tenants_is_two_rows(store: Store) -> None:
    mine, theirs = row("a dog"), replace(row("a dog"), tenant="b")
    store.put_memories([mine])
    store.put_memories([theirs])
    assert store.memories(Scope(TENANT), perception_key="k1") == [mine]
    assert store.memories(Scope("b"), perception_key="k1") == [theirs]


def test_a_window_is_replaced_whole_and_alone(store: Store) -> None:
    active(store)
    other = row("other", 30, 31, window="w2")
    store.put_memories([other])
    first = [row("one", 0), row("two", 1, 2), frame(0, axis(0, 48), axis(0, 32))]
    second = [row("two", 1, 2), row("three", 2, 3)]
    store.replace_window(window(), first)
    store.replace_window(window(), second)
    store.replace_window(window(), second)
    assert ids(store.memories(Scope(TENANT))) == ids([*second, other])
    store.replace_window(window(), [])
    assert store.memories(Scope(TENANT)) == [other]
    with pytest.raises(ValueError, match="another window"):
        store.replace_window(window(), [other])


def test_derived_rows_are_replaced_and_window_rows_stay(store: Store) -> None:
    active(store)
    perceived, look = row("seen"), row("asked", key=LOOKS_KEY, window="", instruction="why")
    old = row("old summary", window="", kind=Kind.SUMMARY)
    new = row("new summary", window="", kind=Kind.SUMMARY)
    store.put_memories([perceived, look, old])
    store.replace_derived(TENANT, "v1", "k1", [new])
    assert ids(store.memories(Scope(TENANT))) == ids([perceived, look, new])


def test_rows_are_ordered_and_limited(store: Store) -> None:
    active(store)
    active(store, "v0")
    rows = [
        row("a", 0, 1, video="v0"),
        row("b", 0, 1),
        row("c", 0, 9, level=Level.SCENE),
        row("d", 1, 2),
    ]
    store.put_memories(rows[::-1])
    assert [one.text for one in store.memories(Scope(TENANT))] == ["a", "b", "c", "d"]
    assert [one.text for one in store.memories(Scope(TENANT), limit=2)] == ["a", "b"]


def test_a_row_is_found_by_the_beginning_of_its_id(store: Store) -> None:
    one, two = row("one"), row("two")
    store.put_memories([replace(one, memory_id="m_abc1"), replace(two, memory_id="m_abc2")])
    assert store.memory(TENANT, "m_abc1").text == "one"
    store.put_memories([replace(row("three"), memory_id="m_abc")])
    assert store.memory(TENANT, "m_abc").text == "three"
    for reference in ("m_ab", "m_x", "' OR 1=1 --"):
        with pytest.raises(UnknownMemory):
            store.memory(TENANT, reference)
    with pytest.raises(UnknownMemory):
        store.memory("someone else", "m_abc1")


def test_reads_see_the_active_key_and_looks(store: Store) -> None:
    store.put_video(video())
    old, new = row("dog old", vector=axis(0, 64)), row("dog new", key="k2", vector=axis(0, 64))
    look = row("dog look", key=LOOKS_KEY, instruction="which dog", window="", vector=axis(0, 64))
    store.put_memories([old, new, look])

    def seen() -> list[set[str]]:
        scope = Scope(TENANT)
        found = store.memories(scope), store.search_text("dog", scope, 9)
        return [*map(ids, found), ids(store.search_vector(axis(0, 64), scope, 9))]

    assert seen() == [ids([look])] * 3
    store.activate(TENANT, "v1", "k1", {"pipeline": "1"}, 61_000_000)
    assert seen() == [ids([old, look])] * 3
    store.activate(TENANT, "v1", "k2", {}, 61_000_000)
    assert seen() == [ids([new, look])] * 3
    assert store.memories(Scope(TENANT), perception_key="k1") == [old]
    assert store.looks(TENANT, "v1") == [look]
    assert store.drop_superseded(TENANT, "v1", keep=("k1",)) == 0
    assert store.drop_superseded(TENANT, "v1") == 1
    assert store.memories(Scope(TENANT), perception_key="k1") == []
    assert seen() == [ids([new, look])] * 3


def test_a_look_has_an_instruction_and_the_key_of_looks(store: Store) -> None:
    for wrong in (row("x", instruction="why"), row("x", key=LOOKS_KEY)):
        with pytest.raises(ValueError, match="instruction"):
            store.put_memories([wrong])


def test_the_ledger_keeps_order_and_state(store: Store) -> None:
    first, second = window(0), window(1, "w0")
    store.put_windows([second, first])
    store.mark_window(replace(first, status=WindowStatus.FAILED, attempts=2, reason="it's broken"))
    found = store.windows(TENANT, "v1", "k1")
    assert [one.index for one in found] == [0, 1]
    assert (found[0].status, found[0].attempts) == (WindowStatus.FAILED, 2)
    assert found[0].reason == "it's broken" and found[1] == second
    assert store.windows(TENANT, "v1", "k2") == [] == store.windows("b", "v1", "k1")


def test_nodes_are_those_of_the_active_key(store: Store) -> None:
    def tree(key: str, level: Level) -> list[Node]:
        whole = Span.of_seconds(0, 60)
        root = Node(f"{key}-0", TENANT, "v1", key, Level.VIDEO, whole, 0, None)
        return [root, Node(f"{key}-1", TENANT, "v1", key, level, whole, 0, f"{key}-0")]

    active(store)
    store.replace_nodes(TENANT, "v1", "k1", tree("k1", Level.SHOT))
    store.replace_nodes(TENANT, "v1", "k1", tree("k1", Level.SCENE))
    store.replace_nodes(TENANT, "v1", "k2", tree("k2", Level.SHOT))
    assert store.nodes(TENANT, "v1") == tree("k1", Level.SCENE)
    store.replace_nodes(TENANT, "v1", "k1", tree("k1", Level.SHOT)[:1])
    assert store.nodes(TENANT, "v1") == tree("k1", Level.SHOT)[:1]
    store.activate(TENANT, "v1", "k2", {}, 1)
    assert store.nodes(TENANT, "v1") == tree("k2", Level.SHOT)


def test_a_video_collects_paths_and_keeps_its_active_key(store: Store) -> None:
    active(store)
    store.put_video(video("v1", TENANT, "/copies/b.mp4"))
    (found,) = store.videos(TENANT)
    assert found.paths == ("/films/v1.mp4", "/copies/b.mp4")
    assert (found.active_key, found.active_parameters) == ("k1", {"pipeline": "1"})
    assert found == store.video(TENANT, "v1")
    assert store.videos("b") == []
    with pytest.raises(UnknownVideo):
        store.video("b", "v1")


def test_a_video_is_found_the_way_people_name_it(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    store.put_video(replace(video("v_abc1", TENANT, str(tmp_path / "a.mp4")), created_at="1"))
    store.put_video(replace(video("v_abd2", TENANT, "rel/b.mp4", "/x/c.mp4"), created_at="2"))
    store.put_video(replace(video("v_z", TENANT, "/y/c.mp4"), created_at="3"))
    names = {"v_abc1": "v_abc1", "v_abd": "v_abd2", str(tmp_path / "a.mp4"): "v_abc1",
             "a.mp4": "v_abc1", "./a.mp4": "v_abc1", "rel/b.mp4": "v_abd2", "b.mp4": "v_abd2",
             "/x/c.mp4": "v_abd2"}  # fmt: skip
    for reference, expected in names.items():
        assert store.find_video(TENANT, reference).video_id == expected
    for reference, words in (("v_ab", "v_abc1, v_abd2"), ("c.mp4", "ambiguous"), ("d", "no video")):
        with pytest.raises(UnknownVideo, match=words):
            store.find_video(TENANT, reference)
    store.put_video(replace(video("v_new", TENANT, "/x/c.mp4"), created_at="4"))
    assert store.find_video(TENANT, "/x/c.mp4").video_id == "v_new"


def test_a_path_leads_to_what_lies_there_now(store: Store) -> None:
    first, second = video("v_1", TENANT, "/tv/daily.mp4"), video("v_2", TENANT, "/tv/daily.mp4")
    store.put_video(replace(first, created_at="1"))
    store.put_video(replace(second, created_at="2"))
    old = store.video(TENANT, "v_1")
    assert (old.paths, old.is_replaced, old.name) == ((), True, "daily.mp4")
    assert store.find_video(TENANT, "daily.mp4").video_id == "v_2"
    assert store.find_video(TENANT, "v_1") == old
    store.put_video(first)  # it is put back
    assert store.find_video(TENANT, "daily.mp4").video_id == "v_1"
    assert store.video(TENANT, "v_2").is_replaced
    assert not store.video(TENANT, "v_1").is_replaced


def test_a_copy_keeps_its_other_path(store: Store) -> None:
    store.put_video(video("v_1", TENANT, "/tv/daily.mp4", "/archive/monday.mp4"))
    store.put_video(video("v_2", TENANT, "/tv/daily.mp4"))
    assert store.video(TENANT, "v_1").paths == ("/archive/monday.mp4",)
    assert store.video(TENANT, "v_1").name == "monday.mp4"


def test_runs_are_kept(store: Store) -> None:
    run = Run("r1", TENANT, ("v1", "v2"), "why?", {"a": "it's", "b": [1.5, None]})
    store.put_run(run)
    store.put_run(run)
    assert store.runs(TENANT) == [run] == [store.run(TENANT, "r1")]
    with pytest.raises(UnknownMemory):
        store.run("b", "r1")


def test_what_was_made_is_kept_by_its_step(store: Store) -> None:
    made = [
        made_of("k1", "video", 0, "x"),
        made_of("k1", "video", 1, "y"),
        made_of("k2", "gif", 0, "x"),
    ]
    store.put_artefacts(made)
    store.put_artefacts(made[:1])
    assert store.artefacts(TENANT) == made
    assert store.artefacts(TENANT, key="k1") == made[:2]
    assert store.artefacts(TENANT, asset_id="x") == [made[0], made[2]]
    assert store.artefacts("b") == []


def test_runs_of_plans_are_kept_and_updated(store: Store) -> None:
    begun = Action("act_1", TENANT, "", "trim it", "running", ("v1",), {"plan": {"steps": []}}, "1")
    store.put_action(begun)
    store.put_action(replace(begun, status="completed"))
    assert [one.status for one in store.actions(TENANT)] == ["completed"]
    assert store.actions("b") == []


def made_of(key: str, output: str, number: int, asset_id: str) -> Artefact:
    """A file that a step made of the video v1."""
    name = Artefact.id_of(TENANT, key, output, number)
    what = (asset_id, "video", f"{asset_id}.mp4", "act_1", "one", "trim@1", ("in",), ("v1",))
    return Artefact(name, TENANT, key, output, number, *what, {"seconds": 0.5}, key + str(number))


def test_deleting_by_id(store: Store) -> None:
    active(store)
    gone, stays = row("gone"), row("stays")
    picture = frame(0, axis(0, 48), axis(0, 32))
    store.put_memories([gone, stays, picture])
    store.delete_memories("b", [stays.memory_id])
    store.delete_memories(TENANT, [gone.memory_id, picture.memory_id, "m_none", "' OR 1=1"])
    store.delete_memories(TENANT, [])
    assert store.memories(Scope(TENANT)) == [stays]
