"""The switchable parts of memory, by the names that `--without` takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from memory.organise.parts import ALL_ON, Parts
from memory.organise.profiles import ALL_RULES, Rules
from memory.retrieve import Fusion

Off = frozenset[str]
"""Names of parts that are off."""
NONE: Off = frozenset()


@dataclass(frozen=True, slots=True)
class Part:
    """One part: what it is, and whether it changes what others read.

    Facts and entities stand beside the rows: off, nobody asks for them, and one store serves both.
    """

    about: str
    is_written: bool = False


RETRIEVAL: Mapping[str, tuple[str, ...]] = {
    "words": ("text", "words", "beside", "near", "around", "segment"),
    "vectors": ("vector", "meaning", "aligned"),
    "windows": ("beside", "near", "around", "segment", "meaning"),
    "levels": ("shot", "scene", "chapter", "video"),
    "traits": ("brief", "perceived", "verbatim", "picture", "asked"),
    "segments": ("opened",),
}
"""Weights of `Fusion` that a part of retrieval owns; off, they are 0. They are not fitted anew."""

PARTS: Mapping[str, Part] = {
    "facts": Part("values over time, taken from what is said and shown"),
    "entities": Part("names and things, found under their aliases"),
    "consolidate": Part("rows that stand for others that say the same", is_written=True),
    "time_scope": Part("words about wall-clock time become ranges"),
    "words": Part("search by words, and the words around a row"),
    "vectors": Part("search by meaning"),
    "windows": Part("what is told around a row counts for it"),
    "levels": Part("captions and summaries over a row count for it"),
    "traits": Part("what a row is, whatever it says"),
    "segments": Part("the best stretches are searched once more"),
    **{rule: Part(f"the rule {rule!r} by which notes are called up") for rule in sorted(ALL_RULES)},
}
"""Every part that can be switched off, as far as a set touches it."""


def written(off: Off) -> Off:
    """Those of the parts that are off when memory is written."""
    return frozenset(name for name in off if PARTS[name].is_written)


def parts_without(off: Off) -> Parts:
    """What organises memory when it is written, as settings would switch it."""
    return replace(ALL_ON, consolidate="off" if "consolidate" in off else ALL_ON.consolidate)


def fusion_without(off: Off) -> Fusion:
    """The fitted weights of retrieval, 0 for those of the parts that are off."""
    return replace(Fusion(), **{name: 0 for part in off for name in RETRIEVAL.get(part, ())})


def rules_without(off: Off) -> Rules:
    """The rules by which notes are called up."""
    return ALL_RULES - off
