"""The one thing that a picture shows, found in a video: find_this ("this person")."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from agents.models.ports import Detection, Image, ImageEncoder, Recogniser
from agents.perception.media.decode import frame_at
from agents.perception.media.probe import probe
from agents.perception.motion.steps import area
from agents.tools.base import (
    Arguments,
    Asset,
    Assets,
    Estimate,
    ImageInput,
    Made,
    MediaKind,
    Output,
    Place,
    Tool,
    ToolFailed,
    VideoInput,
)
from agents.tools.registry import Powers
from agents.tools.render.boxes import Box, write_boxes
from agents.tools.render.source import source_of
from agents.tools.track.following import FindThings, is_called, tracked
from agents.tools.track.tracks import Track, bridged
from memory.records import Vector

ALIKE = 0.6
"""Likeness from which a thing may be the one that the picture shows."""
APART = 0.05
"""Likeness by which it must be ahead of every other thing that is seen at the same time."""
LARGER = 1.5
"""Times by which a thing must be larger than all others of its kind in the picture."""
CROPS = 6
"""Most views of one thing that are compared."""
SIDE = 640
"""Longest side, in pixels, of the picture."""
ANYTHING = frozenset({"thing", "object", "one"})
"""Words that leave open what it is."""


class FindThis(Arguments):
    """The video, the picture of the thing, what it is (the largest thing if empty), how often."""

    video: VideoInput
    image: ImageInput
    name: Annotated[str, Field(max_length=60)] = ""
    every: Annotated[float, Field(ge=0.04, le=5)] = 0.2
    confidence: Annotated[float, Field(ge=0.1, le=1)] = 0.4


def find_this(
    arguments: FindThis, place: Place, *, recogniser: Recogniser, encoder: ImageEncoder
) -> Made:
    """Boxes of the thing of a picture wherever it is seen, told by its look from its kind.

    Raises:
        ToolFailed: the picture shows no such thing or several, or the video none that looks like
            it, or two that do.
    """
    source = source_of(place.assets[arguments.video], pictures=True)
    thing, wanted = _shown(place.assets[arguments.image], arguments, recogniser, encoder)
    views: dict[int, list[Image]] = {}

    def see(track: Track, each: Detection, image: Image) -> None:
        views.setdefault(id(track), []).append(cut(image, each))

    every, confidence = arguments.every, arguments.confidence
    looked = FindThings(video=arguments.video, name=thing.name, every=every, confidence=confidence)
    times, tracks = tracked(source, looked, recogniser, place, see)
    scores = {
        number: likeness(wanted, looks(spread(views[id(track)]), recogniser, encoder))
        for number, track in enumerate(tracks)
    }
    chosen = chosen_of(tracks, scores)
    if not chosen:
        best = max(scores.values(), default=0.0)
        raise ToolFailed(
            f"no {thing.name} in {source.name} is surely the one in the picture"
            f" (likeness {best:.2f} of {len(tracks)})",
            "Give a larger picture of it, as it looks in the video, or a box: track_box.",
        )
    boxes = [
        Box(time, box, scores[number], f"{thing.name} {number + 1}")
        for number in chosen
        for time, box in bridged(tracks[number], times, arguments.every)
    ]
    path = write_boxes(boxes, place.new("boxes", ".json"))
    least = min(scores[number] for number in chosen)
    notes = (f"it is told by its look from {len(tracks)} of its kind (likeness {least:.2f})",)
    return Made({"boxes": (path,)}, model=encoder.name, notes=notes)


def _shown(
    asset: Asset, arguments: FindThis, recogniser: Recogniser, encoder: ImageEncoder
) -> tuple[Detection, Vector]:
    """The thing that a picture shows, and what it looks like."""
    frame = frame_at(probe(asset.path), 0, SIDE)
    if frame is None:
        raise ToolFailed(f"{asset.name} holds no picture", "Give a PNG, JPEG or WebP file.")
    [told] = recogniser.recognise([frame.image])
    is_any = not arguments.name or arguments.name in ANYTHING
    found = [each for each in told.found if is_any or is_called(each, arguments.name)]
    what = "thing that is known" if is_any else arguments.name
    if not found:
        raise ToolFailed(f"no {what} is seen in {asset.name}", "Give a picture of it alone.")
    found.sort(key=lambda each: area(each.box), reverse=True)
    rivals = [each for each in found[1:] if each.name == found[0].name]
    if rivals and area(found[0].box) < LARGER * area(rivals[0].box):
        said = f"{asset.name} shows {1 + len(rivals)} of its kind: {found[0].name}"
        raise ToolFailed(said, "Give a picture of it alone.")
    return found[0], looks([cut(frame.image, found[0])], recogniser, encoder)[0]


def cut(image: Image, found: Detection) -> Image:
    """What is in the box of a thing; at least one pixel."""
    height, width = image.shape[:2]
    left, top, right, bottom = found.box
    x, y = min(width - 1, max(0, round(left * width))), min(height - 1, max(0, round(top * height)))
    right, bottom = max(x + 1, round(right * width)), max(y + 1, round(bottom * height))
    return np.ascontiguousarray(image[y:bottom, x:right])


def spread(views: Sequence[Image]) -> Sequence[Image]:
    """A few views, evenly spread."""
    step = -(-len(views) // CROPS)
    return views[::step]


def looks(views: Sequence[Image], recogniser: Recogniser, encoder: ImageEncoder) -> list[Vector]:
    """What things look like: their image vectors."""
    recognitions = recogniser.recognise(views)
    return [made.image for made in encoder.encode(views, recognitions)]


def likeness(wanted: Vector, views: Sequence[Vector]) -> float:
    """How much a thing looks like another: the cosine of its likest view."""
    return max(float(view @ wanted) for view in views)


def chosen_of(tracks: Sequence[Track], scores: Mapping[int, float]) -> list[int]:
    """The tracks that are the one thing: alike, and no other at the same time nearly as much."""
    alike = [number for number, score in scores.items() if score >= ALIKE]
    return [
        one
        for one in sorted(alike, key=lambda number: tracks[number].times[0])
        if all(
            scores[one] >= scores[other] + APART
            for other in scores
            if other != one and _meet(tracks[one], tracks[other])
        )
    ]


def _meet(one: Track, other: Track) -> bool:
    """Whether two things are seen at the same time, so that they are two."""
    return one.times[0] <= other.times[-1] and other.times[0] <= one.times[-1]


def _looked(arguments: FindThis, assets: Assets) -> Estimate:
    known = assets[arguments.video].facts
    count = known.seconds / arguments.every
    return Estimate(seconds=2 + 0.15 * count + 0.01 * known.frames, bytes=100_000)


def tools(powers: Powers) -> tuple[Tool[Any], ...]:
    """The tools of this module."""
    models = powers.models
    # without models it is listed as missing and never run
    find: Any = (
        partial(find_this, recogniser=models.recogniser, encoder=models.image_encoder)
        if models
        else find_this
    )
    return (
        Tool(
            "find_this",
            "Find the person or thing that a picture shows in a video: its boxes over time.",
            FindThis,
            (Output("boxes", MediaKind.BOXES),),
            find,
            estimate=_looked,
            models=("recogniser", "image_encoder"),
            missing="" if models else "the models of perception were not handed in",
            family="track",
        ),
    )
