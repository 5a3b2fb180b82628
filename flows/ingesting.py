"""Ingest without Prefect: the same steps as the flow, with a report per file."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agents.errors import AgentsError
from agents.ingest import Job, finish, known_job, prepare, run_window
from agents.workbench import Workbench
from memory.errors import MemoryLayerError
from memory.records import SECOND, Scope, Video, Window, WindowStatus

log = logging.getLogger(__name__)

Progress = Callable[[str, str, int, int], None]
"""Called with file name, stage, windows done and windows in all."""

KNOWN_ERRORS = (AgentsError, MemoryLayerError, OSError)


@dataclass(slots=True)
class FileReport:
    """What became of one file; `to_json` is the interface that scripts rely on."""

    path: Path
    status: str = "failed"
    """`ingested`, `unchanged`, `partial` (some windows failed) or `failed`."""
    video: Video | None = None
    windows: Counter[str] = field(default_factory=Counter[str])
    memories: dict[str, int] = field(default_factory=dict[str, int])
    seconds: float = 0.0
    error: dict[str, str] | None = None
    notes: tuple[str, ...] = ()

    @property
    def fine(self) -> bool:
        """Whether all of the file is remembered."""
        return self.status in ("ingested", "unchanged")

    def to_json(self) -> dict[str, Any]:
        """The documented object."""
        video = self.video
        entry: dict[str, Any] = {
            "video_id": video.video_id if video else None,
            "path": str(self.path),
            "duration": video.duration / SECOND if video else None,
            "status": self.status,
            "windows": {"done": self.windows["done"], "failed": self.windows["failed"]},
            "memories": self.memories,
            "seconds": round(self.seconds, 3),
            "bytes": video.size if video else None,
            "notes": list(self.notes),
        }
        return entry | ({"error": self.error} if self.error else {})


def ingest_files(bench: Workbench, paths: Iterable[Path], progress: Progress) -> list[FileReport]:
    """Ingest file after file; one that fails is reported and the others go on."""
    return [ingest_file(bench, path, progress) for path in paths]


def ingest_file(bench: Workbench, path: Path, progress: Progress) -> FileReport:
    """Ingest one file, plainly."""
    report = FileReport(path)
    began = time.monotonic()
    try:
        _ingest(bench, report, progress)
    except KNOWN_ERRORS as error:
        report.error = error_json(error)
        log.warning("%s: %s", path, error)
    report.seconds = time.monotonic() - began
    return report


def _ingest(bench: Workbench, report: FileReport, progress: Progress) -> None:
    spec = bench.spec
    name = report.path.name
    progress(name, "checking", 0, 1)
    known = known_job(bench.store, report.path, spec.tenant, spec.parameters, bench.models)
    if known is not None:
        settle(bench, report, known, "unchanged")
        progress(name, "unchanged", 1, 1)
        return
    job = prepare(bench.store, report.path, spec.tenant, spec.parameters, bench.models)
    total = len(job.windows)
    for window in job.open_windows:
        progress(name, "perceiving", window.index, total)
        run_window(bench.store, job, window, bench.models)
    progress(name, "summarising", total, total)
    conclude(bench, report, job)
    progress(name, "done", total, total)


def conclude(bench: Workbench, report: FileReport, job: Job) -> None:
    """Finish a job whose windows were all tried; fails when not one of them is done.

    Raises:
        AgentsError: no window could be perceived.
    """
    windows = ledger(bench, job.video, job.perception_key)
    if not any(window.status == WindowStatus.DONE for window in windows):
        reasons = "; ".join(dict.fromkeys(window.reason for window in windows))
        raise AgentsError(f"nothing of {report.path.name} could be perceived: {reasons}")
    settle(bench, report, finish(bench.store, job, bench.models), "ingested")


def ledger(bench: Workbench, video: Video, key: str | None) -> list[Window]:
    """The ledger of one perception key; empty when there is none."""
    return bench.store.windows(video.tenant, video.video_id, key) if key else []


def settle(bench: Workbench, report: FileReport, video: Video, status: str) -> None:
    """Fill the report from what the store now holds."""
    windows = ledger(bench, video, video.active_key)
    report.video = video
    report.windows = Counter(str(window.status) for window in windows)
    report.status = "partial" if report.windows["failed"] else status
    report.memories = memory_counts(bench, video)
    report.notes = tuple(window.reason for window in windows if window.reason)


def memory_counts(bench: Workbench, video: Video) -> dict[str, int]:
    """Number of rows by kind."""
    rows = bench.store.memories(Scope(video.tenant, (video.video_id,)))
    return dict(sorted(Counter(str(row.kind) for row in rows).items()))


def error_json(error: BaseException) -> dict[str, str]:
    """An error as the documented object: a stable code, the message and what to do."""
    return {
        "code": str(getattr(error, "code", "system_error")),
        "message": str(error),
        "hint": str(getattr(error, "hint", "")),
    }
