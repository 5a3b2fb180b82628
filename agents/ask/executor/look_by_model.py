"""Looking again by model: a span's pictures are described closely, and the words are kept.

A look is known by its video, span, level, aim and model. Aims come from a short list, so a
different question that needs the same look finds it in memory and pays nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from agents.ask.answer import Observation
from agents.budget import Meter
from agents.models.chat import ChatModel, Picture, Prompt
from agents.models.ports import Models
from agents.perception.media.source import Files, Footage, FrameSource
from agents.perception.records import Frame
from agents.perception.rows import embed_texts, look_rows
from agents.prompting.captions import CaptionReply, percepts_of
from agents.prompting.prompts import aim
from memory.backtrack import Segment
from memory.records import SECOND, Kind, Level, Memory, Scope, Span

if TYPE_CHECKING:
    from memory.lance.store import Store

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Detail:
    """How closely a look looks."""

    name: str
    fps: float
    side: int
    """Longer side of the pictures that are sent, in pixels."""
    most: int = 32
    """Most pictures of one look; the rate goes down where there would be more."""


FINE = Detail("fine", 2.0, 768)
"""About two pictures per second (VideoLucy's fine level)."""
ULTRA = Detail("ultra-fine", 8.0, 1280)
"""Nearly every picture, larger."""


def detail_of(segment: Segment) -> Detail:
    """Ultra-fine for segments at frame level, fine for the rest."""
    return ULTRA if segment.level is Level.FRAME else FINE


@dataclass(frozen=True, slots=True)
class ModelLooker:
    """Looks at segments of one store's videos with a model that sees."""

    store: Store
    models: Models
    captioner: ChatModel
    instructions: str
    source: FrameSource = field(default_factory=Files)

    def look(
        self,
        tenant: str,
        segment: Segment,
        meter: Meter,
        look_for: int | str = 1,
        detail: Detail | None = None,
    ) -> Observation:
        """Rows of the segment, from memory when the same look was made before.

        `look_for` is a number of the list of aims, or the aim itself.

        Raises:
            ModelFailed: the model gave no valid reply; nothing is kept.
            BudgetExhausted: there is nothing left to pay it with.
        """
        own = detail or detail_of(segment)
        wanted = aim(look_for) if isinstance(look_for, int) else look_for
        instruction = f"{own.name}, {own.fps:g} fps, {own.side} px: {wanted}"
        known = self._known(tenant, segment, instruction)
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
        frames = self._frames(footage, segment.span, own, meter)
        if not frames:
            return Observation((), cached=False, note="there is no picture to look at")
        reply = self._described(frames, segment, wanted, own, meter)
        percepts = percepts_of(reply, frames, segment, self.captioner.name)
        rows = look_rows(percepts, tenant, video.video_id, instruction, self.store.thumbnails)
        kept = embed_texts(rows, self.models.text_encoder)
        self.store.put_memories(kept)
        return Observation(tuple(kept), cached=False, frames=len(frames))

    def _known(self, tenant: str, segment: Segment, instruction: str) -> list[Memory]:
        """Rows of an earlier look; the caption of the whole segment proves that it was made."""
        scope = Scope(tenant, (segment.video_id,), kinds=(Kind.CAPTION,), within=segment.span)
        inside = [
            row
            for row in self.store.memories(scope)
            if row.instruction == instruction
            and row.producer.model == self.captioner.name
            and segment.span.contains(row.span)
        ]
        made = any(row.span == segment.span and row.level == segment.level for row in inside)
        return inside if made else []

    def _frames(self, footage: Footage, span: Span, detail: Detail, meter: Meter) -> list[Frame]:
        left = meter.frames_left()
        most = detail.most if left is None else min(detail.most, left)
        if most == 0:
            return []
        step = max(round(SECOND / detail.fps), -(-span.length // most))
        found = list(footage.frames(span, step, detail.side))[:most]
        meter.frames += len(found)
        return found

    def _described(
        self, frames: Sequence[Frame], segment: Segment, wanted: str, detail: Detail, meter: Meter
    ) -> CaptionReply:
        from agents.models.openai_compatible.pictures import as_picture

        pictures: list[Picture] = [
            as_picture(frame.image, frame.span.start, detail.side) for frame in frames
        ]
        content = f"Look for: {wanted}."
        videos = (segment.video_id,)
        prompt = Prompt("captioner", self.instructions, content, tuple(pictures), videos)
        return self.captioner.ask(prompt, CaptionReply, meter)


def as_fine_as(detail: Detail, fps: float, side: int) -> Detail:
    """The same detail at another rate and size."""
    return replace(detail, fps=fps, side=side)
