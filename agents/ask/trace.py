"""The trace of a question: one entry per round, in the form that reports and the UI show."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from agents.ask.answer import Cited, Context, Moment, Observation
from agents.ask.result.evidence import ClosestMoment, Evidence, Source
from agents.ask.search import shown_by
from memory.backtrack import Branch, Segment
from memory.records import Hit, Kind, Memory, Span

SHOWN_HITS = 8
"""Most hits a round lists."""


def _new_rounds() -> list[dict[str, Any]]:
    return []


@dataclass(slots=True)
class Trace:
    """Append-only list of rounds."""

    rounds: list[dict[str, Any]] = field(default_factory=_new_rounds)

    def recalled(self, context: Context, reason: str) -> None:
        """The first round: what the coarse memories gave."""
        entry = _entry(len(self.rounds) + 1, "recall", None, reason, len(context.rows))
        self.rounds.append(entry | {"hits": [_hit(hit) for hit in context.hits[:SHOWN_HITS]]})

    def looked(self, branch: Branch, looked: Observation, reason: str) -> None:
        """A round that looked again, or read what an earlier look had stored."""
        entry = _entry(len(self.rounds) + 1, branch.move, branch.segment, reason, len(looked.rows))
        hits = [_hit(Hit(row, row.confidence)) for row in looked.rows[:SHOWN_HITS]]
        self.rounds.append(
            entry | {"looked": not looked.cached, "cached": looked.cached, "hits": hits}
        )


def _entry(
    number: int, move: str, segment: Segment | None, reason: str, found: int
) -> dict[str, Any]:
    place = None
    if segment is not None:
        place = {"video_id": segment.video_id, **_times(segment.span)}
    return {
        "number": number,
        "move": str(move),
        "level": str(segment.level) if segment else "video",
        "segment": place,
        "reason": reason,
        "found": found,
        "looked": False,
        "cached": False,
    }


def _hit(hit: Hit) -> dict[str, Any]:
    row = hit.memory
    return {
        "memory_id": row.memory_id,
        "video_id": row.video_id,
        **_times(row.span),
        "level": str(row.level),
        "kind": str(row.kind),
        "text": row.text,
        "score": round(hit.score, 4),
    }


def evidence_of(cited: Iterable[Cited], context: Context) -> tuple[Evidence, ...]:
    """Citations as evidence; a row without its own picture borrows one."""
    return tuple(Evidence(**_fields(item.memory, item.span, context)) for item in cited)


def closest_moments(moments: Iterable[Moment], context: Context) -> tuple[ClosestMoment, ...]:
    """Moments as evidence with how well they fit."""
    return tuple(
        ClosestMoment(
            **_fields(each.memory, each.span, context),
            score=round(each.score, 4),
            probability=round(each.probability, 3),
            why=each.why,
            shows=_shown(each, context),
            **_points(each),
        )
        for each in moments
    )


def _shown(each: Moment, context: Context) -> str:
    """What is on a picture, as far as the rows around it tell; empty for rows with own words."""
    row = each.memory
    if row.text:
        return ""
    beside = (r for r in context.rows if r.video_id == row.video_id and r.span.overlap(row.span))
    found = "; ".join(dict.fromkeys(str(thing["name"]) for thing in row.details.get("found", [])))
    return shown_by(beside) or found


def _points(each: Moment) -> dict[str, Any]:
    """The parts of a rank and their sum, rounded so that they still add up."""
    parts = {name: round(value, 4) for name, value in each.parts.items()}
    return {"points": round(sum(parts.values()), 4), "score_parts": parts}


def _fields(row: Memory, span: Span, context: Context) -> dict[str, Any]:
    """What evidence and moments tell of a row."""
    return {
        "memory_id": row.memory_id,
        "video_id": row.video_id,
        "video": context.video(row.video_id).name,
        **_times(span),
        "level": row.level,
        "kind": row.kind,
        "text": row.text,
        "thumbnail": row.thumbnail or _nearest_picture(row, span, context.rows),
        "sources": _sources(row) if row.kind is Kind.FACT else (),
        "voice": row.voice,
    }


def _sources(fact: Memory) -> tuple[Source, ...]:
    """The rows that tell a fact, and when."""
    return tuple(
        Source(each["id"], Kind(each["kind"]), **_times(Span(each["start"], each["end"])))
        for each in fact.details.get("sources", [])
    )


def _nearest_picture(row: Memory, span: Span, rows: Iterable[Memory]) -> str | None:
    """Thumbnail of the keyframe nearest to the middle of the span."""
    pictures = [r for r in rows if r.thumbnail and r.video_id == row.video_id]
    best = min(pictures, key=lambda r: (r.span.gap(span), r.span.start), default=None)
    return best.thumbnail if best else None


def _times(span: Span) -> dict[str, float]:
    start, end = span.seconds
    return {"start": round(start, 3), "end": round(end, 3)}
