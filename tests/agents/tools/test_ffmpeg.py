"""The runner: what it reads, what it refuses, and that nothing outlives it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psutil
import pytest

from agents.tools import ffmpeg
from agents.tools.base import Place
from tests.agents.tools.bench import counting, numbers_of
from tests.media import plain, write_image

pytest.importorskip("imageio_ffmpeg", reason="needs the extra `edit`")

SLOW = ("-filter_complex", "nullsrc=s=64x64:r=10,realtime[v]", "-map", "[v]", "-t", "60")
"""A render that takes a minute."""


def copied(source: Path, target: Path, place: Place) -> Path:
    return ffmpeg.render(
        [ffmpeg.Input(source)], ["-map", "0", "-c", "copy"], target, place=place, seconds=4.0
    )


def running(word: str) -> list[psutil.Process]:
    """Processes whose arguments hold a word."""
    found: list[psutil.Process] = []
    for process in psutil.process_iter(["cmdline"]):
        line = " ".join(process.info["cmdline"] or [])
        if word in line and "ffmpeg" in line:
            found.append(process)
    return found


def ended(word: str, within: float = 5.0) -> bool:
    """Whether no such process is left soon."""
    ends = time.monotonic() + within
    while time.monotonic() < ends:
        if not running(word):
            return True
        time.sleep(0.05)
    return False


def test_odd_names_are_names(tmp_path: Path) -> None:
    told: list[float] = []
    place = Place(tmp_path, {}, progress=told.append)
    for name in ("-y.mp4", "concat:a|b.mp4", "50%d.mp4", "it's; $(touch x) `y`.mp4"):
        source = counting(tmp_path / f"in_{name}", 0.4)
        source = source.rename(tmp_path / name)
        target = copied(source, tmp_path / "out" / name, place)
        assert numbers_of(target) == list(range(10))
        assert [p.name for p in target.parent.iterdir()] == [name]
        target.unlink()
    assert told
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("list.mp4", "ffconcat version 1.0\nfile secret.mp4\n"),
        ("list.mkv", "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nsecret.mp4\n#EXT-X-ENDLIST\n"),
        (
            "drawing.png",
            '<svg xmlns="http://www.w3.org/2000/svg"><image href="secret.png"/></svg>',
        ),
    ],
)
def test_lists_of_other_files_are_not_followed(tmp_path: Path, name: str, text: str) -> None:
    counting(tmp_path / "secret.mp4", 0.4)
    write_image(tmp_path / "secret.png", plain((200, 0, 0)))
    (tmp_path / name).write_text(text)
    with pytest.raises(ffmpeg.RenderFailed, match="FFmpeg ended with"):
        copied(tmp_path / name, tmp_path / "out.mkv", Place(tmp_path, {}))
    assert not (tmp_path / "out.mkv").exists()


def test_time_and_size_are_limited(tmp_path: Path) -> None:
    place = Place(tmp_path, {}, seconds=0.5)
    with pytest.raises(ffmpeg.RenderTooLong, match=r"longer than 0 s|longer than 1 s"):
        ffmpeg.render([], SLOW, tmp_path / "slow_limit.mkv", place=place, seconds=60)
    assert ended("slow_limit.mkv")
    source = counting(tmp_path / "a.mp4", 2.0)
    place = Place(tmp_path, {}, bytes=5_000)
    with pytest.raises(ffmpeg.RenderTooLong, match="of at most 5000"):
        copied(source, tmp_path / "big.mkv", place)
    with pytest.raises(ffmpeg.RenderTooLong, match="would be"):
        ffmpeg.render([], SLOW, tmp_path / "x.mkv", place=Place(tmp_path, {}), seconds=1e6)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.mp4"]


def test_it_stops_when_asked(tmp_path: Path) -> None:
    begun = time.monotonic()
    place = Place(tmp_path, {}, cancelled=lambda: time.monotonic() > begun + 0.5)
    with pytest.raises(ffmpeg.RenderStopped):
        ffmpeg.render([], SLOW, tmp_path / "stop_me.mkv", place=place, seconds=60)
    assert time.monotonic() < begun + 5
    assert ended("stop_me.mkv")
    assert list(tmp_path.iterdir()) == []


def sleeping(seconds: str) -> bool:
    """Whether a process sleeps for so long."""
    return any(p.info["cmdline"] == ["sleep", seconds] for p in psutil.process_iter(["cmdline"]))


def test_it_ends_with_the_process_that_asked(tmp_path: Path) -> None:
    # a program that writes nothing: FFmpeg itself would also end when nobody reads its progress
    script = f"""
        from pathlib import Path
        from agents.tools import ffmpeg
        from agents.tools.base import Place
        ffmpeg._run(["sleep", "61.25"], 0.0, Place(Path({str(tmp_path)!r}), {{}}))
    """
    root = Path(__file__).parents[3]
    environment = os.environ | {"PYTHONPATH": str(root)}
    parent = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], env=environment)
    ends = time.monotonic() + 60
    while not sleeping("61.25"):
        assert time.monotonic() < ends
        time.sleep(0.05)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    ends = time.monotonic() + 5
    while sleeping("61.25"):
        assert time.monotonic() < ends
        time.sleep(0.05)


def test_what_ffmpeg_says_is_told(tmp_path: Path) -> None:
    (tmp_path / "noise.mp4").write_bytes(b"not media" * 100)
    with pytest.raises(ffmpeg.RenderFailed, match=r"Invalid (data|argument)"):
        copied(tmp_path / "noise.mp4", tmp_path / "o.mp4", Place(tmp_path, {}))
