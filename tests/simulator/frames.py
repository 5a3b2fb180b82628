"""Frames of a world: a background that changes by the scene, and the mark that tells the time.

Short worlds are written as real videos; of long ones, frames are rendered when a look asks.
"""
# pyright: reportUnknownMemberType=false
# PyAV's stubs leave the types of its options open.

from __future__ import annotations

import colorsys
import json
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from agents.perception.media.source import Footage
from agents.perception.records import Frame
from memory.records import SECOND, Span, Video
from tests.simulator.marks import Image, draw_mark
from tests.simulator.world import World

SCENE = 20.0
"""Seconds after which the background changes."""


def render(world: World, seconds: float, width: int = 640, height: int = 360) -> Image:
    """The frame that is shown at a time, RGB."""
    image = _background(int(seconds // SCENE), width, height).copy()
    left = int((seconds % SCENE) / SCENE * width * 0.9)
    image[height // 2 : height // 2 + height // 8, left : left + width // 10] = 240
    draw_mark(image, seconds, world.name)
    return image


@lru_cache(maxsize=16)
def _background(scene: int, width: int, height: int) -> Image:
    colour = np.array(colorsys.hsv_to_rgb((scene * 0.382) % 1.0, 0.5, 0.7))
    return np.full((height, width, 3), np.round(colour * 255).astype(np.uint8))


def write_video(
    world: World, path: Path, *, fps: int = 10, width: int = 640, height: int = 360
) -> Path:
    """The whole world as an H.264 file with `fps` frames per second."""
    with av.open(path, "w") as output:
        stream = output.add_stream("libx264", rate=fps)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.time_base = Fraction(1, fps)
        stream.options = {"preset": "ultrafast", "crf": "20", "g": str(fps * 10)}
        for number in range(round(world.seconds * fps)):
            frame = VideoFrame.from_ndarray(render(world, number / fps, width, height), "rgb24")
            frame.pts = number
            frame.time_base = Fraction(1, fps)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


def write_stand_in(world: World, path: Path) -> Path:
    """A small file in the place of a video that is rendered on demand."""
    path.write_text(json.dumps({"world": world.name, "seconds": world.seconds}), "utf-8")
    return path


@dataclass(frozen=True, slots=True)
class Rendered:
    """A world's frames, made when they are asked for: hours of video without a file.

    Both a `Footage` and the `FrameSource` that opens it, whatever the video.
    """

    world: World
    width: int = 480
    height: int = 270

    def open(self, video: Video) -> tuple[Footage | None, str]:
        """Itself."""
        return self, ""

    def frames(self, span: Span, step: int | None, max_side: int) -> Iterator[Frame]:
        """Frames at the multiples of `step` from the start of the span; all are ten per second."""
        step = step or SECOND // 10
        scale = min(1.0, max_side / self.width)
        size = (round(self.width * scale), round(self.height * scale))
        end = min(span.end, round(self.world.seconds * SECOND))
        for at in range(span.start, end, step):
            yield Frame(Span(at, min(at + step, end)), render(self.world, at / SECOND, *size))
