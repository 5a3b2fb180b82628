"""`ingest`: folders, files that cannot be read, the smallest pictures, and what it predicts."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import ROOT
from tests.flows.cli.homes import empty as empty
from tests.flows.library import backtrail, ferry
from tests.media import plain, scene, steady, write_image, write_sound, write_video


def test_a_folder_goes_on_past_failures(empty: Path) -> None:
    folder = empty / "media in"
    folder.mkdir()
    ferry(folder)
    loud = scene(1).reshape(-1)[:32000].astype(np.float32)
    write_sound(folder / "sound.wav", loud / np.float32(512))
    write_image(folder / "picture.png", scene(2))
    (folder / "broken.mp4").write_bytes(b"\0" * 100)
    (folder / ".hidden.mp4").write_bytes(b"\0" * 100)
    (folder / "notes.txt").write_text("no media", encoding="utf-8")
    said = backtrail("ingest", folder, "--json")
    entries = {Path(entry["path"]).name: entry for entry in said.object["videos"]}
    assert said.code == 1
    assert set(entries) == {"ferry.mp4", "sound.wav", "picture.png", "broken.mp4"}
    assert {n for n, e in entries.items() if e["status"] == "ingested"} == {
        *("ferry.mp4", "sound.wav", "picture.png"),
    }
    assert entries["broken.mp4"]["error"]["code"] == "unreadable_media"
    again = backtrail("ingest", folder)
    assert "3 of 4 files remembered" in again.err
    assert again.err.count("unchanged") == 3


@pytest.mark.parametrize("kind", ["zero", "words", "missing", "folder"])
def test_unreadable_input_is_wrong_usage(empty: Path, kind: str) -> None:
    path = empty / "clip.mp4"
    if kind == "zero":
        path.touch()
    if kind == "words":
        path.write_text("words " * 100, encoding="utf-8")
    if kind == "folder":
        path.mkdir()
    said = backtrail("ingest", path)
    assert said.code == 2
    assert "clip.mp4" in said.err
    assert not (empty / "store").exists()


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (96, 64)])
def test_tiny_pictures_and_one_frame_are_remembered(empty: Path, size: tuple[int, int]) -> None:
    width, height = size
    picture = write_image(empty / "tiny.png", plain((10, 200, 30), width, height))
    frames = steady([(plain((10, 200, 30), width, height), 0.1)])
    video = write_video(empty / "one frame.mkv", frames, codec="ffv1", pixel_format="yuv444p")
    for path in (picture, video):
        (entry,) = backtrail("ingest", path, "--json").object["videos"]
        assert entry["status"] == "ingested", entry
        assert entry["memories"]["keyframe"] == 1


def test_estimate_writes_nothing(empty: Path) -> None:
    video = ferry(empty)
    forecast = backtrail("ingest", video, "--estimate", "--json").object
    assert forecast["videos"][0]["duration"] == pytest.approx(14.84)
    assert forecast["total"]["seconds"] > 0
    for entry in (*forecast["videos"], forecast["total"]):
        for name in ("seconds", "bytes"):
            least, most = entry["range"][name]
            assert 0 <= least <= entry[name] <= most
    said = backtrail("ingest", video, "--estimate").out
    assert re.search(r"about \d+ s \(\d+ to \d+\), [\d.]+ MB \([\d.]+ to [\d.]+\)", said)
    assert "from decoding" in said
    assert not (empty / "store").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become another user")
def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path) -> None:
    video = ferry(tmp_path)
    video.chmod(0o000)
    for folder in (tmp_path, *tmp_path.parents):
        if str(folder).startswith("/tmp/") and folder != Path("/tmp"):
            folder.chmod(0o755)
    script = (
        "import os\n"
        "from pathlib import Path\n"
        "from agents.perception.media.probe import probe\n"
        "os.setgid(65534)\n"
        "os.setuid(65534)\n"
        f"probe(Path({str(video)!r}))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert "UnreadableMedia" in done.stderr
    assert "may not be read by this user" in done.stderr


def test_a_folder_of_pictures_is_tidied_on_the_way_and_at_the_end(
    empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import timedelta

    from memory.lance import upkeep

    monkeypatch.setattr(upkeep, "KEEP_IN_RUNS", timedelta(seconds=0.5))
    folder = empty / "pictures"
    folder.mkdir()
    count = 2 * upkeep.MOST_PIECES
    for number in range(count):
        write_image(folder / f"{number}.png", scene(number, 32, 32))
    assert f"{count} of {count} files remembered" in backtrail("ingest", folder).err
    files = [path for path in (empty / "store").glob("*.lance/**/*") if path.is_file()]
    assert len(files) < 25 * count, len(files)
    frames = [path for path in files if "frames" in str(path) and path.parent.name == "_versions"]
    assert len(frames) < 3 * count
    assert len(backtrail("videos", "--json").object["videos"]) == count
