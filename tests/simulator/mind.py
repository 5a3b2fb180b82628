"""What the scripted model says: only what follows from the frames and the text it was sent.

Which part it plays is seen from the shape of the reply that is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any

from tests.simulator.choosing import choose_memory, picked
from tests.simulator.faults import Fault
from tests.simulator.page import (
    COMMON,
    WORDS,
    Row,
    answer_in,
    asked_in,
    options_in,
    others,
    plain,
    question_in,
    rows_in,
)
from tests.simulator.planning import planned
from tests.simulator.reading import Reading, supports, understood
from tests.simulator.world import World

MADE_UP = "something that was never there"


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as the model sees it.

    `pictures`: time in seconds (None where there is no mark) and longer side in pixels.
    """

    instructions: str
    text: str
    pictures: tuple[tuple[float | None, int], ...]
    shape: frozenset[str]
    """Names of the properties that the reply must have."""


def reply(world: World, sent: Sent, fault: Fault | None = None) -> dict[str, Any]:
    """The reply as plain values."""
    shape = sent.shape
    if "word" in shape:
        return {"word": "blue" if sent.pictures else "ready"}
    if "moments" in shape:
        return caption(world, sent)
    if "cited" in shape:
        return _read(world, sent, fault)
    if "segments" in shape:
        return _pick(world, sent, fault)
    if "supported" in shape:
        return _check(world, sent, fault)
    if "asked" in shape:
        return _plan(world, sent)
    if "unclear" in shape:
        return planned(sent)
    if "needs_all" in shape:
        return {"needs_all": True, "periods": []}
    if "instruction" in shape:
        best = _pick(world, sent, fault)["segments"][0]
        return {"segment": best, "instruction": "everything that can be seen"}
    if "memory" in shape:
        return choose_memory(world, sent.text, never=fault is Fault.NEVER)
    return _told(sent)


def _told(sent: Sent) -> dict[str, Any]:
    """What is said of rows as a whole."""
    if "summary" in sent.shape:
        return {"summary": "; ".join(dict.fromkeys(row.text for row in rows_in(sent.text)))}
    if "triples" in sent.shape:
        return {"triples": _triples(rows_in(sent.text))}
    return {}


def visible(world: World, sent: Sent) -> list[tuple[int, int, str]]:
    """Facts that the pictures show: first and last picture (from 1) and text."""
    times = [time for time, _ in sent.pictures]
    known = tuple(time for time in times if time is not None)
    if not known:
        return []
    gaps = [b - a for a, b in pairwise(known) if b > a]
    fps = 1.0 / median(gaps) if gaps else 1.0
    side = min(side for _, side in sent.pictures)
    told = sent.instructions + sent.text
    found: list[tuple[int, int, str]] = []
    for fact in world.facts:
        # Times are rounded to marks: a hair of grace, or 2 fps would be read as 1.99.
        if fact.end <= known[0] or not fact.shows_in(known, fps * 1.02, side, told):
            continue
        on = [n for n, t in enumerate(times, 1) if t is not None and fact.start <= t < fact.end]
        found.append((on[0], on[-1], fact.text))
    return found


def caption(world: World, sent: Sent) -> dict[str, Any]:
    """What the pictures show, as a reply."""
    seen = visible(world, sent)
    whole = "; ".join([world.background, *(text for _, _, text in seen)])
    moments = [{"first": first, "last": last, "text": text} for first, last, text in seen]
    return {"caption": whole, "moments": moments}


def _read(world: World, sent: Sent, fault: Fault | None) -> dict[str, Any]:
    rows, options = rows_in(sent.text), options_in(sent.text)
    if fault is Fault.CONFIDENT:
        return _made_up(rows, options)
    asked = asked_in(world, sent.text)
    reading = understood(world, asked, rows)
    if asked is None or reading.answer is None:
        empty: dict[str, Any] = {"answer": "", "cited": [], "confident": False, "choice": None}
        return {**empty, "missing": reading.missing} if "missing" in sent.shape else empty
    return _said(reading, options, fault)


def _said(reading: Reading, options: list[tuple[int, str]], fault: Fault | None) -> dict[str, Any]:
    answer, cited = reading.answer or "", list(reading.cited)
    if fault is Fault.BAD_NUMBERS:
        cited = [999, -1, 0]
    choice = next((n for n, text in options if text == answer), None)
    if fault is Fault.BRACES:
        answer = f'{answer} {{as "shown"}}'.replace('"', "'")
    sure = fault is not Fault.NEVER
    return {"answer": answer, "cited": cited, "confident": sure, "choice": choice}


def _made_up(rows: list[Row], options: list[tuple[int, str]]) -> dict[str, Any]:
    cited = [rows[0].number] if rows else [1]
    choice = options[-1][0] if options else None
    return {"answer": MADE_UP, "cited": cited, "confident": True, "choice": choice}


def _check(world: World, sent: Sent, fault: Fault | None) -> dict[str, Any]:
    asked, said = asked_in(world, sent.text), answer_in(sent.text)
    right = fault is not Fault.NEVER and supports(world, asked, said, rows_in(sent.text))
    return {"supported": right, "why": "the rows say so" if right else "the rows do not say so"}


def _pick(world: World, sent: Sent, fault: Fault | None) -> dict[str, Any]:
    rows = rows_in(sent.text)
    if fault is Fault.BAD_NUMBERS:
        return {"segments": [999, 0, -4], "look_for": 99}
    if fault is Fault.SAME_SEGMENT or not rows:
        return {"segments": [1], "look_for": 1}
    every = "name every segment" in sent.instructions
    return {"segments": picked(world, sent.text, rows, every=every), "look_for": 1}


def _plan(world: World, sent: Sent) -> dict[str, Any]:
    question = question_in(sent.text).lower()
    words = [w for w in dict.fromkeys(WORDS.findall(question)) if w not in COMMON]
    asked = "count" if plain(question).startswith(("how many", "how often")) else "what"
    if not {"first", "earlier", "later"}.isdisjoint(words):
        asked = "order"
    return {"asked": asked, "terms": [*words[:12], *others(world, question)], "target": ""}


def _triples(rows: list[Row]) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for row in rows:
        words = WORDS.findall(row.text)
        if len(words) > 2:
            line = {"subject": words[0], "predicate": words[1], "object": " ".join(words[2:6])}
            made.append({**line, "rows": [row.number]})
    return made[:20]
