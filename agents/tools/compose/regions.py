"""Parts of the picture by boxes: blur_region, blur_boxes, follow. Sound is copied."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from agents.tools.base import (
    Arguments,
    Made,
    MediaKind,
    Place,
    Seconds,
    Takes,
    Tool,
    ToolFailed,
    VideoInput,
)
from agents.tools.edit.frame import Aspect, largest, ratio
from agents.tools.registry import Powers
from agents.tools.render.boxes import Box, Rectangle, read_boxes
from agents.tools.render.effect import finish, start
from agents.tools.render.foresee import same
from agents.tools.render.needs import media_tool
from agents.tools.render.source import Source, source_of
from agents.tools.render.strip import on_clock, strip

BoxesInput = Annotated[str, Takes(MediaKind.BOXES)]
Mode = Literal["blur", "pixelate", "black"]
HELD = 0.5
"""Seconds for which a box counts when no other follows it."""
LARGER = 0.12
"""Share of its sides by which a box is widened, against edges that show."""
CALM = 0.8
"""Seconds over which a following frame is evened out."""
COMMANDS = "work_follow.cmd"
"""Where the places of a following frame stand, in the place's folder."""


class BlurRegion(Arguments):
    """A rectangle in pixels as shown, and when it is made unreadable."""

    video: VideoInput
    x: Annotated[int, Field(ge=0, le=7680)]
    y: Annotated[int, Field(ge=0, le=7680)]
    width: Annotated[int, Field(ge=2, le=7680)]
    height: Annotated[int, Field(ge=2, le=7680)]
    start: Seconds = 0.0
    end: Annotated[float | None, Field(gt=0, le=86_400, description="to the end if none")] = None
    mode: Mode = "blur"


class BlurBoxes(Arguments):
    """Boxes over time that are made unreadable."""

    video: VideoInput
    boxes: BoxesInput
    mode: Mode = "blur"


class Follow(Arguments):
    """The thing to follow and the shape of the frame that follows it."""

    video: VideoInput
    boxes: BoxesInput
    aspect: Aspect = "9:16"


def blur_region(arguments: BlurRegion, place: Place) -> Made:
    """Make a rectangle unreadable for a time."""
    source = source_of(place.assets[arguments.video], pictures=True)
    x, y, wide, high = arguments.x, arguments.y, arguments.width, arguments.height
    box: Rectangle = (float(x), float(y), float(wide), float(high))
    if arguments.x >= source.size[0] or arguments.y >= source.size[1]:
        raise ToolFailed(
            f"the rectangle lies outside of {source.size[0]}x{source.size[1]}",
            "Give one inside, in pixels.",
        )
    end = arguments.end if arguments.end is not None else float(source.seconds) + 1
    states: list[tuple[float, list[Rectangle]]] = [(arguments.start, [box]), (end, [])]
    return Made({"video": (hidden(source, states, arguments.mode, place),)})


def blur_boxes(arguments: BlurBoxes, place: Place) -> Made:
    """Make boxes unreadable; each counts until the next time of boxes, at most half a second."""
    source = source_of(place.assets[arguments.video], pictures=True)
    boxes = read_boxes(place.assets[arguments.boxes].path)
    states = [(time, [_wider(box) for box in found]) for time, found in states_of(boxes)]
    return Made({"video": (hidden(source, states, arguments.mode, place),)})


def states_of(boxes: Sequence[Box]) -> list[tuple[float, list[Rectangle]]]:
    """Which boxes count from each time on."""
    times = sorted({box.at for box in boxes})
    states: list[tuple[float, list[Rectangle]]] = []
    for time, after in zip(times, [*times[1:], float("inf")], strict=True):
        states.append((time, [box.box for box in boxes if box.at == time]))
        if after - time > HELD:
            states.append((time + HELD, []))
    return states


def _wider(box: Rectangle) -> Rectangle:
    x, y, wide, high = box
    return x - wide * LARGER, y - high * LARGER, wide * (1 + 2 * LARGER), high * (1 + 2 * LARGER)


def hidden(
    source: Source, states: Sequence[tuple[float, list[Rectangle]]], mode: Mode, place: Place
) -> Path:
    """The video with the insides of boxes made unreadable; all else is as it was.

    Raises: as `agents.tools.ffmpeg.render`.
    """
    sides = [max(box[2:]) for _, boxes in states for box in boxes]
    graph, label = start(source)
    kept, changed = graph.split(graph.chain(label, "format=yuv420p"), 2)
    veiled = graph.chain(changed, _veil(mode, max(sides, default=2.0)))
    path = strip(_masks(states, source.size), place.folder / "work_boxes.mkv")
    number = graph.read(path, "-f", "matroska")
    mask = graph.chain(f"[{number}:0]", on_clock(source), "format=gray")
    cut = graph.chain(veiled + mask, "alphamerge")
    made = graph.chain(kept + cut, "overlay=0:0:format=yuv420")
    return finish(graph, made, source, place)


def _veil(mode: Mode, side: float) -> str:
    """A filter that leaves nothing to be read in something of a size."""
    if mode == "black":
        return "lutyuv=y=16:u=128:v=128"
    if mode == "pixelate":
        cell = max(8, round(side / 6))
        return f"pixelize=w={cell}:h={cell}"
    return f"gblur=sigma={max(6.0, side / 5):.2f}:steps=2"


def _masks(
    states: Sequence[tuple[float, list[Rectangle]]], size: tuple[int, int]
) -> Iterator[tuple[float, NDArray[np.uint8]]]:
    """White where boxes are, from each time on; nothing before the first."""
    width, height = size
    blank = np.zeros((height, width), np.uint8)
    if not states or states[0][0] > 0:
        yield 0.0, blank
    for time, boxes in states:
        mask = blank.copy()
        for x, y, wide, high in boxes:
            left, top = max(0, round(x)), max(0, round(y))
            mask[top : max(0, round(y + high)), left : max(0, round(x + wide))] = 255
        # a little before the frame: its own time is rounded too
        yield max(0.0, time - 0.0015), mask


def follow(arguments: Follow, place: Place) -> Made:
    """A frame of a shape that stays on a thing, moving calmly."""
    source = source_of(place.assets[arguments.video], pictures=True)
    boxes = read_boxes(place.assets[arguments.boxes].path)
    width, height = largest(source.size, ratio(arguments.aspect))
    lines = [
        f"{time + float(source.origin):.4f} crop x {left}, crop y {top};"
        for time, (left, top) in _path(boxes, source, (width, height))
    ]
    (place.folder / COMMANDS).write_text("\n".join(lines), encoding="ascii")
    first = lines[0].split(" crop x ")[1].rstrip(";").split(", crop y ")
    graph, label = start(source)
    moving = f"crop={width}:{height}:{first[0]}:{first[1]}:exact=1"
    made = graph.chain(label, f"sendcmd=f={COMMANDS}", moving)
    return Made({"video": (finish(graph, made, source, place),)})


def _path(
    boxes: Sequence[Box], source: Source, size: tuple[int, int]
) -> Iterator[tuple[float, tuple[int, int]]]:
    """Left and top of the frame for each frame of the video: evened out, inside the picture."""
    best = {box.at: box for box in sorted(boxes, key=lambda box: box.score)}
    times = sorted(best)
    rate = source.rate
    count = max(1, round(source.seconds * rate))
    at = np.arange(count) / float(rate)
    window = max(1, round(Fraction(CALM) * rate)) | 1
    corners: list[NDArray[np.int64]] = []
    for axis in (0, 1):
        centres = [best[time].box[axis] + best[time].box[axis + 2] / 2 for time in times]
        path = np.interp(at, times, centres)
        padded = np.pad(path, window // 2, mode="edge")
        calm = np.convolve(padded, np.ones(window) / window, "valid")
        most = source.size[axis] - size[axis]
        corners.append((calm - size[axis] / 2).round().clip(0, most).astype(np.int64))
    for time, left, top in zip(at, *corners, strict=True):
        yield max(0.0, float(time) - 0.001), (int(left), int(top))


def tools(powers: Powers) -> tuple[Tool[Any], ...]:
    """The tools of this module."""
    del powers
    return (
        media_tool(
            "blur_region",
            "Blur, pixelate or black out a rectangle of a video for a time.",
            BlurRegion,
            blur_region,
            same(2),
            family="compose",
        ),
        media_tool(
            "blur_boxes",
            "Blur, pixelate or black out things whose boxes are known.",
            BlurBoxes,
            blur_boxes,
            same(2),
            family="compose",
        ),
        media_tool(
            "follow",
            "Cut a shape such as 9:16 out of a video so that it stays on a thing.",
            Follow,
            follow,
            same(),
            family="compose",
        ),
    )
