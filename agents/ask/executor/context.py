"""The rows that a model is shown, chosen and numbered."""

from __future__ import annotations

from collections.abc import Sequence

from agents.ask.answer import Context
from agents.ask.plan import Plan
from agents.ask.result.evidence import sort_of
from agents.prompting.evidence import ROW_LENGTH, line
from memory.records import Memory, Span


def row_lines(rows: Sequence[Memory], context: Context) -> list[str]:
    """Memory rows, numbered from 1."""
    places = {video.video_id: number for number, video in enumerate(context.videos, 1)}
    made: list[str] = []
    for number, row in enumerate(rows, 1):
        sort, place = sort_of(row.kind, row.voice), places.get(row.video_id, 0)
        made.append(line(number, place, row.span, sort, row.text or ""))
    return made


def shown_rows(
    plan: Plan,
    context: Context,
    fresh: Sequence[Memory] = (),
    most: int = 60,
    characters: int = 16_000,
) -> list[Memory]:
    """The rows worth a model's attention, in order of time.

    First come `fresh` rows (what this question's looks found), then hits for the options, the
    anchor and the question, then what else lies around, until the space is used up.
    """
    ranked = [
        *fresh,
        *(hit.memory for option in context.options for hit in option[:4]),
        *(hit.memory for hit in (*context.anchors[:4], *context.hits)),
        *context.rows,
    ]
    chosen: dict[str, Memory] = {}
    said: set[tuple[str, Span, str]] = set()
    left = characters
    for row in ranked:
        text = (row.text or "")[:ROW_LENGTH]
        same = (row.video_id, row.span, text)
        if not text or row.kind.is_picture or row.memory_id in chosen or same in said:
            continue
        if len(chosen) >= most or len(text) > left:
            break
        chosen[row.memory_id] = row
        said.add(same)
        left -= len(text)
    return sorted(chosen.values(), key=lambda r: (r.video_id, r.span, r.memory_id))
