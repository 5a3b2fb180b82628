"""What an ingest will take, before it is made; no model is asked."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from agents.budget import Budget
from agents.cost import LONG, REPAIRED, REPLY, SCHEMA, SHORT, Calls, Scenarios, forecast
from agents.ingest.describe import (
    DENSE_PIECE,
    DENSE_STEP,
    MOST_CHARACTERS,
    MOST_KEYFRAMES,
    MOST_ROWS,
)
from agents.ingest.pace import (
    START,
    Past,
    Range,
    busy_now,
    bytes_of,
    past_of,
    seconds_of,
    slowed,
    total,
)
from agents.ingest.summarise import CHARACTERS
from agents.models.chat import PICTURE_TOKENS, TOKEN
from agents.models.openai_compatible.embeddings import BATCH
from agents.perception.media.probe import probe
from agents.runtime import RuntimeSpec, is_openable, open_runtime
from memory.records import SECOND

LINES = (0.05, 0.4, 2.0)
"""Rows with text per second of video: in a silent one, usually, and in a dense one."""
SCENES = (300.0, 60.0, 15.0)
"""Seconds of a scene: long ones, usually, and short ones."""
LINE = 30
"""Tokens of a row with its number and time."""
BESIDE = MOST_CHARACTERS // TOKEN
"""Most tokens of rows that go with pictures."""
SUMMARISED = CHARACTERS // TOKEN
"""Most tokens of rows that go into a summary."""
SMALL_PICTURE = 85
"""Tokens of a picture where they are counted cheaply."""


def estimate_files(spec: RuntimeSpec, files: Sequence[Path]) -> dict[str, Any]:
    """Seconds and bytes per file and in all: likely ones, with `range`s, and what they rest on.

    `models` says what models at endpoints will cost, as ranges.
    """
    past = past_of(open_runtime(spec)) if is_openable(spec) else Past()
    media = [probe(file, spec.parameters.streams) for file in files]
    busy = busy_now()
    spent = [seconds_of(found, spec.parameters, past, busy) for found in media]
    sizes = [bytes_of(found) for found in media]
    entries = [
        {"path": str(file), "duration": found.duration / SECOND, **_told(seconds, size)}
        for file, found, seconds, size in zip(files, media, spent, sizes, strict=True)
    ]
    shown = [found.duration / SECOND for found in media if found.video_stream is not None]
    heard = [found.duration / SECOND for found in media if found.video_stream is None]
    return {
        "videos": entries,
        "total": _told(total(spent, slowed(START, busy)), total(sizes)),
        "basis": past.basis(busy),
        "models": _describing(spec, shown, heard),
    }


def _told(seconds: Range, size: Range) -> dict[str, Any]:
    """The likely values, and the ranges beside them."""
    least, likely, most = seconds
    return {
        "seconds": round(likely, 1),
        "bytes": round(size[1]),
        "range": {
            "seconds": [round(least, 1), round(most, 1)],
            "bytes": [round(size[0]), round(size[2])],
        },
    }


def _describing(
    spec: RuntimeSpec, shown: Sequence[float], heard: Sequence[float]
) -> dict[str, Any]:
    """What models will cost; files with pictures are `shown`, those without `heard`, in seconds."""
    endpoints = spec.roles.checked().by_role() if spec.roles is not None else {}
    encoders = [m.endpoint for m in spec.models if m.role == "text_encoder" and m.endpoint]
    endpoints |= dict.fromkeys(("text_encoder",), encoders[0]) if encoders else {}
    own, mode = spec.parameters, spec.parameters.captions
    told = spec.prompts
    sizes = {
        role: SCHEMA + len(getattr(told, role)) // TOKEN for role in ("captioner", "summariser")
    }
    cases = [
        ingest_calls(seconds, own.window_seconds, mode if seen else "none", sizes)
        for files, seen in ((shown, True), (heard, False))
        for seconds in files
    ]
    best, likely, worst = (
        [calls for case in cases for calls in case[number]] for number in range(3)
    )
    return forecast((best, likely, worst), endpoints, Budget())


def ingest_calls(seconds: float, window: float, mode: str, sizes: Mapping[str, int]) -> Scenarios:
    """The calls of one video's ingest: captions and facts per window, then summaries, and vectors.

    Args:
        seconds: Length of the video.
        window: Seconds of a window.
        mode: Which pictures are described: `none`, `keyframes` or `dense`.
        sizes: Tokens in which each role is told what to do.
    """
    windows = max(1, round(seconds / window))
    cases: list[list[Calls]] = []
    for case, (density, scene) in enumerate(zip(LINES, SCENES, strict=True)):
        lines = seconds * density
        told_in = sizes if case else {role: size // 2 for role, size in sizes.items()}
        described = _described(windows, min(seconds, window), mode, case, lines, told_in)
        summaries = 0 if mode == "none" else round(seconds / scene + seconds / (10 * scene)) + 1
        again, reply = (REPAIRED, LONG) if case == 2 else (1, REPLY if case else SHORT)
        shown = round(min(SUMMARISED, lines / max(summaries, 1) * LINE))
        told = Calls("summariser", again * summaries, told_in["summariser"] + shown, reply)
        texts = Calls("text_encoder", windows + math.ceil(lines / BATCH), LINE * BATCH // 2, 0)
        cases.append([*described, told, texts])
    return cases[0], cases[1], cases[2]


def _described(
    windows: int, window: float, mode: str, case: int, lines: float, sizes: Mapping[str, int]
) -> list[Calls]:
    """Captions and facts of all windows."""
    if mode == "none":
        return []
    dense = mode == "dense"
    pieces = max(1, round(window * SECOND / DENSE_PIECE)) if dense else 1
    every = window / pieces * SECOND / DENSE_STEP
    frames = round(every if dense else (1, window / 8, MOST_KEYFRAMES)[case])
    again, reply = (REPAIRED, LONG) if case == 2 else (1, REPLY if case else SHORT)
    beside = round(min(BESIDE, lines / windows / pieces * LINE))
    facts = max(1, math.ceil(lines / windows / MOST_ROWS))
    return [
        Calls(
            "captioner",
            again * windows * pieces,
            sizes["captioner"] + beside,
            reply,
            frames,
            PICTURE_TOKENS if case else SMALL_PICTURE,
        ),
        Calls("summariser", again * windows * facts, sizes["summariser"] + beside, reply),
    ]
