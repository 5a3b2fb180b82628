"""The questions about the clips of packages, as items."""

from __future__ import annotations

from tests.benchmarks.blind.folds import folds_of
from tests.benchmarks.quality.more_clips.manifest import Part, load_more_clips
from tests.benchmarks.questions.items import Item

MORE = "more"
"""Their kind."""


def more_items(part: Part) -> list[Item]:
    """All questions of a part whose clips were fetched, whole origins in one fold.

    Raises:
        FileNotFoundError: when none of its clips was.
    """
    clips = load_more_clips(part)
    folds = folds_of(clips)
    return [
        Item(
            q.question_id, q.clip_id, folds[q.clip_id], "own", q.text,
            (q.gold,) if q.gold else (), q.keywords, q.capability, q.gold is not None, MORE,
        )
        for clip in clips
        for q in clip.questions
    ]  # fmt: skip
