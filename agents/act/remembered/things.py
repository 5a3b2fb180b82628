"""What people have preferences about: things that plans make, and what may be said of each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import TypeAdapter, ValidationError

from agents.act.planner.options import COLOURS, PATTERNS, Options
from agents.act.planner.times import LENGTH, seconds_of
from agents.tools.registry import Registry


@dataclass(frozen=True, slots=True)
class Thing:
    """One sort of thing."""

    name: str
    """In the plural, as it is shown."""
    pattern: str
    """What people call one or several."""
    tools: tuple[str, ...]
    """The tools that make it."""
    options: tuple[str, ...]
    """What may be said of it: names of `agents/act/planner/options.py`."""


THINGS: Mapping[str, Thing] = {
    thing.name: thing
    for thing in (
        Thing(
            "titles",
            r"titles?(?: cards?| screens?)?",
            ("title", "title_card"),
            ("colour", "length"),
        ),
        Thing(
            "subtitles",
            r"(?:burned(?:[ -]in)? )?(?:subtitles?|captions?)",
            ("burn_subtitles",),
            ("colour", "position"),
        ),
        Thing(
            "texts",
            r"(?:on-?screen |overlaid )?(?:texts?|labels?|words)",
            ("overlay_text",),
            ("colour", "position"),
        ),
        Thing("lower thirds", r"lower thirds?", ("lower_third",), ("colour", "length")),
        Thing("logos", r"(?:logos?|watermarks?)", ("overlay_image",), ("position",)),
        Thing("slideshows", r"slide ?shows?", ("slideshow",), ("length",)),
        Thing("transitions", r"transitions?", ("transition",), ("length",)),
        Thing("freeze frames", r"freeze frames?", ("freeze",), ("length",)),
        Thing("loudness", r"loudness", ("loudness",), ("lufs",)),
        Thing("music", r"(?:background )?music", ("mix", "duck"), ("gain",)),
    )
}
"""Each thing by its name; a new one is one line."""

_ARGUMENT = {
    "colour": "color",
    "position": "position",
    "length": "seconds",
    "lufs": "lufs",
    "gain": "gain_db",
}
"""The argument that an option gives."""

_SAID = {
    "color": rf"\b(?:{'|'.join(COLOURS)})\b|#[0-9a-f]{{6}}\b",
    "position": r"\b(?:top|bottom|cent(?:re|er)|middle|left|right|corner)\b",
    "seconds": rf"\b{LENGTH}",
    "lufs": PATTERNS["lufs"],
    "gain_db": PATTERNS["gain"],
}
"""How a goal says something of an argument, whatever it says."""


def values_of(options: Options) -> dict[str, Any]:
    """The arguments that options give."""
    values: dict[str, Any] = {}
    for option in options.found:
        text = options.text(option)
        if option == "position":
            place = " ".join(filter(None, [text, options.text(option, 1)]))
            values["position"] = re.sub(r"\b(?:center|middle)\b", "centre", place)
        elif option == "length":
            values["seconds"] = seconds_of(text)
        elif option in ("lufs", "gain"):
            values[_ARGUMENT[option]] = float(text)
        else:
            values[_ARGUMENT[option]] = text
    return values


def says(words: str, argument: str) -> bool:
    """Whether words of a goal, without quotations, say something of an argument."""
    return re.search(_SAID[argument], words, re.IGNORECASE) is not None


def takes(registry: Registry, tool: str, argument: str, value: object) -> bool:
    """Whether a tool of the registry takes a value for an argument."""
    known = registry.get(tool)
    field = known.arguments.model_fields.get(argument) if known else None
    if field is None:
        return False
    kind: Any = Annotated[field.annotation, field]  # pyright: ignore[reportInvalidTypeForm]
    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError:
        return False
    return True
