"""What a report draws beside a piece of evidence: the place in the picture, and in a sentence why.

The picture is decoded anew from the video where its file is at hand, as a kept thumbnail is too
small to be enlarged; else the thumbnail serves.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agents.errors import AgentsError
from agents.models.images import as_jpeg
from agents.models.ports import Image
from agents.text.clock import clock_at
from agents.text.stop_words import STOP_WORDS
from agents.text.words import stem, words
from flows.output.timeline import shortened
from memory.errors import UnknownMemory
from memory.records import Kind, Memory, Scope, Span, Video

if TYPE_CHECKING:
    from memory.store import Store

log = logging.getLogger(__name__)

Box = tuple[float, float, float, float]
"""Left, top, right, bottom as fractions of a picture."""

DECODED_SIDE, WHOLE_SIDE, ZOOM_SIDE = 1920, 480, 720
"""Longest sides in pixels: of the frame, of the whole picture in the page, and of the crop."""
QUALITY = 85
LEAST_CROP, MOST_CROP = 0.12, 0.7
"""Share of the picture's sides that a crop has at least, and from which the whole is shown only."""
MARGIN = 0.004
"""Fraction of the picture by which a box is drawn larger than what it holds."""
IS_AT = {
    "screen_text": "stands on the screen",
    "speech": "is said",
    "objects": "is what the picture was recognised to show",
    "keyframe": "is what the picture was recognised to show",
    "caption": "is how this stretch was described",
    "summary": "is how this stretch was summed up",
    "fact": "is a fact that was noted",
}


@dataclass(frozen=True, slots=True)
class Framed:
    """A picture and the boxes that are drawn over it, each `(x, y, width, height)` in per cent."""

    jpeg: bytes
    boxes: tuple[tuple[float, float, float, float], ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """Pictures of what a row rests on."""

    whole: Framed
    zoom: Framed | None = None
    """The part around the boxes, where they are small."""
    times: float = 1.0
    """How many times the zoom enlarges."""


def proofs_of(result: Mapping[str, Any], store: Store, tenant: str) -> dict[str, Proof]:
    """Pictures with boxes for the evidence of a result, by memory id, where rows have a place."""
    wanted = _stems(result["answer"] or "") | _stems(result["question"])
    found: dict[str, Proof] = {}
    for item in result["evidence"]:
        try:
            row = store.memory(tenant, item["memory_id"])
            proof = _proof(store, row, _stems(result["answer"] or ""), wanted)
        except UnknownMemory:
            continue  # forgotten since
        if proof is not None:
            found[item["memory_id"]] = proof
    return found


def why(result: Mapping[str, Any], item: Mapping[str, Any]) -> str:
    """In a sentence, why a cited row proves the answer, or what speaks for it."""
    answer, text = result["answer"] or "", item["text"] or ""
    own = [line for line in text.splitlines() if _stems(line) & _stems(answer)]
    quoted = shortened(" / ".join(own or text.splitlines()), 160)
    place = IS_AT.get(item["kind"], "is remembered")
    told = f"“{quoted}” {place}" if quoted else "The picture alone speaks for it"
    told = f"{told}, {_when(item)} of {item['video']}"
    if not own:
        told += ", and the answer is read off from that"
    asked = [word for word in dict.fromkeys(words(result["question"])) if _stems(word)]
    there = [f"“{word}”" for word in asked if _stems(word) & _stems(text)]
    if there:
        told += f"; of the question's words, {' and '.join(_listed(there))} there"
    proven = "" if result["status"] == "answered" else " That is not enough to prove it."
    return f"{told}.{proven}"


@dataclass(frozen=True, slots=True)
class PartBar:
    """What one group of features adds to a rank, as a bar from a middle line, in per cent."""

    name: str
    value: float
    x: float
    width: float


def parts_of(item: Mapping[str, Any]) -> list[PartBar]:
    """The bars of a moment's score, the largest part first; none where nothing was compared."""
    parts: Mapping[str, float] = item.get("score_parts") or {}
    most = max((abs(value) for value in parts.values()), default=0.0) or 1.0
    widths = {name: 50 * abs(value) / most for name, value in parts.items()}
    return [
        PartBar(name, value, round(50 - widths[name] * (value < 0), 2), round(widths[name], 2))
        for name, value in parts.items()
    ]


def _when(item: Mapping[str, Any]) -> str:
    """The span in words; a single frame has one time."""
    start, end = (clock_at(item[edge]) for edge in ("start", "end"))
    return f"at {start}" if start == end else f"from {start} to {end}"


def boxes_of(row: Memory, answer: Collection[str], wanted: Collection[str]) -> list[Box]:
    """Where in the picture a row was read or seen: the lines of the answer, the things asked for.

    Args:
        row: with places in its details.
        answer: stems of the answer's words.
        wanted: stems of the answer's and the question's words.
    """
    lines = [line for line in row.details.get("lines", ()) if line.get("box")]
    own = [line for line in lines if _stems(line["text"]) & set(answer)]
    things = row.details.get("found", [])
    seen = [t for t in things if {stem(word) for word in t["words"]} & set(wanted)]
    boxes = [each.get("box") for each in (own or lines)] or [each["box"] for each in seen]
    return joined([(box[0], box[1], box[2], box[3]) for box in boxes if box])


def joined(boxes: Sequence[Box]) -> list[Box]:
    """Boxes that overlap once they are drawn, such as lines of one label, as one."""
    made: list[Box] = []
    for box in boxes:
        near = [other for other in made if _touch(box, other)]
        made = [other for other in made if other not in near]
        every = [box, *near]
        low = (min(b[0] for b in every), min(b[1] for b in every))
        made.append((*low, max(b[2] for b in every), max(b[3] for b in every)))
    return made


def _touch(one: Box, other: Box) -> bool:
    gaps = (max(one[n], other[n]) - min(one[n + 2], other[n + 2]) for n in (0, 1))
    return all(gap < 2 * MARGIN for gap in gaps)


def drawn(image: Image, boxes: Sequence[Box]) -> Proof:
    """The picture with its boxes, and the part around them where they are small."""
    whole = Framed(as_jpeg(image, WHOLE_SIDE, QUALITY), tuple(_rect(b, (0, 0, 1)) for b in boxes))
    crop = _crop(boxes)
    if crop is None:
        return Proof(whole)
    left, top, side = crop
    height, width = image.shape[:2]
    rows = slice(round(top * height), max(round((top + side) * height), 1))
    columns = slice(round(left * width), max(round((left + side) * width), 1))
    jpeg = as_jpeg(image[rows, columns], ZOOM_SIDE, QUALITY)
    return Proof(whole, Framed(jpeg, tuple(_rect(box, crop) for box in boxes)), 1 / side)


def _proof(
    store: Store, row: Memory, answer: Collection[str], wanted: Collection[str]
) -> Proof | None:
    """The proof of a row; of things that a shot shows, by the first keyframe that shows them."""
    around = Scope(row.tenant, (row.video_id,), (Kind.KEYFRAME,), (), row.span)
    keyframes = store.memories(around)
    places = [row, *keyframes] if row.kind is Kind.OBJECTS else [row]
    for place in places:
        boxes = boxes_of(place, answer, wanted)
        if boxes:
            image = _picture(store, place, keyframes)
            return None if image is None else drawn(image, boxes)
    return None


def _picture(store: Store, row: Memory, keyframes: Sequence[Memory]) -> Image | None:
    """The frame that a row is about: from its video, else a thumbnail of that time."""
    video = store.video(row.tenant, row.video_id)
    at = row.span.middle if row.kind is Kind.SCREEN_TEXT else row.span.start
    image = _decoded(video, at)
    if image is not None or store.thumbnails is None:
        return image
    names = [each.thumbnail for each in (row, *keyframes) if each.thumbnail]
    paths = [store.thumbnails / name for name in names]
    return next((_read(path) for path in paths if path.is_file()), None)


def _decoded(video: Video, at: int) -> Image | None:
    from agents.perception.media.source import File, streams_of

    paths = [Path(p) for p in video.paths if Path(p).is_file()]
    path = next((p for p in paths if p.stat().st_size == video.size), None)
    if path is None:
        return None
    try:
        frames = File(path, streams_of(video)).frames(Span(at, at + 1), None, DECODED_SIDE)
        return next((frame.image for frame in frames), None)
    except (AgentsError, OSError) as error:
        log.warning("no picture of %s for the report: %s", video.name, error)
        return None


def _read(path: Path) -> Image | None:
    import cv2
    import numpy as np

    picture = cv2.imread(str(path))
    return None if picture is None else np.ascontiguousarray(picture[:, :, ::-1]).astype(np.uint8)


def _crop(boxes: Sequence[Box]) -> tuple[float, float, float] | None:
    """Left, top and side of the part around all boxes, as fractions; None where it is the whole."""
    left, top = min(b[0] for b in boxes), min(b[1] for b in boxes)
    right, bottom = max(b[2] for b in boxes), max(b[3] for b in boxes)
    side = max(1.6 * (right - left), 2.0 * (bottom - top), LEAST_CROP)
    if side > MOST_CROP:
        return None
    x = min(max((left + right - side) / 2, 0.0), 1 - side)
    y = min(max((top + bottom - side) / 2, 0.0), 1 - side)
    return x, y, side


def _rect(box: Box, crop: tuple[float, float, float]) -> tuple[float, float, float, float]:
    """A box in per cent of a crop, a little larger than what it holds."""
    left, top, side = crop
    edges = (box[0] - MARGIN - left, box[1] - MARGIN - top)
    size = (box[2] - box[0] + 2 * MARGIN, box[3] - box[1] + 2 * MARGIN)
    x, y, width, height = (round(100 * value / side, 2) for value in (*edges, *size))
    return x, y, width, height


def _stems(text: str) -> set[str]:
    """Stems of the words that mean something."""
    return {stem(word) for word in words(text.lower()) if word not in STOP_WORDS}


def _listed(names: Sequence[str]) -> list[str]:
    """Names for a sentence with `and` between the last two, and the verb."""
    verb = "is" if len(names) == 1 else "are"
    *first, last = names
    return [f"{', '.join(first)}", f"{last} {verb}"] if first else [f"{last} {verb}"]
