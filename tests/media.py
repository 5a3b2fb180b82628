"""Tiny media files made on the spot, with known pictures, times, cuts, tones and streams."""

# pyright: reportUnknownMemberType=false
# PyAV leaves packet types open in `encode`, `mux` and `add_stream`.

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

BASE = Fraction(1, 90_000)


def scene(seed: int, width: int = 320, height: int = 180, text: str = "") -> Picture:
    """A textured picture that depends on its seed only, with white text on a dark bar."""
    draw = np.random.default_rng(seed)
    rows, columns = int(draw.integers(4, 9)), int(draw.integers(5, 12))
    coarse = draw.integers(0, 256, (rows, columns, 3), dtype=np.uint8)
    picture = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_NEAREST).astype(
        np.uint8, copy=False
    )
    if text:
        picture[height // 2 - 24 : height // 2 + 16] = 20
        write(picture, text, (8, height // 2 + 6))
    return picture


def plain(colour: tuple[int, int, int], width: int = 320, height: int = 180) -> Picture:
    """A picture of one RGB colour."""
    return np.full((height, width, 3), colour, np.uint8)


def write(picture: Picture, text: str, place: tuple[int, int], scale: float = 0.8) -> Picture:
    """Put white text into a picture, in place."""
    cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, scale, (255, 255, 255), 2)
    return picture


def tone(seconds: float, hertz: float = 440.0, rate: int = 16_000) -> NDArray[np.float32]:
    """A sine tone at half of full scale."""
    times = np.arange(round(seconds * rate)) / rate
    return (0.5 * np.sin(2 * np.pi * hertz * times)).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture and when it appears, in seconds."""

    picture: Picture
    at: float


def steady(pictures: Sequence[tuple[Picture, float]], fps: float = 10.0) -> list[Shown]:
    """Each picture for its seconds, at a constant rate."""
    shown: list[Shown] = []
    for picture, seconds in pictures:
        for _ in range(round(seconds * fps)):
            shown.append(Shown(picture, len(shown) / fps))
    return shown


def write_video(
    path: Path,
    frames: Sequence[Shown],
    *,
    codec: str = "libx264",
    sounds: Sequence[NDArray[np.float32]] = (),
    sound_at: float = 0.0,
    starts_at: float = 0.0,
    last_for: float = 0.1,
    gop: int = 12,
    b_frames: int = 0,
    videos: int = 1,
    pixel_format: str = "yuv420p",
    aspect: Fraction | None = None,
    others: Sequence[Sequence[Shown]] = (),
    languages: Sequence[str] = (),
) -> Path:
    """Write a video with exact time stamps; `sounds` are mono at 16 kHz, one stream each.

    `others` are the pictures of further video streams, `languages` those of the sounds.
    """
    with av.open(path, "w") as output:
        streams = [
            _video_stream(output, frames[0].picture, codec, gop, b_frames, pixel_format, aspect)
            for _ in range(videos)
        ]
        more = [
            _video_stream(output, other[0].picture, codec, gop, b_frames, pixel_format, aspect)
            for other in others
        ]
        tracks = [_sound_stream(output) for _ in sounds]
        for track, language in zip(tracks, languages, strict=False):
            track.metadata["language"] = language
        for stream in streams:
            _encode_video(output, stream, frames, starts_at, last_for)
        for stream, other in zip(more, others, strict=True):
            _encode_video(output, stream, other, starts_at, last_for)
        for track, samples in zip(tracks, sounds, strict=True):
            _encode_sound(output, track, samples, sound_at)
    return path


def _video_stream(
    output: OutputContainer,
    picture: Picture,
    codec: str,
    gop: int,
    b_frames: int,
    pixel_format: str,
    aspect: Fraction | None,
) -> VideoStream:
    stream = output.add_stream(codec, rate=25)
    assert isinstance(stream, VideoStream)
    stream.height, stream.width = picture.shape[:2]
    stream.pix_fmt = pixel_format
    stream.codec_context.time_base = BASE
    stream.time_base = BASE
    stream.codec_context.gop_size = gop
    stream.codec_context.max_b_frames = b_frames
    if aspect is not None:
        stream.codec_context.sample_aspect_ratio = aspect
    if codec == "libx264":
        stream.options = {"preset": "veryfast", "crf": "16", "sc_threshold": "0"}
    return stream


def _encode_video(
    output: OutputContainer,
    stream: VideoStream,
    frames: Sequence[Shown],
    starts_at: float,
    last_for: float,
) -> None:
    ends = [*(shown.at for shown in frames[1:]), frames[-1].at + last_for]
    for shown, end in zip(frames, ends, strict=True):
        raw = VideoFrame.from_ndarray(shown.picture, "rgb24")
        raw.pts = round((shown.at + starts_at) / BASE)
        raw.time_base = BASE
        raw.duration = round((end - shown.at) / BASE)
        output.mux(stream.encode(raw))
    output.mux(stream.encode(None))


def _sound_stream(output: OutputContainer) -> AudioStream:
    name = "pcm_s16le" if output.format.name in ("wav", "matroska") else "aac"
    stream = output.add_stream(name, rate=16_000)
    assert isinstance(stream, AudioStream)
    stream.layout = "mono"
    return stream


def _encode_sound(
    output: OutputContainer, stream: AudioStream, samples: NDArray[np.float32], at: float
) -> None:
    pcm = np.round(samples * 32767).astype(np.int16).reshape(1, -1)
    for start in range(0, pcm.shape[1], 1600):
        block = AudioFrame.from_ndarray(
            np.ascontiguousarray(pcm[:, start : start + 1600]), "s16", "mono"
        )
        block.sample_rate = 16_000
        block.time_base = Fraction(1, 16_000)
        block.pts = start + round(at * 16_000)
        output.mux(stream.encode(block))
    output.mux(stream.encode(None))


def write_sound(path: Path, samples: NDArray[np.float32]) -> Path:
    """Write mono sound at 16 kHz; the suffix decides the format."""
    with av.open(path, "w") as output:
        _encode_sound(output, _sound_stream(output), samples, 0.0)
    return path


def write_image(path: Path, picture: Picture) -> Path:
    """Write a still image; the suffix decides the format."""
    _, data = cv2.imencode(path.suffix, cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    path.write_bytes(data.tobytes())
    return path


def tagged(path: Path, chapters: Sequence[tuple[float, float, str]] = (), **tags: str) -> Path:
    """Name chapters (start and end in seconds, title) and tags in a file, in place."""
    source = path.rename(path.with_stem(f"{path.stem}_plain"))
    with av.open(source) as given, av.open(path, "w") as output:
        streams = {s.index: output.add_stream_from_template(s) for s in given.streams}
        output.metadata.update(tags)
        output.set_chapters(
            [
                {
                    "id": number,
                    "start": round(start * 1000),
                    "end": round(end * 1000),
                    "time_base": Fraction(1, 1000),
                    "metadata": {"title": title} if title else {},
                }
                for number, (start, end, title) in enumerate(chapters)
            ]
        )
        for packet in given.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream.index]
                output.mux(packet)
    source.unlink()
    return path


def turned(path: Path, degrees: int) -> Path:
    """Rewrite the display matrix of an .mp4 so that players turn it clockwise by 90, 180 or 270.

    PyAV cannot write the matrix, so its nine numbers are put into every track header (`tkhd`)
    box, version 0: they begin 40 bytes after the box's version field (ISO/IEC 14496-12, 8.3.2).
    """
    one = 0x00010000
    matrices = {
        90: (0, one, 0, -one, 0, 0, 0, 0, 0x40000000),
        180: (-one, 0, 0, 0, -one, 0, 0, 0, 0x40000000),
        270: (0, -one, 0, one, 0, 0, 0, 0, 0x40000000),
    }
    raw = bytearray(path.read_bytes())
    place = raw.find(b"tkhd")
    while place >= 0:
        begin = place + 4 + 40
        numbers = b"".join(n.to_bytes(4, "big", signed=True) for n in matrices[degrees])
        raw[begin : begin + 36] = numbers
        place = raw.find(b"tkhd", begin)
    path.write_bytes(bytes(raw))
    return path


def png_bomb(side: int = 20_000) -> bytes:
    """A picture of few bytes that would fill memory: `side` pixels wide and high."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    rows = zlib.compress(b"\x00" * ((side // 8 + 1) * side), 9)
    parts = chunk(b"IHDR", head), chunk(b"IDAT", rows), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)
