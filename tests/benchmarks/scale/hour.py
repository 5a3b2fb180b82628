"""Asking a video of an hour against asking one of a minute, in turns.

    python -m tests.benchmarks.scale.hour

Needs the evaluation clips. Searches at many rows: `backtrail evaluate scale`.
"""

from __future__ import annotations

import time
from functools import partial

import numpy as np

REPEATS = 15
"""Questions that are asked of both."""


def hour_over_minute() -> str:
    """Asking a video of an hour over asking one of a minute, in turns, without looks.

    Processor time, since that of the clock is other programs' too. Each question is asked twice:
    the second time its rows have been read by this process.
    """
    from agents.ask.ask import Request, answer_request
    from agents.ingest.file import remember, silent
    from tests.benchmarks.recall import sets

    short, scope = sets.minute()
    long, asked = sets.hour()
    (video,) = long.store.videos("hour")
    texts = list(dict.fromkeys(each.plain.text for each in asked))[:: max(1, len(asked) // REPEATS)]
    sides = {"minute": (short, scope.video_ids[0]), "hour": (long, video.video_id)}
    spent: dict[tuple[str, int], list[float]] = {}
    for text in ("Where is the red door?", *texts):
        for again in (0, 1):
            for name, (runtime, video_id) in sides.items():
                request = Request(text, (video_id,), budget="looks=0")
                began = time.process_time()
                answer_request(runtime, request, partial(remember, runtime, progress=silent))
                spent.setdefault((name, again), []).append(time.process_time() - began)
    lines = [f"Asking an hour over asking a minute ({len(texts)} questions, in turns, no looks):"]
    for again, said in ((0, "asked for the first time"), (1, "asked again")):
        hour, minute = (1000 * np.median(spent[name, again][1:]) for name in ("hour", "minute"))
        lines.append(f"{said} {hour / minute:.2f} of the median processor time "
                     f"({hour:.0f} and {minute:.0f} ms).")  # fmt: skip
    return "\n".join(lines)


if __name__ == "__main__":
    print(hour_over_minute())
