"""Text as pictures with transparency, so that no text of a user comes near a filter graph.

Drawn by the fonts that OpenCV 5 brings itself (Latin, Greek, Cyrillic, Chinese, Japanese, Korean
and some more): the machine needs none.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from agents.tools.base import ToolFailed

if TYPE_CHECKING:
    import cv2

Picture = NDArray[np.uint8]
"""Rows, columns and red, green, blue, alpha."""
Position = Literal[
    "top",
    "bottom",
    "centre",
    "left",
    "right",
    "top left",
    "top right",
    "bottom left",
    "bottom right",
]
MOST = 600
"""Characters of one text."""
LINE = 1.35
"""Height of a line, in sizes of its letters."""
EDGE = 0.06
"""Distance from the edge of the picture, as a share of its height."""


@dataclass(frozen=True, slots=True)
class Style:
    """How text is drawn."""

    size: int
    """Height of letters in pixels."""
    colour: str = "white"
    """A name (`red`) or `#rrggbb`."""
    ground: str = ""
    """Colour of a box behind the text; none where empty."""
    opacity: float = 0.6
    """Of that box."""
    weight: int = 600
    outline: bool = True
    """Whether letters have a dark rim, to be read over any picture."""


def colour_of(name: str) -> tuple[int, int, int]:
    """Red, green and blue of a colour's name or `#rrggbb`.

    Raises:
        ToolFailed: there is no such colour.
    """
    from PIL import ImageColor

    try:
        found = ImageColor.getrgb(name.strip().lower().replace(" ", ""))
    except ValueError as error:
        raise ToolFailed(
            f"there is no colour {name!r}", "Give a name such as red, or #rrggbb."
        ) from error
    return found[0], found[1], found[2]


def ffmpeg_colour(name: str) -> str:
    """A colour as FFmpeg's `0xrrggbb`.

    Raises:
        ToolFailed: there is no such colour.
    """
    red, green, blue = colour_of(name)
    return f"0x{red:02x}{green:02x}{blue:02x}"


def text_picture(text: str, width: int, style: Style) -> Picture:
    """Text in lines of at most `width` pixels, centred, as small as it gets.

    Raises:
        ToolFailed: it is empty or too long, or there are no letters for a character of it.
    """
    import cv2

    lines = _wrapped(_checked(text), width, style)
    pitch, rim = round(style.size * LINE), max(2, style.size // 10)
    sides = [_width(line, style) for line in lines]
    wide = min(width, max(sides) + 2 * style.size)
    high = pitch * len(lines) + style.size // 2
    mask = np.zeros((high, wide, 3), np.uint8)
    for number, (line, side) in enumerate(zip(lines, sides, strict=True)):
        place = ((wide - side) // 2, style.size // 4 + number * pitch + style.size)
        cv2.putText(mask, line, place, (255, 255, 255), _font(), style.size, style.weight)
    letters = (mask[..., 0] / 255).astype(np.float32)
    made = np.zeros((high, wide, 4), np.float32)
    if style.ground:
        made[...] = (*colour_of(style.ground), 255 * style.opacity)
    elif style.outline:
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * rim + 1, 2 * rim + 1))
        made[..., 3] = cv2.GaussianBlur(cv2.dilate(mask[..., 0], kernel), (3, 3), 0)
    return _over(made, letters, colour_of(style.colour))


def _over(
    made: NDArray[np.float32], letters: NDArray[np.float32], colour: tuple[int, ...]
) -> Picture:
    """Letters of a colour over what is there."""
    below = made[..., 3] / 255 * (1 - letters)
    alpha = letters + below
    safe = np.maximum(alpha, 1e-6)[..., None]
    mixed = (letters[..., None] * np.array(colour) + below[..., None] * made[..., :3]) / safe
    return np.dstack([mixed, alpha * 255]).round().clip(0, 255).astype(np.uint8)


def _checked(text: str) -> str:
    """Text in one normal form.

    Raises:
        ToolFailed: it is empty, too long, or holds what cannot be drawn.
    """
    clean = unicodedata.normalize("NFC", text.replace("\t", " ")).strip()
    if not clean or len(clean) > MOST:
        raise ToolFailed(
            f"a text of {len(clean)} characters cannot be drawn", f"Give 1 to {MOST} characters."
        )
    lost = sorted({c for c in clean if ord(c) > 126 and not c.isspace() and not _is_drawn(c)})
    if lost:
        raise ToolFailed(
            f"there are no letters for {' '.join(lost)}",
            "Write it in Latin, Greek, Cyrillic, Chinese, Japanese or Korean, without emoji.",
        )
    return clean


def _is_drawn(character: str) -> bool:
    """Whether the font has it: what it lacks is drawn as a question mark."""
    return not np.array_equal(_sample(character), _sample("?"))


def _sample(character: str) -> NDArray[np.uint8]:
    import cv2

    made = np.zeros((48, 64, 3), np.uint8)
    cv2.putText(made, character, (8, 36), (255, 255, 255), _font(), 24, 400)
    return made


def _font() -> cv2.FontFace:
    import cv2

    return cv2.FontFace("sans")


def _width(line: str, style: Style) -> int:
    """Pixels that a line takes."""
    import cv2

    box = cv2.getTextSize((0, 0), line, (0, 0), _font(), style.size, style.weight)
    return box[0] + box[2]


def _wrapped(text: str, width: int, style: Style) -> list[str]:
    """Lines that fit; what has no spaces is broken between characters."""
    lines: list[str] = []
    for paragraph in text.splitlines():
        line = ""
        for word in paragraph.split():
            longer = f"{line} {word}".strip()
            if _width(longer, style) + style.size <= width:
                line = longer
                continue
            lines += [line] if line else []
            line = word
            while _width(line, style) + style.size > width and len(line) > 1:
                cut = _fitting(line, width, style)
                lines.append(line[:cut])
                line = line[cut:]
        lines += [line] if line else []
    return lines


def _fitting(line: str, width: int, style: Style) -> int:
    """How many characters of a line fit."""
    fits = 1
    while fits < len(line) and _width(line[: fits + 1], style) + style.size <= width:
        fits += 1
    return fits


def corner(
    position: Position, size: tuple[int, int], inner: tuple[int, int], edge: float = EDGE
) -> tuple[int, int]:
    """Left and top, in pixels, of something that stands at a position of a picture."""
    (width, height), (wide, high) = size, inner
    gap = round(height * edge)
    left, top = (width - wide) // 2, (height - high) // 2
    if "left" in position:
        left = gap
    if "right" in position:
        left = width - wide - gap
    if "top" in position:
        top = gap
    if "bottom" in position:
        top = height - high - gap
    return max(0, left), max(0, top)


def saved(picture: Picture, path: Path) -> Path:
    """Write a picture as PNG."""
    from PIL import Image

    Image.fromarray(picture).save(path)
    return path


def loaded(path: Path) -> Picture:
    """A picture upright, with its transparency.

    Raises:
        ToolFailed: it cannot be decoded, or is too large to be one.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(path, formats=("PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF", "AVIF")) as raw:
            return np.asarray(ImageOps.exif_transpose(raw).convert("RGBA"))
    except UnidentifiedImageError:
        return _by_perception(path)
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise ToolFailed(
            f"{path.name} cannot be decoded: {error}", "Open it in a viewer."
        ) from error


def _by_perception(path: Path) -> Picture:
    """A picture of a form that perception knows (HEIC)."""
    from agents.perception.media.decode import frame_at
    from agents.perception.media.probe import probe

    frame = frame_at(probe(path), 0)
    if frame is None:
        raise ToolFailed(f"{path.name} cannot be decoded", "Open it in a viewer.")
    return np.dstack([frame.image, np.full(frame.image.shape[:2], 255, np.uint8)])
