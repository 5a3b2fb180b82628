"""Times, lengths and factors as people write them."""

from __future__ import annotations

import re

from agents.text.clock import clock_seconds

CLOCK = r"(?:\d{1,2}:)?\d{1,3}:\d{2}(?:\.\d+)?"
UNIT = r"(?:seconds?|secs?|s|minutes?|mins?|m)"
TIME = rf"(?:{CLOCK}|\d+(?:\.\d+)?(?:\s?-?{UNIT}\b)?)"
LENGTH = rf"(?:\d+(?:\.\d+)?\s?-?{UNIT}\b|a second|a minute|half a second|one second)"
_WORDS = {"a second": 1.0, "one second": 1.0, "half a second": 0.5, "a minute": 60.0}

FACTOR = (
    r"(?:(?:a |one )?(?:half|third|quarter)|double|twice|triple|normal|a factor of \d+(?:\.\d+)?|"
    r"\d+(?:\.\d+)?\s?(?:x|times|%|percent|per cent))"
)
_FACTORS = {
    "half": 0.5,
    "third": 1 / 3,
    "quarter": 0.25,
    "double": 2.0,
    "twice": 2.0,
    "triple": 3.0,
}


def seconds_of(text: str, unit: str = "") -> float | None:
    """Seconds of `1:15`, `75 s`, `1.5 minutes`; of a bare number only where `unit` says what."""
    text = text.strip()
    if text in _WORDS:
        return _WORDS[text]
    if ":" in text:
        return clock_seconds(text)
    found = re.fullmatch(rf"(\d+(?:\.\d+)?)\s?-?({UNIT})?", text)
    if found is None or not (found[2] or unit):
        return None
    return float(found[1]) * (60.0 if (found[2] or unit).startswith("m") else 1.0)


def span_of(first: str, last: str) -> tuple[float, float] | None:
    """Seconds of two times of which one may lack its unit; None where neither has one."""
    units = [m[1] for t in (last, first) if (m := re.search(rf"({UNIT})$", t.strip()))]
    unit = units[0] if units else "s" if ":" in first + last else ""
    start, end = seconds_of(first, unit), seconds_of(last, unit)
    return None if start is None or end is None else (start, end)


def factor_of(text: str) -> float:
    """What a factor multiplies by: `half` .5, `2x` 2, `50%` .5."""
    text = re.sub(r"^(?:a factor of|a|one) ", "", text.strip())
    if text in _FACTORS:
        return _FACTORS[text]
    if text == "normal":
        return 1.0
    number = float(re.match(r"\d+(?:\.\d+)?", text)[0])  # type: ignore[index]  # FACTOR begins so
    return number / 100 if "%" in text or "cent" in text else number
