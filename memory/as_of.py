"""What was known at some time of a video: rows, videos and trees without anything later.

A row is known once its whole span is over, and not before everything that it was made from was
over: what it says may come from any part of that. A fact is known from its first telling on; what
told it again later is left out of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from memory.records import Hit, Kind, Memory, Node, Scope, Span, Video

COMPOSED = "composed"
"""Producer of captions and summaries that are put together from other rows."""


def known_at(row: Memory) -> int | None:
    """The time from which a row is known; None for an older row that does not tell."""
    if "known_at" in row.details:
        return max(row.span.end, row.details["known_at"])
    return None if row.producer.model == COMPOSED and not row.is_look else row.span.end


def scope_as_of(scope: Scope, until: int | None) -> Scope:
    """The scope without rows that end after `until`, in microseconds."""
    if until is None:
        return scope
    return replace(scope, until=until if scope.until is None else min(until, scope.until))


def row_as_of(row: Memory, until: int | None) -> Memory | None:
    """The row if it is known by `until`, a fact without its later sources; else None."""
    if until is None:
        return row
    known = known_at(row)
    if known is None or known > until:
        return None
    return _retold(row, until) if row.kind is Kind.FACT else row


def rows_as_of(rows: Iterable[Memory], until: int | None) -> list[Memory]:
    """The rows that are known by `until`."""
    found = (row_as_of(row, until) for row in rows)
    return [row for row in found if row is not None]


def hits_as_of(hits: Iterable[Hit], until: int | None) -> list[Hit]:
    """The hits whose rows are known by `until`."""
    found = ((hit, row_as_of(hit.memory, until)) for hit in hits)
    return [replace(hit, memory=row) for hit, row in found if row is not None]


def video_as_of(video: Video, until: int | None) -> Video:
    """A video that ends at `until`."""
    if until is None or video.duration <= until:
        return video
    return replace(video, duration=until)


def nodes_as_of(nodes: Sequence[Node], until: int | None) -> list[Node]:
    """The nodes that began before `until`, none of them longer than until then."""
    if until is None:
        return list(nodes)
    begun = [node for node in nodes if node.span.start < until]
    return [replace(n, span=Span(n.span.start, min(n.span.end, until))) for n in begun]


def _retold(row: Memory, until: int) -> Memory:
    """A fact with those of its sources that are known by `until`."""
    sources = [s for s in row.details.get("sources", []) if s["known_at"] <= until]
    ids = tuple(source["id"] for source in sources)
    return replace(row, source_ids=ids, details={**row.details, "sources": sources})
