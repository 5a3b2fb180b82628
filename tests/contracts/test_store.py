"""What every store must do, whatever it is built on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from memory.errors import UnknownMemory, UnknownVideo
from memory.lance.store import EncoderTag, Store
from memory.records import (
    LOOKS_KEY,
    Hit,
    Kind,
    Level,
    Memory,
    Node,
    Producer,
    Run,
    Scope,
    Span,
    Vector,
    Video,
    Window,
    WindowStatus,
    memory_id,
)

TEXT, IMAGE = EncoderTag("words-64", 64), EncoderTag("pixels-48", 48, 32)
MADE_BY = Producer("scripted", "{}")
TENANT = 'o\'hara "x" \\ ; DROP'


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(
        str(tmp_path / "store"), text=TEXT, image=IMAGE, thumbnails=tmp_path / "thumbnails"
    )


def axis(index: int, length: int) -> Vector:
    vector = np.zeros(length, np.float32)
    vector[index] = 1
    return vector


def row(
    text: str | None,
    start: float = 0,
    end: float = 1,
    *,
    tenant: str = TENANT,
    video: str = "v1",
    key: str = "k1",
    window: str = "w1",
    level: Level = Level.SHOT,
    kind: Kind = Kind.CAPTION,
    instruction: str = "",
    vector: Vector | None = None,
    image: Vector | None = None,
    aligned: Vector | None = None,
    thumbnail: str | None = None,
) -> Memory:
    span = Span.of_seconds(start, end)
    made_by = replace(MADE_BY, parameters=f"{key}{text}")
    return Memory(
        memory_id=memory_id(tenant, video, level, kind, span, made_by, instruction=instruction),
        tenant=tenant, video_id=video, perception_key=key, window_id=window, node_id="n",
        level=level, kind=kind, span=span, text=text, producer=made_by, confidence=0.5,
        source_ids=("a", "b"), instruction=instruction, details='{"a": 1}', text_vector=vector,
        image_vector=image, text_aligned_vector=aligned, thumbnail=thumbnail,
    )  # fmt: skip


def frame(start: float, image: Vector, aligned: Vector, **more: object) -> Memory:
    base = row(None, start, start + 0.04, level=Level.FRAME, kind=Kind.KEYFRAME, image=image,
               aligned=aligned, thumbnail=f"v1/{start}.jpg")  # fmt: skip
    return replace(base, image_hash="00ff", **more)  # pyright: ignore[reportArgumentType]


def video(video_id: str = "v1", tenant: str = TENANT, *paths: str) -> Video:
    return Video(video_id, tenant, "d", paths or (f"/films/{video_id}.mp4",), 60_000_000, 9, "{}",
                 None)  # fmt: skip


def window(index: int = 0, window_id: str = "w1", key: str = "k1") -> Window:
    span = Span.of_seconds(index * 30, index * 30 + 30)
    return Window(window_id, TENANT, "v1", key, index, span, WindowStatus.PENDING)


def active(store: Store, video_id: str = "v1", key: str = "k1", tenant: str = TENANT) -> None:
    store.put_video(video(video_id, tenant))
    store.activate(tenant, video_id, key, '{"p": 1}', 61_000_000)


def ids(found: list[Memory] | list[Hit]) -> set[str]:
    return {(one.memory if isinstance(one, Hit) else one).memory_id for one in found}


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
        store.activate(TENANT, "v1", "k1", "{}", 1)
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
    store.activate(TENANT, "v1", "k1", '{"p": 1}', 61_000_000)
    assert seen() == [ids([old, look])] * 3
    store.activate(TENANT, "v1", "k2", "{}", 61_000_000)
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


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (Scope(TENANT), {"shot", "scene", "speech", "second"}),
        (Scope(TENANT, video_ids=("v2",)), {"second"}),
        (Scope(TENANT, kinds=(Kind.SPEECH,)), {"speech"}),
        (Scope(TENANT, levels=(Level.SCENE,)), {"scene"}),
        (Scope(TENANT, within=Span.of_seconds(20, 25)), {"scene", "speech"}),
        (Scope(TENANT, within=Span.of_seconds(10, 10)), {"scene", "shot"}),
        (Scope(TENANT, within=Span.of_seconds(12, 20)), {"scene"}),
        (Scope(TENANT, video_ids=("' OR '1'='1",)), set()),
        (Scope("' OR 1=1 --"), set()),
    ],
)
def test_filters_come_before_ranking(store: Store, scope: Scope, expected: set[str]) -> None:
    active(store)
    active(store, "v2")
    store.put_memories(
        [
            row("dog shot", 10, 12, vector=axis(0, 64)),
            row("dog scene", 0, 30, level=Level.SCENE, vector=axis(0, 64)),
            row("dog speech", 20, 21, kind=Kind.SPEECH, vector=axis(0, 64)),
            row("dog second", 50, 51, video="v2", vector=axis(0, 64)),
            # Better matches of another tenant: filtered afterwards, they would crowd out ours.
            *(row("dog dog", n, n + 1, tenant="b", vector=axis(0, 64)) for n in range(40)),
        ]
    )
    active(store, tenant="b")
    answers = (
        store.memories(scope),
        [hit.memory for hit in store.search_text("dogs", scope, 4)],
        [hit.memory for hit in store.search_vector(axis(0, 64), scope, 4)],
    )
    for found in answers:
        assert {(one.text or "").split()[1] for one in found} == expected
        assert {one.tenant for one in found} <= {TENANT}


def test_a_tenant_is_mandatory(store: Store) -> None:
    active(store)
    with pytest.raises(ValueError, match="tenant"):
        store.memories(Scope(""))
    with pytest.raises(ValueError, match="tenant"):
        store.videos("")


def test_full_text_knows_word_stems_and_skips_stop_words(store: Store) -> None:
    active(store)
    store.put_memories([row("two dogs were running"), row("the cat and the hat", 1, 2)])
    found = store.search_text("the dog runs", Scope(TENANT), 9)
    assert [hit.memory.text for hit in found] == ["two dogs were running"]
    assert found[0].parts == {"text": found[0].score} and found[0].score > 0
    for nothing in ("the", "", "  ", "?!", '"'):
        assert store.search_text(nothing, Scope(TENANT), 9) == []
    odd = store.search_text('dog" OR (cat) +hat -text:[', Scope(TENANT), 9)
    assert len(odd) == 2
    store.optimise()
    assert store.search_text("the dog runs", Scope(TENANT), 9)[0].memory == found[0].memory


def test_vector_scores_are_cosine_similarities(store: Store) -> None:
    active(store)
    diagonal = 3 * (axis(0, 64) + axis(1, 64))
    store.put_memories([row("a", vector=axis(0, 64)), row("b", vector=diagonal),
                        row("c", vector=axis(2, 64))])  # fmt: skip
    found = store.search_vector(axis(0, 64), Scope(TENANT), 9)
    assert [hit.memory.text for hit in found] == ["a", "b", "c"]
    assert [hit.score for hit in found] == pytest.approx([1, 0.5**0.5, 0], abs=1e-5)
    assert found[0].parts == {"vector": found[0].score}


def test_keyframes_are_found_by_picture_and_by_words(store: Store) -> None:
    active(store)
    first, second = frame(0, axis(0, 48), axis(1, 32)), frame(5, axis(1, 48), axis(0, 32))
    store.put_memories([first, second, row("a dog", vector=axis(0, 64))])
    scope = Scope(TENANT)
    assert store.search_image(axis(0, 48), scope, 1)[0].memory == first
    assert store.search_aligned(axis(0, 32), scope, 1)[0].memory == second
    assert set(store.search_aligned(axis(0, 32), scope, 1)[0].parts) == {"aligned"}
    only_text = Scope(TENANT, kinds=(Kind.CAPTION,))
    assert store.search_image(axis(0, 48), only_text, 9) == []
    assert store.memories(Scope(TENANT, kinds=(Kind.KEYFRAME,))) == [first, second]


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
    store.activate(TENANT, "v1", "k2", "{}", 1)
    assert store.nodes(TENANT, "v1") == tree("k2", Level.SHOT)


def test_a_video_collects_paths_and_keeps_its_active_key(store: Store) -> None:
    active(store)
    store.put_video(video("v1", TENANT, "/copies/b.mp4"))
    (found,) = store.videos(TENANT)
    assert found.paths == ("/films/v1.mp4", "/copies/b.mp4")
    assert (found.active_key, found.active_parameters) == ("k1", '{"p": 1}')
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


def test_runs_are_kept(store: Store) -> None:
    run = Run("r1", TENANT, ("v1", "v2"), "why?", '{"a": "it\'s"}')
    store.put_run(run)
    store.put_run(run)
    assert store.runs(TENANT) == [run] == [store.run(TENANT, "r1")]
    with pytest.raises(UnknownMemory):
        store.run("b", "r1")


def test_deleting_by_id(store: Store) -> None:
    active(store)
    gone, stays = row("gone"), row("stays")
    picture = frame(0, axis(0, 48), axis(0, 32))
    store.put_memories([gone, stays, picture])
    store.delete_memories("b", [stays.memory_id])
    store.delete_memories(TENANT, [gone.memory_id, picture.memory_id, "m_none", "' OR 1=1"])
    store.delete_memories(TENANT, [])
    assert store.memories(Scope(TENANT)) == [stays]
