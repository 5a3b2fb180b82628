"""How often things of one name go through the picture, and how many of them at once.

Boxes do not tell whether a thing that left comes back, so ways are counted, not things.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agents.perception.rows import composed_row
from agents.text.words import SOMETHING
from memory.records import SECOND, Kind, Level, Memory, Owner, Span

MODEL = "counts"
"""Producer of the rows."""
PAUSE = 30 * SECOND
"""Time without a thing from which its next passage is counted anew."""


def count_rows(rows: Sequence[Memory], owner: Owner) -> list[Memory]:
    """A row for each stretch in which things of one name go through the picture more than once."""
    moved = [row for row in rows if row.kind is Kind.MOTION and "steps" in row.details]
    names = sorted({row.details.get("thing", "") for row in moved} - {SOMETHING})
    made: list[Memory] = []
    for ordinal, name in enumerate(names):
        own = [row for row in moved if row.details.get("thing", "") == name]
        made += [_row(name, part, ordinal, owner) for part in _stretches(own) if len(part) > 1]
    return made


def _stretches(rows: Sequence[Memory]) -> Iterator[list[Memory]]:
    """Rows that follow each other closely."""
    part: list[Memory] = []
    for row in sorted(rows, key=lambda row: (row.span, row.memory_id)):
        if part and row.span.start - max(each.span.end for each in part) > PAUSE:
            yield part
            part = []
        part.append(row)
    if part:
        yield part


def _row(name: str, rows: Sequence[Memory], ordinal: int, owner: Owner) -> Memory:
    count, most = len(rows), _at_once(rows)
    told = ", ".join(dict.fromkeys(row.details.get("name", name) for row in rows))
    text = f"{plural(name)} move in the picture {count} times, at most {most} at once: {told}"
    span = Span(min(row.span.start for row in rows), max(row.span.end for row in rows))
    return composed_row(
        owner,
        Level.SHOT,
        Kind.MOTION,
        span,
        text,
        rows,
        MODEL,
        ordinal=ordinal,
        confidence=round(sum(row.confidence for row in rows) / count, 4),
        details={"thing": name, "count": count},
    )


def _at_once(rows: Sequence[Memory]) -> int:
    """The most rows that are there at one instant."""
    starts = [row.span.start for row in rows]
    return max(sum(row.span.start <= at < row.span.end for row in rows) for at in starts)


def plural(name: str) -> str:
    """`cars`, `people`, `buses`."""
    if name in ("person", "sheep"):
        return {"person": "people"}.get(name, name)
    if name.endswith(("s", "sh", "ch", "x")):
        return f"{name}es"
    return f"{name}s"
