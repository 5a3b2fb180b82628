"""Looking again: a segment is perceived closely, and what is found is kept.

A look is known by its video, its span and its instruction. Instructions come from a short list, so
a different question that needs the same look finds it in memory and pays nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol

from agents.ask.answer import Observation
from agents.budget import Meter
from agents.models.ports import TextEncoder, words_of
from agents.perception.media.source import Files, Footage, FrameSource
from agents.perception.records import Frame, Percept
from agents.perception.roles.doubt import with_doubts
from agents.perception.roles.roles import with_roles
from agents.perception.rows import embed_texts, look_rows
from memory.backtrack import Segment
from memory.records import Kind, Level, Memory, Scope
from memory.store import Store

log = logging.getLogger(__name__)


class Perceiver(Protocol):
    """A way of perceiving: by the embedded agents, or by a model that sees (`perceivers.py`)."""

    def instruction(self, segment: Segment) -> str:
        """What a look at the segment does; rows of looks with the same one are interchangeable."""
        ...

    def wrote(self, row: Memory, segment: Segment) -> bool:
        """Whether a row is from a look with this perceiver and this segment's instruction."""
        ...

    def proves(self, caption: Memory, segment: Segment) -> bool:
        """Whether a caption of the segment's very span shows that this very look was made."""
        ...

    def level(self, row: Memory, segment: Segment) -> Level:
        """The level at which a row that was found in the segment is kept."""
        ...

    def perceive(self, footage: Footage, segment: Segment, meter: Meter) -> list[Percept]:
        """What the segment shows; nothing only if there is no picture to look at.

        Raises:
            ModelFailed: a model gave no valid reply.
            BudgetExhausted: there is nothing left to pay it with.
        """
        ...


@dataclass(frozen=True, slots=True)
class Looker:
    """Looks at segments of one store's videos."""

    store: Store
    encoder: TextEncoder
    perceiver: Perceiver
    source: FrameSource = field(default_factory=Files)

    def look(self, tenant: str, segment: Segment, meter: Meter) -> Observation:
        """Rows of the segment, from memory when the same look was made before.

        Raises:
            ModelFailed: a model gave no valid reply; nothing is kept.
            BudgetExhausted: no look fits into the budget any more.
        """
        known = self._known(tenant, segment)
        if known:
            meter.cached_looks += 1
            return Observation(tuple(known), cached=True)
        video = self.store.video(tenant, segment.video_id)
        footage, note = self.source.open(video)
        if footage is None:
            log.warning("cannot look at %s: %s", video.name, note)
            return Observation((), cached=False, note=note)
        meter.check(looking=True)
        meter.looks += 1
        before = meter.frames
        percepts = self.perceiver.perceive(footage, segment, meter)
        if not percepts:
            return Observation((), cached=False, note="there is no picture to look at")
        rows = self._kept(percepts, tenant, segment)
        return Observation(tuple(rows), cached=False, frames=meter.frames - before)

    def _known(self, tenant: str, segment: Segment) -> list[Memory]:
        """Rows of an earlier look at this very segment, if its caption proves that it was made."""
        scope = Scope(tenant, (segment.video_id,), within=segment.span)
        inside = [
            row
            for row in self.store.memories(scope)
            if self.perceiver.wrote(row, segment) and segment.span.contains(row.span)
        ]
        made = any(
            row.kind is Kind.CAPTION
            and row.span == segment.span
            and self.perceiver.proves(row, segment)
            for row in inside
        )
        return inside if made else []

    def _kept(self, percepts: list[Percept], tenant: str, segment: Segment) -> list[Memory]:
        instruction = self.perceiver.instruction(segment)
        rows = look_rows(percepts, tenant, segment.video_id, instruction, self.store.thumbnails)
        placed = [replace(row, level=self.perceiver.level(row, segment)) for row in rows]
        told = with_roles(with_doubts(placed, partial(words_of, self.encoder)))
        kept = embed_texts(told, self.encoder)
        self.store.put_memories(kept)
        return kept


def counted(frames: Iterable[Frame], meter: Meter, most: int | None = None) -> Iterator[Frame]:
    """The frames, counted by the meter: at most `most`, and no more than the budget allows."""
    for number, frame in enumerate(frames):
        if number == most or meter.frames_left() == 0:
            return
        meter.frames += 1
        yield frame
