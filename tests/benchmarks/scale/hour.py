"""Recall on a video of an hour against recall on one of a minute, asked in turns.

    python -m tests.benchmarks.scale.hour

Needs the evaluation clips. Searches at many rows: `backtrail evaluate scale`.
"""

from __future__ import annotations

import time

import numpy as np

REPEATS = 15
"""Times that each question about the hour and the minute is asked."""


def hour_over_minute() -> str:
    """Recall on a video of an hour over recall on one of a minute, asked in turns."""
    from agents.ask.answer import Question
    from agents.ask.executor.recall import Recall
    from agents.ask.planner.rules import plan
    from tests.benchmarks.recall import sets

    short, scope = sets.minute()
    long, asked = sets.hour()
    (video,) = long.store.videos("hour")
    texts = list(dict.fromkeys(each.plain.text for each in asked))[:: max(1, len(asked) // REPEATS)]
    spent: dict[str, list[float]] = {"minute": [], "hour": []}
    for text in texts * 2:
        understood = plan(text)
        for name, runtime, ids in (
            ("minute", short, scope.video_ids),
            ("hour", long, (video.video_id,)),
        ):
            question = Question(text, runtime.spec.tenant, ids)
            began = time.perf_counter()
            Recall(runtime.store, runtime.models, 40).gather(question, understood)
            spent[name].append(time.perf_counter() - began)
    minute, hour = (np.asarray(spent[name][len(texts) :]) for name in ("minute", "hour"))
    return (
        f"Recall on an hour over recall on a minute ({len(texts)} questions, in turns): "
        f"{np.median(hour) / np.median(minute):.2f} of the median "
        f"({1000 * np.median(hour):.0f} and {1000 * np.median(minute):.0f} ms)."
    )


if __name__ == "__main__":
    print(hour_over_minute())
