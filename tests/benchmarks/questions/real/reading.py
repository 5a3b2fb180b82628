"""A second, stronger reading of the real clips, to ask questions from: dense and at full size.

    python -m tests.benchmarks.questions.real.reading [--speech-model FOLDER] [CLIP]...

Text is read four times a second at full size wherever the picture changed, and a line counts when
two readings agree on it. Things are looked for once a second, speech is heard in one go by the
model in FOLDER (a larger one than the product's). It shares models with the product but none of its
sampling, tracking or grouping, so a mistake of those is not taken for the truth. Kept in the cache.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, cast

import cv2
import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from agents.models.ports import TextLine
from memory.records import SECOND, Span
from tests.benchmarks.quality.clips import CACHE, Clip, dev_folder, load_clips

if TYPE_CHECKING:
    from agents.models.ports import Image, Models
    from agents.perception.records import Probe

FOLDER = CACHE / "second_reading"
TEXT_STEP, THING_STEP = SECOND // 4, SECOND
SMALL, LARGE = 640, 1920
"""Longest side: smaller pictures are doubled, larger ones halved to this."""
CHANGED = 5.0
"""Mean luma difference of a tile, of 255, from which a picture is read again."""
SAME = 88
"""rapidfuzz ratio from which two readings are of one line."""
GAP = SECOND * 6 // 10
"""A line that is missed for no longer than this is still there."""
SURE = 0.85


@dataclass(frozen=True)
class Found:
    """A line, a thing or a sentence with its time, microseconds."""

    text: str
    start: int
    end: int
    confidence: float
    times: int = 1
    """In how many pictures it was found."""
    colours: tuple[str, ...] = ()
    count: int = 1
    """How many there were at once, most often."""

    @property
    def span(self) -> Span:
        """When."""
        return Span(self.start, self.end)


@dataclass(frozen=True)
class Reading:
    """Everything found in a clip."""

    lines: tuple[Found, ...]
    things: tuple[Found, ...]
    speech: tuple[Found, ...]


@dataclass
class _Track:
    box: tuple[float, float, float, float]
    start: int
    end: int
    texts: Counter[str] = field(default_factory=Counter[str])
    best: float = 0.0
    times: int = 0

    @property
    def text(self) -> str:
        return self.texts.most_common(1)[0][0]


def cached(clip: Clip) -> Reading | None:
    """The reading of a clip, or None when it was not made yet."""
    path = FOLDER / f"{clip.clip_id}.json"
    if not path.is_file():
        return None
    kept = json.loads(path.read_text(encoding="utf-8"))
    parts = [tuple(_found(row) for row in kept[name]) for name in ("lines", "things", "speech")]
    return Reading(*parts)


def _found(row: dict[str, object]) -> Found:
    colours = tuple(cast("list[str]", row.pop("colours")))
    return Found(**row, colours=colours)  # pyright: ignore[reportArgumentType]


def read(clip: Clip, models: Models) -> Reading:
    """Read a clip anew and keep what was found."""
    from agents.perception.media.probe import probe

    found = probe(clip.path)
    reading = Reading(
        tuple(_lines(found, models)), tuple(_things(found, models)), tuple(_speech(found, models))
    )
    FOLDER.mkdir(parents=True, exist_ok=True)
    body = {name: [asdict(row) for row in rows] for name, rows in vars(reading).items()}
    text = json.dumps(body, ensure_ascii=False, indent=1)
    (FOLDER / f"{clip.clip_id}.json").write_text(text, encoding="utf-8")
    return reading


def _lines(found: Probe, models: Models) -> list[Found]:
    from agents.perception.media.decode import frames

    live, done = list[_Track](), list[_Track]()
    before: NDArray[np.float32] | None = None
    lines: list[TextLine] = []
    for frame in frames(found, Span(0, found.duration), step=TEXT_STEP):
        tiles = _tiles(frame.image)
        if before is None or float(np.abs(tiles - before).max()) > CHANGED:
            lines = models.text_reader.read(_sized(frame.image))
            before = tiles
        _follow(live, lines, frame.span)
        done += [track for track in live if track.end < frame.span.start - GAP]
        live = [track for track in live if track.end >= frame.span.start - GAP]
    tracks = sorted([*done, *live], key=lambda track: (track.start, track.box[1]))
    return [
        Found(track.text, track.start, track.end, round(track.best, 4), track.times)
        for track in tracks
        if track.best >= SURE and track.times > 1
    ]


def _follow(live: list[_Track], lines: Sequence[TextLine], span: Span) -> None:
    """Give each line to the track it continues, or begin one."""
    for line in lines:
        near = [t for t in live if t.end <= span.start and _is_same(t, line)]
        track = max(near, key=lambda t: t.end, default=None)
        if track is None:
            track = _Track(line.box, span.start, span.end)
            live.append(track)
        track.texts[line.text] += 1
        track.end, track.box, track.times = span.end, line.box, track.times + 1
        track.best = max(track.best, line.confidence)


def _is_same(track: _Track, line: TextLine) -> bool:
    apart = max(abs(a - b) for a, b in zip(track.box[:2], line.box[:2], strict=True))
    digits = [["".join(filter(str.isdigit, text))] for text in (track.text, line.text)]
    alike = fuzz.ratio(track.text.casefold(), line.text.casefold()) >= SAME
    return apart < 0.15 and digits[0] == digits[1] and alike


def _tiles(image: Image) -> NDArray[np.float32]:
    """Mean luma of a fine grid of tiles."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (128, 72), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32)


def _sized(image: Image) -> Image:
    side = max(image.shape[:2])
    scale = 2.0 if side <= SMALL else min(1.0, LARGE / side)
    if scale == 1.0:
        return image
    way = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
    return np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=way), np.uint8)


def _things(found: Probe, models: Models) -> list[Found]:
    """What is found in two pictures in a row or more, with how many and in which colours."""
    from agents.perception.detections import found_values
    from agents.perception.media.decode import frames

    seen: dict[str, list[tuple[Span, int, float, tuple[str, ...]]]] = {}
    for frame in frames(found, Span(0, found.duration), step=THING_STEP):
        recognition = models.recogniser.recognise([frame.image])[0]
        values = found_values(frame.image, recognition.found)
        for name in dict.fromkeys(str(each["name"]) for each in values):
            own = [each for each in values if each["name"] == name]
            sure = max(each["confidence"] for each in own)
            colours = tuple(own[0]["colours"])
            seen.setdefault(name, []).append((frame.span, len(own), sure, colours))
        for label in recognition.labels:
            if not any(each["name"] == label.name for each in values):
                entry = (frame.span, 0, label.confidence, ())
                seen.setdefault(label.name, []).append(entry)
    return [run for name, rows in seen.items() for run in _runs(name, rows, found.duration)]


def _runs(
    name: str, rows: Sequence[tuple[Span, int, float, tuple[str, ...]]], end: int
) -> list[Found]:
    groups: list[list[tuple[Span, int, float, tuple[str, ...]]]] = []
    for row in rows:
        if groups and row[0].start - groups[-1][-1][0].start <= THING_STEP * 3 // 2:
            groups[-1].append(row)
        else:
            groups.append([row])
    return [
        Found(
            name,
            group[0][0].start,
            min(end, group[-1][0].start + THING_STEP),
            round(max(row[2] for row in group), 3),
            len(group),
            tuple(c for c, _ in Counter(row[3][0] for row in group if row[3]).most_common(2)),
            Counter(row[1] for row in group).most_common(1)[0][0],
        )
        for group in groups
        if len(group) > 1
    ]


def _speech(found: Probe, models: Models) -> list[Found]:
    from agents.perception.media.sound import audio, is_silent

    if found.audio_stream is None:
        return []
    sound = audio(found, Span(0, found.duration))
    if is_silent(sound):
        return []
    heard = models.transcriber.transcribe(sound)
    return [
        Found(said.text, said.span.start, said.span.end, round(said.confidence, 4))
        for said in heard.utterances
    ]


def main() -> None:
    """Read what was not read yet."""
    from agents.runtime import open_runtime
    from configs.settings import load_settings
    from flows.wiring import runtime_spec

    parser = argparse.ArgumentParser(description="Reads the real clips densely.")
    parser.add_argument("clips", nargs="*")
    parser.add_argument("--speech-model", type=Path, default=None)
    options = parser.parse_args()
    perception = {"speech_model": str(options.speech_model or "")}
    settings = load_settings(home=str(CACHE / "second"), perception=perception)
    models = open_runtime(runtime_spec("second", settings)).models
    for clip in load_clips(dev_folder()):
        if (options.clips and clip.clip_id not in options.clips) or cached(clip) is not None:
            continue
        began = time.monotonic()
        reading = read(clip, models)
        counts = [f"{len(rows)} {name}" for name, rows in vars(reading).items()]
        print(f"{clip.clip_id}: {', '.join(counts)}, {time.monotonic() - began:.0f} s", flush=True)
    print("done", file=sys.stderr)


if __name__ == "__main__":
    main()
