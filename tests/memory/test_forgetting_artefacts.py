"""What was made of a video goes with it, and nothing else does."""

from __future__ import annotations

from pathlib import Path

from memory.artefacts import Action, Artefact
from memory.lance.store import LanceStore
from memory.store import EncoderTag

TEXT, IMAGE = EncoderTag("words", 16), EncoderTag("pixels", 12, 10)


def holds(folder: Path, word: bytes) -> bool:
    """Whether any file of a folder has a word in it."""
    return any(word in path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_forgetting_takes_what_was_made_of_a_video(tmp_path: Path) -> None:
    folder = tmp_path / "made"
    folder.mkdir()
    for name in ("own", "shared", "other"):
        (folder / name).write_bytes(b"x")
    store = LanceStore.open(str(tmp_path / "store"), text=TEXT, image=IMAGE, workshop=folder)
    store.put_artefacts([
        made_of("own", "k1", ("v2", "v1")),
        made_of("shared", "k2", ("v1",)),
        made_of("shared", "k3", ("v2",)),
        made_of("other", "k4", ("v2",)),
        made_of("../outside", "k5", ("v1",)),
    ])  # fmt: skip
    (tmp_path / "outside").write_bytes(b"x")
    store.put_action(Action("r1", "t", "", "zanzibarly", "completed", ("v1",), {}))
    store.put_action(Action("r2", "t", "", "trim", "completed", ("v2",), {}))
    counts = store.forget("t", "v1")
    assert (counts["artefacts"], counts["runs"]) == (3, 1)
    assert sorted(path.name for path in folder.iterdir()) == ["other", "shared"]
    assert (tmp_path / "outside").exists()
    assert [one.key for one in store.artefacts("t")] == ["k3", "k4"]
    assert [one.run_id for one in store.actions("t")] == ["r2"]
    assert not holds(tmp_path / "store", b"zanzibarly")


def made_of(name: str, key: str, videos: tuple[str, ...]) -> Artefact:
    """The row of a file in the workshop."""
    details = {"text": "zanzibarly" if "v1" in videos else ""}
    what = (name, "video", name, "r1", "one", "trim@1", ("in",), videos, details)
    return Artefact(Artefact.id_of("t", key, "video", 0), "t", key, "video", 0, *what, key)
