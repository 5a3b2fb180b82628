"""Subtitles beside a file (.srt, .vtt, .ass) and text subtitle streams inside it, as utterances."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import cast

from av.error import FFmpegError
from av.packet import Packet
from av.subtitles.stream import SubtitleStream
from av.subtitles.subtitle import AssSubtitle

from agents.models.ports import Utterance
from agents.perception.media.clock import on_clock
from agents.perception.media.decode import microseconds, only
from agents.perception.media.opening import opened
from agents.perception.records import Probe
from agents.perception.subtitle_text import Cue, decoded, in_order, plain_lines
from memory.records import SECOND, Span

log = logging.getLogger(__name__)

SUFFIXES = (".srt", ".vtt", ".ass", ".ssa")
FLAGS = frozenset("forced signs songs sdh cc hi full default auto orig original subtitles".split())
"""Words that may follow a film's name in that of its subtitles, beside languages."""
LANGUAGE = re.compile(r"[a-z]{2,3}([-_][a-z]{2,4})?", re.IGNORECASE)
PARTIAL = frozenset(("forced", "signs", "songs"))
"""Of these, the words for subtitles that hold only some of what is said."""
TIMES_INSIDE = re.compile(r"<\d[\d:.]*>")
"""When a word of a caption is said: `<00:00:01.141>`."""
ASS_FIELDS = 8
"""Commas before the text in FFmpeg's form of an ASS event."""


@dataclass(frozen=True, slots=True)
class Subtitles:
    """What was found: utterances with spans on the video's clock, and what was odd about them."""

    utterances: tuple[Utterance, ...]
    notes: tuple[str, ...] = ()


def sidecar_files(path: Path) -> list[Path]:
    """Subtitle files of a media file: `film.srt` first, then `film.en.srt` and so on.

    `film.part2.srt` belongs to another part; files with only some of the dialogue come last.
    """
    if not path.parent.is_dir():
        return []
    return sidecars_among(path, list(path.parent.iterdir()))


def sidecars_among(path: Path, files: Sequence[Path]) -> list[Path]:
    """Those of `files`, which lie beside a media file, that are its subtitles."""
    others = {f.stem for f in files if f.suffix.lower() not in SUFFIXES} - {path.stem}
    found = [
        side
        for side in files
        if side.suffix.lower() in SUFFIXES
        and side.stem.startswith(path.stem)
        and side.stem not in others
        and _names_a_language(side.stem.removeprefix(path.stem))
        and side.is_file()
    ]
    return sorted(found, key=lambda side: (_is_partial(side), side.stem != path.stem, side.name))


def _names_a_language(rest: str) -> bool:
    """Whether what follows a film's name is empty, or languages and known words (`.en.forced`)."""
    words = rest.split(".")
    return words[0] == "" and all(
        word.lower() in FLAGS or LANGUAGE.fullmatch(word) for word in words[1:]
    )


def _is_partial(side: Path) -> bool:
    return not PARTIAL.isdisjoint(side.stem.lower().split("."))


def read(probe: Probe) -> Subtitles:
    """The first sidecar that holds text, else the subtitle stream of the file."""
    notes: list[str] = []
    for side in sidecar_files(probe.path):
        found = from_sidecar(side, probe)
        notes.extend(found.notes)
        if found.utterances:
            return Subtitles(found.utterances, tuple(notes))
    inside = from_stream(probe)
    return Subtitles(inside.utterances, (*notes, *inside.notes))


def from_sidecar(side: Path, probe: Probe) -> Subtitles:
    """The utterances of a subtitle file, moved to the video's clock and clipped to it."""
    import pysubs2

    try:
        text, charset = decoded(side.read_bytes())
        # pysubs2 takes a line with two times inside it for the times of a cue
        events = pysubs2.SSAFile.from_string(TIMES_INSIDE.sub("", text)).events
    except (OSError, ValueError, pysubs2.exceptions.Pysubs2Error) as error:
        hint = "it is left out; save it again as .srt or .vtt in UTF-8"
        return Subtitles((), (f"subtitle file {side.name} cannot be read ({error}): {hint}",))
    notes = [f"subtitle file {side.name} is not UTF-8; it was read as {charset}"] if charset else []
    shift = _clock_shift(probe)
    cues = [
        Cue(event.start * 1000 - shift, event.end * 1000 - shift, plain_lines(event.text))
        for event in events
        if not event.is_comment
    ]
    made = _utterances(cues, probe)
    if not made:
        notes = [*notes, f"subtitle file {side.name} holds no text for the length of this file"]
    return Subtitles(made, tuple(notes))


def _clock_shift(probe: Probe) -> int:
    """Microseconds between the container's start, where sidecars count from, and our 0."""
    with opened(probe.path) as container:
        start = cast("int | None", container.start_time)
    return probe.start - start if start is not None else 0


def from_stream(probe: Probe) -> Subtitles:
    """The utterances of the file's subtitle stream; pictures of text cannot be used."""
    if probe.subtitle_stream is None:
        return Subtitles(())
    cues: list[Cue] = []
    with opened(probe.path) as container:
        stream = container.streams[probe.subtitle_stream]
        assert isinstance(stream, SubtitleStream)
        only(container, probe.subtitle_stream)
        base = stream.time_base or Fraction(1, SECOND)
        try:
            for packet in on_clock(container.demux(stream), probe.pieces):
                if packet.pts is None or not packet.size:
                    continue
                start = microseconds(packet.pts, base) - probe.start
                length = microseconds(packet.duration or 0, base)
                cues.extend(Cue(start, start + length, said) for said in _lines_of(packet))
        except FFmpegError as error:
            note = f"subtitle stream cannot be read to its end: {error}"
            return Subtitles(_utterances(cues, probe), (note,))
    made = _utterances(cues, probe)
    note = "the subtitle stream holds no text (pictures of text cannot be read)"
    return Subtitles(made, () if made else (note,))


def _lines_of(packet: Packet[SubtitleStream]) -> list[tuple[str, ...]]:
    """The texts of a subtitle packet, without the fields that ASS puts before them."""
    texts: list[tuple[str, ...]] = []
    for rect in packet.decode():
        if isinstance(rect, AssSubtitle):
            raw = rect.ass.decode("utf-8", "replace")
            said = raw.split(",", ASS_FIELDS)[-1] if raw.count(",") >= ASS_FIELDS else raw
            texts.append(plain_lines(said))
    return texts


def _utterances(cues: Sequence[Cue], probe: Probe) -> tuple[Utterance, ...]:
    """Cues with text, each line once, clipped to the video and in order."""
    whole = Span(0, probe.duration)
    made: list[Utterance] = []
    for cue in in_order([cue for cue in cues if cue.lines]):
        span = Span(cue.start, max(cue.start, cue.end)).clipped(whole)
        if span is not None:
            made.append(Utterance(span, " ".join(cue.lines), 1.0))
    return tuple(made)
