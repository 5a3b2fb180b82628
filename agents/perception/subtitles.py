"""Subtitles beside a file (.srt, .vtt) and text subtitle streams inside it, as utterances."""

from __future__ import annotations

import codecs
import html
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
from memory.records import SECOND, Span

log = logging.getLogger(__name__)

SUFFIXES = (".srt", ".vtt")
TAGS = re.compile(r"<[^<>]*>|\{[^{}]*\}")
ASS_FIELDS = 8
"""Commas before the text in FFmpeg's form of an ASS event."""


@dataclass(frozen=True, slots=True)
class Subtitles:
    """What was found: utterances with spans on the video's clock, and what was odd about them."""

    utterances: tuple[Utterance, ...]
    notes: tuple[str, ...] = ()


def sidecar_files(path: Path) -> list[Path]:
    """Subtitle files of a media file: `film.srt` first, then `film.en.srt` and so on."""
    if not path.parent.is_dir():
        return []
    stem = path.stem
    found = [
        side
        for side in path.parent.iterdir()
        if side.suffix.lower() in SUFFIXES
        and (side.stem == stem or re.fullmatch(re.escape(stem) + r"\.[\w.-]{2,20}", side.stem))
        and side.is_file()
    ]
    return sorted(found, key=lambda side: (side.stem != stem, side.name))


def subtitles(probe: Probe) -> Sequence[Utterance]:
    """Utterances of the subtitles of a file; problems are logged. See `read`."""
    found = read(probe)
    for note in found.notes:
        log.warning("%s: %s", probe.path.name, note)
    return found.utterances


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
        text, notes = _text_of(side)
        events = pysubs2.SSAFile.from_string(text).events
    except (OSError, ValueError, pysubs2.exceptions.Pysubs2Error) as error:
        hint = "it is left out; save it again as .srt or .vtt in UTF-8"
        return Subtitles((), (f"subtitle file {side.name} cannot be read ({error}): {hint}",))
    shift = _clock_shift(probe)
    rows = [(event.start * 1000, event.end * 1000, event.plaintext) for event in events]
    made = _utterances([(start - shift, end - shift, words) for start, end, words in rows], probe)
    if not made:
        notes = [*notes, f"subtitle file {side.name} holds no text for the length of this file"]
    return Subtitles(made, tuple(notes))


def _text_of(side: Path) -> tuple[str, list[str]]:
    """A file's text: UTF-8, UTF-16 with its mark, or else Western European, which is noted."""
    raw = side.read_bytes()
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return raw.decode("utf-16"), []
    try:
        return raw.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        note = f"subtitle file {side.name} is not UTF-8; it was read as Windows-1252"
        return raw.decode("cp1252"), [note]


def _clock_shift(probe: Probe) -> int:
    """Microseconds between the container's start, where sidecars count from, and our 0."""
    with opened(probe.path) as container:
        start = cast("int | None", container.start_time)
    return probe.start - start if start is not None else 0


def from_stream(probe: Probe) -> Subtitles:
    """The utterances of the file's subtitle stream; pictures of text cannot be used."""
    if probe.subtitle_stream is None:
        return Subtitles(())
    rows: list[tuple[int, int, str]] = []
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
                rows.extend((start, start + length, words) for words in _words_of(packet))
        except FFmpegError as error:
            note = f"subtitle stream cannot be read to its end: {error}"
            return Subtitles(_utterances(rows, probe), (note,))
    made = _utterances(rows, probe)
    note = "the subtitle stream holds no text (pictures of text cannot be read)"
    return Subtitles(made, () if made else (note,))


def _words_of(packet: Packet[SubtitleStream]) -> list[str]:
    """The texts of a subtitle packet, without the fields that ASS puts before them."""
    texts: list[str] = []
    for rect in packet.decode():
        if isinstance(rect, AssSubtitle):
            raw = rect.ass.decode("utf-8", "replace")
            texts.append(raw.split(",", ASS_FIELDS)[-1] if raw.count(",") >= ASS_FIELDS else raw)
    return texts


def _utterances(rows: Sequence[tuple[int, int, str]], probe: Probe) -> tuple[Utterance, ...]:
    """Rows of (start, end, text) cleaned, clipped to the video and in order."""
    whole = Span(0, probe.duration)
    made: list[Utterance] = []
    for start, end, words in sorted(rows):
        span = Span(start, max(start, end)).clipped(whole)
        text = _plain(words)
        if span is not None and text:
            made.append(Utterance(span, text, 1.0))
    return tuple(made)


def _plain(words: str) -> str:
    """Text without tags, entities and line breaks."""
    broken = words.replace("\\N", " ").replace("\\n", " ").replace("\\h", " ")
    return " ".join(html.unescape(TAGS.sub("", broken)).split())
