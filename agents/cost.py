"""What calls of models will cost, from sizes and budgets alone; and what vectors have cost."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from agents.budget import Budget, Meter, Spent
from agents.models.chat import PICTURE_TOKENS
from agents.models.openai_compatible.endpoint import Endpoint
from agents.models.ports import Models

REPLY = 150
"""Tokens of a usual reply."""
SHORT = 20
"""Tokens of a short one."""
REPAIRED = 2
"""Requests of a call whose reply must be repaired."""
SCHEMA = 300
"""Tokens in which the shape of a reply is told."""
LONG = 1000
"""Tokens of a long one."""


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


@contextmanager
def charged_for_vectors(meter: Meter, models: Models) -> Generator[None]:
    """Charge the meter what the text encoder costs meanwhile.

    Others in this process who encode at the same time are included.
    """
    before = _spent(models)
    try:
        yield
    finally:
        spent = _spent(models).since(before)
        if spent.calls:
            meter.charge_vectors("text_encoder", spent)


def _spent(models: Models) -> Spent:
    """What the text encoder has cost so far in this process; nothing where it is embedded."""
    return getattr(models.text_encoder, "spent", Spent())
