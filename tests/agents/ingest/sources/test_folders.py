"""What is taken from folders, and how the rest is told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agents.ingest.sources.folders import listing
from tests.agents.perception.test_opening import streamed


def touched(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def reasons(folder: Path) -> dict[str, str]:
    return {each.path.name: each.reason for each in listing([folder]).skipped}


def test_what_phones_cameras_and_recorders_write_is_taken(tmp_path: Path) -> None:
    names = "a.TIFF b.bmp c.wma d.aiff e.vob f.h264 g.heic h.avif i.M2TS j.webp k.amr".split()
    touched(tmp_path, *names)
    found = listing([tmp_path])
    assert sorted(path.name for path in found.files) == sorted(names)
    assert not found.skipped


def test_the_rest_is_counted_with_the_reason(tmp_path: Path) -> None:
    touched(tmp_path, "a.mp4", "a.srt", "z.srt", "b.txt", "c.txt", ".d.mp4", ".git/e.mp4", "f.mpd")
    (tmp_path / "gone.mp4").symlink_to(tmp_path / "nothing.mp4")
    os.mkfifo(tmp_path / "pipe.mp4")
    found = listing([tmp_path])
    assert [path.name for path in found.files] == ["a.mp4"]
    told = "\n".join(found.told())
    assert "2 skipped, not known as media by its ending (.txt); name it to have it read" in told
    for word in ("subtitles", "hidden file", "hidden folder", "DASH", "leads nowhere", "regular"):
        assert word in told
    assert len(found.to_json()) == 8


def test_a_name_that_is_no_text_is_taken_and_can_be_printed(tmp_path: Path) -> None:
    touched(tmp_path, "a.mp4")
    raw = os.fsencode(tmp_path) + b"/b\xff\x1b[31m.mp4"
    Path(os.fsdecode(raw)).write_bytes(b"x")
    found = listing([tmp_path])
    assert len(found.files) == 2 and found.skipped == ()
    Path(os.fsdecode(raw + b".txt")).write_bytes(b"x")
    found = listing([tmp_path])
    assert "\x1b" not in found.told()[0]
    found.told()[0].encode()
    found.to_json()[0]["path"].encode()


def test_linked_folders_are_walked_once_and_circles_end(tmp_path: Path) -> None:
    library, disk = tmp_path / "library", tmp_path / "disk"
    touched(library, "a.mp4")
    touched(disk, "b.mp4")
    (library / "more").symlink_to(disk)
    (disk / "back").symlink_to(library)
    found = listing([library])
    assert sorted(path.name for path in found.files) == ["a.mp4", "b.mp4"]


@pytest.mark.parametrize("kind", ["mpegts", "fmp4"])
def test_a_folder_with_a_playlist_holds_one_video(tmp_path: Path, kind: str) -> None:
    playlist = streamed(tmp_path / "show", kind)
    touched(playlist.parent, "other.mp4")
    found = listing([tmp_path])
    assert [path.name for path in found.files] == ["index.m3u8", "other.mp4"]
    if kind == "mpegts":
        assert "part of a playlist" in reasons(tmp_path)["s0.ts"]


def test_a_named_file_is_taken_whatever_its_ending(tmp_path: Path) -> None:
    touched(tmp_path, "a.dat")
    assert listing([tmp_path / "a.dat"]).files == (tmp_path / "a.dat",)


@pytest.mark.shared
def test_folders_of_the_evaluation_data(odd: Path) -> None:
    assert len(listing([odd / "folder_endings"]).files) == 6
    assert len(listing([odd / "library_layout" / "lib"]).files) == 4
    assert [p.name for p in listing([odd / "hls_local"]).files] == ["index.m3u8"]
