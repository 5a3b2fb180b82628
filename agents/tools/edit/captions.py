"""Subtitles: beside the pictures (soft), in them (burned), taken out, and moved in time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from agents.tools.base import (
    Arguments,
    Assets,
    Estimate,
    Facts,
    Made,
    MediaKind,
    Place,
    Seconds,
    Takes,
    Tool,
    ToolFailed,
    VideoInput,
)
from agents.tools.registry import Powers
from agents.tools.render.cues import Cue, cues_inside, read_cues, written
from agents.tools.render.draw import Picture, Style, text_picture
from agents.tools.render.effect import finish, start
from agents.tools.render.foresee import same, video_of
from agents.tools.render.graph import Graph, write
from agents.tools.render.needs import SUBTITLES, always, media_tool
from agents.tools.render.source import source_of
from agents.tools.render.strip import laid_over, strip

SubtitlesInput = Annotated[str, Takes(MediaKind.SUBTITLES)]
IN_MP4 = ("h264", "hevc", "mpeg4", "av1", "vp9")
TALLEST = 0.4
"""Share of the picture's height that captions may cover."""


class AddSubtitles(Arguments):
    """Which subtitles a player can switch on."""

    video: VideoInput
    subtitles: SubtitlesInput


class BurnSubtitles(Arguments):
    """Which subtitles are drawn into the pictures, and how."""

    video: VideoInput
    subtitles: SubtitlesInput
    color: str = "white"
    box: Annotated[str, Field(description="colour of a box behind them; none if empty")] = ""
    position: Literal["bottom", "top"] = "bottom"
    size: Annotated[float, Field(ge=0.03, le=0.15, description="share of the height")] = 0.06


class ExtractSubtitles(Arguments):
    """The video."""

    video: VideoInput


class ShiftSubtitles(Arguments):
    """By how much cues come later (earlier if negative), after times a factor."""

    subtitles: SubtitlesInput
    seconds: Annotated[float, Field(ge=-86_400, le=86_400)] = 0.0
    factor: Annotated[float, Field(gt=0.01, le=100)] = 1.0


class CutSubtitles(Arguments):
    """Which stretch is kept or taken out; cues move as the video's pictures do."""

    subtitles: SubtitlesInput
    start: Seconds
    end: Annotated[float, Field(gt=0, le=86_400)]
    mode: Literal["keep", "remove"] = "keep"


def add_subtitles(arguments: AddSubtitles, place: Place) -> Made:
    """Pictures and sound copied, cues beside them."""
    source = source_of(place.assets[arguments.video], pictures=True)
    origin = float(source.origin)
    cues = [
        Cue(cue.start + origin, cue.end + origin, cue.text)
        for cue in _within(read_cues(place.assets[arguments.subtitles].path), float(source.seconds))
    ]
    is_mp4 = source.suffix == ".mp4" and source.probe.codec in IN_MP4
    graph = Graph()
    graph.read(source.path)
    number = graph.read(written(cues, place.folder / "work_cues.srt"), "-f", "srt")
    labels = [f"0:{source.probe.video_stream}"]
    labels += ["0:a"] if source.sound_codecs else []
    options = ["-c", "copy", "-c:s", "mov_text" if is_mp4 else "srt", "-disposition:s:0", "default"]
    target = place.new("video", ".mp4" if is_mp4 else ".mkv")
    write(graph, [*labels, f"{number}:0"], target, place, float(source.seconds), options)
    return Made({"video": (target,)})


def _within(cues: Sequence[Cue], seconds: float) -> list[Cue]:
    """Cues that begin before the end, cut there.

    Raises:
        ToolFailed: none does.
    """
    kept = [Cue(c.start, min(c.end, seconds), c.text) for c in cues if c.start < seconds]
    if not kept:
        raise ToolFailed(
            f"the first cue begins at {cues[0].start:.1f} s, after the end of the video",
            "Shift the subtitles, or choose those of this video.",
        )
    return kept


def burn_subtitles(arguments: BurnSubtitles, place: Place) -> Made:
    """Draw cues into the pictures."""
    source = source_of(place.assets[arguments.video], pictures=True)
    cues = _within(read_cues(place.assets[arguments.subtitles].path), float(source.seconds))
    width, height = source.size
    style = Style(max(10, round(height * arguments.size)), arguments.color, arguments.box)
    drawn = {cue.text: text_picture(cue.text, round(width * 0.9), style) for cue in cues}
    high = min(round(height * TALLEST), max(_heights(cues, drawn)))
    shown = _states(cues, drawn, (width, high), at_top=arguments.position == "top")
    path = strip(shown, place.folder / "work_cues.mkv")
    edge = round(height * 0.04)
    top = edge if arguments.position == "top" else height - high - edge
    graph, label = start(source)
    made = laid_over(graph, label, path, (0, top), source)
    return Made({"video": (finish(graph, made, source, place),)})


def _heights(cues: Sequence[Cue], drawn: dict[str, Picture]) -> Iterator[int]:
    """How tall the cues are that are shown together, at each time."""
    for time in sorted({cue.start for cue in cues}):
        yield sum(len(drawn[cue.text]) for cue in cues if cue.start <= time < cue.end)


def _states(
    cues: Sequence[Cue], drawn: dict[str, Picture], size: tuple[int, int], *, at_top: bool
) -> Iterator[tuple[float, Picture]]:
    """What is to be seen from each time on, beginning with nothing at 0."""
    width, high = size
    blank = np.zeros((high, width, 4), np.uint8)
    yield 0.0, blank
    for time in sorted({t for cue in cues for t in (cue.start, cue.end)}):
        picture = blank.copy()
        texts = [drawn[cue.text] for cue in cues if cue.start <= time < cue.end]
        top = 0 if at_top else max(0, high - sum(map(len, texts)))
        for text in texts:
            part = text[: max(0, high - top)]
            left = (width - text.shape[1]) // 2
            picture[top : top + len(part), left : left + text.shape[1]] = part
            top += len(part)
        yield time, picture


def extract_subtitles(arguments: ExtractSubtitles, place: Place) -> Made:
    """The text stream of a video as a file."""
    source = source_of(place.assets[arguments.video])
    cues = cues_inside(source) if source.has_text else []
    if not cues:
        raise ToolFailed(
            f"{source.name} holds no subtitles that are text",
            "`transcribe` makes some from its speech.",
        )
    return _written(cues, place)


def shift_subtitles(arguments: ShiftSubtitles, place: Place) -> Made:
    """Move all cues; what would begin before 0 is cut or left out."""
    cues = read_cues(place.assets[arguments.subtitles].path)
    moved = [
        Cue(
            max(0.0, cue.start * arguments.factor + arguments.seconds),
            cue.end * arguments.factor + arguments.seconds,
            cue.text,
        )
        for cue in cues
    ]
    return _written([cue for cue in moved if cue.end > cue.start], place)


def cut_subtitles(arguments: CutSubtitles, place: Place) -> Made:
    """Keep or take out a stretch of time."""
    start, end = arguments.start, arguments.end
    if end <= start:
        raise ToolFailed(f"{start:g} to {end:g} s is no stretch", "Give an end after the start.")
    cues = read_cues(place.assets[arguments.subtitles].path)
    if arguments.mode == "keep":
        kept = [Cue(max(c.start, start) - start, min(c.end, end) - start, c.text) for c in cues]
    else:
        kept = [Cue(_closed(c.start, start, end), _closed(c.end, start, end), c.text) for c in cues]
    return _written([cue for cue in kept if cue.end - cue.start > 0.01], place)


def _closed(time: float, start: float, end: float) -> float:
    """A time after a stretch was taken out."""
    return time if time <= start else max(start, time - (end - start))


def _written(cues: Sequence[Cue], place: Place) -> Made:
    if not cues:
        raise ToolFailed("no cue would be left", "Choose other times.")
    return Made({"subtitles": (written(cues, place.new("subtitles", ".srt")),)})


def _added(arguments: AddSubtitles, assets: Assets) -> Estimate:
    foreseen = video_of(assets, arguments.video, cost=0.05)
    return Estimate(foreseen.seconds, assets[arguments.video].facts.bytes, 0.0, foreseen.outputs)


def _cues(arguments: Arguments, assets: Assets) -> Estimate:
    del arguments, assets
    return Estimate(seconds=0.5, bytes=100_000, outputs={"subtitles": Facts()})


def tools(powers: Powers) -> tuple[Tool[Any], ...]:
    """The tools of this module."""
    del powers
    return (
        media_tool(
            "add_subtitles",
            "Put subtitles into a video that a player can switch on and off.",
            AddSubtitles,
            add_subtitles,
            _added,
        ),
        media_tool(
            "burn_subtitles",
            "Draw subtitles into the pictures of a video.",
            BurnSubtitles,
            burn_subtitles,
            same(),
            fuses=always,
        ),
        Tool(
            "extract_subtitles",
            "Take the subtitles out of a video.",
            ExtractSubtitles,
            SUBTITLES,
            extract_subtitles,
            estimate=_cues,
        ),
        Tool(
            "shift_subtitles",
            "Let subtitles come earlier or later.",
            ShiftSubtitles,
            SUBTITLES,
            shift_subtitles,
            estimate=_cues,
        ),
        Tool(
            "cut_subtitles",
            "Keep or take out a stretch of subtitles, as trimming does with a video.",
            CutSubtitles,
            SUBTITLES,
            cut_subtitles,
            estimate=_cues,
        ),
    )
