"""Cues of subtitles: read from files and streams, written as SRT that every player takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agents.perception.media.probe import probe as probed
from agents.perception.subtitle_text import decoded
from agents.perception.subtitles import from_stream
from agents.tools.base import ToolFailed
from agents.tools.render.source import Source
from memory.records import SECOND

MOST = 20_000
"""Cues of one file."""


@dataclass(frozen=True, slots=True)
class Cue:
    """A text and when it is shown, in seconds."""

    start: float
    end: float
    text: str


def cues_inside(source: Source) -> list[Cue]:
    """Cues of the file's own text stream."""
    utterances = from_stream(probed(source.path)).utterances
    return [Cue(u.span.start / SECOND, u.span.end / SECOND, u.text) for u in utterances]


def read_cues(path: Path) -> list[Cue]:
    """Cues of an .srt, .vtt or .ass file, in order.

    Raises:
        ToolFailed: it cannot be read, or holds none.
    """
    import pysubs2

    try:
        text, _ = decoded(path.read_bytes())
        events = pysubs2.SSAFile.from_string(text)
    except (pysubs2.exceptions.Pysubs2Error, ValueError) as error:
        raise ToolFailed(
            f"the subtitles cannot be read: {error}", "Give .srt, .vtt or .ass."
        ) from error
    cues = [
        Cue(event.start / 1000, event.end / 1000, event.plaintext.strip())
        for event in events
        if not event.is_comment and event.plaintext.strip() and event.end > event.start
    ]
    if not 0 < len(cues) <= MOST:
        raise ToolFailed(
            f"the subtitles hold {len(cues)} cues", f"Give a file with 1 to {MOST} of them."
        )
    return sorted(cues, key=lambda cue: (cue.start, cue.end))


def written(cues: Sequence[Cue], path: Path) -> Path:
    """Write cues as SRT."""
    blocks = [
        f"{number}\n{_stamp(cue.start)} --> {_stamp(cue.end)}\n{_lines(cue.text)}\n"
        for number, cue in enumerate(cues, 1)
    ]
    path.write_text("\n".join(blocks), encoding="utf-8")
    return path


def _lines(text: str) -> str:
    """Text without blank lines, which would end its cue, and without an arrow of times."""
    kept = [line.strip() for line in text.splitlines() if line.strip()]
    return "\n".join(kept).replace("-->", "->")


def _stamp(seconds: float) -> str:
    """`01:02:03,456`."""
    whole = round(seconds * 1000)
    hours, rest = divmod(whole, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    return f"{hours:02d}:{minutes:02d}:{rest // 1000:02d},{rest % 1000:03d}"
