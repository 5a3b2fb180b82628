"""A file that is rendered from: its streams, its rate as a fraction, and where its time 0 lies.

Times are seconds since the first presented frame, as everywhere in the product. FFmpeg counts from
the container's first stamp instead; `origin` is the difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import floor
from pathlib import Path
from typing import TYPE_CHECKING

from av.stream import Stream
from av.video.stream import VideoStream

from agents.perception.media.convert import HDR
from agents.perception.media.opening import opened
from agents.perception.media.probe import probe as probed
from agents.perception.records import Probe
from agents.tools.base import Asset, ToolFailed
from memory.records import SECOND

if TYPE_CHECKING:
    from agents.tools.render.pending import Pending

KNOWN_RATES = tuple(
    Fraction(rate)
    for rate in ("24000/1001", "24", "25", "30000/1001", "30", "48", "50", "60000/1001", "60")
)
"""Rates that averages are rounded to."""
NEAR = Fraction(1, 1000)
"""Share by which an average may miss one of them."""
FASTEST = Fraction(120)
"""Frames per second that are rendered at most."""
EARLY = Fraction(1, 50)
"""Share of a frame by which a time may fall short of a frame and still mean it."""
IN_MP4 = frozenset(("aac", "mp3", "ac3", "eac3", "alac", "opus", "flac"))
"""Codecs of sound that an .mp4 takes over unchanged."""
TEXT_CODECS = frozenset(("subrip", "srt", "ass", "ssa", "mov_text", "webvtt", "text"))


@dataclass(frozen=True, slots=True)
class Source:
    """A file with pictures, sound, or both."""

    path: Path
    name: str
    """What people call it."""
    probe: Probe
    rate: Fraction
    """Frames per second; 25 where there are no pictures."""
    origin: Fraction
    """Seconds from the container's first stamp to time 0."""
    sound_codecs: tuple[str, ...] = ()
    subtitle_codecs: tuple[str, ...] = ()
    is_hdr: bool = False
    asset_id: str = ""
    pending: Pending | None = None
    """The graph that gives it, where it is no file."""

    @property
    def seconds(self) -> Fraction:
        """How long it is."""
        return Fraction(self.probe.duration, SECOND)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height as shown, even."""
        return even(self.probe.width), even(self.probe.height)

    @property
    def has_picture(self) -> bool:
        """Whether it shows anything."""
        return self.probe.video_stream is not None

    @property
    def has_sound(self) -> bool:
        """Whether it sounds."""
        return self.probe.audio_stream is not None

    @property
    def has_text(self) -> bool:
        """Whether all of its subtitles are text."""
        return bool(self.subtitle_codecs) and TEXT_CODECS.issuperset(self.subtitle_codecs)

    @property
    def suffix(self) -> str:
        """Of a file that takes its sound unchanged."""
        return ".mp4" if IN_MP4.issuperset(self.sound_codecs) else ".mkv"

    def frame(self, seconds: float) -> int:
        """The number of the frame on show at a time, by its rate."""
        return floor(Fraction(seconds).limit_denominator(1_000_000) * self.rate + EARLY)


def even(number: float) -> int:
    """The nearest even number of pixels that encoders take."""
    return max(2, round(number / 2) * 2)


def source_of(asset: Asset, *, pictures: bool = False, sound: bool = False) -> Source:
    """A video or sound as something to render from.

    Raises:
        UnreadableMedia: it cannot be opened.
        ToolFailed: it lacks what is asked for, or its clock jumps.
    """
    if asset.pending is not None:
        source = asset.pending.source(asset)
        if sound and not source.has_sound:
            raise ToolFailed(f"{source.name} holds no sound", "Give something that sounds.")
        return source
    found = probed(asset.path)
    name = asset.name or asset.path.name
    if found.pieces:
        raise ToolFailed(
            f"{name} is joined of parts, and its clock starts again with each",
            "Give its parts as files of their own, and concatenate those.",
        )
    if pictures and found.video_stream is None:
        raise ToolFailed(f"{name} holds no pictures", "Give a video.")
    if sound and found.audio_stream is None:
        raise ToolFailed(f"{name} holds no sound", "Give something that sounds.")
    with opened(asset.path) as container:
        first = container.start_time or 0
        index = found.video_stream
        rate, is_hdr = _pictures(None if index is None else container.streams[index])
        return Source(
            asset.path,
            name,
            found,
            rate,
            Fraction(found.start - first, SECOND),
            tuple(stream.codec_context.name for stream in container.streams.audio),
            tuple(stream.codec_context.name for stream in container.streams.subtitles),
            is_hdr,
            asset.asset_id,
        )


def _pictures(stream: Stream | None) -> tuple[Fraction, bool]:
    """The rate of the pictures, and whether their dynamic range is high."""
    if not isinstance(stream, VideoStream):
        return Fraction(25), False
    average = stream.average_rate or stream.guessed_rate or Fraction(25)
    return rate_near(Fraction(average)), stream.codec_context.color_trc in HDR


def rate_near(average: Fraction) -> Fraction:
    """A usual rate where the average is one, else the average itself, as a small fraction."""
    for rate in KNOWN_RATES:
        if abs(average - rate) <= rate * NEAR:
            return rate
    return min(max(average.limit_denominator(100), Fraction(1)), FASTEST)
