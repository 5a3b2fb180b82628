"""Material without anything that tells of what comes after a time."""

from __future__ import annotations

from dataclasses import replace

from agents.answer import Material
from memory.records import Hit, Memory, Span


def only_until(within: Span | None, material: Material) -> Material:
    """The material without rows that tell of what comes after the end of `within`."""
    if within is None:
        return material

    def kept(hits: tuple[Hit, ...]) -> tuple[Hit, ...]:
        return tuple(hit for hit in hits if not reaches_beyond(hit.memory, within))

    return replace(
        material,
        hits=kept(material.hits),
        rows=tuple(row for row in material.rows if not reaches_beyond(row, within)),
        anchors=kept(material.anchors),
        options=tuple(kept(group) for group in material.options),
    )


def reaches_beyond(row: Memory, within: Span | None) -> bool:
    """Whether a row covers time after the end of `within`."""
    return within is not None and row.span.end > within.end
