"""Where things are: track_box (from a box on), find_things (by a name)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from agents.models.ports import Detection, Image, Recogniser
from agents.perception.media.decode import frames
from agents.tools.base import (
    Arguments,
    Assets,
    Estimate,
    Made,
    MediaKind,
    Output,
    Place,
    Seconds,
    Tool,
    ToolFailed,
    VideoInput,
)
from agents.tools.ffmpeg import go_on
from agents.tools.registry import Powers
from agents.tools.render.boxes import Box, Rectangle, write_boxes
from agents.tools.render.source import Source, source_of
from agents.tools.track.follower import SMALLEST, Follower
from agents.tools.track.tracks import Track, bridged, follow
from memory.records import SECOND, Span

BOXES = (Output("boxes", MediaKind.BOXES),)
SIDE = 480
"""Longest side, in pixels, of pictures in which a box is followed."""


class TrackBox(Arguments):
    """A box in pixels as shown, and when the thing is in it; it is followed from then on."""

    video: VideoInput
    x: Annotated[float, Field(ge=0, le=7680)]
    y: Annotated[float, Field(ge=0, le=7680)]
    width: Annotated[float, Field(ge=4, le=7680)]
    height: Annotated[float, Field(ge=4, le=7680)]
    at: Seconds = 0.0


class FindThings(Arguments):
    """What to find (an everyday word such as person, car, cup or dog), and how often to look.

    With a `colour` only things that have it wherever they are seen well; of people, what they wear.
    """

    video: VideoInput
    name: Annotated[str, Field(min_length=2, max_length=60)]
    every: Annotated[float, Field(ge=0.04, le=5)] = 0.2
    confidence: Annotated[float, Field(ge=0.1, le=1)] = 0.4
    colour: Annotated[str, Field(max_length=20, description="one of the eleven basic ones")] = ""


def track_box(arguments: TrackBox, place: Place) -> Made:
    """Follow what is in a box; after a cut or behind something it is found again by appearance."""
    source = source_of(place.assets[arguments.video], pictures=True)
    scale = min(1.0, SIDE / max(source.size))
    corner, size = (arguments.x, arguments.y), (arguments.width, arguments.height)
    first = corner[0] * scale, corner[1] * scale, size[0] * scale, size[1] * scale
    if first[0] >= source.size[0] * scale or first[1] >= source.size[1] * scale:
        raise ToolFailed(
            f"the box lies outside of {source.size[0]}x{source.size[1]}", "Give one inside."
        )
    if min(first[2:]) < SMALLEST:
        raise ToolFailed("the box is too small to be followed", "Take a larger part of the thing.")
    boxes, lost = list[Box](), 0
    for time, box in _followed(source, arguments.at, first, place):
        if box is None:
            lost += 1
            continue
        x, y, wide, high = (side / scale for side in box)
        boxes.append(Box(time, (x, y, wide, high)))
    if not boxes:
        raise ToolFailed(
            f"{source.name} shows nothing at {arguments.at:g} s", "Choose a time in it."
        )
    notes = (f"it is lost in {lost} of {lost + len(boxes)} frames",) if lost else ()
    return Made({"boxes": (write_boxes(boxes, place.new("boxes", ".json")),)}, notes=notes)


def _followed(
    source: Source, at: float, first: Rectangle, place: Place
) -> Iterator[tuple[float, Rectangle | None]]:
    """Each frame's time from `at` on and the box in a picture of `SIDE`; None where it is lost."""
    begin = max(0, round(at * SECOND))
    follower: Follower | None = None
    rest = Span(begin, source.probe.duration)
    for frame in frames(source.probe, rest, step=None, max_side=SIDE):
        go_on(place, frame.span.start / source.probe.duration)
        image = np.ascontiguousarray(frame.image)
        if follower is None:
            follower, box = Follower.of(image, first), first
        else:
            box = follower.step(image)
        yield max(0.0, frame.span.start / SECOND), box


def find_things(arguments: FindThings, place: Place, *, recogniser: Recogniser) -> Made:
    """Things of a name by the detector, each followed from finding to finding."""
    source = source_of(place.assets[arguments.video], pictures=True)
    votes: dict[int, list[bool]] = {}

    def vote(track: Track, each: Detection, image: Image) -> None:
        votes.setdefault(id(track), []).append(_has(each, image, arguments.colour))

    times, tracks = tracked(source, arguments, recogniser, place, vote)
    # a colour is seen wrongly now and then: most of the times count
    tracks = [track for track in tracks if 2 * sum(votes[id(track)]) > len(votes[id(track)])]
    if not tracks:
        what = " ".join(filter(None, [arguments.colour, arguments.name]))
        raise ToolFailed(
            f"no {what} is seen in {source.name}",
            "Use another word: it knows COCO's 80 kinds of things, such as person, car and dog.",
        )
    boxes = [
        Box(time, box, track.score, f"{arguments.name} {number}")
        for number, track in enumerate(tracks, 1)
        for time, box in bridged(track, times, arguments.every)
    ]
    path = write_boxes(boxes, place.new("boxes", ".json"))
    return Made({"boxes": (path,)}, model=recogniser.name)


def tracked(
    source: Source,
    wanted: FindThings,
    recogniser: Recogniser,
    place: Place,
    seen: Callable[[Track, Detection, Image], None],
) -> tuple[list[float], list[Track]]:
    """The times of all frames, and the things of a name, each as a track; `seen` gets each finding.

    Images are at most 640 pixels long, boxes are in pixels as shown.
    """
    width, height = source.size
    times, tracks, due = list[float](), list[Track](), 0.0
    whole = Span(0, source.probe.duration)
    for frame in frames(source.probe, whole, step=None, max_side=640):
        time = frame.span.start / SECOND
        times.append(time)
        if time + 1e-6 < due:
            continue
        due = time + wanted.every
        go_on(place, time / float(source.seconds))
        [told] = recogniser.recognise([frame.image])
        for each in told.found:
            if each.confidence >= wanted.confidence and is_called(each, wanted.name):
                left, top, right, bottom = each.box
                box = left * width, top * height, (right - left) * width, (bottom - top) * height
                seen(follow(tracks, box, time, each.confidence), each, frame.image)
    return times, tracks


def _has(found: Detection, image: Image, colour: str) -> bool:
    """Whether a thing has a colour; any for no colour."""
    from agents.perception.detections import ENOUGH, core
    from agents.perception.measures import colours_of

    asked = {"gray": "grey"}.get(colour, colour)
    return not colour or any(
        name == asked and share >= ENOUGH for name, share in colours_of(image, core(found))
    )


def is_called(found: Detection, name: str) -> bool:
    """Whether a thing goes by a name, in the singular or the plural."""
    words = {word.lower() for word in (found.name, *found.words)}
    asked = name.lower().strip()
    return bool(words & {asked, asked.removesuffix("s"), asked.removesuffix("es")})


def _frames(arguments: TrackBox, assets: Assets) -> Estimate:
    return Estimate(seconds=1 + 0.08 * assets[arguments.video].facts.frames, bytes=100_000)


def _looks(arguments: FindThings, assets: Assets) -> Estimate:
    known = assets[arguments.video].facts
    count = known.seconds / arguments.every
    return Estimate(seconds=1 + 0.1 * count + 0.01 * known.frames, bytes=100_000)


def tools(powers: Powers) -> tuple[Tool[Any], ...]:
    """The tools of this module."""
    models = powers.models
    # without models it is listed as missing and never run
    find: Any = partial(find_things, recogniser=models.recogniser) if models else find_things
    return (
        Tool(
            "track_box",
            "Follow what is in a box through a video.",
            TrackBox,
            BOXES,
            track_box,
            estimate=_frames,
            version="3",
            deterministic=False,  # MIL draws its samples by a clock of its own
            family="track",
        ),
        Tool(
            "find_things",
            "Find things of a name, such as person or car, in a video: boxes over time.",
            FindThings,
            BOXES,
            find,
            version="2",
            estimate=_looks,
            models=("recogniser",),
            missing="" if models else "the models of perception were not handed in",
            family="track",
        ),
    )
