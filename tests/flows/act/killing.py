"""A process that acts and is killed at a chosen moment: at the n-th time that it touches its store.

Run as `python -m tests.flows.act.killing FILE N DELAY GOAL`: after the N-th opening, renaming,
making or removing of something in the store, or starting of a program for it, and DELAY seconds,
the process kills itself with SIGKILL. With 0 it lives, and FILE gets the number of all of these.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

EVENTS = frozenset(("open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "subprocess.Popen"))


@dataclass
class Killer:
    """Counts what is done with files below a folder."""

    folder: str
    at: int
    delay: float
    count: int = 0

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Told of everything that this process does."""
        if event not in EVENTS or self.folder not in str(arguments):
            return
        self.count += 1
        if self.count != self.at:
            return
        if not self.delay:
            os.kill(os.getpid(), signal.SIGKILL)
        threading.Thread(target=self._later, daemon=True).start()

    def _later(self) -> None:
        time.sleep(self.delay)
        os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """Act with scripted models in the place of the real ones."""
    import flows.wiring
    from tests.end_to_end.scripted_bench import MODELS

    told, at, delay, goal = sys.argv[1:]
    flows.wiring.model_specs = lambda settings: MODELS
    from flows.cli.app import main as backtrail

    killer = Killer(os.environ["BACKTRAIL_HOME"], int(at), float(delay))
    sys.addaudithook(killer)
    sys.argv = ["backtrail", "act", goal, "--json"]
    try:
        backtrail()
    finally:
        Path(told).write_text(str(killer.count), encoding="utf-8")


if __name__ == "__main__":
    main()
