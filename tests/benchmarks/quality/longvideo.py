"""Long videos with known answers, made of the short clips.

    python -m tests.benchmarks.quality.longvideo [--minutes 60] [--seed 3]

The clips are dealt into two halves. In each of two videos every clip of one half appears exactly
once, unchanged, at a seeded place, and only its questions are asked; the clips of the other half,
mirrored and at other speeds and repeated as often as needed, fill the rest. Left out are questions
that filler might answer, and such that only make sense within their clip ("at the end", "at 5 s").
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import re
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from memory.records import SECOND, Span
from tests.benchmarks.quality.clips import CACHE, Clip, Question, dev_folder, load_clips
from tests.benchmarks.quality.unanswerable import stems, subject
from tests.benchmarks.quality.writer import VideoWriter, pictures, sound

SPEEDS = (0.8, 1.0, 1.25)
SHARED = 0.5
"""A clip that mentions more than this share of a question's subject might answer it."""
VAGUE = re.compile(
    r"\b(at|after) (about )?\d|between \d|at the (start|end)|first|last|continuous|audio track|"
    r"during the clip|in the clip|(is|does) (he|she|it)\b|direction|which animal|take place|"
    r"subtitles|after it is",
    re.IGNORECASE,
)
"""Questions that only make sense within their clip."""


@dataclass(frozen=True)
class Piece:
    """A clip in a long video."""

    clip_id: str
    asked: bool
    mirrored: bool = False
    speed: float = 1.0


@dataclass(frozen=True)
class LongVideo:
    """A long video and the questions about it, with gold spans on its own clock."""

    name: str
    path: Path
    seconds: float
    questions: tuple[Question, ...]


def halves(clips: Sequence[Clip], seed: int) -> tuple[list[Clip], list[Clip]]:
    """The clips dealt into two halves of about equal length; clips of one source stay together."""
    groups: dict[str, list[Clip]] = {}
    for clip in clips:
        groups.setdefault(clip.source, []).append(clip)
    order = sorted(groups)
    random.Random(seed).shuffle(order)
    one: list[Clip] = []
    two: list[Clip] = []
    for source in order:
        shorter = min((one, two), key=lambda half: sum(clip.seconds for clip in half))
        shorter += groups[source]
    return one, two


def plan(asked: Sequence[Clip], filler: Sequence[Clip], seconds: float, seed: int) -> list[Piece]:
    """The order of pieces: asked clips once, filler until the video is long enough."""
    rng = random.Random(seed)
    rest = seconds - sum(clip.seconds for clip in asked)
    pieces: list[Piece] = []
    while rest > 0:
        for clip in rng.sample(list(filler), len(filler)):
            speed = rng.choice(SPEEDS)
            pieces.append(Piece(clip.clip_id, asked=False, mirrored=True, speed=speed))
            rest -= clip.seconds / speed
            if rest <= 0:
                break
    for clip in asked:
        pieces.insert(rng.randrange(len(pieces) + 1), Piece(clip.clip_id, asked=True))
    return pieces


def askable(asked: Sequence[Clip], filler: Sequence[Clip]) -> list[Question]:
    """Questions that mean one moment of the long video and that no filler answers."""
    return [
        question
        for clip in asked
        for question in clip.questions
        if not VAGUE.search(question.text)
        and not any(might_answer(other, question) for other in (*filler, *asked))
    ]


def might_answer(clip: Clip, question: Question) -> bool:
    """Whether a clip other than the question's own is about the same things."""
    about = subject(question.text)
    if clip.clip_id == question.clip_id:
        return False
    return not about or len(about & stems(clip.told)) > SHARED * len(about)


def shifted(question: Question, start: float) -> Question:
    """The question with its gold span on the long video's clock."""
    assert question.gold is not None
    by = round(start * SECOND)
    return replace(question, gold=Span(question.gold.start + by, question.gold.end + by))


def build(path: Path, pieces: Sequence[Piece], clips: Sequence[Clip]) -> dict[str, float]:
    """Encode the pieces one after the other; returns where each asked clip starts, in seconds."""
    paths = {clip.clip_id: clip.path for clip in clips}
    starts: dict[str, float] = {}
    with VideoWriter(path) as writer:
        for number, piece in enumerate(pieces, start=1):
            print(f"  {number}/{len(pieces)} {writer.seconds:.0f} s", end="\r", file=sys.stderr)
            if piece.asked:
                starts[piece.clip_id] = writer.seconds
            for picture in pictures(paths[piece.clip_id], piece.speed):
                writer.picture(picture[:, ::-1].copy() if piece.mirrored else picture)
            writer.sound(sound(paths[piece.clip_id], piece.speed))
        starts[""] = writer.seconds
    return starts


def long_videos(
    clips: Sequence[Clip],
    minutes: float = 60,
    seed: int = 3,
    folder: Path = CACHE,
    sides: Sequence[int] = (0, 1),
) -> list[LongVideo]:
    """The long video of each half of the clips; encoded once and kept in the cache."""
    halved = halves(clips, seed)
    return [
        _long_video(halved[side], halved[1 - side], clips, minutes, seed + side, folder)
        for side in sides
    ]


def _long_video(
    asked: Sequence[Clip],
    filler: Sequence[Clip],
    clips: Sequence[Clip],
    minutes: float,
    seed: int,
    folder: Path,
) -> LongVideo:
    pieces = plan(asked, filler, 60 * minutes, seed)
    recipe = json.dumps([asdict(piece) for piece in pieces])
    name = f"long_{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"
    path, beside = folder / f"{name}.mp4", folder / f"{name}.json"
    if not (path.is_file() and beside.is_file()):
        beside.write_text(json.dumps(build(path, pieces, clips)), encoding="utf-8")
    starts = json.loads(beside.read_text(encoding="utf-8"))
    questions = [shifted(q, starts[q.clip_id]) for q in askable(asked, filler)]
    return LongVideo(name, path, starts[""], tuple(questions))


def main() -> None:
    """Make the long videos and say what they hold."""
    parser = argparse.ArgumentParser(description="Makes long videos out of the short clips.")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--sides", type=int, nargs="*", default=[0, 1], help="halves to ask about")
    options = parser.parse_args()
    clips = load_clips(dev_folder())
    for video in long_videos(clips, options.minutes, options.seed, sides=options.sides):
        print(f"{video.path}: {video.seconds / 60:.1f} min, {len(video.questions)} questions")


if __name__ == "__main__":
    main()
