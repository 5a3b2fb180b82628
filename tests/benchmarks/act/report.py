"""The parts of `data/results/act.md` that are written by commands, each between two marks."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path

REPORT = Path(__file__).resolve().parents[3] / "data" / "results" / "act.md"


def kept(part: str, lines: Sequence[str], *, write: bool) -> None:
    """Print figures, and put them into their part of the report."""
    text = "\n".join(lines)
    sys.stdout.write(text + "\n")
    if write:
        begin, end = f"<!-- {part} -->", f"<!-- end of {part} -->"
        marks = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
        told = REPORT.read_text(encoding="utf-8")
        new = marks.sub(lambda _: f"{begin}\n{text}\n{end}", told)
        REPORT.write_text(new, encoding="utf-8")
