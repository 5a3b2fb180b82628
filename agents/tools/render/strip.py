# pyright: reportUnknownMemberType=false
# PyAV leaves packet types open in `encode`, `mux` and `add_stream`.
"""Pictures that change at certain times, as a video with transparency to lay over another.

One input of FFmpeg holds them all, however many there are: lossless, each frame at its own time.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from agents.tools.render.graph import Graph

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
            last = max(last + 1, round(seconds * 1000))
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


def laid_over(
    graph: Graph, label: str, path: Path, place: tuple[int, int], origin: float, options: str = ""
) -> str:
    """Lay a strip over pictures at a place; the label of what comes out."""
    number = graph.read(path, "-f", "matroska")
    # the first stamp of a file counts as 0 for FFmpeg: it is a blank picture at 0 always
    moved = graph.chain(f"[{number}:0]", f"setpts=PTS+{origin:.6f}/TB")
    more = f":{options}" if options else ""
    return graph.chain(label + moved, f"overlay={place[0]}:{place[1]}{more}")
