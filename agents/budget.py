"""Hard limits of a question, and the meter that is held against them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from agents.errors import BudgetExhausted, QuestionError


@dataclass(frozen=True, slots=True)
class Budget:
    """Most a question may spend; None is no limit."""

    looks: int | None = None
    seconds: float | None = None
    frames: int | None = None
    calls: int | None = None
    tokens: int | None = None
    usd: float | None = None


def parse_budget(text: str, base: Budget = Budget()) -> Budget:
    """A budget from `looks=3,seconds=20`; what is not named stays as in `base`.

    Raises:
        QuestionError: an unknown name, or a value that is not a number of at least 0.
    """
    known = {f.name for f in fields(Budget)}
    values: dict[str, Any] = {name: getattr(base, name) for name in known}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, _, value = part.partition("=")
        if name not in known:
            raise QuestionError(
                f"the budget has no {name!r}", f"use one of {', '.join(sorted(known))}"
            )
        try:
            number = float(value)
        except ValueError:
            number = -1.0
        if number < 0:
            raise QuestionError(f"the budget's {name} is {value!r}", "give a number of at least 0")
        values[name] = number if name in ("seconds", "usd") else int(number)
    return Budget(**values)


@dataclass(slots=True)
class Spent:
    """What calls of models cost."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    frames: int = 0
    """Pictures that were sent."""
    seconds: float = 0.0
    """Wall time, waiting included."""
    usd: float | None = None
    """None where no price is known."""

    def add(self, other: Spent) -> None:
        """Add what other calls cost."""
        self.calls += other.calls
        self.input_tokens += other.input_tokens
        self.output_tokens += other.output_tokens
        self.frames += other.frames
        self.seconds += other.seconds
        self.usd = _sum(self.usd, other.usd)

    def since(self, before: Spent) -> Spent:
        """What was spent after `before` was noted."""
        usd = None if self.usd is None else round(self.usd - (before.usd or 0.0), 9)
        return Spent(
            self.calls - before.calls,
            self.input_tokens - before.input_tokens,
            self.output_tokens - before.output_tokens,
            self.frames - before.frames,
            self.seconds - before.seconds,
            usd,
        )

    def to_json(self) -> dict[str, Any]:
        """The documented object."""
        return asdict(self) | {"seconds": round(self.seconds, 3)}


def _sum(one: float | None, other: float | None) -> float | None:
    return one if other is None else round((one or 0.0) + other, 9)


@dataclass(slots=True)
class Meter:
    """What a question has spent so far."""

    budget: Budget
    clock: Callable[[], float] = time.monotonic
    started: float = field(default=0.0, init=False)
    looks: int = 0
    cached_looks: int = 0
    frames: int = 0
    llm_calls: int = 0
    vlm_calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    usd: float | None = None
    roles: dict[str, Spent] = field(default_factory=dict[str, Spent])
    """What each role spent."""
    failed: dict[str, str] = field(default_factory=dict[str, str])
    """Why a role's model last failed, by role; those that never failed are not in it."""

    def __post_init__(self) -> None:
        """Start the clock."""
        self.started = self.clock()

    @property
    def seconds(self) -> float:
        """Wall time since the question began."""
        return self.clock() - self.started

    def frames_left(self) -> int | None:
        """Frames that may still be decoded, None without a limit."""
        limit = self.budget.frames
        return None if limit is None else max(0, limit - self.frames)

    def charge(self, role: str, spent: Spent, *, sees: bool = False) -> None:
        """Add what a role spent; `sees` says whether pictures were sent."""
        if not spent.calls:
            return
        if sees:
            self.vlm_calls += spent.calls
        else:
            self.llm_calls += spent.calls
        self.charge_vectors(role, spent)

    def charge_vectors(self, role: str, spent: Spent) -> None:
        """Add what encoding by endpoint spent: tokens and money, no call of a language model."""
        self.input_tokens += spent.input_tokens
        self.output_tokens += spent.output_tokens
        self.usd = _sum(self.usd, spent.usd)
        self.roles.setdefault(role, Spent()).add(spent)

    def check(self, *, looking: bool = False) -> None:
        """Raise when a limit is reached; `looking` asks whether one more look fits.

        Raises:
            BudgetExhausted: names the limit and what was spent.
        """
        spent: dict[str, float] = {
            "seconds": self.seconds,
            "calls": self.llm_calls + self.vlm_calls,
            "tokens": self.input_tokens + self.output_tokens,
            "usd": self.usd or 0.0,
        }
        if looking:
            spent |= {"looks": self.looks, "frames": self.frames}
        for name, value in spent.items():
            limit = getattr(self.budget, name)
            if limit is not None and value >= limit:
                raise BudgetExhausted(
                    f"the budget of {limit:g} {name} is spent", f"raise it with --budget {name}=N"
                )

    def usage(self) -> dict[str, Any]:
        """The documented usage object."""
        return {
            "llm_calls": self.llm_calls,
            "vlm_calls": self.vlm_calls,
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "frames_decoded": self.frames,
            "looks": self.looks,
            "cached_looks": self.cached_looks,
            "seconds": round(self.seconds, 3),
            "usd": self.usd,
            "roles": {role: spent.to_json() for role, spent in sorted(self.roles.items())},
        }
