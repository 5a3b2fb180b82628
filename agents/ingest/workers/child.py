"""A process that perceives windows: `python -m agents.ingest.workers.child`.

Takes `(spec, job, window)` pickled on stdin and gives the window as the ledger has it then, or None
where it could not be tried, on stdout. What libraries print goes to stderr. A key that stops the
command is for the process that started this one; this one ends when stdin does.
"""

from __future__ import annotations

import logging
import os
import pickle
import signal
import sys
from typing import BinaryIO

from agents.ingest.windows import run_window
from agents.runtime import open_runtime

log = logging.getLogger(__name__)


def main() -> None:
    """Work until stdin ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    while (done := _worked_off(sys.stdin.buffer)) is not None:
        answers.write(done)
        answers.flush()


def _worked_off(orders: BinaryIO) -> bytes | None:
    """The pickled answer to the next order; None when there is none."""
    try:
        spec, job, window = pickle.load(orders)  # noqa: S301 - from the process that started this
    except EOFError:
        return None
    try:
        runtime = open_runtime(spec)
        return pickle.dumps(run_window(runtime.store, job, window, runtime.models))
    except Exception:  # the other process tries the window itself and says what is wrong
        log.warning("window %d could not be worked on here", window.index, exc_info=True)
        return pickle.dumps(None)


if __name__ == "__main__":
    main()
