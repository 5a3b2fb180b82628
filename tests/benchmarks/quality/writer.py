# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# PyAV's stubs leave the element types of arrays open.
"""Writes benchmark videos: pictures and sound in, H.264 and AAC out, on one clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Sound = NDArray[np.float32]
WIDTH, HEIGHT, FPS, RATE = 640, 360, 25, 32_000
OPTIONS = {"crf": "26", "preset": "ultrafast", "threads": "2"}


class VideoWriter:
    """25 fps, mono sound; use as a context manager: a failure leaves no half file.

    `size` is width and height in pixels, `options` go to x264.
    """

    def __init__(
        self,
        path: Path,
        size: tuple[int, int] = (WIDTH, HEIGHT),
        options: Mapping[str, str] = OPTIONS,
    ) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path, self._part = path, path.with_suffix(".part.mp4")
        self._file = av.open(str(self._part), "w", format="mp4")
        video: Any = self._file.add_stream("libx264", rate=FPS, options=dict(options))
        video.width, video.height, video.pix_fmt = *size, "yuv420p"
        audio: Any = self._file.add_stream("aac", rate=RATE, layout="mono")
        audio.bit_rate = 64_000
        self._video, self._audio = video, audio
        self.frames = self._samples = 0

    def __enter__(self) -> VideoWriter:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self._file.mux(self._video.encode(None))
            self._file.mux(self._audio.encode(None))
        self._file.close()
        if kind is None:
            self._part.replace(self._path)
        else:
            self._part.unlink(missing_ok=True)

    @property
    def seconds(self) -> float:
        """How much picture was written."""
        return self.frames / FPS

    def picture(self, image: Picture) -> None:
        """Add an RGB frame of the size that the video has."""
        frame = av.VideoFrame.from_ndarray(image, format="rgb24")
        frame.pts, frame.time_base = self.frames, Fraction(1, FPS)
        self.frames += 1
        self._file.mux(self._video.encode(frame))

    def sound(self, piece: Sound) -> None:
        """Add sound, cut or filled with silence so that it ends with the pictures so far."""
        wanted = round(self.seconds * RATE) - self._samples
        fitted = np.zeros((1, wanted), np.float32)
        fitted[0, : len(piece)] = piece[:wanted]
        frame = av.AudioFrame.from_ndarray(fitted, format="fltp", layout="mono")
        frame.sample_rate, frame.pts = RATE, self._samples
        frame.time_base = Fraction(1, RATE)
        self._samples += wanted
        self._file.mux(self._audio.encode(frame))


def fitted(image: Picture, size: tuple[int, int] = (WIDTH, HEIGHT)) -> Picture:
    """The picture in width and height `size`, with bars where its shape differs."""
    height, width = image.shape[:2]
    scale = min(size[0] / width, size[1] / height)
    inner = (max(2, round(width * scale)), max(2, round(height * scale)))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(image, inner, interpolation=way)
    canvas = np.zeros((size[1], size[0], 3), np.uint8)
    top, left = (size[1] - inner[1]) // 2, (size[0] - inner[0]) // 2
    canvas[top : top + inner[1], left : left + inner[0]] = small
    return canvas


def pictures(
    path: Path, speed: float = 1.0, size: tuple[int, int] = (WIDTH, HEIGHT)
) -> Iterator[Picture]:
    """The frames of a file at 25 fps by their time stamps, played `speed` times as fast."""
    shown: Picture | None = None
    made = 0
    with av.open(str(path), metadata_errors="replace") as container:
        first: float | None = None
        for frame in container.decode(video=0):
            if frame.pts is None:
                continue
            first = frame.time if first is None else first
            due = (frame.time - first) / speed
            while shown is not None and made / FPS < due - 1e-6:
                yield shown
                made += 1
            if made / FPS >= due - 1.5 / FPS:
                shown = fitted(np.asarray(frame.to_ndarray(format="rgb24"), np.uint8), size)
    if shown is not None:
        yield shown


def sound(path: Path, speed: float = 1.0) -> Sound:
    """The sound of a file, mono, `speed` times as fast (and as high); empty when it has none."""
    with av.open(str(path), metadata_errors="replace") as container:
        if not container.streams.audio:
            return np.zeros(0, np.float32)
        resampler = av.AudioResampler("flt", "mono", round(RATE / speed))
        pieces = [
            part.to_ndarray().reshape(-1)
            for frame in [*container.decode(audio=0), None]
            for part in resampler.resample(frame)
        ]
    return np.concatenate(pieces).astype(np.float32) if pieces else np.zeros(0, np.float32)
