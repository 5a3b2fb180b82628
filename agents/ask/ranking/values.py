"""What a value of an asked-for type looks like."""

from __future__ import annotations

import re

from agents.text.words import numbers, stem, words

RAISED = "[⁰¹²³⁴-⁹½¼¾⅓⅔⅛]*"
"""Exponents and fractions that belong to the number before them."""

PATTERNS = {
    "number": r"\b[A-Z]{1,4}-?\d[\w-]*|"
    rf"(?:\d[\d.,:/]*{RAISED}|[½¼¾⅓⅔⅛])\s?%?[A-Za-z]{{0,3}}{RAISED}",
    "percentage": r"\d[\d.,]*\s?%",
    "price": r"(?:[$€£]\s?\d[\d.,]*|\d[\d.,]*\s?(?:[$€£]|dollars?|euros?|pounds?))",
    "duration": r"\d[\d.,]*\s?(?:ms|s|sec\w*|min\w*|h|hours?|days?|weeks?|months?|years?)?\b",
    "time": r"\d{1,2}:\d{2}(?::\d{2})?(?:\s?[ap]m)?",
    "date": r"\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}|\d{1,2}\.? [A-Z][a-z]+ \d{4}|"
    r"[A-Z][a-z]+ \d{1,2},? \d{4}",
    "file": r"[\w-]+\.[A-Za-z]\w{1,4}\b",
    "url": r"(?:https?://|www\.)\S+",
    "link": r"(?:https?://|www\.)\S+",
    "website": r"(?:https?://|www\.)\S+|\b[\w-]+\.(?:com|org|net|io|ai|edu|gov)\b",
    "email": r"[\w.+-]+@[\w-]+\.[\w.]+",
    "year": r"\b(?:1[5-9]|20)\d\d\b",
}
NUMERIC = frozenset(
    ["number", "value", "count", "amount", "score", "digit", "figure", "many", "much", "total"]
)
BESIDE = 3
"""Words within which a number counts a thing: "400 million image-text pairs", "tests: 175"."""


def counts(noun: str, text: str, near: str) -> bool:
    """Whether a number of a text counts what is called so: it stands beside it, or is its value.

    A number in a line that holds the noun far from it counts something else, or nothing.
    """
    wanted, said = stem(noun), words(text)
    at = [place for place, word in enumerate(said) if stem(word) == wanted]
    known = [place for place, word in enumerate(said) if numbers(word)]
    is_labelled = bool(known) and any(stem(word) == wanted for word in words(near))
    return is_labelled or any(abs(one - other) <= BESIDE for one in at for other in known)


def value_pattern(target: str) -> re.Pattern[str] | None:
    """The pattern of an answer of this type ("opening time", "price"), None for free text."""
    said = target.lower().split()
    if said[-1:] == ["time"] and len(said) > 1:
        return re.compile(f"{PATTERNS['time']}|{PATTERNS['duration']}")
    for word in reversed(said):
        if word in PATTERNS:
            return re.compile(PATTERNS[word])
        if word in NUMERIC:
            return re.compile(PATTERNS["number"])
    return None
