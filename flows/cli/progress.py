"""The progress bar on stderr: file, stage, and the time that is left."""

from __future__ import annotations

import sys
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from flows.output.terminal import shown


class ProgressBar:
    """One line that is drawn over on a terminal, and one line per file elsewhere."""

    def __init__(self, files: int, *, quiet: bool = False) -> None:
        self._files, self._file = files, 1
        self._quiet = quiet
        self._bar = Progress(
            TextColumn(
                "[{task.fields[number]}] {task.fields[name]} {task.fields[stage]}", markup=False
            ),
            BarColumn(24),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
            disable=quiet or not sys.stderr.isatty(),
        )
        self._task = self._bar.add_task("", number="", name="", stage="", start=False)

    def __enter__(self) -> ProgressBar:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the terminal's line clean."""
        self._bar.stop()

    def update(self, name: str, stage: str, done: int, total: int) -> None:
        """Draw the state of one file."""
        if done == 0:
            self._bar.reset(self._task)
        number = f"{self._file}/{self._files}"
        name = shown(name[:32])
        self._bar.update(
            self._task, completed=done, total=total, number=number, name=name, stage=stage
        )

    def finish_file(self, lines: list[str]) -> None:
        """A file is over: say what became of it and go on to the next."""
        for line in lines if not self._quiet else ():
            self._bar.console.print(shown(line), markup=False, highlight=False, soft_wrap=True)
        self._file += 1
