"""What can go wrong with a model and its server, one by one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Fault(StrEnum):
    """A way to fail; those of the mind change what is said, the others how."""

    STORM = "storm"
    """429 with `Retry-After`."""
    ERROR = "error"
    """500."""
    REFUSES = "refuses"
    """401 that quotes the key, as some vendors do."""
    STALL = "stall"
    """No reply for a long time."""
    RESET = "reset"
    """The connection is reset."""
    CUT_BODY = "cut_body"
    """The HTTP body ends early."""
    HTML = "html"
    """200 with a web page."""
    REDIRECT = "redirect"
    """307 to another host."""
    NO_CHOICES = "no_choices"
    """A reply without any message."""
    NULL_CHOICE = "null_choice"
    """A list of messages that holds null."""
    EMPTY = "empty"
    """An empty message."""
    TRUNCATED = "truncated"
    """JSON that stops in the middle."""
    WRONG_TYPES = "wrong_types"
    """JSON whose values have other types."""
    NULL = "null"
    """JSON `null`."""
    PROSE = "prose"
    """Words instead of JSON."""
    BRACES = "braces"
    """Valid JSON with braces and quotes inside its strings, in a fence."""
    CONFIDENT = "confident"
    """Always sure, of something made up."""
    NEVER = "never"
    """Never sure."""
    SAME_SEGMENT = "same_segment"
    """Picks the first segment for ever."""
    BAD_NUMBERS = "bad_numbers"
    """Cites and picks what was not offered."""


WIRE = frozenset(
    {
        Fault.STORM,
        Fault.ERROR,
        Fault.REFUSES,
        Fault.STALL,
        Fault.RESET,
        Fault.CUT_BODY,
        Fault.HTML,
        Fault.REDIRECT,
        Fault.NO_CHOICES,
        Fault.NULL_CHOICE,
    }
)
"""Faults below the message."""


@dataclass(slots=True)
class Trouble:
    """A fault that is in force for the next `times` requests; None for all."""

    fault: Fault
    times: int | None = None
    seconds: float = 30.0
    """Length of a stall, or what `Retry-After` says."""
    elsewhere: str = "http://example.invalid/v1/chat/completions"
    """Where a redirect leads."""

    def strikes(self) -> bool:
        """Whether this request fails; counts it."""
        if self.times is None:
            return True
        self.times -= 1
        return self.times >= 0


def spoiled(fault: Fault, text: str) -> str:
    """What a broken model writes instead of `text`, which is JSON."""
    if fault is Fault.EMPTY:
        return ""
    if fault is Fault.TRUNCATED:
        return text[: max(1, len(text) * 2 // 3)]
    if fault is Fault.WRONG_TYPES:
        return '{"answer": {"a": [1]}, "cited": "first", "confident": "perhaps", "asked": 7}'
    if fault is Fault.NULL:
        return "null"
    if fault is Fault.PROSE:
        return "I believe that the answer is clear. As an assistant, I cannot write JSON."
    if fault is Fault.BRACES:
        return f"```json\n{text}\n```"
    return text


def spoiled_vectors(fault: Fault, data: list[Any]) -> list[Any]:
    """What a broken encoder sends instead of a list of vectors."""
    if fault is Fault.EMPTY:
        return []
    if fault is Fault.TRUNCATED:
        return data[:-1]
    if fault is Fault.NULL:
        return [None for _ in data]
    if fault is Fault.WRONG_TYPES:
        return [{**item, "embedding": ["a", {}]} for item in data]
    if fault is Fault.BAD_NUMBERS:
        return [{**item, "embedding": [0.0 for _ in item["embedding"]]} for item in data]
    return data
