"""The channel in which what videos show and say reaches a model: numbered, quoted, fenced in.

Each row is one line whose text is a JSON string, so no text can pass for another row. The fence
carries a hash of everything inside it: a text cannot hold the hash of what it is part of, so no
text can close the fence. File names stay out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from agents.text.clock import clock_span
from memory.records import Memory, Span

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


def message(question: str, options: Sequence[str], lines: Sequence[str]) -> str:
    """The whole content of a prompt: the question, then the evidence."""
    return f"{asked(question, options)}\n{fenced(lines)}"


def thinned(rows: Sequence[Memory], characters: int) -> list[Memory]:
    """Rows evenly thinned out until they fit into about so many characters."""
    total = sum(len(row.text or "") for row in rows)
    return list(rows[:: max(1, -(-total // characters))])
