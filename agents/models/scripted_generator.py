"""The double of models that generate: it draws, costs what it is told to cost, and reaches nobody.

Pictures are stripes in colours that the words decide; a video of a picture slides over it; a video
of a video is that video tinted. The same order gives the same pictures.
"""

# pyright: reportUnknownMemberType=false
# PyAV leaves packet types open in `encode`, `mux` and `add_stream`.

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np

from agents.models.generators import (
    Generated,
    NotGenerated,
    Order,
    Role,
    Size,
    Terms,
    Watch,
    generated,
)
from agents.models.ports import Image

FPS = 12
STRIPES = 6
TINT = 0.35
"""Share of the words' colour in a video that is edited."""
SLIDE = 0.2
"""Share of a picture's sides by which a video slides over it."""


@dataclass(frozen=True, slots=True)
class ScriptedGenerator:
    """Draws what is ordered."""

    role: Role
    terms: Terms = field(default_factory=Terms)
    name: str = "scripted-pictures"

    def close(self) -> None:
        """Nothing is open."""

    def generate(self, order: Order, watch: Watch) -> Generated:
        """A PNG or an MP4.

        Raises:
            NotGenerated: what it is to be made from is no picture or video, it was cancelled, or
                what it drew has more bytes than it may.
        """
        if self.role == "image_generator":
            data = _png(_striped(order.prompt, order.size))
        else:
            count = max(1, round(order.seconds * FPS))
            if self.role == "video_generator":
                images = _slid(_picture(order.given), order, count)
            else:
                images = islice(_tinted(_frames(order.given), order.prompt), count)
            data = _mp4(_watched(images, count, watch), order.size)
        return generated(data, self.role, self.terms.price(order.seconds), watch)


def colours_of(prompt: str) -> Image:
    """The colours that words decide, shape (STRIPES, 3)."""
    digest = hashlib.sha256(prompt.encode()).digest()
    return np.frombuffer(digest[: STRIPES * 3], np.uint8).reshape(STRIPES, 3)


def _striped(prompt: str, size: Size) -> Image:
    width, height = size
    rows = np.arange(height) * STRIPES // height
    return np.repeat(colours_of(prompt)[rows][:, None], width, axis=1)


def _png(image: Image) -> bytes:
    from PIL import Image as Pillow

    file = io.BytesIO()
    Pillow.fromarray(image).save(file, "PNG")
    return file.getvalue()


def _picture(path: Path | None) -> Image:
    from PIL import Image as Pillow
    from PIL import UnidentifiedImageError

    if path is None:
        raise NotGenerated("no picture was given", "give one")
    try:
        with Pillow.open(path) as image:
            return np.asarray(image.convert("RGB"))
    except (UnidentifiedImageError, OSError) as error:
        raise NotGenerated(f"{path.name} is no picture: {error}", "give another one") from error


def _slid(image: Image, order: Order, count: int) -> Iterator[Image]:
    """The picture, seen through a window that moves to the right."""
    import cv2

    width, height = order.size
    wide = cv2.resize(image, (round(width * (1 + SLIDE)), height), interpolation=cv2.INTER_AREA)
    for number in range(count):
        left = round(width * SLIDE * number / count)
        yield np.ascontiguousarray(wide[:, left : left + width], np.uint8)


def _frames(path: Path | None) -> Iterator[Image]:
    """Pictures of a video, `FPS` a second."""
    import av
    from av.error import FFmpegError

    if path is None:
        raise NotGenerated("no video was given", "give one")
    try:
        with av.open(str(path)) as container:
            shown = 0
            for frame in container.decode(video=0):
                if float(frame.time or 0) * FPS >= shown:
                    shown += 1
                    yield frame.to_ndarray(format="rgb24").astype(np.uint8, copy=False)
    except (FFmpegError, IndexError) as error:
        raise NotGenerated(f"{path.name} is no video: {error}", "give another one") from error


def _tinted(images: Iterable[Image], prompt: str) -> Iterator[Image]:
    colour = colours_of(prompt)[0].astype(np.float32)
    for image in images:
        yield ((1 - TINT) * image + TINT * colour).round().astype(np.uint8)


def _watched(images: Iterable[Image], count: int, watch: Watch) -> Iterator[Image]:
    for number, image in enumerate(images):
        if watch.cancelled():
            raise NotGenerated("it was cancelled")
        watch.progress(number / count)
        yield image


def _mp4(images: Iterable[Image], size: Size) -> bytes:
    """Pictures as an MP4 without sound, made that large."""
    import av
    from av.codec import codecs_available
    from av.video.stream import VideoStream

    file = io.BytesIO()
    codec = next(c for c in ("libx264", "libopenh264", "mpeg4") if c in codecs_available)
    with av.open(file, "w", format="mp4") as output:
        stream = output.add_stream(codec, rate=FPS)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for image in images:
            output.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        output.mux(stream.encode(None))
    return file.getvalue()
