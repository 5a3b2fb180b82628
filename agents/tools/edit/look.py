"""What pictures look like: colour, grey, lut, stabilise, denoise. Sound is copied."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from agents.tools.base import (
    Arguments,
    Made,
    MediaKind,
    Place,
    Takes,
    Tool,
    ToolFailed,
    VideoInput,
)
from agents.tools.ffmpeg import Input, measured
from agents.tools.registry import Powers
from agents.tools.render.draw import loaded, saved
from agents.tools.render.effect import effect, finish, start
from agents.tools.render.foresee import same
from agents.tools.render.graph import upright
from agents.tools.render.needs import always, media_tool
from agents.tools.render.source import source_of

LARGEST_CUBE = 65
"""Entries of a side of a table of colours."""
HALD = 8
"""Level of the table that FFmpeg is given: 64 entries of a side, in a picture of 512x512."""
MOTION = "work_motion.trf"
"""What the first pass of stabilising writes, in the place's folder."""


class Colour(Arguments):
    """How to change colours; 0 changes nothing."""

    video: VideoInput
    brightness: Annotated[float, Field(ge=-1, le=1)] = 0.0
    contrast: Annotated[float, Field(ge=-1, le=1)] = 0.0
    saturation: Annotated[float, Field(ge=-1, le=1, description="-1 is grey")] = 0.0
    warmth: Annotated[float, Field(ge=-1, le=1, description="1 is warm, -1 cold")] = 0.0
    gamma: Annotated[float, Field(ge=0.2, le=5)] = 1.0


class Only(Arguments):
    """The video."""

    video: VideoInput


class Lut(Arguments):
    """A table of colours: the text of a .cube file, or a Hald picture."""

    video: VideoInput
    table: Annotated[str, Takes(MediaKind.TEXT, MediaKind.IMAGE)]
    strength: Annotated[float, Field(ge=0, le=1)] = 1.0


class Stabilise(Arguments):
    """How much to steady; what moves into the picture at its edges is cut off by zooming."""

    video: VideoInput
    smoothing: Annotated[int, Field(ge=1, le=120, description="frames before and after")] = 15


class Denoise(Arguments):
    """How much noise to take away."""

    video: VideoInput
    strength: Annotated[float, Field(gt=0, le=1)] = 0.4


def colour(arguments: Colour, place: Place) -> Made:
    """Change brightness, contrast, saturation, warmth and gamma."""
    source = source_of(place.assets[arguments.video], pictures=True)
    parts = [
        f"eq=brightness={arguments.brightness / 2:.4f}:contrast={1 + arguments.contrast:.4f}"
        f":saturation={1 + arguments.saturation:.4f}:gamma={arguments.gamma:.4f}"
    ]
    if arguments.warmth:
        kelvin = 6500 * 2**-arguments.warmth
        parts.append(f"colortemperature=temperature={kelvin:.0f}:pl=1")
    return Made({"video": (effect(source, parts, place),)})


def grey(arguments: Only, place: Place) -> Made:
    """Take the colours away."""
    source = source_of(place.assets[arguments.video], pictures=True)
    return Made({"video": (effect(source, ["format=gray", "format=yuv420p"], place),)})


def lut(arguments: Lut, place: Place) -> Made:
    """Map colours by a table.

    The table goes to FFmpeg as a Hald picture, so that no path and no text stand in the graph.
    """
    source = source_of(place.assets[arguments.video], pictures=True)
    asset = place.assets[arguments.table]
    if asset.kind is MediaKind.IMAGE:
        hald = loaded(asset.path)
        side = round(hald.shape[0] ** (1 / 3))
        if side**3 != hald.shape[0] or hald.shape[0] != hald.shape[1] or side > 12:
            raise ToolFailed(
                f"a picture of {hald.shape[1]}x{hald.shape[0]} is no Hald table",
                "Give a square one of 64, 125, 216, 343 or 512 pixels, or a .cube file.",
            )
    else:
        hald = hald_of(cube_of(asset.path.read_text(encoding="utf-8", errors="replace")))
    graph, label = start(source)
    table = graph.read(saved(hald, place.folder / "work_table.png"), "-f", "png_pipe")
    kept, changed = graph.split(label, 2)
    changed = graph.chain(f"{changed}[{table}:0]", "haldclut=interp=tetrahedral")
    mixed = graph.chain(
        changed + kept, f"blend=all_mode=normal:all_opacity={arguments.strength:.4f}"
    )
    return Made({"video": (finish(graph, mixed, source, place),)})


def cube_of(text: str) -> NDArray[np.float32]:
    """The table of a .cube file (Adobe's 3D form), shape (blue, green, red, 3), 0 to 1.

    Raises:
        ToolFailed: it is none, or not whole.
    """
    size, rows = 0, list[list[float]]()
    for line in text.splitlines():
        words = line.split("#")[0].split()
        if words[:1] == ["LUT_3D_SIZE"] and len(words) == 2 and words[1].isdigit():
            size = int(words[1])
        elif len(words) == 3 and _is_number(words[0]):
            rows.append([float(word) for word in words])
        if len(rows) > LARGEST_CUBE**3:
            break
    if not 2 <= size <= LARGEST_CUBE or len(rows) != size**3:
        raise ToolFailed(
            f"the text is no table of colours: size {size}, {len(rows)} entries",
            f"Give a .cube file with LUT_3D_SIZE of 2 to {LARGEST_CUBE}.",
        )
    return np.array(rows, np.float32).reshape(size, size, size, 3).clip(0, 1)


def _is_number(word: str) -> bool:
    try:
        return bool(np.isfinite(float(word)))
    except ValueError:
        return False


def hald_of(cube: NDArray[np.float32]) -> NDArray[np.uint8]:
    """A cube as the picture of level 8 that `haldclut` reads, by trilinear interpolation."""
    side = HALD * HALD
    steps = np.linspace(0, len(cube) - 1, side)
    low = np.minimum(steps.astype(int), len(cube) - 2)
    share = (steps - low).astype(np.float32)
    made = cube
    for axis in range(3):
        shape = [side if n == axis else 1 for n in range(4)]
        part = share.reshape(shape)
        made = np.take(made, low, axis) * (1 - part) + np.take(made, low + 1, axis) * part
    wide = side * HALD
    pixels = (made.reshape(wide, wide, 3) * 255).round().astype(np.uint8)
    return np.dstack([pixels, np.full((wide, wide), 255, np.uint8)])


def stabilise(arguments: Stabilise, place: Place) -> Made:
    """Steady a shaking camera: vid.stab measures motion in one pass and evens it in another."""
    source = source_of(place.assets[arguments.video], pictures=True)
    pictures = f"[0:{source.probe.video_stream}]{upright(source)}"
    detect = f"{pictures},vidstabdetect=shakiness=8:accuracy=15:result={MOTION}"
    measured([Input(source.path)], ["-filter_complex", detect + "[v]", "-map", "[v]"], place)
    even_out = f"vidstabtransform=input={MOTION}:smoothing={arguments.smoothing}:optzoom=1"
    return Made({"video": (effect(source, [even_out, "unsharp=5:5:0.5"], place),)})


def denoise(arguments: Denoise, place: Place) -> Made:
    """Take noise away, in each picture and from one to the next."""
    source = source_of(place.assets[arguments.video], pictures=True)
    level = arguments.strength * 15
    return Made({"video": (effect(source, [f"hqdn3d={level:.3f}:{level * 0.75:.3f}"], place),)})


def tools(powers: Powers) -> tuple[Tool[Any], ...]:
    """The tools of this module."""
    del powers
    return (
        media_tool(
            "colour",
            "Change brightness, contrast, saturation, warmth or gamma.",
            Colour,
            colour,
            same(),
            fuses=always,
        ),
        media_tool("grey", "Make a video black and white.", Only, grey, same(), fuses=always),
        media_tool(
            "lut",
            "Map colours by a table (.cube or Hald picture).",
            Lut,
            lut,
            same(1.5),
            fuses=always,
        ),
        media_tool("stabilise", "Steady a shaking camera.", Stabilise, stabilise, same(4)),
        media_tool(
            "denoise", "Take noise out of the pictures.", Denoise, denoise, same(2), fuses=always
        ),
    )
