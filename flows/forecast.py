"""What calls of models will cost, before any is made: from sizes and budgets, never from a call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agents.budget import Budget
from agents.models.chat import PICTURE_TOKENS
from agents.models.openai_compatible.endpoint import Endpoint

REPLY = 150
"""Tokens of a usual reply."""
SHORT = 20
"""Tokens of a short one."""
REPAIRED = 2
"""Requests of a call whose reply must be repaired."""


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
    kept = [[calls for calls in each if calls.role in endpoints] for each in scenarios]

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
    return calls.tokens + calls.frames * PICTURE_TOKENS + calls.reply


def cost(calls: Sequence[Calls], endpoints: Mapping[str, Endpoint]) -> float:
    """US dollars, as far as prices are known."""
    total = 0.0
    for each in calls:
        price = endpoints[each.role].price
        if price is not None:
            sent = each.tokens + each.frames * PICTURE_TOKENS
            total += each.count * price.of(sent, each.reply)
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
