"""Pictures as they are sent: small enough, as JPEG."""

from __future__ import annotations

import cv2
import numpy as np

from agents.models.chat import Picture
from agents.models.ports import Image

QUALITY = 85
LEAST_SIDE = 64


def as_picture(image: Image, at: int, side: int, most_bytes: int = 1_500_000) -> Picture:
    """An RGB picture as JPEG, its longer side at most `side` pixels, at most `most_bytes` long.

    Raises:
        ValueError: it cannot be encoded, or not that small.
    """
    while True:
        data = _encoded(image, side)
        if len(data) <= most_bytes:
            return Picture(data, at)
        side = side * 3 // 4
        if side < LEAST_SIDE:
            raise ValueError(f"a picture does not fit into {most_bytes} bytes")


def _encoded(image: Image, side: int) -> bytes:
    height, width = image.shape[:2]
    scale = min(1.0, side / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA) if scale < 1 else image
    fine, data = cv2.imencode(
        ".jpg", np.ascontiguousarray(small[:, :, ::-1]), [cv2.IMWRITE_JPEG_QUALITY, QUALITY]
    )
    if not fine:
        raise ValueError(f"a picture of {width}x{height} pixels could not be written as JPEG")
    return np.asarray(data).tobytes()
