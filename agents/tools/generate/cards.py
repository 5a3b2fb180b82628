"""Words as pictures that move: title_card, title (a card before a video), lower_third."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from agents.tools.base import (
    Arguments,
    Asset,
    Assets,
    Estimate,
    Facts,
    Made,
    MediaKind,
    Place,
    Seconds,
    Tool,
    ToolFailed,
    VideoInput,
)
from agents.tools.registry import Powers
from agents.tools.render.draw import Picture, Style, colour_of, saved, text_picture
from agents.tools.render.effect import finish as finish_effect
from agents.tools.render.effect import start
from agents.tools.render.foresee import PER_PIXEL, PIXELS, same, video_of
from agents.tools.render.graph import PICTURES, Graph, write
from agents.tools.render.needs import media_tool
from agents.tools.render.pieces import Canvas, Piece, join, told
from agents.tools.render.source import even, source_of
from agents.tools.render.strip import during, on_clock

Words = Annotated[str, Field(min_length=1, max_length=300)]
Long = Annotated[float, Field(ge=0.2, le=60)]
SOFT = 0.3
"""Seconds over which words come and go."""


class TitleCard(Arguments):
    """The words, their size and colours, and the size of the video."""

    text: Words
    subtitle: Annotated[str, Field(max_length=300)] = ""
    seconds: Long = 3.0
    width: Annotated[int, Field(ge=64, le=3840)] = 1280
    height: Annotated[int, Field(ge=64, le=2160)] = 720
    fps: Annotated[int, Field(ge=5, le=60)] = 25
    color: str = "white"
    background: str = "black"


class Title(Arguments):
    """The words of a card before a video, of its size and rate."""

    video: VideoInput
    text: Words
    subtitle: Annotated[str, Field(max_length=300)] = ""
    seconds: Long = 3.0
    color: str = "white"
    background: str = "black"


class LowerThird(Arguments):
    """A name and a line below it, low on the left, for a time."""

    video: VideoInput
    text: Words
    subtitle: Annotated[str, Field(max_length=300)] = ""
    start: Seconds = 1.0
    seconds: Long = 4.0
    color: str = "white"
    box: str = "black"


def card(arguments: TitleCard | Title, size: tuple[int, int]) -> Picture:
    """A card of a size, with its words in the middle.

    Raises:
        ToolFailed: they do not fit, or a colour is none.
    """
    width, height = size
    letters = max(12, height // 9)
    blocks = [_block(arguments.text, width, Style(letters, arguments.color, outline=False))]
    if arguments.subtitle.strip():
        style = Style(max(10, letters // 2), arguments.color, weight=400, outline=False)
        blocks.append(_block(arguments.subtitle, width, style))
    made = np.full((height, width, 3), colour_of(arguments.background), np.uint8)
    high = sum(len(block) for block in blocks)
    if high > height:
        raise ToolFailed("the words do not fit on a card", "Say it shorter.")
    top = (height - high) // 2
    for block in blocks:
        left = (width - block.shape[1]) // 2
        part = made[top : top + len(block), left : left + block.shape[1]]
        share = block[..., 3:] / 255
        part[...] = (block[..., :3] * share + part * (1 - share)).round()
        top += len(block)
    return made


def _block(text: str, width: int, style: Style) -> Picture:
    return text_picture(text, round(width * 0.88), style)


def title_card(arguments: TitleCard, place: Place) -> Made:
    """A card as a video without sound."""
    size = even(arguments.width), even(arguments.height)
    rate = Fraction(arguments.fps)
    target = place.new("video", ".mp4")
    shown(card(arguments, size), arguments.seconds, rate, target, place)
    return Made({"video": (target,)})


def shown(picture: Picture, seconds: float, rate: Fraction, target: Path, place: Place) -> int:
    """Write a picture as a video; the number of its frames."""
    graph = Graph()
    frames = max(1, round(Fraction(seconds) * rate))
    length = float(frames / rate)
    number = graph.still(saved(picture, place.folder / "work_card.png"), rate, length + 1)
    label = graph.chain(f"[{number}:0]", f"trim=end_frame={frames}", "format=yuv420p")
    options = ["-r", str(rate), "-frames:v", str(frames), *PICTURES]
    write(graph, [label], target, place, length, options)
    return frames


def title(arguments: Title, place: Place) -> Made:
    """A card, then the video."""
    source = source_of(place.assets[arguments.video], pictures=True)
    path = place.folder / "work_title.mp4"
    frames = shown(card(arguments, source.size), arguments.seconds, source.rate, path, place)
    first = source_of(Asset("", MediaKind.VIDEO, path, name="the title"))
    canvas = Canvas(source.size, source.rate, source.has_sound)
    whole = max(1, round(source.seconds * source.rate))
    pieces = [Piece(first, Fraction(0), frames), Piece(source, Fraction(0), whole)]
    return told(join(pieces, place, canvas), pieces)


def lower_third(arguments: LowerThird, place: Place) -> Made:
    """Words on a box that come and go softly."""
    source = source_of(place.assets[arguments.video], pictures=True)
    if arguments.start >= source.seconds:
        raise ToolFailed(
            f"{source.name} ends at {float(source.seconds):.2f} s", "Choose an earlier start."
        )
    width, height = source.size
    letters = max(12, height // 18)
    name = _block(arguments.text, width, Style(letters, arguments.color, arguments.box, 0.75))
    parts = [name]
    if arguments.subtitle.strip():
        style = Style(max(10, letters * 2 // 3), arguments.color, arguments.box, 0.75, 400)
        parts.append(_block(arguments.subtitle, width, style))
    wide = max(part.shape[1] for part in parts)
    parts = [np.pad(part, ((0, 0), (0, wide - part.shape[1]), (0, 0)), "edge") for part in parts]
    picture = np.vstack(parts)
    graph, label = start(source)
    length = arguments.seconds
    path = saved(picture, place.folder / "work_words.png")
    number = graph.still(path, source.rate, length)
    soft = min(SOFT, length / 3)
    words = graph.chain(
        f"[{number}:0]",
        "format=rgba",
        f"fade=t=in:d={soft:.4f}:alpha=1",
        f"fade=t=out:st={length - soft:.4f}:d={soft:.4f}:alpha=1",
        on_clock(source, arguments.start),
    )
    left, top = round(width * 0.06), round(height * 0.92) - len(picture)
    when = during(arguments.start, arguments.start + length, float(source.origin))
    made = graph.chain(label + words, f"overlay={left}:{max(0, top)}:eof_action=pass:{when}")
    return Made({"video": (finish_effect(graph, made, source, place),)})


def _card(arguments: TitleCard, assets: Assets) -> Estimate:
    del assets
    size = even(arguments.width), even(arguments.height)
    pixels = size[0] * size[1] * arguments.fps * arguments.seconds
    facts = Facts(
        seconds=arguments.seconds,
        width=size[0],
        height=size[1],
        has_picture=True,
        fps=arguments.fps,
    )
    return Estimate(0.5 + pixels / PIXELS / 4, round(pixels * PER_PIXEL), outputs={"video": facts})


def _titled(arguments: Title, assets: Assets) -> Estimate:
    known = assets[arguments.video].facts.seconds
    seconds = known + arguments.seconds
    return video_of(assets, arguments.video, seconds=seconds, tolerant=not known)


def tools(powers: Powers) -> tuple[Tool[Any], ...]:
    """The tools of this module."""
    del powers
    return (
        media_tool(
            "title_card",
            "Make a card with words as a video.",
            TitleCard,
            title_card,
            _card,
            family="generate",
        ),
        media_tool(
            "title",
            "Put a card with words before a video.",
            Title,
            title,
            _titled,
            family="generate",
        ),
        media_tool(
            "lower_third",
            "Show a name and a line low on the left of a video for a time.",
            LowerThird,
            lower_third,
            same(),
            family="generate",
        ),
    )
