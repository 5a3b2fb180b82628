"""What became of a file: a report, from the ledger and the rows, without what perceives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agents.budget import Budget, Meter
from memory.records import SECOND, Scope, Video, Window, WindowStatus

if TYPE_CHECKING:
    from agents.runtime import Runtime


@dataclass(slots=True)
class FileReport:
    """What became of one file; `to_json` is the interface that scripts rely on."""

    path: Path
    status: str = "failed"
    """`ingested`, `unchanged`, `partial` (windows or descriptions failed) or `failed`."""
    video: Video | None = None
    windows: Counter[str] = field(default_factory=Counter[str])
    memories: dict[str, int] = field(default_factory=dict[str, int])
    seconds: float = 0.0
    error: dict[str, str] | None = None
    source: str = ""
    """The URL that could not be fetched, for want of a path."""
    notes: tuple[str, ...] = ()
    described: dict[str, str] = field(default_factory=dict[str, str])
    """Which pictures models described, and which models."""
    meter: Meter = field(default_factory=lambda: Meter(Budget()))
    """What describing it has cost now."""

    @property
    def fine(self) -> bool:
        """Whether all of the file is remembered."""
        return self.status in ("ingested", "unchanged")

    def to_json(self) -> dict[str, Any]:
        """The documented object."""
        video = self.video
        degraded = {"degraded": n} if (n := self.windows["degraded"]) else {}
        entry: dict[str, Any] = {
            "video_id": video.video_id if video else None,
            "path": self.source or str(self.path),
            "duration": video.duration / SECOND if video else None,
            "status": self.status,
            "windows": {"done": self.windows["done"], "failed": self.windows["failed"]} | degraded,
            "memories": self.memories,
            "seconds": round(self.seconds, 3),
            "bytes": video.size if video else None,
            "notes": list(self.notes),
            "described": self.described,
            "usage": self.meter.usage(),
        }
        return entry | ({"error": self.error} if self.error else {})


def is_whole(window: Window) -> bool:
    """Whether a window is done, and everything that models were to say of it was said."""
    return window.status == WindowStatus.DONE and not failures_in(window)


def failures_in(window: Window) -> list[str]:
    """What models failed to say of a window that was perceived, in words."""
    return list(window.report["told"]["failed"]) if "told" in window.report else []


def ledger(runtime: Runtime, video: Video, key: str | None) -> list[Window]:
    """The ledger of one perception key; empty when there is none."""
    return runtime.store.windows(video.tenant, video.video_id, key) if key else []


def settle(runtime: Runtime, report: FileReport, video: Video, status: str) -> None:
    """Fill the report from what the store now holds."""
    windows = ledger(runtime, video, video.active_key)
    report.video = video
    report.windows = Counter(str(window.status) for window in windows)
    report.windows += Counter(degraded=sum(bool(failures_in(window)) for window in windows))
    faults = video.active_parameters.get("faults", [])
    lost = report.windows["failed"] or report.windows["degraded"] or faults
    report.status = "partial" if lost else status
    report.described = described_by(video)
    report.memories = memory_counts(runtime, video)
    report.notes = notes_of(video, windows)


def notes_of(video: Video, windows: Sequence[Window]) -> tuple[str, ...]:
    """What was odd about the file, and why parts of it are missing; each said once."""
    notes = list(video.media.get("notes", []))
    for window in windows:
        start, end = window.span.seconds
        where = f"{start:.0f}-{end:.0f} s" if len(windows) > 1 else ""
        found = [window.reason] if window.reason else window.report.get("notes", [])
        found = [*found, *failures_in(window)]
        notes += [f"{where}: {note}" if where else note for note in found]
    notes += video.active_parameters.get("faults", [])
    return tuple(dict.fromkeys(notes))


def described_by(video: Video) -> dict[str, str]:
    """Which pictures models described, and which models; `none` and no names without any."""
    own = video.active_parameters.get("parameters", {})
    names = {name: str(own.get(name, "")) for name in ("captioner", "summariser")}
    return {"captions": str(own.get("captions", "none")), **names}


def memory_counts(runtime: Runtime, video: Video) -> dict[str, int]:
    """Number of rows by kind."""
    rows = runtime.store.memories(Scope(video.tenant, (video.video_id,)))
    return dict(sorted(Counter(str(row.kind) for row in rows).items()))
