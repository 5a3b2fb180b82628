"""Things told from what is around them: segment (masks from boxes, by GrabCut)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from agents.models.ports import Image
from agents.perception.media.decode import frames
from agents.tools.base import (
    Arguments,
    Assets,
    Estimate,
    Facts,
    Made,
    MediaKind,
    Output,
    Place,
    Takes,
    Tool,
    VideoInput,
)
from agents.tools.ffmpeg import stop_if_wanted
from agents.tools.registry import Powers
from agents.tools.render.boxes import Box, Rectangle, read_boxes
from agents.tools.render.graph import Graph, write
from agents.tools.render.needs import media_tool
from agents.tools.render.source import Source, source_of
from agents.tools.render.strip import strip
from memory.records import SECOND, Span

Mask = NDArray[np.uint8]
SIDE = 160
"""Longest side, in pixels, of the piece of a picture in which a thing is cut out."""
AROUND = 0.2
"""Share of a box's sides around it that is taken to be no part of the thing."""
ROUNDS = 4
STALE = 0.5
"""Seconds for which a box counts when no other follows it."""
LOSSLESS = ("-c:v", "libx264", "-preset", "veryfast", "-qp", "0", "-pix_fmt", "gray")


class Segment(Arguments):
    """The boxes of the things that are wanted."""

    video: VideoInput
    boxes: Annotated[str, Takes(MediaKind.BOXES)]


def segment(arguments: Segment, place: Place) -> Made:
    """White where the things in the boxes are, frame by frame."""
    source = source_of(place.assets[arguments.video], pictures=True)
    boxes = read_boxes(place.assets[arguments.boxes].path)
    path = strip(_masks(source, boxes, place), place.folder / "work_masks.mkv")
    graph = Graph()
    number = graph.read(path, "-f", "matroska")
    count = max(1, round(source.seconds * source.rate))
    label = graph.chain(
        f"[{number}:0]",
        f"fps=fps={source.rate}:start_time=0:round=near",
        "tpad=stop=-1:stop_mode=clone",
        f"trim=end_frame={count}",
        "format=gray",
    )
    options = ["-r", str(source.rate), "-frames:v", str(count), *LOSSLESS]
    target = place.new("masks", ".mp4")
    write(graph, [label], target, place, float(source.seconds), options)
    return Made({"masks": (target,)})


def _masks(source: Source, boxes: Sequence[Box], place: Place) -> Iterator[tuple[float, Mask]]:
    """A mask of each frame."""
    times = sorted({box.at for box in boxes})
    by_time = {time: [box.box for box in boxes if box.at == time] for time in times}
    width, height = source.size
    for frame in frames(source.probe, Span(0, source.probe.duration), step=None):
        stop_if_wanted(place)
        time = frame.span.start / SECOND
        place.progress(min(0.9, time / float(source.seconds)))
        mask = np.zeros((height, width), np.uint8)
        scale = width / frame.image.shape[1], height / frame.image.shape[0]
        for box in by_time.get(_latest(times, time), []):
            inner = box[0] / scale[0], box[1] / scale[1], box[2] / scale[0], box[3] / scale[1]
            np.maximum(mask, _sized(cut_out(frame.image, inner), mask.shape), out=mask)
        yield time, mask


def _latest(times: Sequence[float], time: float) -> float:
    """The last time of boxes up to a time; -1 where that is too long ago."""
    place = int(np.searchsorted(times, time + 0.002, "right")) - 1
    return times[place] if place >= 0 and time - times[place] <= STALE else -1.0


def _sized(mask: Mask, shape: tuple[int, ...]) -> Mask:
    import cv2

    if mask.shape == shape:
        return mask
    return cv2.resize(mask, shape[::-1], interpolation=cv2.INTER_NEAREST).astype(np.uint8)


def cut_out(image: Image, box: Rectangle) -> Mask:
    """255 where the thing in a box of a picture is (GrabCut, Rother et al. 2004), else 0.

    The box is taken at its word: nothing outside of it is white. Where no thing is told from its
    ground, the whole box is.
    """
    import cv2

    height, width = image.shape[:2]
    x, y, wide, high = box
    left, top = max(0, round(x - wide * AROUND)), max(0, round(y - high * AROUND))
    right, bottom = min(width, round(x + wide * (1 + AROUND))), min(height, round(y + high * 1.2))
    made = np.zeros((height, width), np.uint8)
    if right - left < 4 or bottom - top < 4:
        return made
    piece = image[top:bottom, left:right]
    shrink = min(1.0, SIDE / max(piece.shape[:2]))
    size = max(4, round(piece.shape[1] * shrink)), max(4, round(piece.shape[0] * shrink))
    small = np.ascontiguousarray(cv2.resize(piece, size, interpolation=cv2.INTER_AREA))
    inner = _inner(box, (left, top), shrink, size)
    mask = np.full(size[::-1], cv2.GC_BGD, np.uint8)
    mask[inner[1] : inner[3], inner[0] : inner[2]] = cv2.GC_PR_FGD
    if (mask == cv2.GC_BGD).any():
        cv2.setRNGSeed(1)
        models = np.zeros((1, 65)), np.zeros((1, 65))
        cv2.grabCut(small, mask, None, *models, ROUNDS, cv2.GC_INIT_WITH_MASK)  # pyright: ignore
    thing = np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8) * 255
    if not thing.any():
        thing[inner[1] : inner[3], inner[0] : inner[2]] = 255
    wide_again = cv2.resize(thing, piece.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    made[top:bottom, left:right] = np.where(wide_again > 127, 255, 0)
    return made


def _inner(
    box: Rectangle, corner: tuple[int, int], shrink: float, size: tuple[int, int]
) -> tuple[int, int, int, int]:
    """Edges of a box in the shrunk piece of the picture."""
    x, y, wide, high = box
    left = max(0, round((x - corner[0]) * shrink))
    top = max(0, round((y - corner[1]) * shrink))
    right = min(size[0], max(left + 1, round((x + wide - corner[0]) * shrink)))
    bottom = min(size[1], max(top + 1, round((y + high - corner[1]) * shrink)))
    return left, top, right, bottom


def _masked(arguments: Segment, assets: Assets) -> Estimate:
    known = assets[arguments.video].facts
    facts = Facts(seconds=known.seconds, has_picture=True)
    size = known.frames * known.width * known.height // 100
    return Estimate(1 + 0.12 * known.frames, size, outputs={"masks": facts})


def tools(powers: Powers) -> tuple[Tool[Any], ...]:
    """The tools of this module."""
    del powers
    return (
        media_tool(
            "segment",
            "Tell things whose boxes are known from what is around them: masks over time.",
            Segment,
            segment,
            _masked,
            gives=(Output("masks", MediaKind.MASKS),),
            family="segment",
        ),
    )
