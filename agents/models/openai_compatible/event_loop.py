"""One thread with an event loop, so that synchronous agents can use an asynchronous client."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import CancelledError
from dataclasses import dataclass, field
from typing import Any, TypeVar

Value = TypeVar("Value")


@dataclass(slots=True)
class LoopThread:
    """Runs coroutines on its own thread; the caller's context variables travel with them."""

    _loop: asyncio.AbstractEventLoop = field(init=False)
    _thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        """Start the thread; it ends with the process or with `close`."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="model-endpoint", daemon=True
        )
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, Value], seconds: float) -> Value:
        """The result of `work`; a caller that is interrupted cancels it for real.

        Raises:
            TimeoutError: it took longer than `seconds`.
        """
        future = asyncio.run_coroutine_threadsafe(asyncio.wait_for(work, seconds), self._loop)
        try:
            return future.result()
        except CancelledError as error:
            raise TimeoutError("the call was cancelled") from error
        except BaseException:
            future.cancel()
            raise

    def close(self, *last: Coroutine[Any, Any, None]) -> None:
        """Run what is left to do, then stop the thread."""
        for work in last:
            asyncio.run_coroutine_threadsafe(work, self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()
