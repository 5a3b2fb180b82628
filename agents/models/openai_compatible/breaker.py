"""A circuit breaker: an endpoint that keeps failing is left alone for a while."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Breaker:
    """Opens after `trip_after` failures in a row; after `rest` seconds one request may try again.

    After Nygard, Release It! (2nd ed., 2018), chapter 5.
    """

    trip_after: int
    rest: float
    clock: Callable[[], float] = time.monotonic
    _failures: int = field(default=0, init=False)
    _opened: float | None = field(default=None, init=False)

    def blocks(self) -> bool:
        """Whether no request may go out now."""
        if self._opened is None:
            return False
        if self.clock() - self._opened < self.rest:
            return True
        self._opened = self.clock()
        return False

    def succeeded(self) -> None:
        """The endpoint answered."""
        self._failures, self._opened = 0, None

    def failed(self) -> None:
        """The endpoint did not answer, or that it cannot."""
        self._failures += 1
        if self._failures >= self.trip_after:
            self._opened = self.clock()
