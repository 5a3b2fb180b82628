"""One ingest of a video at a time on this machine: others wait, a killed one holds nothing."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout


@contextmanager
def alone(path: Path, waiting: Callable[[], None]) -> Generator[None]:
    """Hold the lock file at `path`; `waiting` is called once when somebody else holds it.

    The kernel lets go of the lock when its process ends, however that ends.

    Raises:
        OSError: the file cannot be created.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        waiting()
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
