"""Walls between workspaces: nothing foreign is read or written, but through a grant."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from memory.errors import MemoryLayerError, UnknownMemory, UnknownVideo
from memory.lance.store import LanceStore
from memory.organise.consolidate import consolidate_video
from memory.organise.entities import about
from memory.organise.lifecycle import history, note, pin, undo
from memory.organise.organise import organise_video
from memory.organise.parts import ALL_ON
from memory.organise.records import Assertion, Entry, Grant, Mention, Profile
from memory.organise.verbs import about_whom, facts, stats, uses
from memory.records import LOOKS_KEY, Hit, Kind, Level, Memory, Node, Run, Scope, Span, Video
from memory.retrieve import Query, retrieve
from memory.sharing.access import SharedStore, given, grant, own_videos, revoke
from memory.standing.records import Finding, Watch
from memory.standing.watches import remove_watch, standing, watches
from memory.store import EncoderTag

TEXT, IMAGE = EncoderTag("words", 16), EncoderTag("pixels", 12, 10)
TENANTS = ("home", "home-2", "Home", "work", "a'b")
"""Names that resemble each other."""


def open_at(folder: Path) -> SharedStore:
    inner = LanceStore.open(
        str(folder / "store"), text=TEXT, image=IMAGE, thumbnails=folder / "thumbnails"
    )
    return SharedStore(inner)


def fill(store: SharedStore, tenant: str, video_id: str, films: int = 1) -> None:
    """Look-alike videos: the same words, pictures and paths in every workspace."""
    for number in range(films):
        key = f"{video_id}{number or ''}"
        video = Video(key, tenant, "d", ("/films/talk.mp4",), 60_000_000, 1, {}, "k")
        store.put_video(video)
        store.put_memories([*rows(tenant, key), picture(tenant, key)])
        node = Node(f"n_{key}", tenant, key, "k", Level.VIDEO, Span(0, 60_000_000), 0, None)
        store.replace_nodes(tenant, key, "k", [node])
        organise_video(store, video, ALL_ON)
    store.put_run(Run(f"r_{tenant}", tenant, (video_id,), "where is Otto?", {"tenant": tenant}))
    note(store, tenant, "Otto", f"of {tenant}", ALL_ON, aliases=["the cat"])
    store.notebook.put([Watch("q_1", tenant, "", "Where is Otto?", False, "", "2026-01-01"),
                        finding(tenant, video_id)])  # fmt: skip


def finding(tenant: str, video_id: str) -> Finding:
    """What the same standing question came to: under the same ids in every workspace."""
    return Finding("d_1", tenant, video_id, "q_1", "k", "likely", tenant, 0.5, 0, 1, (), "r", "",
                   True)  # fmt: skip


def rows(tenant: str, video: str) -> list[Memory]:
    texts = ("the code of the cellar is 4711.", "we met Otto there", "we met Otto there")
    return [row(tenant, video, 10 * at, text) for at, text in enumerate(texts)]


def row(tenant: str, video: str, start: int, text: str, **more: Any) -> Memory:
    from memory.records import Owner, Producer

    key = more.pop("key", "k")
    return Memory.make(Owner(tenant, video, key), Level.SHOT, Kind.SPEECH,
                       Span.of_seconds(start, start + 2), text, Producer("test"), made_for=text,
                       ordinal=start, window_id="w", node_id=f"n_{video}",
                       text_vector=np.ones(16, np.float32), **more)  # fmt: skip


def picture(tenant: str, video: str) -> Memory:
    base = row(tenant, video, 40, "")
    return replace(base, kind=Kind.KEYFRAME, text=None, text_vector=None, thumbnail="v/1.jpg",
                   memory_id=f"f_{video}_{tenant}", image_vector=np.ones(12, np.float32),
                   text_aligned_vector=np.ones(10, np.float32))  # fmt: skip


def owners(found: object) -> set[str]:
    """Whose things a read gave: the names of workspaces anywhere in it."""
    if isinstance(found, (list, tuple, set)):
        return set().union(*map(owners, found)) if found else set()  # pyright: ignore
    if isinstance(found, Hit):
        return {found.memory.tenant}
    tenant = getattr(found, "tenant", None)
    return set() if tenant is None else {str(tenant)}


def videos_in(found: object) -> set[str]:
    """The videos that a read shows anything of."""
    if isinstance(found, (list, tuple, set)):
        return set().union(*map(videos_in, found)) if found else set()  # pyright: ignore
    if isinstance(found, Hit):
        return {found.memory.video_id}
    video = getattr(found, "video_id", None)
    return {str(video)} if video else set()


Read = Callable[[SharedStore, str, str], object]
"""A read of a store by a workspace, given an id of a video that may be another's."""

READS: dict[str, Read] = {
    "memories": lambda s, t, v: s.memories(Scope(t)),
    "memories of a video": lambda s, t, v: s.memories(Scope(t, (v,)), with_vectors=True),
    "memories of a key": lambda s, t, v: s.memories(Scope(t), perception_key="k"),
    "text": lambda s, t, v: s.search_text("Otto cellar", Scope(t), 50),
    "text of a video": lambda s, t, v: s.search_text("Otto", Scope(t, (v,)), 50),
    "vector": lambda s, t, v: s.search_vector(np.ones(16, np.float32), Scope(t), 50),
    "image": lambda s, t, v: s.search_image(np.ones(12, np.float32), Scope(t), 50),
    "aligned": lambda s, t, v: s.search_aligned(np.ones(10, np.float32), Scope(t), 50),
    "retrieve": lambda s, t, v: retrieve(s, Query("Otto"), Scope(t), limit=20),
    "videos": lambda s, t, v: s.videos(t),
    "video": lambda s, t, v: s.video(t, v),
    "video by path": lambda s, t, v: s.find_video(t, "/films/talk.mp4"),
    "video by id": lambda s, t, v: s.find_video(t, v),
    "nodes": lambda s, t, v: s.nodes(t, v),
    "windows": lambda s, t, v: s.windows(t, v, "k"),
    "looks": lambda s, t, v: s.looks(t, v),
    "row": lambda s, t, v: s.memory(t, f"f_{v}"),
    "rows with vectors": lambda s, t, v: s.with_vectors(t, _every_id(s)),
    "runs": lambda s, t, v: s.runs(t),
    "assertions": lambda s, t, v: s.notebook.find(Assertion, t),
    "mentions": lambda s, t, v: s.notebook.begins(Mention, t, "key", "ot"),
    "profiles": lambda s, t, v: s.notebook.find(Profile, t),
    "log": lambda s, t, v: history(s, t),
    "watches": lambda s, t, v: watches(s, t),
    "findings": lambda s, t, v: [one.answer for one in standing(s, t)],
    "uses": lambda s, t, v: uses(s, t, datetime(2026, 1, 1, tzinfo=UTC)),
    "facts": lambda s, t, v: facts(s, t, history=True),
    "about": lambda s, t, v: about(s, t, "Otto")[0],
    "about whom": lambda s, t, v: about_whom(s, t, "the cat").profiles,
    "stats": lambda s, t, v: stats(s, t),
    "as of": lambda s, t, v: s.as_of(30_000_000).memories(Scope(t)),
}
WRITES: dict[str, Read] = {
    "forget": lambda s, t, v: s.forget(t, v),
    "delete": lambda s, t, v: s.delete_memories(t, _every_id(s)),
    "supersede": lambda s, t, v: s.supersede(t, dict.fromkeys(_every_id(s), "x")),
    "pin rows": lambda s, t, v: s.pin(t, _every_id(s), True),
    "pin": lambda s, t, v: pin(s, t, [f"f_{v}"]),
    "undo": lambda s, t, v: undo(s, t, _foreign_entry(s, t)),
    "consolidate": lambda s, t, v: consolidate_video(s, t, v, "near"),
    "activate": lambda s, t, v: s.activate(t, v, "k2", {}, 1),
    "date": lambda s, t, v: s.date_video(t, v, "2020-01-01"),
    "drop": lambda s, t, v: s.drop_superseded(t, v),
    "delete notes": lambda s, t, v: s.notebook.delete(
        Profile, t, [p.profile_id for who in TENANTS for p in s.inner.notebook.find(Profile, who)]
    ),
    "remove watch": lambda s, t, v: remove_watch(s, t, "q_1"),
    "revoke": lambda s, t, v: revoke(s, t, "work"),
    "grant": lambda s, t, v: grant(s, t, "nobody", v),
}


def _every_id(store: SharedStore) -> list[str]:
    return [row.memory_id for who in TENANTS for row in store.inner.memories(Scope(who))]


def _foreign_entry(store: SharedStore, tenant: str) -> str:
    others = [who for who in TENANTS if who != tenant]
    return next(e.entry_id for who in others for e in store.inner.notebook.find(Entry, who))


def test_a_thousand_calls_find_nothing_foreign(tmp_path: Path) -> None:
    store = open_at(tmp_path)
    for tenant in TENANTS:
        fill(store, tenant, f"v_{tenant}")
    draw = random.Random(0)
    called: set[str] = set()
    for _ in range(1_000):
        reader, other = draw.choice(TENANTS), draw.choice(TENANTS)
        name = draw.choice(sorted(READS))
        called.add(name)
        found: object = []
        try:
            found = READS[name](store, reader, f"v_{other}")
        except (UnknownVideo, UnknownMemory):
            assert reader != other or name == "row", (name, reader)
        assert owners(found) <= {reader}, (name, reader, other)
        assert videos_in(found) <= {f"v_{reader}"}, (name, reader, other)
    assert called == set(READS)


@pytest.mark.parametrize("name", sorted(WRITES))
def test_no_write_reaches_another_workspace(tmp_path: Path, name: str) -> None:
    store = open_at(tmp_path)
    for tenant in TENANTS[:2]:
        fill(store, tenant, f"v_{tenant}")
    grant(store, "home", "work")

    def held() -> object:
        kinds = (Assertion, Mention, Profile, Entry, Watch, Finding)
        beside = [store.inner.notebook.find(kind, "home") for kind in kinds]
        kept = (store.inner.memories(Scope("home"), with_vectors=True), store.inner.runs("home"))
        grants = store.inner.notebook.find(Grant, "work")
        return store.inner.videos("home"), kept, beside, grants

    before = held()
    for reader in ("home-2", "work"):
        try:
            WRITES[name](store, reader, "v_home")
        except (MemoryLayerError, StopIteration):
            continue
    assert held() == before


def test_what_a_standing_question_found_behind_a_door_goes_when_it_closes(tmp_path: Path) -> None:
    store = open_at(tmp_path)
    for tenant in TENANTS[:2]:
        fill(store, tenant, f"v_{tenant}")
    grant(store, "home", "home-2", "v_home")
    copied = replace(finding("home-2", "v_home"), finding_id="d_2")
    store.notebook.put([copied])
    assert copied in store.notebook.find(Finding, "home-2")
    revoke(store, "home", "home-2")
    assert [one.finding_id for one in store.notebook.find(Finding, "home-2")] == ["d_1"]
    assert store.notebook.find(Finding, "home") == [finding("home", "v_home")]


def test_a_grant_opens_a_door_and_revoking_closes_it_at_the_next_read(tmp_path: Path) -> None:
    store = open_at(tmp_path)
    fill(store, "home", "v_home")
    fill(store, "work", "v_work")
    alone = {name: _read(store, name, "work", "v_home") for name in READS}
    grant(store, "home", "work")
    for name in ("memories", "text", "vector", "image", "aligned", "retrieve", "videos",
                 "assertions", "mentions", "about", "as of"):  # fmt: skip
        found = _read(store, name, "work", "v_home")
        assert videos_in(found) == {"v_home", "v_work"}, name
        assert owners(found) <= {"work"}, "what comes through bears the reader's name"
    for name in ("video", "video by id", "nodes", "memories of a video"):
        assert videos_in(_read(store, name, "work", "v_home")) == {"v_home"}, name
    for name in ("runs", "profiles", "log", "windows", "looks"):
        assert "v_home" not in videos_in(_read(store, name, "work", "v_home")), name
    assert {key for _, key in given(store, "home")} == {
        one.grant_id for one in store.notebook.find(Grant, "work")
    }
    assert revoke(store, "home", "work") == 1
    for name, before in alone.items():
        after = _read(store, name, "work", "v_home")
        assert (videos_in(after), owners(after)) == (videos_in(before), owners(before)), name
    assert given(store, "home") == []


def _read(store: SharedStore, name: str, reader: str, video: str) -> object:
    try:
        return READS[name](store, reader, video)
    except (UnknownVideo, UnknownMemory) as error:
        return type(error).__name__


def test_a_grant_of_one_video_or_kind_opens_no_more(tmp_path: Path) -> None:
    store = open_at(tmp_path)
    fill(store, "home", "v_home", films=3)
    grant(store, "home", "work", "v_home1", [Kind.KEYFRAME])
    found = store.memories(Scope("work"))
    assert {(row.video_id, row.kind) for row in found} == {("v_home1", Kind.KEYFRAME)}
    assert store.search_text("Otto", Scope("work"), 9) == []
    assert store.memories(Scope("work", kinds=(Kind.SPEECH,))) == []
    assert facts(store, "work") == [], "assertions are made of other kinds too"
    with pytest.raises(UnknownMemory):
        store.memory("work", store.inner.memories(Scope("home", ("v_home1",)))[0].memory_id)
    with pytest.raises(UnknownVideo):
        store.video("work", "v_home2")


def test_what_a_reader_looked_at_goes_with_the_grant(tmp_path: Path) -> None:
    store = open_at(tmp_path)
    fill(store, "home", "v_home")
    grant(store, "home", "work")
    look = row("work", "v_home", 30, "a zanzibarly label", key=LOOKS_KEY, instruction="read")
    store.put_memories([look])
    store.put_run(Run("r", "work", ("v_home",), "zanzibarly?", {}))
    assert [one.text for one in store.looks("work", "v_home")] == [look.text]
    assert store.looks("home", "v_home") == []
    revoke(store, "home", "work")
    assert store.memories(Scope("work")) == [] == store.runs("work")
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not any(b"zanzibarly" in path.read_bytes() for path in files)


def test_forgetting_a_video_takes_its_grants_and_the_readers_looks(tmp_path: Path) -> None:
    store = open_at(tmp_path)
    fill(store, "home", "v_home")
    grant(store, "home", "work", "v_home")
    store.put_memories([row("work", "v_home", 30, "a label", key=LOOKS_KEY, instruction="read")])
    store.forget("work", "v_home")
    assert store.inner.memories(Scope("home")), "a reader forgets its own looks alone"
    store.put_memories([row("work", "v_home", 30, "a label", key=LOOKS_KEY, instruction="read")])
    store.forget("home", "v_home")
    assert store.memories(Scope("work")) == [] == store.notebook.find(Grant, "work")


def test_only_own_videos_are_organised_and_granted_on(tmp_path: Path) -> None:
    store = open_at(tmp_path)
    fill(store, "home", "v_home")
    grant(store, "home", "work")
    assert [video.video_id for video in store.videos("work")] == ["v_home"]
    assert own_videos(store, "work") == []
    with pytest.raises(UnknownVideo):
        grant(store, "work", "third", "v_home")
    grant(store, "work", "third")
    assert store.memories(Scope("third")) == [], "doors do not open doors"
    with pytest.raises(MemoryLayerError, match="remembers nothing"):
        store.export_cube("work", tmp_path / "cube")
    with pytest.raises(MemoryLayerError):
        grant(store, "home", "home")


def test_a_name_that_means_several_of_ones_own_is_not_taken_for_anothers(tmp_path: Path) -> None:
    store = open_at(tmp_path)
    fill(store, "home", "v_home")
    for key in ("x1", "x2"):
        path = f"/{key}/talk.mp4"
        store.put_video(Video(key, "work", key, (path,), 1, 1, {}, "k"))
    grant(store, "home", "work")
    with pytest.raises(UnknownVideo, match="ambiguous"):
        store.find_video("work", "talk.mp4")
    assert store.find_video("work", "/films/talk.mp4").video_id == "v_home"


def test_a_workspace_that_is_erased_leaves_nothing_behind_its_doors(tmp_path: Path) -> None:
    store = open_at(tmp_path)
    fill(store, "home", "v1")
    fill(store, "work", "v2")
    grant(store, "home", "work")
    look = row("work", "v1", 3, "seen", key=LOOKS_KEY, instruction="look")
    store.put_memories([look])
    counts = store.erase("home")
    assert counts["videos"] == 1 and counts["profiles"] == 1 and counts["grants"] == 1
    inner = store.inner
    assert inner.videos("home") == inner.runs("home") == inner.memories(Scope("home")) == []
    for kind in (Profile, Entry, Assertion, Mention, Grant):
        assert inner.notebook.find(kind, "home") == []
    assert inner.notebook.find(Grant, "work") == []
    assert [video.video_id for video in store.videos("work")] == ["v2"]
    assert (
        len(store.memories(Scope("work"))) == 4 and len(inner.notebook.find(Profile, "work")) == 1
    )
