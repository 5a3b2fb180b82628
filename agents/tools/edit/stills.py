"""Pictures of a video: one frame, several, a contact sheet, a GIF; and what a file holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from agents.perception.media.decode import frame_at
from agents.perception.media.probe import probe as probed
from agents.tools.base import (
    Arguments,
    Assets,
    Estimate,
    Facts,
    Made,
    MediaKind,
    Output,
    Place,
    Seconds,
    Takes,
    Tool,
    ToolFailed,
    VideoInput,
)
from agents.tools.registry import Powers
from agents.tools.render.draw import Picture, Style, saved, text_picture
from agents.tools.render.graph import Graph, upright, write
from agents.tools.render.moments import read_moments
from agents.tools.render.needs import IMAGE, media_tool
from agents.tools.render.source import Source, even, source_of
from memory.records import SECOND

MOST = 200
"""Pictures of one run."""


class Whole(Arguments):
    """The file."""

    source: Annotated[str, Takes(MediaKind.VIDEO, MediaKind.IMAGE, MediaKind.SOUND)]


class Frame(Arguments):
    """When."""

    video: VideoInput
    at: Seconds = 0.0


class Frames(Arguments):
    """How often: the frame on show at 0, `every`, 2 times `every` and so on of the stretch."""

    video: VideoInput
    every: Annotated[float, Field(ge=0.04, le=3600)] = 1.0
    start: Seconds = 0.0
    end: Annotated[float | None, Field(gt=0, le=86_400)] = None


class ContactSheet(Arguments):
    """How many pictures, evenly spread, or the moments whose beginnings are shown."""

    video: VideoInput
    count: Annotated[int, Field(ge=1, le=MOST)] = 12
    columns: Annotated[int, Field(ge=1, le=20)] = 4
    moments: Annotated[str | None, Takes(MediaKind.MOMENTS)] = None


class Gif(Arguments):
    """Which stretch, and how large and smooth."""

    video: VideoInput
    start: Seconds = 0.0
    end: Annotated[float | None, Field(gt=0, le=86_400)] = None
    width: Annotated[int, Field(ge=16, le=1280)] = 480
    fps: Annotated[float, Field(ge=1, le=30)] = 12.0


def describe_file(arguments: Whole, place: Place) -> Made:
    """Streams, size, length and tags of a file, in words."""
    asset = place.assets[arguments.source]
    found = probed(asset.path)
    lines = [f"kind: {found.media}", f"length: {found.duration / SECOND:.3f} s"]
    if found.video_stream is not None:
        lines += [f"pictures: {found.width}x{found.height}, {found.codec}, {found.fps:g} a second"]
    lines += [f"sound: {'yes' if found.audio_stream is not None else 'no'}"]
    lines += [f"subtitles: {'yes' if found.subtitle_stream is not None else 'no'}"]
    lines += [f"{name}: {value}" for name, value in found.tags]
    lines += [f"note: {note}" for note in found.notes]
    target = place.new("text", ".txt")
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Made({"text": (target,)})


def frame(arguments: Frame, place: Place) -> Made:
    """The frame on show at a time."""
    source = source_of(place.assets[arguments.video], pictures=True)
    [picture] = _shown(source, [arguments.at])
    return Made({"image": (saved(picture, place.new("image", ".png")),)})


def frames(arguments: Frames, place: Place) -> Made:
    """Frames at even distances."""
    source = source_of(place.assets[arguments.video], pictures=True)
    end = min(arguments.end or 1e9, float(source.seconds))
    count = max(1, int((end - arguments.start) / arguments.every + 0.999))
    if count > MOST:
        raise ToolFailed(
            f"{count} pictures are too many", f"Take at most {MOST}: a larger step, or a part."
        )
    times = [arguments.start + number * arguments.every for number in range(count)]
    paths = [
        saved(picture, place.new("images", ".png", number))
        for number, picture in enumerate(_shown(source, times))
    ]
    return Made({"images": tuple(paths)})


def _shown(source: Source, times: Sequence[float]) -> Iterator[Picture]:
    """The frames on show at times.

    Raises:
        ToolFailed: there is none.
    """
    for time in times:
        found = frame_at(source.probe, round(time * SECOND))
        if found is None:
            raise ToolFailed(
                f"{source.name} shows nothing at {time:g} s",
                f"It is {float(source.seconds):.2f} s long.",
            )
        yield found.image


def contact_sheet(arguments: ContactSheet, place: Place) -> Made:
    """Small pictures with their times, in rows."""
    source = source_of(place.assets[arguments.video], pictures=True)
    seconds = float(source.seconds)
    if arguments.moments is not None:
        told = read_moments(place.assets[arguments.moments].path)
        times = [moment.start for moment in told if moment.start < seconds][:MOST]
    else:
        times = [seconds * (n + 0.5) / arguments.count for n in range(arguments.count)]
    if not times:
        raise ToolFailed("there are no moments to show", "Give others, or none.")
    tiles = [
        _tile(picture, time) for picture, time in zip(_shown(source, times), times, strict=True)
    ]
    columns = min(arguments.columns, len(tiles))
    tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % columns)
    rows = [np.hstack(tiles[n : n + columns]) for n in range(0, len(tiles), columns)]
    return Made({"image": (saved(np.vstack(rows), place.new("image", ".png")),)})


def _tile(picture: Picture, time: float) -> Picture:
    """A picture 320 pixels wide with its time in a corner, on a dark edge."""
    from PIL import Image

    high = max(2, round(picture.shape[0] * 320 / picture.shape[1]))
    small = Image.fromarray(picture).resize((320, high), Image.Resampling.LANCZOS)
    minutes, rest = divmod(time, 60)
    stamp = text_picture(f"{int(minutes)}:{rest:05.2f}", 160, Style(18, ground="black"))
    label = Image.fromarray(stamp)
    small.paste(label, (4, high - stamp.shape[0] - 4), label)
    return np.pad(np.asarray(small), ((2, 2), (2, 2), (0, 0)), constant_values=24)


def gif(arguments: Gif, place: Place) -> Made:
    """A moving picture with colours chosen for it."""
    source = source_of(place.assets[arguments.video], pictures=True)
    end = min(arguments.end or 1e9, float(source.seconds))
    if end - arguments.start <= 0 or end - arguments.start > 60:
        raise ToolFailed(
            f"a GIF of {end - arguments.start:.1f} s cannot be made", "Choose up to 60 seconds."
        )
    wide = min(arguments.width, source.size[0])
    graph = Graph()
    number = graph.read(source.path)
    begin = arguments.start + float(source.origin)
    label = graph.chain(
        f"[{number}:{source.probe.video_stream}]",
        f"setpts=PTS-{begin:.6f}/TB",
        f"fps=fps={arguments.fps:.4f}:start_time=0:round=near",
        f"trim=end={end - arguments.start:.6f}",
        upright(source),
        f"scale={even(wide)}:-2:flags=lanczos",
    )
    one, two = graph.split(label, 2)
    palette = graph.chain(one, "palettegen=stats_mode=diff")
    made = graph.chain(two + palette, "paletteuse=dither=sierra2_4a")
    target = place.new("image", ".gif")
    write(graph, [made], target, place, end - arguments.start, ["-loop", "0"])
    return Made({"image": (target,)})


def _image(arguments: Frame | ContactSheet, assets: Assets) -> Estimate:
    del arguments, assets
    return Estimate(seconds=2.0, bytes=4_000_000, outputs={"image": Facts(has_picture=True)})


def _images(arguments: Frames, assets: Assets) -> Estimate:
    known = assets[arguments.video].facts.seconds
    count = min(MOST, (min(arguments.end or known, known) - arguments.start) / arguments.every + 1)
    return Estimate(seconds=1 + 0.3 * count, bytes=round(2_000_000 * count))


def _gif(arguments: Gif, assets: Assets) -> Estimate:
    known = assets[arguments.video].facts.seconds
    seconds = max(0.0, min(arguments.end or known, known) - arguments.start)
    pixels = arguments.width**2 * 0.6 * arguments.fps * seconds
    return Estimate(seconds=1 + seconds, bytes=round(pixels / 2))


def tools(powers: Powers) -> tuple[Tool[Any], ...]:
    """The tools of this module."""
    del powers
    return (
        Tool(
            "probe",
            "Tell what a file holds: streams, size, length and what it says about itself.",
            Whole,
            (Output("text", MediaKind.TEXT),),
            describe_file,
            family="understand",
        ),
        Tool("frame", "Take one frame of a video as a picture.", Frame, IMAGE, frame, "1", _image),
        Tool(
            "frames",
            "Take frames of a video at even distances as pictures.",
            Frames,
            (Output("images", MediaKind.IMAGE, many=True),),
            frames,
            estimate=_images,
        ),
        Tool(
            "contact_sheet",
            "Show a video, or moments of it, as rows of small pictures with their times.",
            ContactSheet,
            IMAGE,
            contact_sheet,
            estimate=_image,
        ),
        media_tool("gif", "Make a GIF of a stretch of a video.", Gif, gif, _gif, gives=IMAGE),
    )
