"""Pictures made smaller, and as JPEG: one way for thumbnails, measures and what is sent."""

from __future__ import annotations

import numpy as np

from agents.models.ports import Image


def shrunk(image: Image, max_side: int) -> Image:
    """The picture with its longest side at most `max_side` pixels; itself when it is small enough.

    Args:
        image: shape (height, width, channels), uint8.
        max_side: in pixels.
    """
    import cv2

    height, width = image.shape[:2]
    scale = max_side / max(height, width)
    if scale >= 1:
        return image
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def as_jpeg(image: Image, max_side: int, quality: int) -> bytes:
    """An RGB picture as JPEG, its longest side at most `max_side` pixels.

    Raises:
        ValueError: OpenCV cannot encode it.
    """
    import cv2

    small = np.ascontiguousarray(shrunk(image, max_side)[:, :, ::-1])
    fine, data = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not fine:
        height, width = image.shape[:2]
        raise ValueError(f"a picture of {width}x{height} pixels could not be written as JPEG")
    return np.asarray(data).tobytes()
