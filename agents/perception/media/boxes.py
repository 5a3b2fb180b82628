"""What FFmpeg does not say about a file, from its bytes: encryption, and pictures cut short."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

LARGEST_HEADER = 64 << 20
"""Bytes of a header that are searched at most."""
PROTECTED = (b"encv", b"enca", b"drms", b"drmi")
"""Sample entries of encrypted pictures and sound (ISO/IEC 23001-7), and of Apple's shop."""


def boxes(raw: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The boxes in some bytes (ISO/IEC 14496-12): type and content; one cut short is the last.

    Raises:
        struct.error: a box is broken.
    """
    at = 0
    while at + 8 <= len(raw):
        size, name = struct.unpack_from(">I4s", raw, at)
        head = 8
        if size == 1:
            size, head = struct.unpack_from(">Q", raw, at + 8)[0], 16
        if size and size < head:
            return
        end = at + size if size else len(raw)
        yield name, raw[at + head : end]
        at = end


def is_encrypted(path: Path) -> bool:
    """Whether the header of an MP4 or MOV file says that its samples are encrypted."""
    with path.open("rb") as handle:
        header = _header(handle)
    return any(
        name in PROTECTED
        for track in _inside(header, b"trak", b"mdia", b"minf", b"stbl", b"stsd")
        for name, _ in boxes(track[8:])
    )


def _header(handle: BinaryIO) -> bytes:
    """The content of the `moov` box, found by going from box to box; empty without one."""
    at = 0
    while len(head := handle.read(16)) >= 8:
        size, name = struct.unpack_from(">I4s", head)
        start = 8
        if size == 1 and len(head) == 16:
            size, start = struct.unpack_from(">Q", head, 8)[0], 16
        if name == b"moov":
            handle.seek(at + start)
            return handle.read(min(size - start, LARGEST_HEADER) if size else LARGEST_HEADER)
        if size < start:
            return b""
        at += size
        handle.seek(at)
    return b""


def _inside(raw: bytes, name: bytes, *rest: bytes) -> Iterator[bytes]:
    """The content of all boxes at a path of names."""
    try:
        for found, body in boxes(raw):
            if found == name:
                yield from _inside(body, *rest) if rest else (body,)
    except struct.error:
        return


def is_cut_short(path: Path) -> bool:
    """Whether a JPEG or GIF lacks its end: their decoders fill up what is missing in silence."""
    raw = path.read_bytes()
    if raw.startswith(b"\xff\xd8\xff"):
        scan = _scan_of_jpeg(raw)
        return scan is None or raw.find(b"\xff\xd9", scan) < 0
    return raw.startswith(b"GIF8") and not raw.rstrip(b"\0\r\n").endswith(b";")


def _scan_of_jpeg(raw: bytes) -> int | None:
    """Where the coded picture of a JPEG begins; previews in its header lie before that."""
    at = 2
    while at + 4 <= len(raw) and raw[at] == 0xFF:
        if raw[at + 1] == 0xDA:
            return at
        at += 2 + int.from_bytes(raw[at + 2 : at + 4], "big")
    return None
