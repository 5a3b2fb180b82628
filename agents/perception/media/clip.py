# pyright: reportUnknownMemberType=false
# PyAV leaves packet types open in `encode`, `mux` and `add_stream`.
"""Cuts a moment out of a file as a file of its own."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from agents.errors import MediaError, UnreadableMedia
from agents.models.ports import SAMPLE_RATE
from agents.perception.media.convert import FrameConverter
from agents.perception.media.decode import Decoding, frame_at
from agents.perception.media.probe import probe as probed
from agents.perception.media.sound import audio
from agents.perception.records import Probe, StreamChoice
from memory.records import SECOND, Span

log = logging.getLogger(__name__)

VIDEO_CODECS = ("libx264", "libopenh264", "mpeg4")
"""Encoders by preference; the first that is built in is used."""
LARGEST = 1280
"""Longest side of a clip's pictures, in pixels."""
BASE = Fraction(1, 90_000)
"""Time base of a clip: real time stamps survive it to 11 microseconds."""
PIECE = 10 * SECOND
"""Sound is read and encoded in pieces of this length."""


def cut(probe: Probe, span: Span, destination: Path) -> Path:
    """Write a span to a file and return its path, with the suffix that fits the kind of media.

    Video becomes H.264 and AAC in .mp4 with its real time stamps, sound .wav, an image .png.

    Raises:
        UnreadableMedia: nothing of the span can be decoded, or the result does not play.
        OSError: the destination cannot be written.
    """
    part = span.clipped(Span(0, probe.duration))
    if part is None:
        raise UnreadableMedia(
            f"{probe.path.name} has nothing at {span.seconds[0]:.2f}-{span.seconds[1]:.2f} s",
            f"It is {probe.duration / SECOND:.2f} s long.",
        )
    suffix = {"video": ".mp4", "audio": ".wav", "image": ".png"}[probe.media]
    target = destination.with_suffix(suffix)
    if target.resolve() == probe.path.resolve():
        raise UnreadableMedia(f"{target} is the source itself", "Choose another destination.")
    target.parent.mkdir(parents=True, exist_ok=True)
    if probe.media == "image":
        _still(probe, target)
    else:
        _moving(probe, part, target)
    probed(target, StreamChoice())
    return target


def _still(probe: Probe, target: Path) -> None:
    """Write the picture upright as PNG."""
    frame = frame_at(probe, 0)
    if frame is None:
        raise UnreadableMedia(f"{probe.path.name} cannot be decoded", "Open it in a viewer.")
    _, data = cv2.imencode(".png", cv2.cvtColor(frame.image, cv2.COLOR_RGB2BGR))
    target.write_bytes(data.tobytes())


def _moving(probe: Probe, span: Span, target: Path) -> None:
    """Encode picture and sound; a failed file is removed."""
    try:
        with av.open(target, "w") as output:
            video = _video_stream(output, probe) if probe.media == "video" else None
            sound = _sound_stream(output, probe)
            if video is not None:
                for raw in _pictures(probe, span, video):
                    output.mux(video.encode(raw))
                output.mux(video.encode(None))
            if sound is not None:
                for block in _blocks(probe, span):
                    output.mux(sound.encode(block))
                output.mux(sound.encode(None))
        if target.stat().st_size == 0:
            raise UnreadableMedia(
                f"nothing of {span.seconds} s can be decoded", "Try a wider span."
            )
    except (FFmpegError, MediaError) as error:
        target.unlink(missing_ok=True)
        if isinstance(error, MediaError):
            raise
        raise UnreadableMedia(
            f"{span.seconds} s of {probe.path.name} cannot be cut out: {error}", "Try a wider span."
        ) from error


def _video_stream(output: OutputContainer, probe: Probe) -> VideoStream:
    """A stream for pictures of the probe's shape; encoders want even sides."""
    name = next(name for name in VIDEO_CODECS if name in av.codecs_available)
    stream = output.add_stream(name, rate=max(1, round(probe.fps) or 25))
    assert isinstance(stream, VideoStream)
    scale = min(1.0, LARGEST / max(probe.width, probe.height))
    stream.width = max(2, round(probe.width * scale) // 2 * 2)
    stream.height = max(2, round(probe.height * scale) // 2 * 2)
    stream.pix_fmt = "yuv420p"
    stream.time_base = BASE
    stream.codec_context.time_base = BASE
    if name == "libx264":
        stream.options = {"preset": "veryfast", "crf": "23"}
    return stream


def _sound_stream(output: OutputContainer, probe: Probe) -> AudioStream | None:
    """A mono stream at 16 kHz, AAC in .mp4 and PCM in .wav; None without sound."""
    if probe.audio_stream is None:
        return None
    name = "aac" if probe.media == "video" else "pcm_s16le"
    stream = output.add_stream(name, rate=SAMPLE_RATE)
    assert isinstance(stream, AudioStream)
    stream.layout = "mono"
    return stream


def _pictures(probe: Probe, span: Span, stream: VideoStream) -> Iterator[VideoFrame]:
    """Frames of the span with time stamps from its start."""
    developer = FrameConverter(probe, LARGEST)
    last = -1
    for picture in Decoding(probe, span).pictures():
        image = cv2.resize(developer.image(picture.raw), (stream.width, stream.height))
        raw = VideoFrame.from_ndarray(image.astype(np.uint8, copy=False), "rgb24")
        stamp = round(Fraction(max(0, picture.span.start - span.start), SECOND) / BASE)
        raw.pts = last = max(stamp, last + 1)
        raw.time_base = BASE
        raw.duration = round(Fraction(picture.span.length, SECOND) / BASE)
        yield raw


def _blocks(probe: Probe, span: Span) -> Iterator[AudioFrame]:
    """Sound of the span in pieces, so that a long one needs no more memory than a short one."""
    done = 0
    for start in range(span.start, span.end, PIECE):
        sound = audio(probe, Span(start, min(span.end, start + PIECE)))
        if sound.size == 0:
            continue
        pcm = np.round(sound * 32767).astype(np.int16).reshape(1, -1)
        block = AudioFrame.from_ndarray(pcm, "s16", "mono")
        block.sample_rate = SAMPLE_RATE
        block.time_base = Fraction(1, SAMPLE_RATE)
        block.pts = done
        done += sound.size
        yield block
