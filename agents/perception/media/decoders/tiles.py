"""Photographs of several tiles, as phones write them (HEIC): decoded by FFmpeg, laid together.

FFmpeg's demuxer gives one stream per tile and does not say how they lie; `heif.py` does.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.video.frame import VideoFrame

from agents.errors import UnreadableMedia
from agents.models.ports import Image
from agents.perception.media.decoders.heif import Grid, grid_of
from agents.perception.media.opening import opened
from agents.perception.records import Probe, StreamChoice
from memory.records import SECOND

log = logging.getLogger(__name__)

NAME = "tiles"


def probed(path: Path, grid: Grid) -> Probe:
    """What such a photograph is; proven by decoding it.

    Raises:
        UnreadableMedia: not one tile of it can be decoded.
    """
    image, missing = _laid(path, grid)
    if missing == len(grid.items):
        raise UnreadableMedia(
            f"{path.name} is a photograph of {missing} tiles, and none can be decoded",
            "It is damaged or cut short: copy it again from the device that took it.",
        )
    note = f"{missing} of its {len(grid.items)} tiles cannot be decoded and are left black"
    return Probe(
        path=path,
        media="image",
        duration=SECOND,
        start=0,
        width=image.shape[1],
        height=image.shape[0],
        codec="hevc",
        video_stream=0,
        streams=StreamChoice(video=0),
        seekable=False,
        decoder=NAME,
        notes=(note,) if missing else (),
    )


def frames(path: Path) -> Iterator[tuple[int, VideoFrame]]:
    """The one picture, upright."""
    grid = grid_of(path)
    assert grid is not None
    raw = VideoFrame.from_ndarray(_laid(path, grid)[0], "rgb24")
    raw.time_base, raw.duration = Fraction(1, SECOND), SECOND
    yield 0, raw


def _laid(path: Path, grid: Grid) -> tuple[Image, int]:
    """The whole picture, and how many tiles of it are missing."""
    whole = np.zeros((grid.height, grid.width, 3), np.uint8)
    missing = 0
    with opened(path) as container:
        tiles = _tiles(container, set(grid.items))
    first = next(iter(tiles.values()), None)
    for number, item in enumerate(grid.items):
        tile = tiles.get(item)
        if tile is None or first is None:
            missing += 1
            continue
        top = number // grid.columns * first.shape[0]
        left = number % grid.columns * first.shape[1]
        room = whole[top : top + tile.shape[0], left : left + tile.shape[1]]
        room[:] = tile[: room.shape[0], : room.shape[1]]
    if grid.turns:
        whole = np.rot90(whole, grid.turns)
    if grid.mirror is not None:
        whole = np.flip(whole, axis=grid.mirror)
    return np.ascontiguousarray(whole), missing


def _tiles(container: InputContainer, wanted: set[int]) -> dict[int, Image]:
    """The pictures of those streams that are tiles and decode."""
    found: dict[int, Image] = {}
    try:
        for packet in container.demux(*container.streams.video):
            stream = packet.stream
            if stream.id not in wanted:
                continue
            try:
                for raw in packet.decode():
                    assert isinstance(raw, VideoFrame)
                    image = np.asarray(raw.to_ndarray(format="rgb24"), np.uint8)
                    found.setdefault(stream.id, image)
            except FFmpegError:
                continue  # counted as missing
    except FFmpegError as error:
        log.info("tiles of %s cannot be read to the end: %s", container.name, error)
    return found
