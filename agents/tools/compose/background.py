"""Things before another background: replace_background (by masks), chroma_key. Sound is copied."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
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
from agents.tools.registry import Powers
from agents.tools.render.draw import colour_of, ffmpeg_colour, loaded, saved
from agents.tools.render.effect import finish, start
from agents.tools.render.foresee import same
from agents.tools.render.graph import Graph
from agents.tools.render.needs import media_tool
from agents.tools.render.source import Source, source_of
from agents.tools.render.strip import on_clock

EDGE = 1.2
"""Pixels over which the edge of a mask is softened."""
OptionalImage = Annotated[str | None, Takes(MediaKind.IMAGE)]


class ReplaceBackground(Arguments):
    """What stays (white in the masks), and what comes behind it: a picture, a colour, or a blur."""

    video: VideoInput
    masks: Annotated[str, Takes(MediaKind.MASKS)]
    background: Literal["image", "color", "blur"] = "blur"
    image: OptionalImage = None
    color: str = "black"


class ChromaKey(Arguments):
    """The colour that goes, how far from it, and what comes in its place."""

    video: VideoInput
    key: Annotated[str, Field(description="colour of the screen")] = "#00b140"
    similarity: Annotated[float, Field(ge=0.01, le=1)] = 0.18
    image: OptionalImage = None
    color: str = "black"


def replace_background(arguments: ReplaceBackground, place: Place) -> Made:
    """Keep what is white in the masks, and put something else behind it."""
    source = source_of(place.assets[arguments.video], pictures=True)
    masks = source_of(place.assets[arguments.masks], pictures=True)
    if masks.size != source.size:
        raise ToolFailed(
            f"masks of {masks.size} pixels do not fit a video of {source.size}",
            "Give those that were made of this video.",
        )
    graph, label = start(source)
    kept, below = graph.split(graph.chain(label, "format=yuv420p"), 2)
    if arguments.background == "blur":
        behind = graph.chain(below, f"gblur=sigma={source.size[1] / 30:.2f}")
    else:
        image = arguments.image if arguments.background == "image" else None
        behind = _ground(graph, below, source, place, image, arguments.color)
    number = graph.read(masks.path)
    mask = graph.chain(
        f"[{number}:{masks.probe.video_stream}]",
        on_clock(source, -float(masks.origin)),
        f"format=gray,gblur=sigma={EDGE}",
    )
    cut = graph.chain(kept + mask, "alphamerge")
    made = graph.chain(behind + cut, "overlay=0:0:format=yuv420")
    return Made({"video": (finish(graph, made, source, place),)})


def _ground(
    graph: Graph, label: str, source: Source, place: Place, image: str | None, color: str
) -> str:
    """A picture that covers the frame, or one colour, at the times of the video's frames."""
    from PIL import Image, ImageOps

    width, height = source.size
    made = np.full((height, width, 3), colour_of(color), np.uint8)
    if image is not None:
        given = Image.fromarray(loaded(place.assets[image].path)[..., :3])
        made = np.asarray(ImageOps.fit(given, (width, height), Image.Resampling.LANCZOS))
    path = saved(made, place.folder / "work_ground.png")
    number = graph.read(path, "-f", "png_pipe")
    return graph.chain(f"{label}[{number}:0]", "overlay=0:0:format=yuv420")


def chroma_key(arguments: ChromaKey, place: Place) -> Made:
    """Let a colour go, and show something else there."""
    source = source_of(place.assets[arguments.video], pictures=True)
    graph, label = start(source)
    kept, below = graph.split(label, 2)
    behind = _ground(graph, below, source, place, arguments.image, arguments.color)
    key = ffmpeg_colour(arguments.key)
    cut = graph.chain(kept, f"chromakey={key}:{arguments.similarity:.4f}:0.05", "despill")
    made = graph.chain(behind + cut, "overlay=0:0:format=yuv420")
    return Made({"video": (finish(graph, made, source, place),)})


def tools(powers: Powers) -> tuple[Tool[Any], ...]:
    """The tools of this module."""
    del powers
    return (
        media_tool(
            "replace_background",
            "Put a picture, a colour or a blur behind what masks keep.",
            ReplaceBackground,
            replace_background,
            same(2.5),
            family="compose",
        ),
        media_tool(
            "chroma_key",
            "Replace a screen of one colour, such as green, by a picture or a colour.",
            ChromaKey,
            chroma_key,
            same(2),
            family="compose",
        ),
    )
