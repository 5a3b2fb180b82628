"""Text and pictures over a video, at a place and for a time. Sound is copied."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from pydantic import Field

from agents.tools.base import (
    Arguments,
    ImageInput,
    Made,
    Place,
    Seconds,
    Tool,
    ToolFailed,
    VideoInput,
)
from agents.tools.registry import Powers
from agents.tools.render.draw import (
    Picture,
    Position,
    Style,
    corner,
    loaded,
    saved,
    text_picture,
)
from agents.tools.render.effect import finish, start
from agents.tools.render.foresee import same
from agents.tools.render.needs import always, media_tool
from agents.tools.render.source import Source, source_of
from agents.tools.render.strip import during

End = Annotated[float | None, Field(gt=0, le=86_400, description="to the end if none")]
SIZES = {"small": 0.055, "medium": 0.08, "large": 0.13}
"""Height of letters, as a share of the picture's."""


class OverlayText(Arguments):
    """Which text, where, when and in which colour."""

    video: VideoInput
    text: Annotated[str, Field(min_length=1, max_length=600)]
    position: Position = "bottom"
    start: Seconds = 0.0
    end: End = None
    color: str = "white"
    size: Annotated[str, Field(pattern="^(small|medium|large)$")] = "medium"
    box: Annotated[str, Field(description="colour of a box behind it; none if empty")] = ""


class OverlayImage(Arguments):
    """Which picture, where, when and how large (share of the video's width)."""

    video: VideoInput
    image: ImageInput
    position: Position = "top right"
    width: Annotated[float, Field(gt=0, le=1)] = 0.2
    opacity: Annotated[float, Field(gt=0, le=1)] = 1.0
    start: Seconds = 0.0
    end: End = None


def overlay_text(arguments: OverlayText, place: Place) -> Made:
    """Write a text over a video."""
    source = source_of(place.assets[arguments.video], pictures=True)
    width, height = source.size
    size = max(10, round(height * SIZES[arguments.size]))
    style = Style(size, arguments.color, arguments.box)
    picture = text_picture(arguments.text, round(width * 0.9), style)
    return _over(source, picture, arguments, place)


def overlay_image(arguments: OverlayImage, place: Place) -> Made:
    """Lay a picture, with its transparency, over a video."""
    from PIL import Image

    source = source_of(place.assets[arguments.video], pictures=True)
    picture = loaded(place.assets[arguments.image].path)
    wide = max(1, round(source.size[0] * arguments.width))
    high = max(1, round(picture.shape[0] * wide / picture.shape[1]))
    if high > source.size[1]:
        wide, high = max(1, wide * source.size[1] // high), source.size[1]
    small = np.array(Image.fromarray(picture).resize((wide, high), Image.Resampling.LANCZOS))
    small[..., 3] = (small[..., 3] * arguments.opacity).round()
    return _over(source, small, arguments, place)


def _over(
    source: Source, picture: Picture, arguments: OverlayText | OverlayImage, place: Place
) -> Made:
    """The video with a picture over it for a time."""
    begin, end = arguments.start, arguments.end
    if begin >= source.seconds or (end is not None and end <= begin):
        raise ToolFailed(
            f"nothing of {source.name} is shown from {begin:g} to {end or 'its end'}",
            f"It is {float(source.seconds):.2f} s long.",
        )
    graph, label = start(source)
    number = graph.read(saved(picture, place.folder / "work_over.png"), "-f", "png_pipe")
    high, wide = picture.shape[:2]
    left, top = corner(arguments.position, source.size, (wide, high))
    shown = during(begin, end, float(source.origin))
    made = graph.chain(f"{label}[{number}:0]", f"overlay={left}:{top}:{shown}")
    return Made({"video": (finish(graph, made, source, place),)})


def tools(powers: Powers) -> tuple[Tool[Any], ...]:
    """The tools of this module."""
    del powers
    return (
        media_tool(
            "overlay_text",
            "Write a text over a video, at a place and for a time.",
            OverlayText,
            overlay_text,
            same(),
            fuses=always,
        ),
        media_tool(
            "overlay_image",
            "Lay a picture such as a logo over a video, at a place and for a time.",
            OverlayImage,
            overlay_image,
            same(),
            fuses=always,
        ),
    )
