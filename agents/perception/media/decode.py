"""Pictures of a file, decoded one after the other, with their real times.

Everything is streamed: one picture is held at a time. Times are microseconds since the first
presented frame (`Probe.start`), taken from presentation time stamps, never from frame numbers.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Discard, Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from agents.perception.media.clock import on_clock, restart_before
from agents.perception.media.convert import FrameConverter
from agents.perception.media.opening import opened
from agents.perception.records import Frame, Probe
from memory.records import SECOND, Span

log = logging.getLogger(__name__)

GLIMPSE_SIZE = (160, 90)
"""Pixels of the pictures in which glimpses are noticed."""
GLIMPSE_CHANGE = 24
"""Levels by which a pixel must change."""
GLIMPSE_PIXELS = 12
"""Pixels that must change: noise and blinking cursors change fewer."""
STOOD = 4
"""Frames for which a picture must have stood still."""
ASSUMED_RATE = 25.0
"""Frames per second where not even the codec tells a rate."""
SEEK_MARGIN = SECOND // 2
"""How far before the wanted time a seek aims: containers index decoding times, which run ahead."""


def microseconds(ticks: int, time_base: Fraction) -> int:
    """A time stamp in microseconds, rounded to the nearest."""
    return round(ticks * time_base * SECOND)


def ticks(time: int, time_base: Fraction) -> int:
    """Microseconds as a time stamp, rounded down."""
    return int(Fraction(time, SECOND) // time_base)


def presented_at(raw: VideoFrame, time_base: Fraction) -> int | None:
    """When a decoded frame is presented, in microseconds of the container's clock, if known."""
    stamp = raw.pts if raw.pts is not None else raw.dts
    return None if stamp is None else microseconds(stamp, time_base)


def only(container: InputContainer, index: int) -> None:
    """Let the container skip the packets of every other stream."""
    for stream in container.streams:
        if stream.index != index:
            stream.discard = Discard.all


@dataclass(slots=True)
class Picture:
    """A decoded frame before it is made into an image; valid until the next one is asked for."""

    span: Span
    raw: VideoFrame


class Decoding:
    """One pass over the pictures of a span.

    After iterating, `end` is where the stream ended (the span's end when nothing broke) and `note`
    says what went wrong. `decoded` counts frames that were decoded.
    """

    def __init__(self, probe: Probe, span: Span, *, thorough: bool = True) -> None:
        self.end = span.end
        self.decoded = 0
        self._probe = probe
        self._span = Span(min(span.start, probe.duration), min(span.end, probe.duration))
        self._thorough = thorough
        self._errors = self._late = self._untimed = self._damaged = 0
        self._breaks_at: int | None = None

    @property
    def note(self) -> str:
        """What went wrong on the way, in words for the user; empty when nothing did."""
        if self._breaks_at is not None:
            return f"the picture stream breaks off at {self._breaks_at / SECOND:.2f} s"
        counted = {
            "damaged pieces of the picture stream were passed over": self._errors,
            "pictures are damaged": self._damaged,
            "pictures whose times jump back were left out": self._late,
            "pictures without times were placed after those before them": self._untimed,
        }
        return "; ".join(f"{count} {what}" for what, count in counted.items() if count)

    def pictures(self) -> Iterator[Picture]:
        """Every decoded frame whose time on show meets the span, in order.

        Not `thorough` means that frames which no other frame refers to are skipped; a frame then
        counts as on show until the next decoded one. Nothing else changes.
        """
        if self._probe.video_stream is None:
            return
        is_seeked = self._probe.seekable and self._probe.decoder == "pyav"
        if is_seeked and self._span.start > 2 * SEEK_MARGIN:
            first = True
            for picture in self._pass(self._span.start - SEEK_MARGIN):
                if first and not self._is_sound(picture):
                    log.info("seeking to %d us failed, decoding from the start", self._span.start)
                    break
                first = False
                yield picture
            if not first:
                return
        yield from self._pass(None)

    def _is_sound(self, picture: Picture) -> bool:
        """Whether the first picture after a seek covers the wanted time."""
        return picture.span.start <= self._span.start

    def _pass(self, seek_to: int | None) -> Iterator[Picture]:
        """Decode from a seek point (or the start) and pair each frame with the next one's time."""
        held: Picture | None = None
        self._errors = self._late = self._untimed = self._damaged = 0
        is_foreign = self._probe.decoder != "pyav"
        for time, raw in self._foreign() if is_foreign else self._stamped(seek_to):
            if held is not None:
                if time <= held.span.start:
                    self._late += time < held.span.start
                    continue
                held.span = Span(held.span.start, time)
                if held.span.start >= self._span.end:
                    return
                if time > self._span.start:
                    self._damaged += held.raw.is_corrupt
                    yield held
                if time >= self._span.end:
                    return
            held = Picture(Span(time, time), raw)
        if held is not None:
            yield from self._last(held)

    def _last(self, held: Picture) -> Iterator[Picture]:
        """The frame after which the stream has no more: on show to the end, unless it broke off."""
        end = max(self._probe.duration, held.span.start + 1)
        if self._errors:
            length = held.raw.duration or 0
            base = held.raw.time_base or Fraction(1, 25)
            end = min(end, held.span.start + max(microseconds(length, base), 1))
        held.span = Span(held.span.start, end)
        if end < self._span.end and self._errors:
            self.end = max(end, self._span.start)
            self._breaks_at = end
        if end > self._span.start and held.span.start < self._span.end:
            yield held

    def _foreign(self) -> Iterator[tuple[int, VideoFrame]]:
        """Frames of a decoder of `media/decoders`, from the first on."""
        try:
            for time, raw in self._source():
                self.decoded += 1
                yield time, raw
        except OSError as error:
            log.info("decoding %s stopped: %s", self._probe.path.name, error)
            self._errors += 1

    def _source(self) -> Iterator[tuple[int, VideoFrame]]:
        """The frames of the decoder that the probe names."""
        if self._probe.decoder == "decord":
            from agents.perception.media.decoders import by_decord

            return by_decord.frames(self._probe, self._span.start)
        from agents.perception.media.decoders import by_pillow, tiles

        pictures = {by_pillow.NAME: by_pillow.frames, tiles.NAME: tiles.frames}
        return pictures[self._probe.decoder](self._probe.path)

    def _stamped(self, seek_to: int | None) -> Iterator[tuple[int, VideoFrame]]:
        """Decoded frames with their times on the video's clock."""
        index = self._probe.video_stream
        assert index is not None
        with opened(self._probe.path) as container:
            stream = container.streams[index]
            assert isinstance(stream, VideoStream)
            only(container, index)
            stream.thread_type = "AUTO"
            if not self._thorough and not self._probe.frame_rate:
                stream.codec_context.skip_frame = "NONREF"
            base = stream.time_base or Fraction(1, SECOND)
            piece = 0
            if seek_to is not None:
                piece = sought(container, stream, self._probe, seek_to + self._probe.start)
            if piece is None:
                return
            after: int | None = None
            for number, raw in enumerate(self._decoded(container, stream, piece)):
                if self._probe.frame_rate:
                    yield round(number * SECOND / self._probe.frame_rate), raw
                    continue
                stamp = presented_at(raw, base)
                self._untimed += stamp is None
                time = stamp - self._probe.start if stamp is not None else after
                if time is not None:
                    yield time, raw
                    after = time + (microseconds(raw.duration or 0, base) or self._usual_length())

    def _usual_length(self) -> int:
        """How long a frame is on show that does not say."""
        return round(SECOND / (self._probe.fps or ASSUMED_RATE))

    def _decoded(
        self, container: InputContainer, stream: VideoStream, piece: int
    ) -> Iterator[VideoFrame]:
        """Frames of a stream; a packet that cannot be decoded is counted and passed over."""
        packets = on_clock(container.demux(stream), self._probe.pieces, piece)
        while True:
            try:
                packet = next(packets, None)
            except FFmpegError as error:
                log.info("reading %s stopped: %s", self._probe.path.name, error)
                self._errors += 1
                return
            if packet is None:
                return
            try:
                frames = packet.decode()
            except FFmpegError as error:
                log.debug("a packet of %s cannot be decoded: %s", self._probe.path.name, error)
                self._errors += 1
                continue
            for raw in frames:
                assert isinstance(raw, VideoFrame)
                self.decoded += 1
                yield raw


def sought(container: InputContainer, stream: Stream, probe: Probe, time: int) -> int | None:
    """Move before a time of the container's clock; the piece of the clock one is then in.

    None when the container cannot be sought in.
    """
    restart = restart_before(probe, time)
    if probe.pieces and restart is None:
        return 0
    try:
        if restart is not None:
            container.seek(restart.position, unsupported_byte_offset=True)
            return restart.piece
        container.seek(ticks(time, stream.time_base or Fraction(1, SECOND)), stream=stream)
    except FFmpegError as error:
        log.info("cannot seek: %s", error)
        return None
    return 0


def is_due(span: Span, within: Span, step: int | None) -> bool:
    """Whether a multiple of `step` lies in the part of `span` that is inside `within`.

    The grid is fixed to time 0, so that neighbouring windows examine the same instants.
    """
    if step is None:
        return True
    part = span.clipped(within)
    return part is not None and -(-part.start // step) * step < part.end


class Glimpses:
    """Notices what appears for a moment between two samples, where the picture had stood still.

    In a picture that moves anyway, nothing is a glimpse.
    """

    def __init__(self, probe: Probe) -> None:
        self._small = FrameConverter(probe, size=GLIMPSE_SIZE)
        self._before: NDArray[np.int16] | None = None
        self._stood = 0

    def notices(self, raw: VideoFrame) -> bool:
        """Whether this frame differs from the one before, after `STOOD` that did not."""
        now = self._small.image(raw).astype(np.int16)
        before, self._before = self._before, now
        if before is None:
            return False
        change = np.abs(now - before).max(axis=2)
        has_changed = int((change > GLIMPSE_CHANGE).sum()) >= GLIMPSE_PIXELS
        is_glimpse = has_changed and self._stood >= STOOD
        self._stood = 0 if has_changed else self._stood + 1
        return is_glimpse


def frames(
    probe: Probe,
    span: Span,
    *,
    step: int | None = None,
    max_side: int | None = None,
    thorough: bool = True,
    glimpses: bool = False,
) -> Iterator[Frame]:
    """Decoded frames of a span: all of them, or those on show at multiples of `step`.

    Args:
        probe: the file.
        span: microseconds on the video's clock.
        step: microseconds between examined instants; None for every frame.
        max_side: longest side in pixels; None for full size.
        thorough: False skips frames that no other frame refers to (faster; times are then coarser
            by one or a few frames).
        glimpses: besides the samples, also frames that differ from a picture that stood still.

    Yields:
        Upright RGB frames with `[pts, next pts)`. At least one when a picture is on show in the
        span, even when the span is shorter than a frame.
    """
    developer = FrameConverter(probe, max_side)
    any_due = False
    fallback: Frame | None = None
    watch = Glimpses(probe) if glimpses and step is not None else None
    for picture in Decoding(probe, span, thorough=thorough).pictures():
        is_news = watch is not None and watch.notices(picture.raw)
        if is_news or is_due(picture.span, span, step):
            any_due = True
            yield Frame(picture.span, developer.image(picture.raw))
        elif not any_due and fallback is None:
            fallback = Frame(picture.span, developer.image(picture.raw))
    if not any_due and fallback is not None:
        yield fallback


def frame_at(probe: Probe, time: int, max_side: int | None = None) -> Frame | None:
    """The frame on show at a time in microseconds; None outside the video or without pictures."""
    return next(frames(probe, Span(time, time + 1), max_side=max_side), None)
