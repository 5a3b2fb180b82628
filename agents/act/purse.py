"""Hard limits of a run, and what is held against them: seconds, money, bytes.

A step reserves what it is estimated to take before it runs and settles what it took, so that two
steps at once cannot both spend the last of it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace

from agents.act.validate import Limits
from agents.errors import BudgetExhausted, QuestionError
from agents.tools.base import Estimate, ToolFailed

NO_OTHER = Limits()
"""What holds where nothing is said."""


def parse_limits(text: str, base: Limits = NO_OTHER) -> Limits:
    """Limits from `seconds=60,usd=0.5,bytes=1e9`; what is not named stays as in `base`.

    Raises:
        QuestionError: an unknown name, or a value that is not a number of at least 0.
    """
    known = [f.name for f in fields(Limits)]
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, _, value = part.partition("=")
        if name not in known:
            raise QuestionError(f"the budget has no {name!r}", f"use one of {', '.join(known)}")
        try:
            number = float(value)
        except ValueError:
            number = -1.0
        if not 0 <= number < float("inf"):
            raise QuestionError(f"the budget's {name} is {value!r}", "give a number of at least 0")
        base = replace(base, **{name: number if name in ("seconds", "usd") else int(number)})
    return base


@dataclass(slots=True)
class Spending:
    """What one step may take, and took."""

    purse: Purse
    seconds: float
    """Wall time that is left for it."""
    bytes: int
    reserved_usd: float
    reserved_bytes: int

    def settle(self, usd: float, written: int) -> None:
        """Tell what it took, and what it took more; what was reserved is given back at its end."""
        with self.purse.lock:
            self.purse.usd += usd
            self.purse.bytes += written


@dataclass(slots=True)
class Purse:
    """What a run has spent so far."""

    limits: Limits
    clock: Callable[[], float] = time.monotonic
    usd: float = 0.0
    bytes: int = 0
    reserved_usd: float = 0.0
    reserved_bytes: int = 0
    started: float = field(init=False)
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __post_init__(self) -> None:
        """Start the clock."""
        self.started = self.clock()

    @property
    def seconds(self) -> float:
        """Wall time since the run began."""
        return self.clock() - self.started

    @contextmanager
    def reserved(self, estimate: Estimate) -> Generator[Spending]:
        """Hold what a step is estimated to take while it runs.

        Raises:
            BudgetExhausted: a limit is reached, or would be by this step.
        """
        with self.lock:
            left = self.limits.seconds - self.seconds
            if left <= 0:
                raise _spent("seconds", self.limits.seconds)
            if self.usd + self.reserved_usd + estimate.usd > self.limits.usd:
                raise _spent("usd", self.limits.usd)
            room = self.limits.bytes - self.bytes - self.reserved_bytes
            if room <= 0 or estimate.bytes > room:
                raise _spent("bytes", self.limits.bytes)
            self.reserved_usd += estimate.usd
            self.reserved_bytes += estimate.bytes
        try:
            yield Spending(self, left, room, estimate.usd, estimate.bytes)
        except ToolFailed as error:
            with self.lock:  # what a failed step spent is gone too
                self.usd += error.usd
            raise
        finally:
            with self.lock:
                self.reserved_usd -= estimate.usd
                self.reserved_bytes -= estimate.bytes


def _spent(name: str, limit: float) -> BudgetExhausted:
    return BudgetExhausted(
        f"the budget of {limit:g} {name} is spent", f"raise it with --budget {name}=N"
    )
