"""Whether a file may be seeked in: some decode to wrong pictures after a jump."""

from __future__ import annotations

import logging
from fractions import Fraction
from itertools import islice

import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from agents.perception.media.decode import only
from agents.perception.media.opening import opened
from agents.perception.records import Probe
from memory.records import SECOND

log = logging.getLogger(__name__)

WORK = 40_000_000
"""Pixels that may be decoded in sequence for the comparison; bounds the time it takes."""
REACH = 20 * SECOND
"""How far into the file the comparison looks for a second keyframe."""
TOLERANCE = 4.0
"""Largest mean difference (0-255) between two decodings of the same frame."""


def seeks_well(probe: Probe) -> bool:
    """Compare the frame after a jump to the second keyframe with what sequential decoding gives.

    Where that keyframe lies too far for sequential decoding, the decoder's own verdict on the
    frame after the jump counts. Costs at most `WORK` decoded pixels.
    """
    index = probe.video_stream
    assert index is not None
    with opened(probe.path) as container:
        stream = container.streams[index]
        assert isinstance(stream, VideoStream)
        only(container, index)
        base = stream.time_base or Fraction(1, SECOND)
        stamp = _second_keyframe(container, stream, base)
        if stamp is None:
            return True
        landed = _after_jump(container, stream, stamp)
    if landed is None or landed.is_corrupt:
        return False
    limit = WORK // max(1, probe.width * probe.height)
    return _agrees(probe, landed, limit)


def _second_keyframe(container: InputContainer, stream: VideoStream, base: Fraction) -> int | None:
    """Time stamp of the next keyframe after the first, when it comes soon; None otherwise."""
    first: int | None = None
    try:
        for packet in container.demux(stream):
            if packet.pts is None:
                continue
            first = packet.pts if first is None else first
            if (packet.pts - first) * base * SECOND > REACH:
                return None
            if packet.is_keyframe and packet.pts > first:
                return packet.pts
    except FFmpegError as error:
        log.info("packets cannot be read to the second keyframe: %s", error)
    return None


def _after_jump(container: InputContainer, stream: VideoStream, stamp: int) -> VideoFrame | None:
    """The frame that a jump to a time stamp decodes first."""
    try:
        container.seek(stamp, stream=stream)
        for raw in islice(container.decode(stream), 200):
            if raw.pts is not None and raw.pts >= stamp:
                return raw
    except FFmpegError as error:
        log.info("nothing decodes after a jump: %s", error)
    return None


def _agrees(probe: Probe, landed: VideoFrame, limit: int) -> bool:
    """Whether sequential decoding gives the same picture; True when it would cost too much."""
    assert probe.video_stream is not None
    with opened(probe.path) as container:
        stream = container.streams[probe.video_stream]
        assert isinstance(stream, VideoStream)
        only(container, probe.video_stream)
        stream.thread_type = "AUTO"
        stream.codec_context.skip_frame = "NONREF"
        try:
            for raw in islice(container.decode(stream), limit):
                if raw.pts is not None and landed.pts is not None and raw.pts >= landed.pts:
                    return raw.pts == landed.pts and _difference(raw, landed) <= TOLERANCE
        except FFmpegError as error:
            log.info("sequential decoding of %s stops: %s", probe.path.name, error)
    return True


def _difference(one: VideoFrame, other: VideoFrame) -> float:
    """Mean absolute difference of two pictures, 0 to 255."""
    small = [
        frame.reformat(64, 36, "rgb24").to_ndarray().astype(np.float32) for frame in (one, other)
    ]
    return float(np.abs(small[0] - small[1]).mean())
