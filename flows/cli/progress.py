"""The progress bar on stderr: file, stage, and the time that is left."""

from __future__ import annotations

import sys
import time
from types import TracebackType

WIDTH = 24


class ProgressBar:
    """One line that is drawn over on a terminal, and one line per file elsewhere."""

    def __init__(self, files: int, *, quiet: bool = False) -> None:
        self._files, self._file = files, 1
        self._terminal = sys.stderr.isatty() and not quiet
        self._quiet = quiet
        self._began = time.monotonic()

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the terminal's line clean."""
        self._clear()

    def update(self, name: str, stage: str, done: int, total: int) -> None:
        """Draw the state of one file."""
        if done == 0:
            self._began = time.monotonic()
        if not self._terminal:
            return
        share = done / total if total else 0.0
        bar = "#" * round(share * WIDTH)
        line = f"[{self._file}/{self._files}] {name[:32]} {stage} [{bar:<{WIDTH}}] {share:4.0%}"
        print(f"\r\x1b[K{line}{self._left(share)}", end="", file=sys.stderr, flush=True)

    def finish_file(self, line: str) -> None:
        """A file is over: say what became of it and go on to the next."""
        self._clear()
        if not self._quiet:
            print(line, file=sys.stderr, flush=True)
        self._file += 1

    def _left(self, share: float) -> str:
        if not 0 < share < 1:
            return ""
        seconds = (time.monotonic() - self._began) * (1 - share) / share
        return f" {int(seconds) // 60}:{int(seconds) % 60:02d} left"

    def _clear(self) -> None:
        if self._terminal:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
