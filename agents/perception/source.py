"""Where a look gets its frames from: a small port, so that a video may also be rendered on demand.

Only the double of the world uses another source than the file itself; see
`agents/models/world/frames.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from agents.look import reachable
from agents.perception.records import Frame, StreamChoice
from memory.records import Span, Video


class Footage(Protocol):
    """A video whose frames can be had."""

    def frames(self, span: Span, step: int, max_side: int) -> Iterator[Frame]:
        """Frames on show at multiples of `step` microseconds, at most `max_side` pixels long."""
        ...


class FrameSource(Protocol):
    """Opens videos."""

    def open(self, video: Video) -> tuple[Footage | None, str]:
        """The video's footage, or None and why there is none."""
        ...


@dataclass(frozen=True, slots=True)
class File:
    """A file's frames."""

    path: Path

    def frames(self, span: Span, step: int, max_side: int) -> Iterator[Frame]:
        """Decode them; none where the file holds no pictures."""
        from agents.perception.decode import frames
        from agents.perception.probe import probe

        media = probe(self.path, StreamChoice())
        if media.video_stream is None:
            return iter(())
        return frames(media, span, step=step, max_side=max_side)


@dataclass(frozen=True, slots=True)
class Files:
    """Videos as the files that were ingested."""

    def open(self, video: Video) -> tuple[Footage | None, str]:
        """The first known path that still holds this video."""
        path, note = reachable(video)
        return (File(path) if path is not None else None), note
