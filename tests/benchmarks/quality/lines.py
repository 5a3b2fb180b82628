"""Spoken lines over the real sound and pictures of clips, with questions; no subtitles anywhere."""

# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
# scipy's stubs leave resample_poly open.

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from memory.records import Span
from tests.benchmarks.quality.clips import CACHE, Clip, Question, dev_folder, load_clips
from tests.benchmarks.quality.writer import FPS, RATE, Sound, VideoWriter, pictures, sound

LINES = Path(__file__).with_name("lines.toml")
GAP = 2.0
"""Seconds between lines, at least."""
OVER_BED = 10.0
"""Decibels by which a line is louder than what it is mixed over."""
BEDS = (
    "jina_guess_sound_b",
    "tears_of_steel_battle",
    "echo_kinetic_text",
    "bbb_opening",
    "ego_watermelon",
    "kitten_sofa",
    "tv_segway_crowd",
    "tv_segway_helmet",
)
"""Clips with sound but little or no speech."""


@dataclass(frozen=True)
class Line:
    """A line and what is asked of it."""

    spoken: str
    question: str
    keywords: tuple[tuple[str, ...], ...]


def load_lines() -> list[Line]:
    """All lines, as committed."""
    table = tomllib.loads(LINES.read_text(encoding="utf-8"))["lines"]
    return [Line(text, asked, tuple(map(tuple, words))) for text, asked, words in table]


def say(text: str, seed: int) -> Sound:
    """The line as sound, without the silence around it."""
    from scipy.signal import resample_poly

    made: Any = _speaker()(text, seed=seed)
    heard = resample_poly(np.asarray(made), RATE // 8000, 3).astype(np.float32)
    loud = np.flatnonzero(np.abs(heard) > 0.02 * np.abs(heard).max())
    return heard[loud[0] : loud[-1] + 1]


@cache
def _speaker() -> Any:
    from hibari import Hibari

    return Hibari()


def mixed(bed: Sound, lines: Sequence[Sound], seed: int) -> tuple[Sound, list[tuple[float, float]]]:
    """The bed with as many lines as fit, at seeded times, and where each line lies in seconds."""
    rng = random.Random(seed)
    out, spans, at = bed.copy(), list[tuple[float, float]](), 0.0
    for line in lines:
        start = at + GAP * (0.5 + rng.random())
        first, last = round(start * RATE), round(start * RATE) + len(line)
        if last > len(bed) - RATE // 4:
            break
        under = float(np.sqrt(np.mean(bed[first:last] ** 2)))
        level = max(0.05, under * 10 ** (OVER_BED / 20))
        out[first:last] += line * level / float(np.sqrt(np.mean(line**2)))
        at = last / RATE
        spans.append((first / RATE, at))
    return out / max(1.0, float(np.abs(out).max())), spans


@dataclass(frozen=True)
class SpokenVideo:
    """A clip with lines over its sound, and the questions about them."""

    path: Path
    seconds: float
    questions: tuple[Question, ...]


def spoken_videos(clips: Sequence[Clip], seed: int = 5, folder: Path = CACHE) -> list[SpokenVideo]:
    """One video per bed until the lines are used up; encoded once and kept in the cache."""
    lines, made = load_lines(), list[SpokenVideo]()
    used = 0
    for number, name in enumerate(BEDS):
        clip = next(clip for clip in clips if clip.clip_id == name)
        video = _spoken_video(clip, lines[used:], used, seed + number, folder)
        used += len(video.questions)
        made.append(video)
        if used == len(lines):
            break
    if used < len(lines):
        raise ValueError(f"only {used} of {len(lines)} lines fit into the clips")
    return made


def _spoken_video(
    clip: Clip, lines: Sequence[Line], number: int, seed: int, folder: Path
) -> SpokenVideo:
    recipe = json.dumps([clip.clip_id, [line.spoken for line in lines], seed])
    name = f"lines_{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"
    path, beside = folder / f"{name}.mp4", folder / f"{name}.json"
    if not (path.is_file() and beside.is_file()):
        spans = _write(path, clip, lines, seed)
        beside.write_text(json.dumps(spans), encoding="utf-8")
    spans = json.loads(beside.read_text(encoding="utf-8"))
    questions = [
        Question(
            f"line_{number + i}", name, line.question, "spoken line",
            Span.of_seconds(*span), line.keywords,
        )
        for i, (line, span) in enumerate(zip(lines, spans, strict=False))
    ]  # fmt: skip
    return SpokenVideo(path, clip.seconds, tuple(questions))


def _write(path: Path, clip: Clip, lines: Sequence[Line], seed: int) -> list[tuple[float, float]]:
    frames = list(pictures(clip.path))
    bed = np.zeros(round(len(frames) / FPS * RATE), np.float32)
    own = sound(clip.path)[: len(bed)]
    bed[: len(own)] = own
    most = int(clip.seconds / (GAP + 1)) + 1
    track, spans = mixed(bed, [say(line.spoken, seed) for line in lines[:most]], seed)
    with VideoWriter(path) as writer:
        for frame in frames:
            writer.picture(frame)
        writer.sound(track)
    print(f"  {path.name}: {len(spans)} lines over {clip.clip_id}", file=sys.stderr)
    return spans


def main() -> None:
    """Make the videos and say what they hold."""
    parser = argparse.ArgumentParser(description="Mixes spoken lines over real clips.")
    parser.add_argument("--seed", type=int, default=5)
    for video in spoken_videos(load_clips(dev_folder()), parser.parse_args().seed):
        print(f"{video.path}: {video.seconds:.0f} s, {len(video.questions)} questions")


if __name__ == "__main__":
    main()
