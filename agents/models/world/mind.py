"""What the scripted model says: only what follows from the frames and the text it was sent.

Which part it plays is seen from the shape of the reply that is asked for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any

from agents.models.world.faults import Fault
from agents.models.world.world import Asked, World

ROW = re.compile(r"^\[(\d+)\] .*?(\".*\")$", re.MULTILINE)
OPTION = re.compile(r"^\((\d+)\) (\".*\")$", re.MULTILINE)
QUESTION = re.compile(r"^Question: (\".*\")$", re.MULTILINE)
ANSWER = re.compile(r"^Answer: (\".*\")$", re.MULTILINE)
WORDS = re.compile(r"[^\W_]+")
COMMON = frozenset(
    "a an and are at be did do does for from in is it of on or the to was what".split()
)

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
    if "moments" in shape:
        return _caption(world, sent)
    if "cited" in shape:
        return _read(world, sent, fault)
    if "segments" in shape:
        return _pick(sent, fault)
    if "supported" in shape:
        return _check(world, sent, fault)
    if "asked" in shape:
        return _plan(sent)
    if "needs_all" in shape:
        return {"needs_all": True, "periods": []}
    if "instruction" in shape:
        best = _pick(sent, fault)["segments"][0]
        return {"segment": best, "instruction": "everything that can be seen"}
    if "memory" in shape:
        return _choose_memory(sent, fault)
    if "triples" in shape:
        return {"triples": _triples(sent)}
    return {}


def visible(world: World, sent: Sent) -> list[tuple[int, int, str]]:
    """Facts that the pictures show: first and last picture (from 1) and text."""
    times = [time for time, _ in sent.pictures]
    known = [time for time in times if time is not None]
    if not known:
        return []
    gaps = [b - a for a, b in pairwise(known) if b > a]
    fps = 1.0 / median(gaps) if gaps else 1.0
    side = min(side for _, side in sent.pictures)
    found: list[tuple[int, int, str]] = []
    for fact in world.facts:
        # Times are rounded to marks: a hair of grace, or 2 fps would be read as 1.99.
        if not fact.shows_in(tuple(known), fps * 1.02, side, sent.instructions + sent.text):
            continue
        on = [n for n, t in enumerate(times, 1) if t is not None and fact.start <= t < fact.end]
        found.append((on[0], on[-1], fact.text))
    return found


def _caption(world: World, sent: Sent) -> dict[str, Any]:
    seen = visible(world, sent)
    whole = "; ".join([world.background, *(text for _, _, text in seen)])
    moments = [{"first": first, "last": last, "text": text} for first, last, text in seen]
    return {"caption": whole, "moments": moments}


def _read(world: World, sent: Sent, fault: Fault | None) -> dict[str, Any]:
    rows, options = _numbered(ROW, sent.text), _numbered(OPTION, sent.text)
    if fault is Fault.CONFIDENT:
        return _made_up(rows, options)
    asked = _asked(world, sent.text)
    cited = _proof(world, asked, rows) if asked else []
    sure = bool(cited) and fault is not Fault.NEVER
    if fault is Fault.BAD_NUMBERS:
        cited = [999, -1, 0]
    if asked is None or not cited:
        return {"answer": "", "cited": [], "confident": False, "choice": None}
    choice = next((n for n, text in options if text == asked.answer), None)
    answer = asked.answer
    if fault is Fault.BRACES:
        answer = f'{answer} {{as "shown"}}'.replace('"', "'")
    return {"answer": answer, "cited": cited, "confident": sure, "choice": choice}


def _made_up(rows: list[tuple[int, str]], options: list[tuple[int, str]]) -> dict[str, Any]:
    cited = [rows[0][0]] if rows else [1]
    choice = options[-1][0] if options else None
    return {"answer": MADE_UP, "cited": cited, "confident": True, "choice": choice}


def _proof(world: World, asked: Asked, rows: list[tuple[int, str]]) -> list[int]:
    """Numbers of rows that tell every fact the question needs; empty when one is missing."""
    cited: list[int] = []
    for name in asked.needs:
        text = _plain(world.fact(name).text)
        holding = [(len(row), number) for number, row in rows if text in _plain(row)]
        if not holding:
            return []
        cited.append(min(holding)[1])
    return sorted(set(cited))


def _check(world: World, sent: Sent, fault: Fault | None) -> dict[str, Any]:
    asked, rows = _asked(world, sent.text), _numbered(ROW, sent.text)
    said = ANSWER.search(sent.text)
    right = asked is not None and said is not None
    if right and asked is not None and said is not None:
        right = _plain(asked.answer) in _plain(str(json.loads(said.group(1))))
        right = right and bool(_proof(world, asked, rows))
    if fault is Fault.NEVER:
        right = False
    return {"supported": right, "why": "the rows say so" if right else "the rows do not say so"}


def _pick(sent: Sent, fault: Fault | None) -> dict[str, Any]:
    rows = _numbered(ROW, sent.text)
    if fault is Fault.BAD_NUMBERS:
        return {"segments": [999, 0, -4], "look_for": 99}
    if fault is Fault.SAME_SEGMENT or not rows:
        return {"segments": [1], "look_for": 1}
    words = _words(_question(sent.text))
    ranked = sorted(rows, key=lambda row: (-len(words & _words(row[1])), row[0]))
    best = [number for number, text in ranked if words & _words(text)]
    return {"segments": (best or [number for number, _ in ranked])[:3], "look_for": 1}


def _plan(sent: Sent) -> dict[str, Any]:
    words = list(dict.fromkeys(w for w in WORDS.findall(_question(sent.text).lower())))
    return {"asked": "what", "terms": [w for w in words if w not in COMMON][:12], "target": ""}


def _choose_memory(sent: Sent, fault: Fault | None) -> dict[str, Any]:
    query = _question(sent.text)
    enough = bool(_numbered(ROW, sent.text)) and fault is not Fault.NEVER
    return {"decision": "answer" if enough else "search", "memory": "episodic", "query": query}


def _triples(sent: Sent) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for number, text in _numbered(ROW, sent.text):
        words = WORDS.findall(text)
        if len(words) > 2:
            line = {"subject": words[0], "predicate": words[1], "object": " ".join(words[2:6])}
            made.append({**line, "rows": [number]})
    return made[:20]


def _asked(world: World, text: str) -> Asked | None:
    said = _plain(_question(text))
    return next((q for q in world.questions if _plain(q.question) == said), None)


def _question(text: str) -> str:
    found = QUESTION.search(text)
    return str(json.loads(found.group(1))) if found else ""


def _numbered(pattern: re.Pattern[str], text: str) -> list[tuple[int, str]]:
    return [(int(n), str(json.loads(body))) for n, body in pattern.findall(text)]


def _plain(text: str) -> str:
    return " ".join(WORDS.findall(text.lower()))


def _words(text: str) -> set[str]:
    return _stems(WORDS.findall(text.lower())) - COMMON


def _stems(words: Iterable[str]) -> set[str]:
    return {word.removesuffix("s") for word in words}
