"""Pictures as they are sent: small enough, as JPEG."""

from __future__ import annotations

from agents.models.chat import Picture
from agents.models.images import as_jpeg
from agents.models.ports import Image

QUALITY = 85
LEAST_SIDE = 64


def as_picture(image: Image, at: int, side: int, most_bytes: int = 1_500_000) -> Picture:
    """An RGB picture as JPEG, its longer side at most `side` pixels, at most `most_bytes` long.

    Raises:
        ValueError: it cannot be encoded, or not that small.
    """
    while True:
        data = as_jpeg(image, side, QUALITY)
        if len(data) <= most_bytes:
            return Picture(data, at)
        side = side * 3 // 4
        if side < LEAST_SIDE:
            raise ValueError(f"a picture does not fit into {most_bytes} bytes")
