"""Cheap measures of a picture: brightness, motion, named colours, perceptual hash."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from agents.models.images import shrunk
from agents.models.ports import Image
from agents.perception.records import Sample, Thumb

COLOURS = (
    "black",
    "white",
    "grey",
    "red",
    "orange",
    "brown",
    "yellow",
    "green",
    "blue",
    "purple",
    "pink",
)
"""The eleven basic colour terms of English (Berlin and Kay, 1969)."""
COLOUR_SIDE = 96
"""Longest side at which colours are counted; more changes the fractions by less than 1 %."""
DOMINANT = 0.12
"""Fraction of the picture from which a colour counts as dominant."""


def luma(image: Image) -> NDArray[np.float32]:
    """Luma of an RGB picture, 0 to 1, shape (height, width)."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    return grey.astype(np.float32) / 255.0


def colours_of(
    image: Image, box: tuple[float, float, float, float] | None = None
) -> list[tuple[str, float]]:
    """Colour names and the fraction of pixels they cover, most frequent first.

    Args:
        image: RGB picture.
        box: (left, top, right, bottom) as fractions of the picture; None for all of it.
    """
    part = _part(image, box) if box is not None else image
    names = _colour_indices(shrunk(part, COLOUR_SIDE))
    counts = np.bincount(names.ravel(), minlength=len(COLOURS)) / names.size
    order = sorted(range(len(COLOURS)), key=lambda i: (-counts[i], i))
    return [(COLOURS[i], float(counts[i])) for i in order if counts[i] > 0]


def _part(image: Image, box: tuple[float, float, float, float]) -> Image:
    """The pixels of a box; at least one."""
    height, width = image.shape[:2]
    left = min(width - 1, max(0, int(box[0] * width)))
    top = min(height - 1, max(0, int(box[1] * height)))
    right = max(left + 1, min(width, round(box[2] * width)))
    bottom = max(top + 1, min(height, round(box[3] * height)))
    return image[top:bottom, left:right]


def _colour_indices(image: Image) -> NDArray[np.int64]:
    """The index in `COLOURS` of every pixel, by a plain rule on hue, saturation and value.

    OpenCV's 8-bit HSV: hue 0-179 (half degrees), saturation and value 0-255.
    """
    pixels = cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2HSV).astype(np.int64)
    hue, saturation, value = pixels[..., 0], pixels[..., 1], pixels[..., 2]
    pale = (saturation < 38) | ((saturation < 60) & (value < 90))
    warm = (hue < 23) | (hue >= 172)
    dim_orange = (hue >= 5) & (hue < 23) & (value < 165)
    rules = [
        ("black", (value < 46) | (pale & (value < 60))),
        ("white", pale & (value > 200)),
        ("grey", pale),
        ("brown", dim_orange),
        ("pink", warm & (saturation < 120) & (value > 165) & ((hue < 7) | (hue >= 172))),
        ("red", (hue < 7) | (hue >= 172)),
        ("orange", hue < 23),
        ("yellow", hue < 34),
        ("green", hue < 87),
        ("blue", hue < 131),
        ("pink", (hue >= 148) & (value > 150)),
    ]
    indices = [np.int64(COLOURS.index(name)) for name, _ in rules]
    chosen = np.select([mask for _, mask in rules], indices, np.int64(COLOURS.index("purple")))
    return chosen.astype(np.int64)


def sample_of(time: int, thumb: Thumb, before: Thumb | None) -> Sample:
    """Measures of an examined picture; `before` is the sample before it in the same shot."""
    now = luma(thumb)
    motion = 0.0 if before is None else float(np.abs(now - luma(before)).mean())
    names = tuple(name for name, share in colours_of(thumb) if share >= DOMINANT)
    return Sample(time, round(float(now.mean()), 4), round(motion, 4), names)


def perceptual_hash(image: Image) -> str:
    """64-bit pHash as 16 hex digits: signs of the 8 x 8 lowest DCT coefficients about their median.

    Zauner, "Implementation and benchmarking of perceptual image hash functions" (2010), 3.2.1.
    """
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (32, 32), interpolation=cv2.INTER_AREA).astype(np.float32)
    low = cv2.dct(small)[1:9, 1:9]
    bits = (low > np.median(low)).ravel()
    return f"{int(''.join('1' if bit else '0' for bit in bits), 2):016x}"
