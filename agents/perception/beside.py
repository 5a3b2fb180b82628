"""Work beside the main thread: decoding and inference release the interpreter, so they overlap.

Threads here live no longer than the `with` that began them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from queue import Empty, Full, Queue
from typing import Generic, TypeVar

from agents.models.ports import Stopped

T = TypeVar("T")

POLL = 0.1
"""Seconds after which a waiting thread looks whether it is still wanted."""


class Beside(Generic[T]):
    """A function that runs in a thread of its own; `stopped` tells it that nobody waits for it."""

    def __init__(self, work: Callable[[Stopped], T]) -> None:
        self._work = work
        self._stop = threading.Event()
        self._value: list[T] = []
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def result(self) -> T:
        """What the function returned, as soon as it has; what it raised is raised here."""
        while self._thread.is_alive():
            self._thread.join(POLL)  # in turns, so that an interrupt is noticed
        if self._error is not None:
            raise self._error
        return self._value[0]

    def failed(self) -> None:
        """Raise what the function raised, if it has."""
        if not self._thread.is_alive() and self._error is not None:
            raise self._error

    def stop(self) -> None:
        """Tell the function that nobody waits for it, and wait until it has ended."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            self._value.append(self._work(self._stop.is_set))
        except BaseException as error:  # raised again where the result is wanted
            self._error = error


@contextmanager
def beside(work: Callable[[Stopped], T]) -> Generator[Beside[T]]:
    """Run a function beside what is inside the `with`; it is stopped when that fails."""
    own = Beside(work)
    try:
        yield own
    finally:
        own.stop()


def ahead(items: Iterable[T], most: int) -> Iterator[T]:
    """The same items, fetched by a thread up to `most` ahead of their use."""
    fetched: Queue[tuple[T] | None] = Queue(most)

    def fetch(stopped: Stopped) -> None:
        for item in items:
            if not _put(fetched, (item,), stopped):
                return
        _put(fetched, None, stopped)

    with beside(fetch) as thread:
        while True:
            try:
                got = fetched.get(timeout=POLL)
            except Empty:
                thread.failed()
                continue
            if got is None:
                return
            yield got[0]


def _put(queue: Queue[tuple[T] | None], item: tuple[T] | None, stopped: Stopped) -> bool:
    """Put an item in when there is room; False when nobody wants it any more."""
    while not stopped():
        try:
            queue.put(item, timeout=POLL)
        except Full:
            continue
        return True
    return False
