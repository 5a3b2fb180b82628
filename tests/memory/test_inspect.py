"""A store is read for real: whatever of it was cut off is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from memory.lance import inspect as inspection
from memory.lance.connection import Database
from memory.lance.store import LanceStore
from memory.records import Scope
from tests.memory.store.stores import IMAGE, TEXT, fill, open_at


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A store with a video, compacted, and a row deleted since."""
    store = open_at(tmp_path, tmp_path / "thumbnails")
    fill(store, "v1", "cat")
    (tmp_path / "thumbnails" / "v1").mkdir(parents=True)
    (tmp_path / "thumbnails" / "v1" / "1.jpg").touch()
    store.optimise()
    store.delete_memories("t", ["m_v1_1"])
    return tmp_path


def inspected(home: Path, *, deep: bool = False) -> inspection.Inspection:
    """As doctor reads it; opening comes after that, as it needs the table of what there is."""
    return LanceStore(Database(str(home), TEXT, IMAGE), home / "thumbnails").inspect(deep=deep)


def test_a_whole_store_is_well(home: Path) -> None:
    found = inspected(home)
    assert (found.faults, found.indexes, found.pictures) == ([], [], 0)
    assert found.whole and found.rows >= 8 and found.files >= 6
    assert found.paths == ["/v1.mp4"]
    assert inspected(home / "nothing").rows == 0


@pytest.mark.parametrize(
    "files",
    [
        "texts*.lance/data/*.lance",
        "frames*.lance/data/*.lance",
        "videos*.lance/data/*.lance",
        "windows*.lance/data/*.lance",
        "meta.lance/data/*.lance",
        "texts*.lance/_deletions/*",
        "nodes*.lance/_versions/*.manifest",
    ],
)
def test_a_file_of_forty_bytes_is_found(home: Path, files: str) -> None:
    cut(home, files)
    found = inspected(home)
    assert found.faults
    table = files.split("*")[0].split(".")[0]
    assert any(table in fault for fault in found.faults), found.faults
    if table not in ("videos", "meta"):
        assert found.paths == ["/v1.mp4"]


def test_a_large_store_is_read_by_its_ends_unless_asked(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inspection, "READ_WHOLE", 0)
    assert not inspected(home).whole
    assert inspected(home, deep=True).whole
    cut(home, "texts*.lance/data/*.lance")
    assert any("ends after 40 bytes" in fault for fault in inspected(home).faults)
    assert any("cannot be read" in fault for fault in inspected(home, deep=True).faults)


def test_a_broken_index_loses_no_row_and_is_built_anew(home: Path) -> None:
    cut(home, "texts*.lance/_indices/*/*.lance")
    found = inspected(home)
    assert found.faults == [] and found.indexes
    open_at(home).optimise()
    assert inspected(home).indexes == []
    assert open_at(home).search_text("cat", Scope("t"), 5)


def test_pictures_that_are_gone_are_counted(home: Path) -> None:
    (home / "thumbnails" / "v1" / "1.jpg").unlink()
    assert inspected(home).pictures == 1


def cut(home: Path, files: str) -> None:
    """Cut files to forty bytes."""
    found = list(home.glob(files))
    assert found, files
    for path in found:
        path.write_bytes(path.read_bytes()[:40])
