"""The channel in which what videos show and say reaches a model: numbered, quoted, fenced in.

Each row is one line whose text is a JSON string, so no text can pass for another row. The fence
carries a hash of everything inside it: a text cannot hold the hash of what it is part of, so no
text can close the fence. File names stay out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from agents.answer import Material, Question
from agents.captions import clock_span
from agents.plan import Plan
from memory.records import Kind, Memory, Span

ROW_LENGTH = 600
"""Characters of a row that are shown."""
_BREAKS = {ord(c): f"\\u{ord(c):04x}" for c in "\x85\u2028\u2029"}


def quoted(text: str) -> str:
    """A text as one line: a JSON string without any kind of line break."""
    return json.dumps(text, ensure_ascii=False).translate(_BREAKS)


def fenced(lines: Sequence[str]) -> str:
    """Lines between two marks that none of them can forge."""
    body = "\n".join(lines)
    mark = hashlib.sha256(body.encode()).hexdigest()[:24]
    return f"<evidence {mark}>\n{body}\n</evidence {mark}>"


def asked(question: str, options: Sequence[str] = ()) -> str:
    """The question and its numbered options."""
    lines = [f"Question: {quoted(question)}"]
    if options:
        lines += ["Options:", *(f"({n}) {quoted(o)}" for n, o in enumerate(options, 1))]
    return "\n".join(lines)


def line(number: int, video: int, span: Span, kind: str, text: str) -> str:
    """One numbered line."""
    flat = " ".join(text.split())[:ROW_LENGTH]
    return f"[{number}] video {video}, {clock_span(span)}, {kind}: {quoted(flat)}"


def row_lines(rows: Sequence[Memory], material: Material) -> list[str]:
    """Memory rows, numbered from 1."""
    places = {video.video_id: number for number, video in enumerate(material.videos, 1)}
    return [
        line(number, places.get(row.video_id, 0), row.span, str(row.kind), row.text or "")
        for number, row in enumerate(rows, 1)
    ]


def message(question: Question, options: Sequence[str], lines: Sequence[str]) -> str:
    """The whole content of a prompt: the question, then the evidence."""
    return f"{asked(question.text, options)}\n{fenced(lines)}"


def shown_rows(
    plan: Plan,
    material: Material,
    fresh: Sequence[Memory] = (),
    most: int = 60,
    characters: int = 16_000,
) -> list[Memory]:
    """The rows worth a model's attention, in order of time.

    First come `fresh` rows (what this question's looks found), then hits for the options, the
    anchor and the question, then what else lies around, until the space is used up.
    """
    ranked = [
        *fresh,
        *(hit.memory for option in material.options for hit in option[:4]),
        *(hit.memory for hit in (*material.anchors[:4], *material.hits)),
        *material.rows,
    ]
    chosen: dict[str, Memory] = {}
    said: set[tuple[str, Span, str]] = set()
    left = characters
    for row in ranked:
        text = (row.text or "")[:ROW_LENGTH]
        same = (row.video_id, row.span, text)
        if not text or row.kind is Kind.KEYFRAME or row.memory_id in chosen or same in said:
            continue
        if len(chosen) >= most or len(text) > left:
            break
        chosen[row.memory_id] = row
        said.add(same)
        left -= len(text)
    return sorted(chosen.values(), key=lambda r: (r.video_id, r.span, r.memory_id))
