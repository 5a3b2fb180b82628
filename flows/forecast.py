"""What calls of models will cost, before any is made: from sizes and budgets, never from a call."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agents.budget import Budget
from agents.ingest.describe import (
    DENSE_PIECE,
    DENSE_STEP,
    MOST_CHARACTERS,
    MOST_KEYFRAMES,
    MOST_ROWS,
)
from agents.ingest.summarise import CHARACTERS
from agents.models.chat import PICTURE_TOKENS, TOKEN
from agents.models.openai_compatible.embeddings import BATCH
from agents.models.openai_compatible.endpoint import Endpoint
from memory.records import SECOND

REPLY = 150
"""Tokens of a usual reply."""
SHORT = 20
"""Tokens of a short one."""
REPAIRED = 2
"""Requests of a call whose reply must be repaired."""
LONG = 1000
"""Tokens of a long one."""
LINE = 30
"""Tokens of a row with its number and time."""
BESIDE, SUMMARISED = MOST_CHARACTERS // TOKEN, CHARACTERS // TOKEN
"""Most tokens of rows that go with pictures, and into a summary."""
SMALL_PICTURE = 85
"""Tokens of a picture where they are counted cheaply."""


@dataclass(frozen=True, slots=True)
class Calls:
    """Calls of one role: how many, and the size of each."""

    role: str
    count: int
    tokens: int
    """Tokens of text in."""
    reply: int = REPLY
    """Tokens out."""
    frames: int = 0
    picture: int = PICTURE_TOKENS
    """Tokens of a picture."""

    @property
    def sent(self) -> int:
        """Tokens in."""
        return self.tokens + self.frames * self.picture


@dataclass(frozen=True, slots=True)
class Range:
    """The least, what is expected, and the most; None where no price is known."""

    least: float | None
    expected: float | None
    most: float | None

    def to_json(self) -> dict[str, Any]:
        """The documented object."""
        return {"least": self.least, "expected": self.expected, "most": self.most}


Scenarios = tuple[Sequence[Calls], Sequence[Calls], Sequence[Calls]]
"""Calls in the best case, the expected one, and the worst."""


def forecast(
    scenarios: Scenarios, endpoints: Mapping[str, Endpoint], limits: Budget
) -> dict[str, Any]:
    """Calls, tokens, frames and US dollars as ranges that no budget is above.

    `endpoints` are those of the roles; roles without one cost nothing.
    """
    kept = [[c for c in each if c.count and c.role in endpoints] for each in scenarios]

    def ranged(measure: Callable[[Sequence[Calls]], float], limit: float | None) -> dict[str, Any]:
        values = [measure(each) for each in kept]
        bounded = [value if limit is None else min(value, limit) for value in values]
        return Range(*bounded).to_json()

    priced = any(endpoints[calls.role].price is not None for calls in kept[2])
    none = Range(None, None, None).to_json()
    return {
        "calls": ranged(lambda each: sum(c.count for c in each), limits.calls),
        "tokens": ranged(lambda each: sum(c.count * total_tokens(c) for c in each), limits.tokens),
        "frames": ranged(lambda each: sum(c.count * c.frames for c in each), None),
        "usd": ranged(lambda each: cost(each, endpoints), limits.usd) if priced else none,
        "roles": {
            role: ranged(lambda each: sum(c.count for c in each if c.role == role), limits.calls)  # noqa: B023
            for role in sorted({calls.role for each in kept for calls in each})
        },
    }


def total_tokens(calls: Calls) -> int:
    """Tokens of one call, in and out."""
    return calls.sent + calls.reply


def cost(calls: Sequence[Calls], endpoints: Mapping[str, Endpoint]) -> float:
    """US dollars, as far as prices are known."""
    total = 0.0
    for each in calls:
        price = endpoints[each.role].price
        if price is not None:
            total += each.count * price.of(each.sent, each.reply)
    return round(total, 6)


def told(found: Mapping[str, Any]) -> str:
    """A forecast in one line."""
    parts = [f"{_span(found[name])} {name}" for name in ("calls", "tokens", "frames")]
    usd = found["usd"]
    if usd["most"] is not None:
        parts.append(f"${usd['least']:.4f} to ${usd['most']:.4f}, likely ${usd['expected']:.4f}")
    return ", ".join(parts)


def _span(values: Mapping[str, Any]) -> str:
    least, most = round(values["least"]), round(values["most"])
    return f"{least}" if least == most else f"{least} to {most}"


def question_calls(
    sizes: Mapping[str, int], looks: tuple[int, int], frames: tuple[int, int], longest: int
) -> Scenarios:
    """The calls of one question.

    Args:
        sizes: Tokens of text that each role is sent.
        looks: Looks that are expected, and the most there may be.
        frames: Pictures of an expected look, and the most a look may have.
        longest: Most tokens of a reply.
    """
    likely, most = looks
    coarse = [
        Calls("planner", 1, sizes["planner"] // 2, SHORT),
        Calls("reader", 1, sizes["reader"] // 4, SHORT),
        Calls("verifier", 1, sizes["verifier"] // 4, SHORT),
    ]
    expected = [
        Calls("planner", 1, sizes["planner"]),
        Calls("navigator", min(1, likely), sizes["navigator"]),
        Calls("captioner", likely, sizes["captioner"], frames=frames[0]),
        Calls("reader", likely + 1, sizes["reader"] // 2),
        Calls("verifier", 1, sizes["verifier"]),
    ]
    worst = [
        Calls("planner", REPAIRED, 2 * sizes["planner"], longest),
        Calls("navigator", REPAIRED * min(1, most), 2 * sizes["navigator"], longest),
        Calls("captioner", REPAIRED * most, sizes["captioner"] + longest, longest, frames[1]),
        Calls("reader", REPAIRED * (most + 1), sizes["reader"] + longest, longest),
        Calls("verifier", REPAIRED * (most + 1), sizes["verifier"] + longest, longest),
    ]
    return coarse, expected, worst


LINES = (0.05, 0.4, 2.0)
"""Rows with text per second of video: in a silent one, usually, and in a dense one."""
SCENES = (300.0, 60.0, 15.0)
"""Seconds of a scene: long ones, usually, and short ones."""


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
