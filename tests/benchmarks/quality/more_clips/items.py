"""The questions about the clips of packages, as items."""

from __future__ import annotations

from tests.benchmarks.blind.folds import folds_of
from tests.benchmarks.quality.more_clips.manifest import Part, load_more_clips
from tests.benchmarks.questions.items import Item, item_of

MORE = "more"
"""Their kind."""


def more_items(part: Part) -> list[Item]:
    """All questions of a part whose clips were fetched, whole origins in one fold.

    Raises:
        FileNotFoundError: when none of its clips was.
    """
    clips = load_more_clips(part)
    folds = folds_of(clips)
    return [item_of(q, folds[clip.clip_id], MORE) for clip in clips for q in clip.questions]
