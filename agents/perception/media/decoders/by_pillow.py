"""Pictures that FFmpeg does not read, or not as they are shown: by Pillow.

These are AVIF (tiles, transparency, sequences), moving WebP, and photographs whose EXIF says that
they are mirrored.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from av.video.frame import VideoFrame

from agents.errors import UnreadableMedia
from agents.perception.records import Probe, StreamChoice
from memory.records import SECOND

if TYPE_CHECKING:
    from PIL.Image import Image as Pillow

NAME = "pillow"
MILLISECOND = SECOND // 1000
SHORTEST = 20 * MILLISECOND
"""Pictures that ask for less time are shown for `UNTOLD`, as browsers do."""
UNTOLD = 100 * MILLISECOND
ORIENTATION = 0x0112
"""EXIF's tag of how a picture is turned and mirrored."""
MIRRORED = frozenset((2, 4, 5, 7))
PHOTOGRAPHS = (b"\xff\xd8\xff", b"II*\0", b"MM\0*")
"""How JPEG and TIFF begin."""
HEAD = 64


def is_for_pillow(path: Path) -> bool:
    """Whether a file is one that Pillow reads better than FFmpeg, by its first bytes."""
    with path.open("rb") as handle:
        head = handle.read(HEAD)
    if head[4:8] == b"ftyp":
        return head[8:12] in (b"avif", b"avis") or (head[8:12] == b"mif1" and b"avif" in head[16:])
    if head[:4] == b"RIFF" and head[8:16] == b"WEBPVP8X":
        return bool(head[20] & 0x02)  # it moves
    return head.startswith(PHOTOGRAPHS) and _is_mirrored(path)


def _is_mirrored(path: Path) -> bool:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as picture:
            return picture.getexif().get(ORIENTATION) in MIRRORED
    except (OSError, ValueError, SyntaxError, UnidentifiedImageError, Image.DecompressionBombError):
        return False  # FFmpeg tries, and says what is wrong


def probed(path: Path) -> Probe:
    """What such a file holds; its pictures are decoded once, as their times come with them.

    Raises:
        UnreadableMedia: not one picture can be decoded.
    """
    from PIL import Image

    first: VideoFrame | None = None
    count = end = 0
    note = ""
    try:
        for start, raw in frames(path):
            first = first or raw
            count, end = count + 1, start + lasting(raw)
    except OSError as error:
        if first is None:
            raise UnreadableMedia(
                f"{path.name} cannot be decoded as a picture: it is damaged or cut short",
                "Copy or download it again; a viewer shows quickly whether it is whole.",
            ) from error
        note = f"it is damaged: after {count} pictures nothing can be decoded"
    assert first is not None
    with Image.open(path) as picture:
        codec, expected = (picture.format or "").lower(), getattr(picture, "n_frames", 1)
    moves = expected > 1
    return Probe(
        path=path,
        media="video" if moves else "image",
        duration=end if moves else SECOND,
        start=0,
        width=first.width,
        height=first.height,
        fps=round(count * SECOND / end, 3) if moves else 0.0,
        codec=codec,
        video_stream=0,
        streams=StreamChoice(video=0),
        seekable=False,
        decoder=NAME,
        notes=(note,) if note else (),
    )


def frames(path: Path) -> Iterator[tuple[int, VideoFrame]]:
    """Every picture with its time in microseconds, upright; its duration is that of the frame.

    Raises:
        OSError: a picture is damaged, or too large to be decoded.
    """
    from PIL import Image

    at = 0
    try:
        with Image.open(path) as picture:
            for number in range(getattr(picture, "n_frames", 1)):
                picture.seek(number)
                picture.load()
                raw = _frame(picture)
                raw.duration = int(picture.info.get("duration", 0)) * MILLISECOND
                if raw.duration < SHORTEST:
                    raw.duration = UNTOLD
                yield at, raw
                at += raw.duration
    except (RuntimeError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise OSError(str(error)) from error


def lasting(raw: VideoFrame) -> int:
    """How long a frame is shown, in microseconds."""
    return round((raw.duration or 0) * (raw.time_base or Fraction(1, SECOND)) * SECOND)


def _frame(picture: Pillow) -> VideoFrame:
    from PIL import ImageOps

    upright = ImageOps.exif_transpose(picture)
    mode, form = ("RGBA", "rgba") if upright.has_transparency_data else ("RGB", "rgb24")
    raw = VideoFrame.from_ndarray(np.asarray(upright.convert(mode)), form)
    raw.time_base = Fraction(1, SECOND)
    return raw
