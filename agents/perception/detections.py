"""Found things as plain values: their names, places and colours, for a row's details."""

from __future__ import annotations

from collections.abc import Sequence

from agents.models.ports import Detection, Image
from agents.perception.measures import colours_of
from memory.details import FoundThing

INNER = 0.2
"""Share of a box left out at each side, so that its colour is the thing's, not the background's."""

CHEST = (0.25, 0.2, 0.75, 0.55)
"""The part of a person's box that shows what they wear: not the face, not the floor."""

ENOUGH = 0.15
"""Least share of a thing's pixels that a colour covers to be named."""

MOST = 12
"""Things kept per picture."""


def found_values(image: Image, found: Sequence[Detection]) -> list[FoundThing]:
    """`name`, `confidence`, `box` (fractions) and `colours` (most frequent first) of each thing."""
    return [
        {
            "name": each.name,
            "words": list(each.words),
            "confidence": round(each.confidence, 3),
            "box": [round(edge, 3) for edge in each.box],
            "colours": [name for name, part in colours_of(image, core(each)) if part >= ENOUGH],
        }
        for each in found[:MOST]
    ]


def core(each: Detection) -> tuple[float, float, float, float]:
    """The part of a thing's box whose colour is its own; of a person, what they wear."""
    person = each.name == "person"
    left, top, right, bottom = CHEST if person else (INNER, INNER, 1 - INNER, 1 - INNER)
    width, height = each.box[2] - each.box[0], each.box[3] - each.box[1]
    return (
        each.box[0] + left * width,
        each.box[1] + top * height,
        each.box[0] + right * width,
        each.box[1] + bottom * height,
    )
