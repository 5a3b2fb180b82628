"""Roles of lines on screen against generated layouts whose roles are known.

    python -m tests.benchmarks.senses.text_roles [--part fit|report] [--each N] [--seed N]
        [--read]

Without `--read` boxes are those of the letters, inexact as a detector's are; with it layouts that
do not change are drawn and read by the real reader, which also loses markers and joins lines.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from rapidfuzz import fuzz

from agents.models.ports import TextLine, TextReader
from agents.perception.roles.roles import with_roles
from agents.perception.rows import rows_of
from agents.perception.text_lines import Shown, as_percept, together
from memory.records import Memory, Span, Window, WindowStatus
from tests.benchmarks.senses.layouts import FIT, REPORT, SIZE, Layout, Line, layouts

ROLES = ("title", "subtitle", "item", "wrapped")
Told = list[tuple[str, str, str]]
"""Text, true role and the role that was told."""


def placed(layout: Layout, seed: str) -> list[Shown]:
    """The lines as a reader without fault would read them."""
    jitter = random.Random(seed)
    return [Shown(TextLine(e.text, 0.97, e.box(jitter)), e.span) for e in layout]


def read(layout: Layout, reader: TextReader) -> list[Shown]:
    """The lines as the reader reads them from one picture; each with the time of the nearest."""
    picture = Image.new("RGB", SIZE, (240, 240, 235))
    pen = ImageDraw.Draw(picture)
    for line in layout:
        font = ImageFont.truetype(f"{line.font}.ttf", line.size)
        left = line.left - font.getlength(line.text) / 2 if line.is_centred else line.left
        pen.text((left, line.top), line.text, font=font, fill=(20, 20, 50))
    small = picture.resize((736, 414), Image.Resampling.LANCZOS)
    boxes = reader.find(np.asarray(small))
    return [Shown(e, layout[0].span) for e in reader.read(np.asarray(picture), boxes)]


def rows_with_roles(shown: Sequence[Shown]) -> list[Memory]:
    """Rows as an ingest makes them."""
    percepts = [as_percept(group, "test") for group in together(shown, 250_000)]
    last = max(each.span.end for each in shown)
    window = Window("w", "t", "v", "k", 0, Span(0, last), WindowStatus.DONE)
    return with_roles(rows_of(percepts, window, None))


def told(layout: Layout, rows: Iterable[Memory]) -> Told:
    """Each line of a layout with the role that it was given."""
    lines = [
        (each, row)
        for row in rows
        for line in row.details.get("lines", [])
        for each in (line, *line.get("parts", []))
    ]
    made: Told = []
    for wanted in layout:
        near = [(_like(wanted, line["text"], row), line) for line, row in lines]
        score, best = max(near, key=lambda each: each[0], default=(0.0, None))
        made.append((wanted.text, wanted.role, best.get("role", "") if best and score > 60 else ""))
    return made


def _like(wanted: Line, text: str, row: Memory) -> float:
    inside = row.span.overlap(wanted.span) > 0
    return fuzz.ratio(wanted.text, text) if inside else 0.0


def is_still(layout: Layout) -> bool:
    """Whether all lines are there all the time."""
    return len({(line.start, line.end) for line in layout}) == 1


def main(part: str, each: int, seed: int, reader: TextReader | None) -> None:
    """Print how many lines of each role are told right, by kind of layout and altogether."""
    kinds = FIT if part == "fit" else REPORT
    right, wrong, missed = Counter[str](), Counter[str](), Counter[str]()
    by_kind: dict[str, list[int]] = {}
    for name, layout in layouts(kinds, each, seed):
        if reader is not None and not is_still(layout):
            continue
        shown = placed(layout, name) if reader is None else read(layout, reader)
        for text, truth, role in told(layout, rows_with_roles(shown)):
            counts = by_kind.setdefault(name, [0, 0])
            counts[0] += truth == role
            counts[1] += 1
            right[truth] += truth == role
            wrong[role] += truth != role
            missed[truth] += truth != role
            if truth != role:
                print(f"    {name}: {text!r} is {truth or 'nothing'}, told {role or 'nothing'}")
    for name, (fine, every) in by_kind.items():
        print(f"| {name.replace('_', ' ')} | {fine} of {every} |")
    print("| role | lines | found | of those told, right |\n|---|---|---|---|")
    for role in ROLES:
        lines, told_so = right[role] + missed[role], right[role] + wrong[role]
        if lines or told_so:
            found = f"{right[role] / lines:.2f}" if lines else "-"
            share = f"{right[role] / told_so:.2f}" if told_so else "-"
            print(f"| {role} | {lines} | {found} | {share} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=("fit", "report"), default="fit")
    parser.add_argument("--each", type=int, default=20)
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--read", action="store_true")
    given = parser.parse_args()
    own: TextReader | None = None
    if given.read:
        from agents.models.embedded.rapid_ocr import RapidOcrReader

        own = RapidOcrReader()
    main(given.part, given.each, given.seed, own)
