"""Long videos in the blind protocol: two of an hour, each asks of one half of the clips.

The side of a video takes the place of a fold: what is fitted is fitted on the other half.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tests.benchmarks.quality.clips import Clip
from tests.benchmarks.quality.longvideo import halves, long_videos
from tests.benchmarks.questions.items import Item, item_of, load_items

SEED = 3
"""Deals the clips into halves, and the pieces into places."""
NO_FOLD = -1
"""A fold that holds no clip."""


def long_items(clips: Sequence[Clip]) -> tuple[list[Item], dict[str, Path], dict[str, float]]:
    """The questions about both videos, where these lie, and their lengths in seconds.

    The videos are made where they are missing; an item's `clip` is the video.
    """
    made = long_videos(clips, seed=SEED)
    asked = [
        replace(item_of(question, side, "own"), clip=video.name)
        for side, video in enumerate(made)
        for question in video.questions
    ]
    paths = {video.name: video.path for video in made}
    return asked, paths, {video.name: video.seconds for video in made}


def other_half(clips: Sequence[Clip], side: int) -> list[Item]:
    """What a reader may be fitted on before it is asked of one video: the other one's clips."""
    asked = {clip.clip_id for clip in halves(clips, SEED)[side]}
    return [item for item in load_items("fit", fold=NO_FOLD) if item.clip not in asked]
