# pyright: reportUnknownMemberType=false
# PyAV leaves packet types open in `encode`, `mux` and `add_stream`.
"""Pictures that change at certain times, as a video with transparency to lay over another.

One input of FFmpeg holds them all, however many there are: lossless, each frame at its own time.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import floor
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from agents.tools.render.graph import Graph
from agents.tools.render.source import Source

BASE = Fraction(1, 1000)
"""Time base of a strip: that of its container."""


def strip(shown: Iterable[tuple[float, NDArray[np.uint8]]], path: Path) -> Path:
    """Write pictures of one size (RGBA, or grey) with the times at which they appear.

    Times are seconds and rise. Grey pictures become a video without colours.
    """
    with av.open(path, "w", format="matroska") as output:
        stream: VideoStream | None = None
        last = -1
        for seconds, picture in shown:
            shape = "rgba" if picture.ndim == 3 else "gray"
            if stream is None:
                stream = output.add_stream("ffv1", rate=1000)
                assert isinstance(stream, VideoStream)
                stream.height, stream.width = picture.shape[:2]
                stream.pix_fmt = "bgra" if shape == "rgba" else "gray"
                stream.codec_context.time_base = stream.time_base = BASE
            frame = VideoFrame.from_ndarray(np.ascontiguousarray(picture), shape)
            # down: a stamp after its frame's would leave that frame to the picture before
            last = max(last + 1, floor(seconds * 1000 + 1e-6))
            frame.pts, frame.time_base = last, BASE
            output.mux(stream.encode(frame))
        if stream is not None:
            output.mux(stream.encode(None))
    return path


def during(start: float, end: float | None, origin: float) -> str:
    """FFmpeg's condition for the frames on show from `start` until `end`, seconds of the video."""
    early = 0.0005
    low = f"gte(t,{start + origin - early:.6f})"
    if end is None:
        return f"enable='{low}'"
    return f"enable='{low}*lt(t,{end + origin - early:.6f})'"


def on_clock(source: Source, shift: float = 0.0) -> str:
    """Filters that bring pictures, which begin at 0, onto the clock of a source, `shift` later.

    What would come after the source's last frame is left out: FFmpeg would repeat that for it.
    """
    end = source.origin + source.seconds - Fraction(9, 10) / source.rate
    return f"setpts=PTS+{float(source.origin) + shift:.6f}/TB,trim=end={float(end):.6f}"


def laid_over(graph: Graph, label: str, path: Path, place: tuple[int, int], source: Source) -> str:
    """Lay a strip over the pictures of a source at a place; the label of what comes out.

    A strip begins with a picture at 0, as FFmpeg takes the first stamp of a file for 0.
    """
    number = graph.read(path, "-f", "matroska")
    moved = graph.chain(f"[{number}:0]", on_clock(source))
    return graph.chain(label + moved, f"overlay={place[0]}:{place[1]}")
