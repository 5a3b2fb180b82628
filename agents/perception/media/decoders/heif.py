"""How the tiles of a photograph lie (HEIC): from the `meta` box of the file.

There stand the item of type `grid` that is the picture, the items it is derived from in reading
order, and its turn (ISO/IEC 23008-12, 6.6.2.3; ISO/IEC 14496-12, 8.11).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from pathlib import Path

from agents.errors import UnreadableMedia
from agents.perception.media.boxes import boxes

MOST_PIXELS = 200_000_000
"""A picture that says it is larger is taken for broken."""
LARGEST_META = 4 << 20
"""Bytes."""
BRANDS = (b"heic", b"heix", b"heim", b"heis", b"mif1")


@dataclass(frozen=True, slots=True)
class Grid:
    """How the tiles of a picture lie, and how it is turned when all are together."""

    rows: int
    columns: int
    width: int
    height: int
    items: tuple[int, ...]
    """Ids of the tiles (FFmpeg's stream ids), row by row."""
    turns: int = 0
    """Quarters, against the clock."""
    mirror: int | None = None
    """0 exchanges top and bottom, 1 left and right; after the turn."""


@dataclass(slots=True)
class _Meta:
    """What of a `meta` box matters here."""

    primary: int = 0
    types: dict[int, bytes] = field(default_factory=dict[int, bytes])
    parts: dict[int, tuple[int, ...]] = field(default_factory=dict[int, tuple[int, ...]])
    places: dict[int, tuple[int, int, int]] = field(default_factory=dict[int, tuple[int, int, int]])
    """By item: whether its bytes lie in `idat` (1) or the file (0), offset and length."""
    idat: bytes = b""
    properties: list[tuple[bytes, bytes]] = field(default_factory=list[tuple[bytes, bytes]])
    has: dict[int, tuple[int, ...]] = field(default_factory=dict[int, tuple[int, ...]])
    """By item: its properties, counted from 1."""


def grid_of(path: Path) -> Grid | None:
    """The grid that a file's picture is; None when it is one picture, or no such file.

    Raises:
        UnreadableMedia: the file is one of these and broken.
    """
    with path.open("rb") as handle:
        head = handle.read(64)
        if head[4:8] != b"ftyp" or head[8:12] not in BRANDS:
            return None
        handle.seek(0)
        raw = handle.read(LARGEST_META)
    try:
        meta = _meta(next(body for name, body in boxes(raw) if name == b"meta"))
        return _grid(meta, path) if meta.types.get(meta.primary) == b"grid" else None
    except (StopIteration, struct.error, IndexError, KeyError) as error:
        raise UnreadableMedia(
            f"{path.name} is a photograph whose description is broken or cut short",
            "Copy it again from the device that took it.",
        ) from error


def _grid(meta: _Meta, path: Path) -> Grid:
    """The grid of the primary item."""
    inside, offset, length = meta.places[meta.primary]
    if inside == 1:
        raw = meta.idat[offset : offset + length]
    else:
        with path.open("rb") as handle:
            handle.seek(offset)
            raw = handle.read(length)
    rows, columns = raw[2] + 1, raw[3] + 1
    width, height = struct.unpack_from(">II" if raw[1] & 1 else ">HH", raw, 4)
    items = meta.parts[meta.primary]
    if len(items) != rows * columns or not 0 < width * height <= MOST_PIXELS:
        raise KeyError(meta.primary)
    own = [meta.properties[index - 1] for index in meta.has.get(meta.primary, ())]
    turns = next((body[0] & 3 for name, body in own if name == b"irot"), 0)
    mirror = next((body[0] & 1 for name, body in own if name == b"imir"), None)
    return Grid(rows, columns, width, height, items, turns, mirror)


def _meta(raw: bytes) -> _Meta:
    found = _Meta()
    for name, body in boxes(raw[4:]):
        if name == b"pitm":
            found.primary = int.from_bytes(body[4 : 8 if body[0] else 6], "big")
        elif name == b"iinf":
            for _, entry in boxes(body[8 if body[0] else 6 :]):
                wide = 4 if entry[0] >= 3 else 2
                found.types[int.from_bytes(entry[4 : 4 + wide], "big")] = entry[
                    6 + wide : 10 + wide
                ]
        elif name == b"iref":
            _references(body, found)
        elif name == b"iloc":
            _places(body, found)
        elif name == b"idat":
            found.idat = body
        elif name == b"iprp":
            _properties(body, found)
    return found


def _references(body: bytes, found: _Meta) -> None:
    """Which items each picture is derived from."""
    wide = 4 if body[0] else 2
    for name, entry in boxes(body[4:]):
        numbers = [
            int.from_bytes(entry[at : at + wide], "big")
            for at in (0, *range(wide + 2, len(entry), wide))
        ]
        if name == b"dimg":
            found.parts[numbers[0]] = tuple(numbers[1:])


def _places(body: bytes, found: _Meta) -> None:
    """Where the first piece of each item lies."""
    version = body[0]
    sizes = (body[4] >> 4, body[4] & 15, body[5] >> 4, body[5] & 15 if version else 0)
    wide = 4 if version == 2 else 2
    at = 6

    def number(size: int) -> int:
        nonlocal at
        at += size
        return int.from_bytes(body[at - size : at], "big")

    for _ in range(number(wide)):
        item = number(wide)
        inside = number(2) & 15 if version else 0
        number(2)
        base = number(sizes[2])
        for piece in range(number(2)):
            number(sizes[3])
            offset, length = number(sizes[0]), number(sizes[1])
            if piece == 0:
                found.places[item] = (inside, base + offset, length)


def _properties(body: bytes, found: _Meta) -> None:
    """The list of properties, and which items have which."""
    for name, inner in boxes(body):
        if name == b"ipco":
            found.properties = list(boxes(inner))
        elif name == b"ipma":
            wide, large = (4 if inner[0] else 2), inner[3] & 1
            at = 8
            for _ in range(int.from_bytes(inner[4:8], "big")):
                item = int.from_bytes(inner[at : at + wide], "big")
                count = inner[at + wide]
                at += wide + 1
                size = 2 if large else 1
                marks = [
                    int.from_bytes(inner[at + size * i : at + size * i + size], "big")
                    & (0x7FFF if large else 0x7F)
                    for i in range(count)
                ]
                found.has[item] = tuple(marks)
                at += size * count
