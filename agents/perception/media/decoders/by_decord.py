# pyright: reportMissingImports=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# decord has no types, and is there with the extra `decord` only.
"""decord2 as decoder, for those who ask for it; what it gets wrong is refused, not decoded.

It was measured to ignore turns, to count frames that are not presented, to miss after seeks in some
files, and to fail on others (`data/results/decoders.md`). Every file is therefore checked against
PyAV first: the times of all frames, and three pictures.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from av.error import FFmpegError
from av.video.frame import VideoFrame

from agents.errors import UnreadableMedia
from agents.models.ports import Image
from agents.perception.media.decode import frame_at
from agents.perception.media.opening import opened
from agents.perception.records import Probe
from memory.records import SECOND

NAME = "decord"
EXACT = SECOND // 500
"""By how much the time of a frame may differ (2 ms)."""
TOLERANCE = 8.0
"""Largest mean difference (0-255) between the same picture of two decoders."""
HINT = "Leave BACKTRAIL_PERCEPTION__DECODER out: PyAV, the default, reads it."


def taken(found: Probe) -> Probe:
    """The same file, to be decoded by decord.

    Raises:
        UnreadableMedia: decord is not installed, or would decode this file wrongly.
    """
    stamp = found.path.stat()
    if reason := _reason_against(found, stamp.st_size, stamp.st_mtime_ns):
        raise UnreadableMedia(f"decord cannot read {found.path.name} right: {reason}", HINT)
    return replace(found, decoder=NAME, seekable=True)


def frames(probe: Probe, start: int) -> Iterator[tuple[int, VideoFrame]]:
    """Frames from the one on show at `start` on, with their times on the video's clock.

    Raises:
        OSError: a frame cannot be decoded.
    """
    reader = _open(probe.path)
    times = _times(reader, probe)
    first = max(0, int(np.searchsorted(times, start, side="right")) - 1)
    ends = [*times[1:], probe.duration]
    try:
        reader.seek_accurate(first)
        for number in range(first, len(times)):
            raw = VideoFrame.from_ndarray(reader.next().asnumpy(), "rgb24")
            raw.time_base = Fraction(1, SECOND)
            raw.duration = max(1, int(ends[number] - times[number]))
            yield int(times[number]), raw
    except (RuntimeError, StopIteration, _package().DECORDError) as error:
        raise OSError(str(error)) from error


def _open(path: Path) -> Any:  # noqa: ANN401
    """Decord's reader of a file.

    Raises:
        UnreadableMedia: decord is not installed, or does not open the file.
    """
    decord = _package()
    try:
        return decord.VideoReader(str(path), num_threads=2)
    except (RuntimeError, decord.DECORDError) as error:
        raise UnreadableMedia(f"decord cannot open {path.name}", HINT) from error


def _package() -> Any:  # noqa: ANN401
    with suppress(ImportError):  # torch crashes where decord was loaded first (dmlc/decord#293)
        import torch as torch
    try:
        import decord
    except ImportError as error:
        raise UnreadableMedia(
            "decord is not installed", f"make setup-all has it. {HINT}"
        ) from error
    return decord


def _times(reader: Any, probe: Probe) -> np.ndarray[Any, np.dtype[np.int64]]:  # noqa: ANN401
    """When each frame is presented, by decord, on the video's clock."""
    spans = np.asarray(reader.get_frame_timestamp(range(len(reader))), np.float64)
    return np.round(np.nan_to_num(spans[:, 0], nan=-1.0) * SECOND).astype(np.int64) - probe.start


@lru_cache(maxsize=256)
def _reason_against(probe: Probe, size: int, changed: int) -> str:
    """Why decord would get a file wrong; empty when it does not. Kept for each state of a file."""
    del size, changed
    if known := _known_fault(probe):
        return known
    try:
        return _difference(probe)
    except _package().DECORDError:
        return "it cannot decode some of its frames"


def _difference(probe: Probe) -> str:
    """Where its frames differ from those that PyAV gives, if they do."""
    reader = _open(probe.path)
    times, real = _times(reader, probe), _presented(probe)
    if len(times) != len(real):
        return f"it counts {len(times)} frames, of which {len(real)} are presented"
    if np.abs(times - real).max() > EXACT:
        return "it gives other times to its frames"
    for number in sorted({len(times) * 3 // 4, 0, len(times) // 2}, reverse=True):
        reader.seek_accurate(number)
        shown = frame_at(probe, int(real[number]))
        if shown is None or _apart(reader.next().asnumpy(), shown.image) > TOLERANCE:
            return f"it gives another picture at {real[number] / SECOND:.2f} s"
    return ""


def _known_fault(probe: Probe) -> str:
    """What decord is known to get wrong, of what the probe tells."""
    with opened(probe.path) as container:
        streams, length = len(container.streams.video), container.duration
    faults = {
        "it ignores that pictures are turned": bool(probe.rotation),
        "it ignores that pixels are not square": probe.pixel_aspect != 1.0,
        "it cannot choose among several picture streams": streams > 1,
        "it misses frames of AV1 when it jumps": probe.codec in ("av1", "libdav1d"),
        "its header gives no duration": not length,
        "its frames have no times": bool(probe.frame_rate),
        "its clock starts again": bool(probe.pieces),
        "its frames come out wrong after a seek": not probe.seekable,
    }
    return next((fault for fault, is_so in faults.items() if is_so), "")


def _presented(probe: Probe) -> np.ndarray[Any, np.dtype[np.int64]]:
    """When each frame is presented, by the time stamps of the packets that are not discarded."""
    assert probe.video_stream is not None
    found: list[int] = []
    with opened(probe.path) as container:
        stream = container.streams[probe.video_stream]
        with suppress(FFmpegError):  # what is left is compared
            found = [
                round(packet.pts * packet.time_base * SECOND) - probe.start
                for packet in container.demux(stream)
                if packet.pts is not None and packet.size and not packet.is_discard
            ]
    return np.array(sorted(time for time in found if time >= 0), np.int64)


def _apart(one: Image, other: Image) -> float:
    """Mean difference of two pictures; endless where their sizes differ."""
    if one.shape != other.shape:
        return float("inf")
    return float(np.abs(one.astype(np.int16) - other.astype(np.int16)).mean())
