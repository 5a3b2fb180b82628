"""Text taken out of pictures: remove_text. Sound is copied."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from agents.models.ports import Image, TextReader
from agents.perception.media.decode import frames
from agents.tools.base import Arguments, Made, Place, Tool, ToolFailed, VideoInput
from agents.tools.ffmpeg import go_on
from agents.tools.registry import Powers
from agents.tools.render.draw import Picture
from agents.tools.render.effect import finish, start
from agents.tools.render.foresee import same
from agents.tools.render.needs import media_tool
from agents.tools.render.source import Source, source_of
from agents.tools.render.strip import laid_over, strip
from memory.records import SECOND, Span

Edges = tuple[int, int, int, int]
"""Left, top, right and bottom in pixels."""
MORE = 0.25
"""Share of its height by which a line's box is widened: letters have rims and shadows."""
REACH = 5
"""Pixels around a letter out of which it is filled."""
READ_AT = 1280


class RemoveText(Arguments):
    """Where text is taken out (shares of the picture's height), and how often it is looked for."""

    video: VideoInput
    top: Annotated[float, Field(ge=0, le=1)] = 0.0
    bottom: Annotated[float, Field(ge=0, le=1)] = 1.0
    every: Annotated[float, Field(ge=0.1, le=5)] = 0.4


def remove_text(arguments: RemoveText, place: Place, *, reader: TextReader) -> Made:
    """Fill letters out of what is around them (Telea 2004), wherever text is found."""
    source = source_of(place.assets[arguments.video], pictures=True)
    found = _found(source, arguments, place, reader)
    boxes = [box for each in found.values() for box in each]
    if not boxes:
        raise ToolFailed(
            f"no text is seen in {source.name}", "Look at another part of the picture."
        )
    left, top = (min(box[n] for box in boxes) for n in (0, 1))
    right, bottom = (max(box[n] for box in boxes) for n in (2, 3))
    whole = left, top, right, bottom
    path = strip(_filled(source, found, whole, place), place.folder / "work_text.mkv")
    graph, label = start(source)
    made = laid_over(graph, label, path, (left, top), source)
    notes = (f"text was found at {sum(map(bool, found.values()))} of {len(found)} times",)
    return Made({"video": (finish(graph, made, source, place),)}, model=reader.name, notes=notes)


def _found(
    source: Source, arguments: RemoveText, place: Place, reader: TextReader
) -> dict[float, list[Edges]]:
    """Boxes with text, by the times at which it was looked for."""
    found: dict[float, list[Edges]] = {}
    step = round(arguments.every * SECOND)
    whole = Span(0, source.probe.duration)
    for frame in frames(source.probe, whole, step=step, max_side=READ_AT):
        go_on(place, 0.5 * frame.span.start / source.probe.duration)
        # what can be read, not what is only suspected to be text: patterns are
        lines = [_edges(line.box, source.size) for line in reader.read(frame.image)]
        low, high = (share * source.size[1] for share in (arguments.top, arguments.bottom))
        kept = [box for box in lines if low <= (box[1] + box[3]) / 2 <= high]
        found[frame.span.start / SECOND] = kept
    return found


def _edges(box: tuple[float, float, float, float], size: tuple[int, int]) -> Edges:
    """A box of shares as pixels, widened, on even places as colours are."""
    width, height = size
    more = (box[3] - box[1]) * height * MORE
    left, top = max(0, int(box[0] * width - more)), max(0, int(box[1] * height - more))
    right = min(width, int(box[2] * width + more) + 1)
    bottom = min(height, int(box[3] * height + more) + 1)
    return left // 2 * 2, top // 2 * 2, right, bottom


def _filled(
    source: Source, found: dict[float, list[Edges]], whole: Edges, place: Place
) -> Iterator[tuple[float, Picture]]:
    """For each frame what is laid over it: filled letters, and nothing elsewhere."""
    left, top, right, bottom = whole
    times = sorted(found)
    for frame in frames(source.probe, Span(0, source.probe.duration), step=None):
        time = frame.span.start / SECOND
        go_on(place, 0.5 + 0.4 * time / float(source.seconds))
        made = np.zeros((bottom - top, right - left, 4), np.uint8)
        for box in _around(times, found, time):
            x, y = box[0] - left, box[1] - top
            part, mask = without_letters(frame.image[box[1] : box[3], box[0] : box[2]])
            inside = made[y : y + part.shape[0], x : x + part.shape[1]]
            inside[mask > 0] = np.dstack([part, mask])[mask > 0]
        yield time, made


def _around(times: Sequence[float], found: dict[float, list[Edges]], time: float) -> list[Edges]:
    """Boxes that were found right before or right after a time: text may come in between."""
    place = int(np.searchsorted(times, time + 1e-6, "right"))
    near = [times[n] for n in (place - 1, place) if 0 <= n < len(times)]
    return list(dict.fromkeys(box for each in near for box in found[each]))


def without_letters(part: Image) -> tuple[Image, NDArray[np.uint8]]:
    """A piece of a picture with its letters filled, and a mask that is 255 where they were.

    Letters are what is lighter or darker than its surroundings in strokes thinner than a third of
    the piece's height, by Otsu's threshold, with a rim.
    """
    import cv2

    grey = cv2.cvtColor(part, cv2.COLOR_RGB2GRAY)
    side = max(3, part.shape[0] // 3) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    strokes = cv2.max(
        cv2.morphologyEx(grey, cv2.MORPH_TOPHAT, kernel),
        cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, kernel),
    )
    _, mask = cv2.threshold(strokes, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    rim = max(1, part.shape[0] // 12)
    around = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * rim + 1, 2 * rim + 1))
    wide = cv2.dilate(mask, around).astype(np.uint8)
    return cv2.inpaint(part, wide, REACH, cv2.INPAINT_TELEA).astype(np.uint8), wide


def tools(powers: Powers) -> tuple[Tool[Any], ...]:
    """The tools of this module."""
    models = powers.models
    # without models it is listed as missing and never run
    run: Any = partial(remove_text, reader=models.text_reader) if models else remove_text
    return (
        media_tool(
            "remove_text",
            "Take text such as burnt-in captions out of the pictures of a video.",
            RemoveText,
            run,
            same(8),
            models=("text_reader",),
            missing="" if models else "the models of perception were not handed in",
            family="compose",
        ),
    )
