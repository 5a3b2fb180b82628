"""Tools of MCP servers by their names: `use paint.draw with text "a cat" and width 640`.

Nobody knows other words for what a stranger offers, so without a model it is called as it is named.
"""

from __future__ import annotations

import re

from agents.act.plan import Value
from agents.act.planner.reading import MEDIA, QUOTE, NotPlanned
from agents.act.planner.scene import Scene

_CALL = re.compile(
    r"(?:use|call|run) (?P<tool>[a-z][a-z0-9_]*\.[a-z0-9_]+)(?: (?:with|on) (?P<given>.+))?"
)
_PAIR = re.compile(
    r"(?P<name>\w+)(?: ?= ?| )"
    rf"(?:(?P<quote>{QUOTE})|(?P<media>{MEDIA})|(?P<number>-?\d+(?:\.\d+)?)|(?P<word>\w+))"
)
_WORDS: dict[str, Value] = {"true": True, "yes": True, "false": False, "no": False}


def called(clause: str, scene: Scene) -> Scene | None:
    """The scene with a call placed; None where the clause is none.

    Raises:
        NotPlanned: there is no such tool or argument, or a value cannot be read.
    """
    found = _CALL.fullmatch(clause)
    if found is None:
        return None
    tool, told = found["tool"], scene.reading.shown(clause)
    attempt = scene.copy()
    known = scene.registry.get(tool)
    fields = {name.lower(): name for name in known.arguments.model_fields} if known else {}
    values: dict[str, Value] = {}
    for piece in re.split(r" and | & ", found["given"]) if found["given"] else []:
        pair = _PAIR.fullmatch(piece)
        if known and not known.missing and (pair is None or pair["name"] not in fields):
            said = f"{scene.reading.shown(piece)!r} names no argument of {tool}"
            raise NotPlanned(f"{told!r}: {said}", f"it takes {', '.join(fields) or 'none'}")
        if pair is not None:
            values[fields.get(pair["name"], pair["name"])] = _value(pair, attempt, told)
    attempt.add(tool, told, **values)
    return attempt


def _value(pair: re.Match[str], scene: Scene, told: str) -> Value:
    if pair["quote"]:
        found = re.fullmatch(QUOTE, pair["quote"])
        return scene.reading.quotes[int(found[1])] if found else ""
    if pair["media"]:
        found = re.fullmatch(MEDIA, pair["media"])
        return scene.file(int(found[1])).asset_id if found else ""
    if pair["number"]:
        number = float(pair["number"])
        return int(number) if number.is_integer() and "." not in pair["number"] else number
    if pair["word"] == "it" and scene.current is not None:
        return scene.current
    if pair["word"] in _WORDS:
        return _WORDS[pair["word"]]
    said = f"{told!r}: what {pair['name']} is to be is not clear"
    raise NotPlanned(said, "put texts in quotation marks, and name files")
