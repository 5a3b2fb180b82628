"""Times in questions: "at 1:23", "between 28 and 31 s", "in the last four seconds"."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from agents.ask.plan import Relation
from agents.text.clock import clock_seconds
from agents.text.words import NUMBER_WORDS, numbers
from memory.records import SECOND, Span

EDGE = 3.0
"""Seconds that "at the start" and "at the end" cover."""

ABOUT = 1.0
"""Seconds to either side that "about" adds."""

_WORD = "|".join(sorted(NUMBER_WORDS, key=len, reverse=True))
_NUMBER = rf"(?:\d+(?:[.,]\d+)?|\b(?:{_WORD}|hundred)(?:[ -](?:{_WORD}|hundred)){{0,3}})"
_AMOUNT = rf"(?:{_NUMBER}|\bhalf an?|\bhalf|\ban?|\bfew|\bcouple of)"
_UNIT = (
    r"(?:hours?|hrs?|minutes?|mins?|milliseconds?|ms|seconds?|secs?|s|[hm](?= ?\d{1,2} ?[ms]))"
    r"(?![a-z])"
)
_CLOCK = r"\b\d{1,3}:[0-5]\d(?::[0-5]\d)?(?:\.\d+)?\b(?: ?(?:minutes|mins?|s)\b)?"
_PART = rf"{_AMOUNT}(?: and a half)?[ -]?{_UNIT}(?: and a half)?"
_TIME = rf"(?:{_CLOCK}|{_PART}(?:(?: and|,)? ?{_PART}){{0,2}}|\b(?:second|minute) {_NUMBER})"
_MEDIUM = r"(?:video|clip|film|movie|recording|footage|talk|lecture|presentation)"
_OF = rf"(?: of (?:the|this) (?:\w+ )?{_MEDIUM}\b|(?! of\b))"
_NEAR = r"about|around|roughly|approximately|circa|almost|nearly|near|close to|~"

_COMPILED = {
    "range": rf"\b(?:(?:in )?between|from) (?:the )?(?P<a>{_TIME}|{_NUMBER}) "
    rf"(?:and|to|until|till) (?P<b>{_TIME})",
    "dash": r"(?:\b(?:at|in|during|between|from) )?"
    rf"(?P<a>{_CLOCK}|(?<![\w.]){_NUMBER}) ?- ?(?P<b>{_TIME})",
    "from_end": rf"(?:\b(?:at|about|around) )?(?P<t>{_TIME}) "
    rf"(?:before|from) the (?:very )?end\b{_OF}",
    "window": r"\b(?:(?:in|within|during|over|for|throughout) )?the (?:very )?"
    rf"(?P<w>first|opening|initial|last|final|closing) (?P<t>{_PART}|{_UNIT}){_OF}",
    "into": rf"(?:\b(?:at|after) )?(?P<about>(?:{_NEAR}) ?)?(?P<t>{_TIME}) "
    rf"(?:into\b(?: (?:the|this) {_MEDIUM}\b)?|in (?:the|this) {_MEDIUM}\b|in(?=,|\?|\.|$))",
    "point": rf"(?<![\w'])(?P<r>at|after|before|by|until|till|since|past|from|{_NEAR}) "
    rf"(?P<about>(?:{_NEAR}|exactly|precisely) ?)?(?:the )?(?:time(?:stamp)? |t ?= "
    rf"?)?(?P<t>{_TIME})"
    r"(?:[ -](?:mark|point))?(?: on(?:wards)?\b)?(?! (?:of|after|later|before|long)\b)",
    "bare": r"\bat (?P<about>(?:about|around) )?(?:t ?= ?(?P<t>\d+(?:\.\d+)?)|(?P<d>\d+\.\d+))"
    r"\b(?! ?[a-z%°])",
    "edge": r"\b(?:right |just |only )?(?:at|in|near|towards?|by) the (?:very )?"
    rf"(?P<e>start|beginning|outset|end)\b{_OF}",
    "verb": rf"(?<=\b)(?P<keep>(?:the|this) {_MEDIUM}) "
    r"(?P<e>start|end|begin|open|close|finish)(?:s|es)?\b(?: with\b)?",
    "opens": rf"\b(?P<e>open|start|begin|end|close|finish)(?:s|es)? (?:the|this) {_MEDIUM}\b",
    "adverb": r"\bat (?P<e>first|last)\b(?=[ ,?.]|$)",
}
_FORMS = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in _COMPILED.items()}
_PIECE = re.compile(
    rf"(?P<n>{_AMOUNT})(?P<half> and a half)?[ -]?(?P<u>{_UNIT})(?P<more> and a half)?",
    re.IGNORECASE,
)
_OFFSET = re.compile(rf"\b{_TIME} (?P<r>after|before|later)\b", re.IGNORECASE)
_MIDDLE = re.compile(
    rf"\b(?:half-?way(?: through)?|(?:in|near) the middle)\b(?: (?:of )?(?:the|this) {_MEDIUM})?",
    re.IGNORECASE,
)
_RELATIONS = {
    **dict.fromkeys(("after", "since", "past", "from"), Relation.AFTER),
    **dict.fromkeys(("before", "by", "until", "till"), Relation.BEFORE),
}


@dataclass(frozen=True, slots=True)
class TimeMention:
    """A time that a text names, and the text without it."""

    relation: Relation
    span: Span
    from_end: bool
    rest: str


def seconds_of(text: str) -> float | None:
    """Seconds of a clock time or a length: "1:23" is 83, "two minutes" 120, "half a second" 0.5.

    Returns None when the text is neither.
    """
    text = text.strip().lower()
    if re.match(_CLOCK, text):
        return clock_seconds(text)
    if named := re.fullmatch(rf"(second|minute) ({_NUMBER})", text):
        return _amount(named[2]) * _unit(named[1])
    found = list(_PIECE.finditer(text))
    halves = sum(0.5 * _unit(piece["u"]) for piece in found if piece["half"] or piece["more"])
    return sum(_amount(p["n"]) * _unit(p["u"]) for p in found) + halves if found else None


def find_time(text: str) -> TimeMention | None:
    """The first form of time in `text`, widest forms first, or None.

    An instant ("at 5 s") is a span of one microsecond, the shortest that is not empty; "about"
    widens it by `ABOUT` to either side. A span counted from the end has `from_end` and starts at
    0, the last moment ("the last four seconds" is 0 to 4 s before the end).
    """
    for name, form in _FORMS.items():
        match = form.search(text)
        if match is not None:
            relation, start, end, from_end = _READERS[name](match.groupdict())
            span = Span(round(start * SECOND), max(round(end * SECOND), round(start * SECOND) + 1))
            keep = match.groupdict().get("keep") or ""
            rest = f"{text[: match.start()]}{keep} {text[match.end() :]}"
            return TimeMention(relation, span, from_end, rest)
    return None


def unread_time(text: str) -> tuple[str, str]:
    """Take out a time that no span can hold, such as "halfway": (the rest, what it was)."""
    if match := _MIDDLE.search(text):
        return f"{text[: match.start()]} {text[match.end() :]}", match.group()
    if match := _OFFSET.search(text):
        word = "after" if match["r"].lower() == "later" else match["r"]
        kept = "" if match["r"].lower() == "later" else word
        return f"{text[: match.start()]}{kept}{text[match.end() :]}", match.group()
    return text, ""


def _amount(text: str) -> float:
    text = text.strip().lower()
    if text in ("few", "couple of"):
        return 3.0 if text == "few" else 2.0
    if text.startswith("half"):
        return 0.5
    found = numbers(text)
    return float(found[0]) if found else 1.0


def _unit(name: str) -> float:
    sizes = {"ms": 0.001, "mil": 0.001, "m": 60.0, "h": 3600.0}
    return next((size for key, size in sizes.items() if name.startswith(key)), 1.0)


_Read = tuple[Relation, float, float, bool]
_Groups = dict[str, str | None]


def _range(found: _Groups) -> _Read:
    first, second = found["a"] or "", found["b"] or ""
    end = seconds_of(second) or 0.0
    start = seconds_of(first)
    if start is None:  # "between 28 and 31 s": the unit stands once
        units = list(_PIECE.finditer(second))
        start = _amount(first) * (_unit(units[0]["u"].lower()) if units else 1.0)
    return Relation.BETWEEN, min(start, end), max(start, end), False


def _from_end(found: _Groups) -> _Read:
    seconds = seconds_of(found["t"] or "") or 0.0
    return Relation.AT, seconds, seconds, True


def _window(found: _Groups) -> _Read:
    seconds = seconds_of(found["t"] or "")
    length = _unit((found["t"] or "").lower()) if seconds is None else seconds
    return Relation.AT, 0.0, length, (found["w"] or "").lower() in ("last", "final", "closing")


def _point(found: _Groups) -> _Read:
    written = found.get("t") or found.get("d") or ""
    seconds = seconds_of(written)
    seconds = _amount(written) if seconds is None else seconds
    word = (found.get("r") or "at").lower()
    approximate = re.match(_NEAR, found.get("about") or word, re.IGNORECASE) is not None
    margin = ABOUT if approximate else 0.0
    relation = _RELATIONS.get(word, Relation.AT)
    return relation, max(0.0, seconds - margin), seconds + margin, False


def _edge(found: _Groups) -> _Read:
    word = (found["e"] or "").lower()
    return Relation.AT, 0.0, EDGE, word in ("end", "close", "finish", "last")


_READERS: dict[str, Callable[[_Groups], _Read]] = {
    "range": _range,
    "dash": _range,
    "from_end": _from_end,
    "window": _window,
    "into": _point,
    "point": _point,
    "bare": _point,
    "edge": _edge,
    "verb": _edge,
    "opens": _edge,
    "adverb": _edge,
}
