"""Context without anything that tells of what comes after a time."""

from __future__ import annotations

from dataclasses import replace

from agents.ask.answer import Context
from memory.records import Hit, Memory, Span


def only_until(within: Span | None, context: Context) -> Context:
    """The context without rows that tell of what comes after the end of `within`."""
    if within is None:
        return context

    def kept(hits: tuple[Hit, ...]) -> tuple[Hit, ...]:
        return tuple(hit for hit in hits if not reaches_beyond(hit.memory, within))

    return replace(
        context,
        hits=kept(context.hits),
        rows=tuple(row for row in context.rows if not reaches_beyond(row, within)),
        anchors=kept(context.anchors),
        options=tuple(kept(group) for group in context.options),
    )


def reaches_beyond(row: Memory, within: Span | None) -> bool:
    """Whether a row covers time after the end of `within`."""
    return within is not None and row.span.end > within.end
