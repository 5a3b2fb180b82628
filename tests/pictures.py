"""Pictures in the forms that phones and browsers write, made on the spot."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from tests.media import Picture


def box(name: bytes, body: bytes, *, full: int | None = None) -> bytes:
    """A box of ISO/IEC 14496-12; `full` is the version of one with version and flags."""
    head = b"" if full is None else struct.pack(">I", full << 24)
    return struct.pack(">I", 8 + len(head) + len(body)) + name + head + body


def hevc_still(picture: Picture) -> tuple[bytes, bytes]:
    """One picture as HEVC: decoder configuration (`hvcC`) and data with lengths."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="matroska") as output:
        stream = output.add_stream("libx265", rate=1)
        assert isinstance(stream, VideoStream)
        stream.height, stream.width = picture.shape[:2]
        stream.pix_fmt = "yuv420p"
        stream.options = {"x265-params": "log-level=none:pools=none:frame-threads=1", "crf": "8"}
        stream.codec_context.time_base = Fraction(1, 1)
        for packet in [*stream.encode(VideoFrame.from_ndarray(picture, "rgb24")), *stream.encode()]:
            output.mux(packet)
    buffer.seek(0)
    with av.open(buffer, "r") as made:
        track = made.streams.video[0]
        data = b"".join(bytes(packet) for packet in made.demux(track) if packet.size)
        return bytes(track.codec_context.extradata or b""), data


def write_heic_grid(
    path: Path,
    picture: Picture,
    *,
    tile: int = 128,
    turns: int = 0,
    size: tuple[int, int] | None = None,
) -> Path:
    """A photograph of square tiles, as phones write them.

    Args:
        path: where to.
        picture: the picture before it is turned; its sides are filled up to whole tiles.
        tile: pixels.
        turns: quarters against the clock that a viewer turns it by.
        size: width and height that it says it has, when not its own.
    """
    height, width = picture.shape[:2]
    rows, columns = -(-height // tile), -(-width // tile)
    filled = np.zeros((rows * tile, columns * tile, 3), np.uint8)
    filled[:height, :width] = picture
    places = [(r * tile, c * tile) for r in range(rows) for c in range(columns)]
    stills = [hevc_still(filled[y : y + tile, x : x + tile].copy()) for y, x in places]
    grid = struct.pack(">BBBBHH", 0, 0, rows - 1, columns - 1, *(size or (width, height)))
    path.write_bytes(_heic([data for _, data in stills], stills[0][0], grid, tile, turns))
    return path


def _heic(tiles: Sequence[bytes], config: bytes, grid: bytes, tile: int, turns: int) -> bytes:
    """The file: tiles are items 1 to n, the grid is item n + 1 and lies in `idat`."""
    count = len(tiles)
    types = [*((i + 1, b"hvc1") for i in range(count)), (count + 1, b"grid")]
    entries = [box(b"infe", struct.pack(">HH4sB", i, 0, t, 0), full=2) for i, t in types]
    names = box(b"iinf", struct.pack(">H", len(entries)) + b"".join(entries), full=0)
    derived = struct.pack(f">HH{count}H", count + 1, count, *range(1, count + 1))
    properties = box(
        b"ipco",
        box(b"hvcC", config)
        + box(b"ispe", struct.pack(">II", tile, tile), full=0)
        + box(b"ispe", struct.pack(">II", *struct.unpack_from(">HH", grid, 4)), full=0)
        + box(b"irot", bytes([turns])),
    )
    owned = b"".join(struct.pack(">HBBB", i + 1, 2, 0x81, 2) for i in range(count))
    owned += struct.pack(">HBBB", count + 1, 2, 3, 0x84)
    shared = box(b"ipma", struct.pack(">I", count + 1) + owned, full=0)

    def meta(first: int) -> bytes:
        places, at = b"", first
        for i, data in enumerate(tiles):
            places += struct.pack(">HHHHII", i + 1, 0, 0, 1, at, len(data))
            at += len(data)
        places += struct.pack(">HHHHII", count + 1, 1, 0, 1, 0, len(grid))
        return box(
            b"meta",
            box(b"hdlr", struct.pack(">I4s12x", 0, b"pict") + b"\0", full=0)
            + box(b"pitm", struct.pack(">H", count + 1), full=0)
            + names
            + box(b"iref", box(b"dimg", derived), full=0)
            + box(b"iprp", properties + shared)
            + box(b"idat", grid)
            + box(b"iloc", b"\x44\x00" + struct.pack(">H", count + 1) + places, full=1),
            full=0,
        )

    head = box(b"ftyp", b"heic" + struct.pack(">I", 0) + b"mif1heic")
    first = len(head) + len(meta(0)) + 8
    return head + meta(first) + box(b"mdat", b"".join(tiles))
