"""Where the search for an answer went, round by round, in lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def round_line(entry: Mapping[str, Any]) -> str:
    """A round of a result as one line."""
    place = entry["segment"]
    where = f"{place['start']:.1f}-{place['end']:.1f} s" if place else "coarse memory"
    looked = "looked at the pixels" if entry["looked"] else "read from memory"
    return f"round {entry['number']}: {entry['move']} {where}, {looked}: {entry['reason']}"
