"""The frame of a video: crop, crop_aspect, resize, pad, rotate, flip. Sound is copied."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import Field

from agents.tools.base import Arguments, Assets, Estimate, Made, Place, Tool, ToolFailed, VideoInput
from agents.tools.registry import Powers
from agents.tools.render.draw import ffmpeg_colour
from agents.tools.render.effect import effect
from agents.tools.render.foresee import same, video_of
from agents.tools.render.needs import always, media_tool
from agents.tools.render.source import Source, even, source_of

Side = Annotated[int, Field(ge=0, le=7680)]
Aspect = Annotated[str, Field(pattern=r"^\d{1,4}:\d{1,4}$", description="width:height, as 9:16")]
Share = Annotated[float, Field(ge=0, le=1)]
TURNS = {90: "transpose=clock", 180: "hflip,vflip", 270: "transpose=cclock"}


class Crop(Arguments):
    """Which rectangle to keep, in pixels as shown."""

    video: VideoInput
    x: Side
    y: Side
    width: Annotated[int, Field(ge=2, le=7680)]
    height: Annotated[int, Field(ge=2, le=7680)]


class CropAspect(Arguments):
    """Which shape to cut out, as large as fits, and around which place (shares of the picture)."""

    video: VideoInput
    aspect: Aspect
    centre_x: Share = 0.5
    centre_y: Share = 0.5


class Resize(Arguments):
    """The new size in pixels; 0 for one side keeps the shape."""

    video: VideoInput
    width: Side = 0
    height: Side = 0


class Pad(Arguments):
    """The shape to fill up to, and the colour beside the picture."""

    video: VideoInput
    aspect: Aspect
    color: str = "black"


class Rotate(Arguments):
    """By how much to turn, clockwise; -90 is 270."""

    video: VideoInput
    degrees: Literal[90, 180, 270, -90, -180, -270]


class Flip(Arguments):
    """Which way to mirror."""

    video: VideoInput
    direction: Literal["horizontal", "vertical"] = "horizontal"


def crop(arguments: Crop, place: Place) -> Made:
    """Keep a rectangle."""
    source = source_of(place.assets[arguments.video], pictures=True)
    width, height = source.size
    if arguments.x + arguments.width > width or arguments.y + arguments.height > height:
        raise ToolFailed(
            f"a rectangle of {arguments.width}x{arguments.height} at {arguments.x},{arguments.y} "
            f"does not lie in {width}x{height}",
            "Give one that does, in pixels.",
        )
    size = arguments.width // 2 * 2, arguments.height // 2 * 2
    return _made(source, _cropped(size, (arguments.x, arguments.y)), place, size)


def crop_aspect(arguments: CropAspect, place: Place) -> Made:
    """Cut a shape out, as large as fits."""
    source = source_of(place.assets[arguments.video], pictures=True)
    size = largest(source.size, ratio(arguments.aspect))
    left, top = (
        round(min(max(side * share - part / 2, 0), side - part))
        for side, share, part in zip(
            source.size, (arguments.centre_x, arguments.centre_y), size, strict=True
        )
    )
    return _made(source, _cropped(size, (left, top)), place, size)


def _cropped(size: tuple[int, int], corner: tuple[int, int]) -> str:
    """Exact: colours are kept at half the size, which would move an odd corner by a pixel."""
    return f"crop={size[0]}:{size[1]}:{corner[0]}:{corner[1]}:exact=1"


def ratio(aspect: str) -> Fraction:
    """Width by height.

    Raises:
        ToolFailed: one of them is 0, or the shape is no picture's.
    """
    width, height = (int(part) for part in aspect.split(":"))
    if not width or not height or not Fraction(1, 10) <= Fraction(width, height) <= 10:
        raise ToolFailed(f"{aspect} is the shape of no picture", "Give one such as 16:9 or 9:16.")
    return Fraction(width, height)


def largest(size: tuple[int, int], shape: Fraction) -> tuple[int, int]:
    """The largest even size of a shape inside a size."""
    width, height = size
    if Fraction(width, height) > shape:
        return min(width, even(float(height * shape))), height
    return width, min(height, even(float(width / shape)))


def resize(arguments: Resize, place: Place) -> Made:
    """Scale; a side of 0 follows the other."""
    source = source_of(place.assets[arguments.video], pictures=True)
    width, height = arguments.width, arguments.height
    if not width and not height:
        raise ToolFailed("no size was given", "Give width, height or both, in pixels.")
    shape = Fraction(*source.size)
    size = even(width or float(height * shape)), even(height or float(width / shape))
    return _made(source, f"scale={size[0]}:{size[1]}:flags=lanczos,setsar=1", place, size)


def pad(arguments: Pad, place: Place) -> Made:
    """Fill up to a shape with a colour."""
    source = source_of(place.assets[arguments.video], pictures=True)
    shape = ratio(arguments.aspect)
    width, height = source.size
    if Fraction(width, height) > shape:
        height = max(height, even(float(width / shape)))
    else:
        width = max(width, even(float(height * shape)))
    colour = ffmpeg_colour(arguments.color)
    filters = f"pad={width}:{height}:(ow-iw)/2:(oh-ih)/2:{colour}"
    return _made(source, filters, place, (width, height))


def rotate(arguments: Rotate, place: Place) -> Made:
    """Turn clockwise."""
    source = source_of(place.assets[arguments.video], pictures=True)
    width, height = source.size
    size = (width, height) if arguments.degrees % 180 == 0 else (height, width)
    return _made(source, TURNS[arguments.degrees % 360], place, size)


def flip(arguments: Flip, place: Place) -> Made:
    """Mirror."""
    source = source_of(place.assets[arguments.video], pictures=True)
    filters = "hflip" if arguments.direction == "horizontal" else "vflip"
    return _made(source, filters, place, source.size)


def _made(source: Source, filters: str, place: Place, size: tuple[int, int]) -> Made:
    return Made({"video": (effect(source, [filters], place, size),)})


def _crop_size(arguments: Crop, assets: Assets) -> Estimate:
    size = arguments.width // 2 * 2, arguments.height // 2 * 2
    return video_of(assets, arguments.video, size=size)


def _resized(arguments: Resize, assets: Assets) -> Estimate:
    both = bool(arguments.width and arguments.height)
    size = (even(arguments.width), even(arguments.height)) if both else (0, 0)
    return video_of(assets, arguments.video, size=size)


def tools(powers: Powers) -> tuple[Tool[Any], ...]:
    """The tools of this module."""
    del powers
    return (
        media_tool(
            "crop", "Keep a rectangle of the picture.", Crop, crop, _crop_size, fuses=always
        ),
        media_tool(
            "crop_aspect",
            "Cut a shape such as 9:16 out of the picture, as large as fits.",
            CropAspect,
            crop_aspect,
            same(),
            fuses=always,
        ),
        media_tool(
            "resize", "Change the size of the picture.", Resize, resize, _resized, fuses=always
        ),
        media_tool(
            "pad",
            "Fill the picture up to a shape such as 16:9 with a colour.",
            Pad,
            pad,
            same(),
            fuses=always,
        ),
        media_tool(
            "rotate",
            "Turn the picture clockwise by quarters.",
            Rotate,
            rotate,
            same(),
            fuses=always,
        ),
        media_tool("flip", "Mirror the picture.", Flip, flip, same(), fuses=always),
    )
