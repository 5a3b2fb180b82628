"""Frames of a world: a background that changes by the scene, and the mark that tells the time."""
# pyright: reportUnknownMemberType=false
# PyAV's stubs leave the types of its options open.

from __future__ import annotations

import colorsys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from agents.models.world.marks import Image, draw_mark
from agents.models.world.world import World

SCENE = 20.0
"""Seconds after which the background changes."""


def render(world: World, seconds: float, width: int = 640, height: int = 360) -> Image:
    """The frame that is shown at a time, RGB."""
    scene = int(seconds // SCENE)
    red, green, blue = colorsys.hsv_to_rgb((scene * 0.382) % 1.0, 0.5, 0.7)
    image = np.empty((height, width, 3), np.uint8)
    image[:] = np.round(np.array([red, green, blue]) * 255).astype(np.uint8)
    left = int((seconds % SCENE) / SCENE * width * 0.9)
    image[height // 2 : height // 2 + height // 8, left : left + width // 10] = 240
    draw_mark(image, seconds, world.name)
    return image


def write_video(
    world: World, path: Path, *, fps: int = 10, width: int = 640, height: int = 360
) -> Path:
    """The whole world as an H.264 file with `fps` frames per second."""
    with av.open(path, "w") as output:
        stream = output.add_stream("libx264", rate=fps)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.time_base = Fraction(1, fps)
        stream.options = {"preset": "ultrafast", "crf": "20"}
        for number in range(round(world.seconds * fps)):
            frame = VideoFrame.from_ndarray(render(world, number / fps, width, height), "rgb24")
            frame.pts = number
            frame.time_base = Fraction(1, fps)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path
