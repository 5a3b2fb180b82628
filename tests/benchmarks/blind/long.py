"""Long videos in the blind protocol: two of an hour, each asks of one half of the clips.

The side of a video takes the place of a fold: what is fitted is fitted on the other half.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tests.benchmarks.quality.clips import Clip
from tests.benchmarks.quality.longvideo import halves, long_videos
from tests.benchmarks.questions.items import Item, item_of, load_items

SEED = 3
"""Deals the clips into halves, and the pieces into places."""


@dataclass(frozen=True)
class LongItems:
    """The questions about both videos, where these lie, and their lengths in seconds."""

    items: list[Item]
    paths: dict[str, Path]
    seconds: dict[str, float]


def long_items(clips: Sequence[Clip], minutes: float = 60) -> LongItems:
    """Both videos, made where they are missing, and their questions; `clip` is the video."""
    made = long_videos(clips, minutes, SEED)
    asked = [
        replace(item_of(question, side, "own"), clip=video.name)
        for side, video in enumerate(made)
        for question in video.questions
    ]
    paths = {video.name: video.path for video in made}
    return LongItems(asked, paths, {video.name: video.seconds for video in made})


def other_half(clips: Sequence[Clip], side: int) -> list[Item]:
    """What a reader may be fitted on before it is asked of one video: the other one's clips."""
    asked = {clip.clip_id for clip in halves(clips, SEED)[side]}
    every = [item for fold in (0, 1) for item in load_items("fit", fold=fold)]
    return [item for item in dict.fromkeys(every) if item.clip not in asked]
