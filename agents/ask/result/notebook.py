"""A result as a notebook shows it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from agents.text.clock import clock_span
from memory.records import SECOND, Span

if TYPE_CHECKING:
    from agents.ask.answer import Result
    from agents.ask.result.evidence import Evidence


def answer_html(result: Result) -> str:
    """The answer, how sure it is, and its evidence as a table; all text is escaped."""
    answer = escape(result.answer or "No answer")
    told = f"{result.status}, confidence {result.confidence:.2f}"
    if not result.evidence:
        told = f"{told}: {result.reason}. Searched: {result.searched}"
    if result.fallback:
        told = f"{told}. Language models failed: {result.fallback}"
    rows = "".join(map(_row, result.evidence))
    table = f"<table>{rows}</table>" if rows else ""
    return f"<p>{escape(result.question)}</p><p><b>{answer}</b> ({escape(told)})</p>{table}"


def _row(item: Evidence) -> str:
    times = clock_span(Span(round(item.start * SECOND), round(item.end * SECOND)))
    text = escape(item.text or "a picture").replace("\n", "<br>")
    cells = (escape(item.video), times, escape(item.sort), text)
    return "<tr>" + "".join(f"<td style='text-align:left'>{cell}</td>" for cell in cells) + "</tr>"
