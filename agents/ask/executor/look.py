"""Looking again: a span is decoded finely, read and recognised at full size; the finds are kept.

A look is known by its video, its span and its instruction, and instructions are canonical: a
different question that needs the same look finds it in memory and decodes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from agents.ask.answer import Observation
from agents.budget import Meter
from agents.models.ports import Models
from agents.perception.media.source import probed, reachable
from agents.perception.records import Frame, Percept, Probe
from agents.perception.rows import embed_texts, look_rows
from agents.text.clock import clock_span
from memory.backtrack import Segment
from memory.records import SECOND, Kind, Level, Memory, Scope

if TYPE_CHECKING:
    from memory.lance.store import Store

log = logging.getLogger(__name__)

INSTRUCTION = "read all text and name what is shown, closely"
"""What a look without a model does."""

ENOUGH = 0.15
"""Least confidence of a label that is kept."""


@dataclass(frozen=True, slots=True)
class Looker:
    """Looks at segments of one store's videos."""

    store: Store
    models: Models
    fps: float
    text_side: int

    def look(self, tenant: str, segment: Segment, meter: Meter) -> Observation:
        """Rows of the segment, from memory when it was looked at before, else from the pixels."""
        known = self._known(tenant, segment)
        if known:
            meter.cached_looks += 1
            return Observation(tuple(known), cached=True)
        video = self.store.video(tenant, segment.video_id)
        path, note = reachable(video)
        if path is None:
            log.warning("cannot look at %s: %s", video.name, note)
            return Observation((), cached=False, note=note)
        meter.looks += 1
        before = meter.frames
        percepts = self._perceive(probed(video, path), segment, meter)
        percepts.append(_report(segment, percepts))
        rows = look_rows(percepts, tenant, segment.video_id, INSTRUCTION, self.store.thumbnails)
        placed = [replace(row, level=_level(row, segment)) for row in rows]
        self.store.put_memories(embed_texts(placed, self.models.text_encoder))
        return Observation(tuple(placed), cached=False, frames=meter.frames - before)

    def _known(self, tenant: str, segment: Segment) -> list[Memory]:
        """Rows of an earlier look at this very segment; its caption proves that it was made."""
        scope = Scope(tenant, (segment.video_id,), within=segment.span)
        looks = [row for row in self.store.memories(scope) if row.instruction == INSTRUCTION]
        inside = [row for row in looks if segment.span.contains(row.span)]
        made = any(row.kind is Kind.CAPTION and row.span == segment.span for row in inside)
        return inside if made else []

    def _perceive(self, media: Probe, segment: Segment, meter: Meter) -> list[Percept]:
        from agents.perception.media.decode import frames
        from agents.perception.screen_text import read_closely

        step = None if segment.level is Level.FRAME else round(SECOND / self.fps)
        decoded = frames(media, segment.span, step=step, max_side=self.text_side, thorough=True)
        pictures = _counted(decoded, meter)
        kept: list[Frame] = []
        found = read_closely(_kept(pictures, kept), self.models.text_reader)
        return [*found, *self._named(kept)]

    def _named(self, frames: Sequence[Frame]) -> list[Percept]:
        """What the kept frames show, one percept per frame."""
        from agents.perception.detections import found_values
        from agents.perception.measures import colours_of

        if not frames:
            return []
        recognitions = self.models.recogniser.recognise([frame.image for frame in frames])
        made: list[Percept] = []
        for frame, recognition in zip(frames, recognitions, strict=True):
            labels = [label for label in recognition.labels if label.confidence >= ENOUGH]
            words = dict.fromkeys(word for label in labels for word in label.words)
            details: dict[str, object] = {
                "labels": [[label.name, round(label.confidence, 3)] for label in labels],
                "colours": [[n, round(f, 3)] for n, f in colours_of(frame.image)],
                "found": found_values(frame.image, recognition.found),
            }
            if words:
                made.append(
                    Percept(
                        Kind.OBJECTS,
                        Level.FRAME,
                        frame.span,
                        "; ".join(words),
                        self.models.recogniser.name,
                        labels[0].confidence,
                        details,
                        image=frame.image,
                    )
                )
        return made


def _counted(frames: Iterator[Frame], meter: Meter) -> Iterator[Frame]:
    """The frames, counted, and no more than the budget allows."""
    for frame in frames:
        if meter.frames_left() == 0:
            return
        meter.frames += 1
        yield frame


def _kept(frames: Iterator[Frame], kept: list[Frame], most: int = 4) -> Iterator[Frame]:
    """Pass frames on and keep a few, evenly spread by doubling the stride when full."""
    stride = 1
    for index, frame in enumerate(frames):
        if index % stride == 0:
            kept.append(frame)
            if len(kept) > most:
                del kept[1::2]
                stride *= 2
        yield frame


def _level(row: Memory, segment: Segment) -> Level:
    return (
        Level.FRAME
        if row.span.length <= SECOND // 10
        else min(row.level, segment.level, key=lambda level: level.rank)
    )


def _report(segment: Segment, percepts: Sequence[Percept]) -> Percept:
    """What the look did, also when it found nothing: proof that it need not be made again."""
    lines = [p.text.replace("\n", " / ") for p in percepts if p.kind is Kind.SCREEN_TEXT and p.text]
    things = [p.text for p in percepts if p.kind is Kind.OBJECTS and p.text]
    read = " | ".join(dict.fromkeys(lines)) or "no text"
    seen = ", ".join(dict.fromkeys(w for t in things for w in t.split("; "))) or "nothing known"
    text = f"Looked closely at {clock_span(segment.span)}. On screen: {read}. Shows: {seen}."
    return Percept(Kind.CAPTION, segment.level, segment.span, text, "composed")
