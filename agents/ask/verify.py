"""Checks an answer against its evidence by machine: no proof, no answer.

A cited row must have been retrieved in this run, its span must lie in the video, the cited part in
the row; and every number, name and quoted word of the answer must stand in the cited rows or be a
time or a count that follows from them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import cast

from agents.ask.answer import Cited, Context, Draft
from agents.text.clock import clock
from agents.text.words import coverage, numbers
from memory.records import SECOND, Kind, Memory

QUOTED = re.compile(r"[\"“]([^\"”]+)[\"”]")
CLOCK = re.compile(r"\b(?:\d+:)?\d{1,2}:\d{2}(?:\.\d)?\b")
NAME = re.compile(r"(?<![.!?:]\s)(?<!^)(?<![\"“/|])\b[A-Z][\w-]+")
ABOUT = ("role", "doubtful")
"""Details that are our own words about a line: they stand nowhere in the video."""
QUOTE_SHARE = 0.8
"""Share of a quote's words that must stand in the evidence."""


def verify(draft: Draft, context: Context) -> Draft:
    """The draft unchanged when its evidence holds, else unproven with the reason."""
    if not draft.proven:
        return draft
    fault = fault_in(draft.text or "", draft.cited, context)
    if fault is None:
        return draft
    return replace(draft, confidence=draft.confidence / 2, proven=False, reason=fault)


def fault_in(answer: str, cited: Sequence[Cited], context: Context) -> str | None:
    """What is wrong with the evidence, in words, or None."""
    if not answer.strip():
        return "there is no answer"
    if not cited:
        return "nothing is cited"
    retrieved = {row.memory_id for row in context.rows}
    retrieved |= {hit.memory.memory_id for hit in (*context.hits, *context.anchors)}
    retrieved |= {hit.memory.memory_id for option in context.options for hit in option}
    for item in cited:
        row = item.memory
        if row.memory_id not in retrieved:
            return f"the cited row {row.memory_id} was not retrieved for this question"
        if not row.span.contains(item.span):
            return f"the cited span lies outside the row {row.memory_id}"
        if item.span.start < 0 or item.span.end > _end(row, context):
            return f"the cited span of {row.memory_id} lies outside the video"
    return _unfounded(answer, cited)


def _end(row: Memory, context: Context) -> int:
    """The video's end, with a second's grace for rounded containers."""
    return context.video(row.video_id).duration + SECOND


def _unfounded(answer: str, cited: Sequence[Cited]) -> str | None:
    """A number, name or quote of the answer that the evidence does not hold."""
    said = "\n".join(_said(item.memory) for item in cited)
    times = {clock(t) for item in cited for t in _times(item)}
    rest = CLOCK.sub(lambda m: "" if m.group() in times else m.group(), answer)
    for quote in QUOTED.findall(rest):
        if coverage(quote.split(), said) < QUOTE_SHARE:
            return f"the quoted words {quote!r} are not in the evidence"
    known = {*numbers(said), str(len(cited))}
    for number in numbers(rest):
        if number not in known:
            return f"the number {number} is not in the evidence"
    for name in NAME.findall(QUOTED.sub("", rest)):
        if coverage([name], said) < 1:
            return f"the name {name!r} is not in the evidence"
    return None


def _said(row: Memory) -> str:
    """What a row says; a fact's details are times and ids of other rows, which prove nothing."""
    told = () if row.kind is Kind.FACT else _values(row.details)
    return " ".join((row.text or "", *told))


def _values(value: object) -> Iterator[str]:
    """All words and numbers of the video in plain values, however they are nested."""
    if isinstance(value, Mapping):
        told = cast("Mapping[str, object]", value)
        yield from _values([each for name, each in told.items() if name not in ABOUT])
    elif isinstance(value, list | tuple):
        for each in cast("Sequence[object]", value):
            yield from _values(each)
    else:
        yield str(value)


def _times(item: Cited) -> tuple[int, ...]:
    span, row = item.span, item.memory.span
    return span.start, span.end, row.start, row.end
