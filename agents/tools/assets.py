"""Files by their content: what kind of asset a file is, and what probing finds in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agents.errors import UnreadableMedia
from memory.records import file_digest

if TYPE_CHECKING:
    from agents.tools.render.pending import Pending


class MediaKind(StrEnum):
    """What an asset is; each has one form of file."""

    VIDEO = "video"
    IMAGE = "image"
    SOUND = "sound"
    TEXT = "text"
    """UTF-8, for people."""
    SUBTITLES = "subtitles"
    """SRT or VTT."""
    TIMELINE = "timeline"
    """OpenTimelineIO."""
    BOXES = "boxes"
    """JSON: `[{"at": seconds, "box": [x, y, w, h], "score": 0..1, "name": str}]`, pixels."""
    MASKS = "masks"
    """A video of grey frames, white where the thing is, as large and as long as its source."""
    MOMENTS = "moments"
    """JSON: `[{"start": s, "end": s, "text": str, "evidence": [memory ids], "score": 0..1}]`."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What probing found; 0 and "" where there is no such thing."""

    bytes: int = 0
    seconds: float = 0.0
    """Length of the longest stream; of text and pictures 0."""
    width: int = 0
    """As shown: turned as the file says, with square pixels."""
    height: int = 0
    fps: float = 0.0
    frames: int = 0
    has_picture: bool = False
    has_sound: bool = False
    sample_rate: int = 0
    channels: int = 0
    codec: str = ""
    entries: int = 0
    """Cues, boxes, moments or clips, of the kinds that are lists."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A file that is known by its content."""

    asset_id: str
    """SHA-256 of the bytes, 64 hex digits."""
    kind: MediaKind
    path: Path = field(compare=False)
    facts: Facts = field(default_factory=Facts, compare=False)
    name: str = field(default="", compare=False)
    """What people call it; never part of a command."""
    pending: Pending | None = field(default=None, compare=False, repr=False)
    """How it would be made, where no file is: what uses it renders both in one encoding."""


Assets = Mapping[str, Asset]
"""Assets by id."""

_BY_SUFFIX = {
    ".srt": MediaKind.SUBTITLES,
    ".vtt": MediaKind.SUBTITLES,
    ".otio": MediaKind.TIMELINE,
    ".txt": MediaKind.TEXT,
}
_STILLS = ("png", "mjpeg", "webp", "bmp", "tiff", "jpegls")
_LISTS = (MediaKind.BOXES, MediaKind.MOMENTS)
MOST_PIXELS = 100_000_000
"""Larger pictures are bombs."""
MOST_TEXT = 50_000_000
"""Bytes of a text, subtitles or a list; they are read whole."""


def asset_of(path: Path, kind: MediaKind | None = None, name: str = "") -> Asset:
    """The asset that a file is; `kind` as its maker says, or found out.

    Raises:
        UnreadableMedia: it is missing, empty, not media, of a form that is not opened, or its
            content is not of the kind.
    """
    if not path.is_file() or not path.stat().st_size:
        what = "is empty" if path.is_file() else "is no file"
        raise UnreadableMedia(f"{name or path.name} {what}", "give a media file")
    found = kind or _BY_SUFFIX.get(path.suffix.lower())
    facts = facts_of(path, found)
    if found is None:
        found = _kind_of(facts, path)
    return Asset(file_digest(path), found, path, facts, name or path.name)


def facts_of(path: Path, kind: MediaKind | None = None) -> Facts:
    """What a file holds; lists are counted, media opened and every packet read.

    Raises:
        UnreadableMedia: it cannot be read as its kind.
    """
    size = path.stat().st_size
    is_text = kind in (*_LISTS, MediaKind.TEXT, MediaKind.TIMELINE, MediaKind.SUBTITLES)
    if is_text and size > MOST_TEXT:
        said = f"{path.name} has {size:,} bytes, and texts of at most {MOST_TEXT:,} are read"
        raise UnreadableMedia(said, "give a part of it")
    try:
        if kind in _LISTS:
            return Facts(bytes=size, entries=len(json.loads(path.read_text(encoding="utf-8"))))
        if kind in (MediaKind.TEXT, MediaKind.TIMELINE):
            path.read_text(encoding="utf-8")
            return Facts(bytes=size)
        if kind is MediaKind.SUBTITLES:
            return _cues(path, size)
        found = _media(path, size)
    except (UnreadableMedia, OSError, ValueError, TypeError, RecursionError) as error:
        why = " ".join(str(error).split())[:200]
        raise UnreadableMedia(f"{path.name} cannot be read: {why}", "give another file") from error
    has = found.has_sound if kind is MediaKind.SOUND else found.has_picture
    if kind is not None and not has:
        raise UnreadableMedia(f"{path.name} holds no {kind}", "give another file")
    return found


def _cues(path: Path, size: int) -> Facts:
    """Number of cues and the end of the last one."""
    import pysubs2

    try:
        cues = pysubs2.load(str(path), encoding="utf-8-sig")
    except pysubs2.exceptions.Pysubs2Error as error:
        raise ValueError(f"no subtitles of a known form ({error})") from error
    ends = max((cue.end for cue in cues), default=0)
    return Facts(bytes=size, entries=len(cues), seconds=ends / 1000)


def _media(path: Path, size: int) -> Facts:
    """Streams of a media file; frames are counted by packets, and lengths are those of packets."""
    from agents.perception.media.opening import opened
    from agents.perception.media.playlist import is_playlist

    if is_playlist(path):
        raise ValueError("it is a list of other files")
    ends: dict[int, float] = {}
    shown: tuple[int, int] | None = None
    counts: dict[int, int] = {}
    with opened(path) as container:
        streams = [*container.streams.video[:1], *container.streams.audio[:1]]
        if not streams:
            raise ValueError("it holds neither picture nor sound")
        facts, first = _headers(Facts(bytes=size), streams), int(streams[0].index)
        start = min(map(_start, streams))
        for packet in container.demux(*streams):
            if packet.size and packet.pts is not None:
                index = packet.stream.index
                end = float((packet.pts + (packet.duration or 0)) * packet.time_base) - start
                ends[index] = max(ends.get(index, 0.0), end)
                counts[index] = counts.get(index, 0) + 1
            if shown is None and facts.has_picture and packet.stream is streams[0]:
                shown = _shown(packet)
    if shown is not None:
        facts = replace(facts, width=shown[0], height=shown[1])
    frames = counts.get(first, 0) if facts.has_picture else 0
    is_still = facts.codec in _STILLS and frames <= 1 and not facts.has_sound
    seconds = 0.0 if is_still else max(ends.values(), default=0.0)
    return replace(facts, frames=frames, seconds=seconds, fps=0.0 if is_still else facts.fps)


def _shown(packet: Any) -> tuple[int, int] | None:  # noqa: ANN401
    """Width and height as shown of the first picture that a packet gives; None without one."""
    from av.error import FFmpegError

    from agents.perception.media.probe import as_shown

    stream = packet.stream
    aspect = stream.sample_aspect_ratio or stream.codec_context.sample_aspect_ratio
    try:
        return next((as_shown(frame, aspect)[0] for frame in packet.decode()), None)
    except FFmpegError:
        return None  # damaged: the next one may give a picture


def _start(stream: Any) -> float:  # noqa: ANN401  # PyAV's streams share no useful type
    """When a stream starts, in seconds."""
    return float((stream.start_time or 0) * (stream.time_base or 0))


def _headers(facts: Facts, streams: list[Any]) -> Facts:
    """Facts with those of the streams' headers.

    Raises:
        ValueError: a picture cannot be decoded, or is too large for it.
    """
    for stream in streams:
        context = stream.codec_context
        if stream.type == "video":
            if not context.width or not context.height:
                raise ValueError("its pictures cannot be decoded, or are too large")
            if context.width * context.height > MOST_PIXELS:
                raise ValueError(f"its pictures have {context.width}x{context.height} pixels")
            fps = round(float(stream.average_rate or 0), 3)
            size = {"width": context.width, "height": context.height}
            facts = replace(facts, has_picture=True, fps=fps, codec=context.name, **size)
        else:
            sound = {"sample_rate": context.sample_rate, "channels": context.channels}
            facts = replace(facts, has_sound=True, codec=facts.codec or context.name, **sound)
    return facts


def _kind_of(facts: Facts, path: Path) -> MediaKind:
    """The kind that a user's media file is."""
    if facts.has_picture and (facts.seconds or facts.has_sound) and path.suffix.lower() != ".png":
        return MediaKind.VIDEO
    return MediaKind.IMAGE if facts.has_picture else MediaKind.SOUND
