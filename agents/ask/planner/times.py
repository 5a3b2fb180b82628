"""Times in questions: "at 1:23", "between 28 and 31 s", "in the last four seconds"."""

from __future__ import annotations

import re

from agents.ask.plan import Anchor, Relation
from agents.text.clock import clock_seconds
from agents.text.words import NUMBER_WORDS, numbers
from memory.records import SECOND, Span

EDGE, ABOUT = 3.0, 1.0  # seconds that "at the start" covers, and that "about" adds to either side
_WORD = "|".join(sorted((*NUMBER_WORDS, "hundred"), key=len, reverse=True))
_NUMBER = rf"(?:\d+(?:[.,]\d+)?|\b(?:{_WORD})(?:[ -](?:{_WORD})){{0,3}})"
_AMOUNTS = {"few": 3.0, "couple of": 2.0, "half": 0.5, "half a": 0.5, "half an": 0.5}
_AMOUNT = rf"(?:{_NUMBER}|\bhalf an?|\bhalf|\ban?|\bfew|\bcouple of)"
_UNIT = r"(?:h(?:ou)?rs?|min(?:ute)?s?|ms|s(?:ec(?:ond)?s?)?|[hm](?= ?\d+ ?[ms]))(?![a-z])"
_CLOCK = r"\b\d{1,3}:[0-5]\d(?::[0-5]\d)?(?:\.\d+)?\b(?: ?(?:minutes|mins?|s)\b)?"
_PART = rf"{_AMOUNT}(?: and a half)?[ -]?{_UNIT}(?: and a half)?"
_TIME = rf"(?:{_CLOCK}|{_PART}(?:(?: and|,)? ?{_PART}){{0,2}}|\b(?:second|minute) {_NUMBER})"
_PIECE = re.compile(rf"({_AMOUNT})( and a half)?[ -]?({_UNIT})( and a half)?", re.IGNORECASE)
_MEDIUM = r"(?:the|this) (?:video|clip|film|movie|recording|footage|talk|lecture|presentation)\b"
_OF = rf"(?: of {_MEDIUM}|(?! of\b))"
_NEAR = r"about|around|roughly|approximately|circa|almost|nearly|near|close to|~"
_BEFORE, _AFTER = ("before", "by", "until", "till"), ("after", "since", "past", "from")
_EDGES = r"(?P<edge>start|begin|open|end|close|finish)(?:s|es)?"
_LAST = ("last", "final", "closing", "end", "close", "finish")
_PATTERNS = (
    rf"\b(?:(?:in )?between|from) (?:the )?(?P<time>{_TIME}|{_NUMBER}) "
    rf"(?:and|to|until|till) (?P<until>{_TIME})",
    rf"(?:\b(?:at|in|during) )?(?P<time>{_CLOCK}|(?<![\w.]){_NUMBER}) ?- ?(?P<until>{_TIME})",
    rf"(?:\b(?:at|about|around) )?(?P<time>{_TIME}) (?:before|from) the (?:very )?"
    rf"(?P<edge>end)\b{_OF}",
    r"\b(?:(?:in|within|during|over|for|throughout) )?the (?:very )?"
    rf"(?P<edge>first|opening|initial|last|final|closing) (?P<length>{_PART}|{_UNIT}){_OF}",
    rf"(?:\b(?:at|after) )?(?P<lead>(?:{_NEAR}) ?)?(?P<time>{_TIME}) "
    rf"in(?:to\b(?: {_MEDIUM})?| {_MEDIUM}|(?=[,?.]|$))",
    rf"(?<![\w'])(?P<lead>(?:(?:at|{'|'.join((*_BEFORE, *_AFTER))}|{_NEAR}|exactly) ?){{1,3}})"
    rf"(?:the )?(?:t ?= ?)?(?P<time>{_TIME}|(?<== )\d+(?![\d:]))"
    r"(?:[ -](?:mark|point))?(?: on(?:wards)?\b)?(?! (?:of|after|later|before|long)\b)",
    r"\b(?:right |just |only )?(?:at|in|near|towards?|by) the (?:very )?"
    rf"(?P<edge>start|beginning|outset|end)\b{_OF}",
    rf"\b{_MEDIUM} {_EDGES}\b(?: with\b)?",
    rf"\b{_EDGES} {_MEDIUM}",
    rf"\b{_TIME} (?:(?P<kept>after|before)|later)\b",
    rf"\b(?:half-?way(?: through)?|(?:in|near) the middle)\b(?P<kept>)(?: (?:of )?{_MEDIUM})?",
)
"""What names a time, the widest first; the last two name one that no span can hold."""
_FORMS = tuple(re.compile(pattern, re.IGNORECASE) for pattern in _PATTERNS)


def seconds_of(text: str) -> float | None:
    """Seconds of "1:23" (83), "two minutes" (120), "half a second" (0.5); None of what is none."""
    if re.match(_CLOCK, text.strip()):
        return clock_seconds(text)
    text = re.sub(rf"(?i)^(second|minute) ({_NUMBER})$", r"\2 \1", text.strip())
    found = [
        (_amount(p[1]) + 0.5 * bool(p[2] or p[4])) * _unit(p[3]) for p in _PIECE.finditer(text)
    ]
    return sum(found) if found else None


def find_time(text: str) -> tuple[Anchor | None, str, str] | None:
    """The first form of time in `text`, widest forms first: its anchor, words, and the text left.

    An instant ("at 5 s") is a span of one microsecond, the shortest that is not empty. What no span
    can hold ("halfway", "5 s after" an event) has no anchor.
    """
    match = next((m for form in _FORMS if (m := form.search(text))), None)
    if match is None:
        return None
    found = {name: (said or "").lower() for name, said in match.groupdict().items()}
    rest = f"{text[: match.start()]} {found.get('kept', '')}{text[match.end() :]}"
    if "kept" in found:
        return None, match.group(), rest
    relation, start, end = _read(found)
    span = Span(round(start * SECOND), max(round(end * SECOND), round(start * SECOND) + 1))
    return Anchor(relation, span=span, from_end=found.get("edge") in _LAST), match.group(), rest


def _read(found: dict[str, str]) -> tuple[Relation, float, float]:
    """Relation, first and last second of what a form found."""
    if length := found.get("length"):
        return Relation.AT, 0.0, seconds_of(length) or _unit(length)
    if not found.get("time"):
        return Relation.AT, 0.0, EDGE
    until, lead = found.get("until", ""), found.get("lead", "")
    start = seconds_of(found["time"])
    if start is None:  # "between 28 and 31 s": the unit stands once
        unit = _PIECE.search(until)
        start = _amount(found["time"]) * _unit(unit[3] if unit else "s")
    if until:
        end = seconds_of(until) or 0.0
        return Relation.BETWEEN, min(start, end), max(start, end)
    margin = ABOUT if re.search(_NEAR, lead) else 0.0
    first = (lead.split() or ["at"])[0]
    beside = Relation.BEFORE if first in _BEFORE else Relation.AT
    return Relation.AFTER if first in _AFTER else beside, max(0.0, start - margin), start + margin


def _amount(text: str) -> float:
    found = numbers(text)
    return float(found[0]) if found else _AMOUNTS.get(text.strip().lower(), 1.0)


def _unit(name: str) -> float:
    sizes = {"ms": 0.001, "m": 60.0, "h": 3600.0}
    return next((size for key, size in sizes.items() if name.lower().startswith(key)), 1.0)
