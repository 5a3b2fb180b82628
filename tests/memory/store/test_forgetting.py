"""Forgetting a video and dropping what was superseded: all of it goes, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from memory.organise.records import Assertion, Entry, Mention
from memory.records import Run, Scope
from memory.standing.records import Finding, Watch
from tests.memory.store.stores import fill, frame, open_at, row


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


def test_dropping_what_is_not_there_commits_nothing(tmp_path: Path) -> None:
    store = open_at(tmp_path)
    fill(store, "v1", "cat")
    before = {name: table["version"] for name, table in store.stats()["tables"].items()}
    assert store.drop_superseded("t", "v1") == 0
    after = {name: table["version"] for name, table in store.stats()["tables"].items()}
    assert before == after
