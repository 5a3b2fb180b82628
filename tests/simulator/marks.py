"""Marks that tell a frame's time to a machine: a band of black and white cells at its top.

They survive video compression, JPEG and scaling down to about 96 pixels of width.
"""

from __future__ import annotations

import zlib
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]

ROWS, COLUMNS = 2, 24
TIME_BITS, WORLD_BITS, CHECK_BITS = 26, 8, 12
TICK = 0.01
"""Seconds per step of the time."""
BAND = 8
"""The band takes one `BAND`-th of the height."""


def draw_mark(image: Image, seconds: float, world: str) -> None:
    """Write time and world over the top of an RGB picture, in place."""
    bits = _bits(round(seconds / TICK), _world_number(world))
    height, width = image.shape[:2]
    cells = np.array(bits, np.uint8).reshape(ROWS, COLUMNS) * 235 + 10
    size = (width, max(ROWS, height // BAND))
    band = cv2.resize(cells, size, interpolation=cv2.INTER_NEAREST)
    image[: band.shape[0]] = band[:, :, None]


def read_mark(image: NDArray[Any], world: str) -> float | None:
    """The time in seconds of a marked RGB picture of this world, or None."""
    height, width = image.shape[:2]
    band = max(ROWS, height // BAND)
    bits: list[int] = []
    for row in range(ROWS):
        y = int((row + 0.5) * band / ROWS)
        for column in range(COLUMNS):
            x = int((column + 0.5) * width / COLUMNS)
            bits.append(int(image[y, x].mean() > 127))
    time = _number(bits[:TIME_BITS])
    same = bits == _bits(time, _world_number(world))
    return time * TICK if same else None


def _bits(time: int, world: int) -> list[int]:
    body = f"{time:0{TIME_BITS}b}{world:0{WORLD_BITS}b}"
    check = zlib.crc32(body.encode()) % (1 << CHECK_BITS)
    pad = ROWS * COLUMNS - TIME_BITS - WORLD_BITS - CHECK_BITS
    return [int(bit) for bit in f"{body}{check:0{CHECK_BITS}b}{'10' * pad}"[: ROWS * COLUMNS]]


def _number(bits: list[int]) -> int:
    return int("".join(map(str, bits)), 2)


def _world_number(world: str) -> int:
    return zlib.crc32(world.encode()) % (1 << WORLD_BITS)
