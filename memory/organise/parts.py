"""Which parts of what organises memory are on; a plain value, from the settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Merging = Literal["off", "exact", "near"]
"""What may stand for what: nothing, rows with the same words, or also readings of one text."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Every part with its switch. A store written with a part on is read with it off."""

    facts: bool = True
    """Facts over time are taken from rows."""
    entities: bool = True
    """Names and things are taken from rows, and found under their aliases."""
    consolidate: Merging = "near"
    """Rows stand for others that say the same, and searches look through fewer."""
    time_scope: bool = True
    """Words about time ("last Tuesday") become ranges."""
    core_words: int = 512
    """Most words of a profile; a longer one is refused."""


ALL_ON = Parts()
