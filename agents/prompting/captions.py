"""What a model says of pictures, as percepts with times."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, Field

from agents.perception.records import Frame, Percept
from agents.prompting.schemas import Passage
from memory.backtrack import Segment
from memory.records import Kind, Level, Span

log = logging.getLogger(__name__)


class Moment(BaseModel):
    """Something that pictures `first` to `last` (from 1) show."""

    first: int
    last: int
    text: Passage


class CaptionReply(BaseModel):
    """What pictures show."""

    caption: Passage
    moments: Annotated[list[Moment], Field(max_length=100)]


def percepts_of(
    reply: CaptionReply, frames: Sequence[Frame], segment: Segment, model: str
) -> list[Percept]:
    """A caption of the whole segment, and one per moment, timed by the numbers of its pictures."""
    middle = frames[len(frames) // 2].image
    whole = reply.caption.strip() or "nothing to describe"
    made = [Percept(Kind.CAPTION, segment.level, segment.span, whole, model, image=middle)]
    for moment in reply.moments:
        first, last = sorted((moment.first, moment.last))
        if not (1 <= first <= last <= len(frames)) or not moment.text.strip():
            log.info("a moment of %s lies outside the pictures sent; left out", model)
            continue
        span = shown_for(frames, first - 1, last - 1, segment.span)
        image = frames[(first + last) // 2 - 1].image
        made.append(
            Percept(
                Kind.CAPTION,
                Level.FRAME,
                span,
                moment.text,
                model,
                details={"known_at": segment.span.end},
                image=image,
            )
        )
    return made


def shown_for(frames: Sequence[Frame], first: int, last: int, within: Span) -> Span:
    """From one picture to the next one sent after another, inside the segment."""
    start = max(within.start, frames[first].span.start)
    end = frames[last + 1].span.start if last + 1 < len(frames) else within.end
    return Span(start, max(start + 1, min(end, within.end)))
