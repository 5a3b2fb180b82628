"""Where a look gets its frames from: a small port, so that a video may also be rendered on demand.

Only the double of the world uses another source than the file itself; see
`tests/simulator/frames.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from agents.perception.media.playlist import is_playlist, media_digest, media_size
from agents.perception.records import Frame, Probe, StreamChoice
from memory.records import Span, Video

NO_CHOICE = StreamChoice()
"""The file's own default streams."""


class Footage(Protocol):
    """A video whose frames can be had."""

    def frames(self, span: Span, step: int | None, max_side: int) -> Iterator[Frame]:
        """Frames on show at multiples of `step` microseconds, at most `max_side` pixels long.

        Every frame where `step` is None. What appears between two of them in a picture that stands
        still may come too.
        """
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
    streams: StreamChoice = NO_CHOICE

    def frames(self, span: Span, step: int | None, max_side: int) -> Iterator[Frame]:
        """Decode them; none where the file holds no pictures."""
        from agents.perception.media.decode import frames
        from agents.perception.media.probe import probe

        media = probe(self.path, self.streams)
        if media.video_stream is None:
            return iter(())
        return frames(media, span, step=step, max_side=max_side, glimpses=True)


@dataclass(frozen=True, slots=True)
class Files:
    """Videos as the files that were ingested."""

    def open(self, video: Video) -> tuple[Footage | None, str]:
        """The first known path that still holds this video."""
        path, note = reachable(video)
        return (File(path, streams_of(video)) if path is not None else None), note


def streams_of(video: Video) -> StreamChoice:
    """The streams that the video's memory was made from."""
    kept = video.active_parameters
    return StreamChoice(**(kept.get("used") or kept.get("parameters", {}).get("streams", {})))


def probed(video: Video, path: Path) -> Probe:
    """The file of a video, with the streams that its memory was made from.

    Raises:
        MediaError: it cannot be opened any more.
    """
    from agents.perception.media.probe import probe

    return probe(path, streams_of(video))


def changed_note(video: Video) -> str:
    """A word on a video whose file was changed since it was ingested, as its size tells."""
    there = [path for path in map(Path, video.paths) if path.is_file()]
    if not there or is_playlist(there[0]) or any(p.stat().st_size == video.size for p in there):
        return ""
    return f"{video.name} was changed since: ingest it again"


def reachable(video: Video) -> tuple[Path | None, str]:
    """A path whose file is still this video; else why there is none."""
    for name in video.paths:
        path = Path(name)
        if path.is_file() and media_size(path) == video.size and media_digest(path) == video.digest:
            return path, ""
    return (
        None,
        f"no known path of {video.name} holds this video any more: {', '.join(video.paths)}",
    )
