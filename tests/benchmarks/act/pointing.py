"""How often `find_this` finds the person that a picture shows, on real clips.

`python -m tests.benchmarks.act.pointing FOLDER [--write]`; FOLDER holds the clips that are named
here, which are not part of the repository. Each view of a person is once the picture; views of the
same track within a second of it are left out.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from agents.models.build import build_models
from agents.models.ports import Image, Models
from agents.perception.media.decode import frames
from agents.tools.assets import asset_of
from agents.tools.render.source import source_of
from agents.tools.track.pointing import CROPS, chosen_of, cut, likeness, looks
from agents.tools.track.tracks import Track, follow
from memory.records import SECOND, Span, Vector
from tests.benchmarks.act.report import kept

FITTED = (
    "intel-sample-videos/book.mkv",
    "llava-next/jobs.mp4",
    "sam2/03_blocks.mp4",
    "torchvision/R6llTwEh07w.mp4",
    "videorefer/2.mp4",
)
OTHERS = (
    "llama-factory/2.avi",
    "mmaction2/demo.mp4",
    "tears-of-steel/tears-of-steel-battle-clip-medium.webm",
    "univtg/charades.mp4",
)
LONG, EVERY = 12 * SECOND, SECOND // 2
SURE, LEAST = 0.4, (32, 48)
"""Confidence, and pixels of the sides, of a finding that counts."""


@dataclass
class Clip:
    """The people of a clip: tracks, and views of each as (time, vector)."""

    tracks: list[Track] = field(default_factory=list[Track])
    views: list[list[tuple[float, Vector]]] = field(
        default_factory=list[list[tuple[float, Vector]]]
    )


def seen(path: Path, models: Models) -> Clip:
    """Find people twice a second, and keep a few views of each."""
    source, clip = source_of(asset_of(path), pictures=True), Clip()
    pieces: list[list[tuple[float, Image]]] = []
    span = Span(0, min(source.probe.duration, LONG))
    for frame in frames(source.probe, span, step=EVERY, max_side=640):
        time, (high, wide) = frame.span.start / SECOND, frame.image.shape[:2]
        for each in models.recogniser.recognise([frame.image])[0].found:
            left, top, right, bottom = each.box
            box = left * wide, top * high, (right - left) * wide, (bottom - top) * high
            if each.name != "person" or each.confidence < SURE:
                continue
            if box[2] < LEAST[0] or box[3] < LEAST[1]:
                continue
            track = follow(clip.tracks, box, time, each.confidence)
            number = next(n for n, one in enumerate(clip.tracks) if one is track)
            pieces += [[] for _ in range(number + 1 - len(pieces))]
            pieces[number].append((time, cut(frame.image, each)))
    for own in pieces:
        few = own[:: max(1, len(own) // CROPS)][:CROPS]
        vectors = looks([view for _, view in few], models.recogniser, models.image_encoder)
        clip.views.append([(time, v) for (time, _), v in zip(few, vectors, strict=True)])
    return clip


def chosen(clip: Clip, wanted: Vector, own: int = -1, at: float = 0.0) -> list[int] | None:
    """The tracks that are taken for who is wanted; None where nothing is left to compare."""
    scores: dict[int, float] = {}
    for number, views in enumerate(clip.views):
        left = [v for time, v in views if number != own or abs(time - at) >= 1]
        if left:
            scores[number] = likeness(wanted, left)
    return chosen_of(clip.tracks, scores) if own < 0 or own in scores else None


def verdicts(clips: Sequence[Clip]) -> Iterator[str]:
    """What comes of each picture, in its own clip and in every other."""
    for clip in clips:
        for own, views in enumerate(clip.views):
            for at, wanted in views:
                found = chosen(clip, wanted, own, at)
                if found is not None:
                    yield from _in_own(clip, own, found)
                for other in clips:
                    if other is not clip and other.views:
                        yield "stranger taken" if chosen(other, wanted) else "stranger refused"


def _in_own(clip: Clip, own: int, found: Sequence[int]) -> Iterator[str]:
    mine = clip.tracks[own]
    meeting = [
        n
        for n in found
        if n != own
        and clip.tracks[n].times[0] <= mine.times[-1]
        and mine.times[0] <= clip.tracks[n].times[-1]
    ]
    yield "wrong" if meeting else "right" if own in found else "refused"
    if set(found) - {own, *meeting}:
        yield "another track too"


def row(name: str, clips: Sequence[Clip]) -> list[str]:
    """One set of clips."""
    told = Counter(verdicts(clips))
    pictures = told["right"] + told["refused"] + told["wrong"]
    strangers = told["stranger taken"] + told["stranger refused"]
    numbers = [pictures, told["right"], told["refused"], told["wrong"], told["another track too"]]
    return [name, *map(str, numbers), f"{told['stranger taken']} of {strangers}"]


def main() -> None:
    """Print the table, and write it where that is wished."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    folder = arguments.folder
    models = build_models((), Path("data/cache/models"), 1)
    clips = {name: seen(folder / name, models) for name in (*FITTED, *OTHERS)}
    heads = ("clips", "pictures", "right", "refused", "wrong", "another track too", "strangers")
    fitted, others = [clips[n] for n in FITTED], [clips[n] for n in OTHERS]
    rows = [row("fitted on (5)", fitted), row("others (4)", others), row("all", [*fitted, *others])]
    lines = [f"| {' | '.join(cells)} |" for cells in (heads, ["---"] * len(heads), *rows)]
    kept("pointing", lines, write=arguments.write)


if __name__ == "__main__":
    main()
