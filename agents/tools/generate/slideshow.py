"""Stills as a video: each is panned over slowly, one fades into the next."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Any

from pydantic import Field

from agents.tools.base import (
    Arguments,
    Assets,
    Estimate,
    Facts,
    Made,
    MediaKind,
    Place,
    Takes,
    Tool,
)
from agents.tools.registry import Powers
from agents.tools.render.draw import loaded, saved
from agents.tools.render.foresee import PER_PIXEL, PIXELS
from agents.tools.render.graph import PICTURES, SAMPLES, SILENCE, SOUND, Graph, write
from agents.tools.render.needs import media_tool
from agents.tools.render.source import even

ZOOM = 0.15
"""How much nearer a slide comes."""
FINE = 3
"""Times the size at which pans are worked out: `zoompan` moves by whole pixels."""


class Slideshow(Arguments):
    """The pictures in order, how long each is shown, and the size of the video."""

    images: Annotated[tuple[str, ...], Field(min_length=1, max_length=100), Takes(MediaKind.IMAGE)]
    seconds: Annotated[float, Field(ge=0.4, le=60, description="of each picture")] = 4.0
    fade: Annotated[float, Field(ge=0, le=3, description="seconds from one to the next")] = 0.5
    pan: bool = True
    width: Annotated[int, Field(ge=64, le=1920)] = 1280
    height: Annotated[int, Field(ge=64, le=1920)] = 720
    fps: Annotated[int, Field(ge=5, le=60)] = 25


def slideshow(arguments: Slideshow, place: Place) -> Made:
    """Every picture fills the frame for its time; the sound is silence, to mix others into."""
    rate = Fraction(arguments.fps)
    frames, overlap = _counts(arguments)
    graph = Graph()
    made, total = "", 0
    for number, asset_id in enumerate(arguments.images):
        picture = loaded(place.assets[asset_id].path)
        path = saved(picture[..., :3], place.folder / f"work_slide_{number:03d}.png")
        label = _slide(graph, graph.read(path, "-f", "png_pipe"), number, frames, arguments)
        if not made:
            made, total = label, frames
            continue
        if overlap:
            offset = float((total - overlap) / rate)
            length = float(overlap / rate)
            fade = f"xfade=transition=fade:duration={length:.6f}:offset={offset:.6f}"
            made = graph.chain(made + label, fade)
        else:
            made = graph.chain(made + label, "concat=n=2:v=1:a=0")
        total += frames - overlap
    samples = round(total / rate * SAMPLES)
    silence = graph.chain("", SILENCE, f"atrim=end_sample={samples}")
    target = place.new("video", ".mp4")
    options = ["-r", str(rate), "-frames:v", str(total), *PICTURES, *SOUND]
    write(graph, [made, silence], target, place, float(total / rate), options)
    return Made({"video": (target,)})


def _counts(arguments: Slideshow) -> tuple[int, int]:
    """Frames of a slide and of a fade; a fade takes at most a third of a slide."""
    frames = max(3, round(arguments.seconds * arguments.fps))
    return frames, min(round(arguments.fade * arguments.fps), frames // 3)


def _slide(graph: Graph, number: int, index: int, frames: int, arguments: Slideshow) -> str:
    """One picture for its frames: nearer and nearer, or further and further, in turns.

    One frame goes in and `zoompan` makes all others: a looped input would make that many of each.
    """
    width, height = even(arguments.width), even(arguments.height)
    fine = FINE if arguments.pan else 1
    cover = (
        f"scale={width * fine}:{height * fine}:force_original_aspect_ratio=increase:flags=lanczos,"
        f"crop={width * fine}:{height * fine},setsar=1"
    )
    share = f"on/{max(1, frames - 1)}"
    moved = f"1+{ZOOM}*{share}" if index % 2 == 0 else f"{1 + ZOOM}-{ZOOM}*{share}"
    zoom = moved if arguments.pan else "1"
    centre = "x='(iw-iw/zoom)/2':y='(ih-ih/zoom)/2'"
    return graph.chain(
        f"[{number}:0]",
        "format=rgb24",
        cover,
        f"zoompan=z='{zoom}':{centre}:d={frames}:s={width}x{height}:fps={arguments.fps}",
        f"trim=end_frame={frames}",
        "format=yuv420p",
        "setpts=PTS-STARTPTS",
    )


def _shown(arguments: Slideshow, assets: Assets) -> Estimate:
    del assets
    frames, overlap = _counts(arguments)
    total = frames * len(arguments.images) - overlap * (len(arguments.images) - 1)
    size = even(arguments.width), even(arguments.height)
    facts = Facts(
        seconds=total / arguments.fps,
        width=size[0],
        height=size[1],
        fps=arguments.fps,
        has_picture=True,
        has_sound=True,
    )
    pixels = size[0] * size[1] * total
    cost = 0.5 + pixels * (6 if arguments.pan else 1) / PIXELS
    return Estimate(cost, round(pixels * PER_PIXEL), outputs={"video": facts})


def tools(powers: Powers) -> tuple[Tool[Any], ...]:
    """The tools of this module."""
    del powers
    return (
        media_tool(
            "slideshow",
            "Make a video of pictures, panned over and fading into each other.",
            Slideshow,
            slideshow,
            _shown,
            family="generate",
        ),
    )
