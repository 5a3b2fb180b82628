"""Everything that is printed goes through here: names and texts of strangers steer no terminal."""

from __future__ import annotations

import json
import logging
import re
import sys
from typing import Any

_STEERING = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""C0 and C1 controls, marks that turn the direction of text, line ends, and what is no UTF-8."""

_BYTE = range(0xDC80, 0xDD00)
"""How Python writes a byte of a file name that is no UTF-8 (`surrogateescape`)."""


def shown(text: str) -> str:
    r"""`text` as it may go to a terminal, on one line: what would steer it is written as `\x1b`."""
    return _STEERING.sub(lambda found: _escape(ord(found.group())), text)


def say(line: str = "", *, err: bool = False) -> None:
    """Print one line, on stderr if `err`."""
    print(shown(line), file=sys.stderr if err else sys.stdout, flush=err)


def say_lines(text: str) -> None:
    """Print a text of our own or of a model, which may have several lines."""
    for line in text.splitlines():
        say(line)


def json_text(value: dict[str, Any]) -> str:
    """`value` as JSON on one line; what a terminal could take for a command is escaped in it."""
    text = json.dumps(value, ensure_ascii=False)
    return _STEERING.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


class LineFormatter(logging.Formatter):
    """Log records without control characters; only tracebacks have more than one line."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        """The message on one line."""
        return shown(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: ANN401, N802
        """The traceback, line by line."""
        return "\n".join(map(shown, super().formatException(ei).split("\n")))


def _escape(code: int) -> str:
    if code == ord("\t"):
        return " "
    if code == ord("\n"):
        return "\\n"
    if code in _BYTE:
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
