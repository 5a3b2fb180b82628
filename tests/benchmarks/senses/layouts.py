"""Generated layouts of text on screen, with what each line of them is for.

A layout is lines with a font, a size, a place and a time, drawn from a seed: slides with titles and
lists, cards, captions over slides and over pictures, and what looks like these and is none of them
(footers, paragraphs, tables, code, credits, name tags, counters). `FIT` and `REPORT` share neither
kinds of the same form nor seeds, so that what is set on the one is judged on the other.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from PIL import ImageFont

from memory.records import SECOND, Span

SIZE = (1280, 720)
SANS, SERIF, MONO = "DejaVuSans", "DejaVuSerif", "DejaVuSansMono"
NOUNS = (
    "budget review harbour ticket market season engine report garden station paper morning bridge "
    "winter copper letter planet forest signal window training safety kitchen library orchestra "
    "museum traffic weather battery camera keyboard pricing holiday contract factory delivery"
).split()
VERBS = "check plan open close measure move paint train repair compare order deliver".split()


@dataclass(frozen=True)
class Line:
    """A line that is drawn, and its role."""

    text: str
    left: float
    """Pixels; of a centred line its middle."""
    top: float
    size: int
    role: str
    start: float
    end: float
    font: str = SANS
    is_centred: bool = False

    def box(self, jitter: random.Random) -> tuple[float, float, float, float]:
        """Fractions of the picture, as a detector gives them: the ink and a margin, inexact."""
        font = ImageFont.truetype(f"{self.font}.ttf", self.size)
        x0, y0, x1, y1 = font.getbbox(self.text)
        left = self.left - (x1 - x0) / 2 if self.is_centred else self.left
        edge = 0.14 * self.size
        sides = (left - edge, self.top + y0 - edge, left + x1 - x0 + edge, self.top + y1 + edge)
        moved = [side + jitter.uniform(-0.05, 0.05) * self.size for side in sides]
        return (moved[0] / SIZE[0], moved[1] / SIZE[1], moved[2] / SIZE[0], moved[3] / SIZE[1])

    @property
    def span(self) -> Span:
        """Its time, to the half second in which pictures are looked at."""
        return Span(round(self.start * 2) * SECOND // 2, round(self.end * 2) * SECOND // 2)


Layout = list[Line]


def phrase(draw: random.Random, least: int, most: int) -> str:
    """A few words that begin with a capital letter."""
    words = [draw.choice(NOUNS) for _ in range(draw.randint(least, most))]
    if draw.random() < 0.4:
        words[0] = draw.choice(VERBS)
    return " ".join(words).capitalize()


def _title(draw: random.Random, end: float, *, lines: int = 1, centred: bool = False) -> Layout:
    size = draw.randint(40, 60)
    left = SIZE[0] / 2 if centred else draw.randint(50, 120)
    top = draw.randint(30, 90)
    font = draw.choice([SANS, SERIF, "DejaVuSans-Bold"])
    return [
        Line(phrase(draw, 1, 3), left, top + n * 1.25 * size, size, "title", 0, end, font, centred)
        for n in range(lines)
    ]


def _items(
    draw: random.Random,
    top: float,
    end: float,
    marker: str,
    *,
    wrap: float = 0.0,
    loose: float = 1.7,
    reveal: float = 0.0,
    left: int = 0,
    most: int = 6,
) -> Layout:
    size = draw.randint(24, 32)
    left = left or draw.randint(80, 160)
    made: Layout = []
    font = draw.choice([SANS, SERIF])
    for n in range(draw.randint(3, most)):
        mark = {"1.": f"{n + 1}. ", "a)": f"{chr(97 + n)}) "}.get(
            marker, f"{marker} " * bool(marker)
        )
        came = n * reveal
        text = mark + phrase(draw, 1, 4)
        made.append(Line(text, left, top, size, "item", came, end, font))
        if draw.random() < wrap:
            top += 1.2 * size
            inner = left + (ImageFont.truetype(f"{font}.ttf", size).getlength(mark) if mark else 0)
            more = phrase(draw, 2, 4).lower()
            made.append(Line(more, inner, top, size, "wrapped", came, end, font))
        top += loose * size
    return made


def _captions(draw: random.Random, until: float, *, top: float = 640, size: int = 0) -> Layout:
    made: Layout = []
    at = draw.choice([0.0, 1.0])
    size = size or draw.randint(26, 36)
    while at < until - 1:
        lasts = draw.choice([1.5, 2, 2, 2.5, 3, 4])
        lines = draw.choice([1, 1, 2])
        for n in range(lines):
            place = top - (lines - 1 - n) * 1.25 * size if top > 360 else top + n * 1.25 * size
            words = phrase(draw, 2, 6) if n == 0 else phrase(draw, 2, 6).lower()
            end = min(at + lasts, until)
            made.append(Line(words, SIZE[0] / 2, place, size, "subtitle", at, end, SANS, True))
        at += lasts + draw.choice([0, 0, 0, 0.5])
    return made


def slide_with_markers(draw: random.Random) -> Layout:
    """Title and items with markers, some of which wrap."""
    marker = draw.choice(["•", "-", "1."])
    return _title(draw, 10) + _items(draw, 180, 10, marker, wrap=0.4)


def slide_with_plain_list(draw: random.Random) -> Layout:
    """Title and items without markers."""
    return _title(draw, 10, centred=draw.random() < 0.5) + _items(draw, 190, 10, "")


def slide_with_paragraph(draw: random.Random) -> Layout:
    """Title and a text that flows."""
    size, end = draw.randint(22, 30), 10.0
    text = [phrase(draw, 5, 7) if n == 0 else phrase(draw, 5, 7).lower() for n in range(6)]
    return _title(draw, end) + [
        Line(each, 90, 190 + n * 1.3 * size, size, "", 0, end, SERIF) for n, each in enumerate(text)
    ]


def captions_over_slide(draw: random.Random) -> Layout:
    """Subtitles below a slide whose items come one by one."""
    base = _title(draw, 24) + _items(draw, 160, 24, "•", reveal=4, most=5)
    return base + _captions(draw, 24)


def captions_alone(draw: random.Random) -> Layout:
    """Subtitles over a picture without text."""
    return _captions(draw, 16)


def slides_with_footers(draw: random.Random) -> Layout:
    """Slides that change all at once, each with a line of its own at the bottom."""
    made: Layout = []
    for n in range(5):
        page = _title(draw, 5) + _items(draw, 170, 5, "•", most=4)
        page.append(Line(phrase(draw, 2, 4), SIZE[0] / 2, 660, 24, "", 0, 5, SANS, True))
        made += [_later(line, 5.0 * n) for line in page]
    return made


def kinetic(draw: random.Random) -> Layout:
    """One word after the other in the middle."""
    return [
        Line(phrase(draw, 1, 2), SIZE[0] / 2, 320, 80, "", n, n + 1, SANS, True) for n in range(10)
    ]


def table(draw: random.Random) -> Layout:
    """Rows of a name and two numbers."""
    made: Layout = []
    for n in range(6):
        top = 150 + n * 70
        made.append(Line(phrase(draw, 1, 1), 120, top, 28, "", 0, 10))
        made.append(Line(f"{draw.randint(1, 999)}", 520, top, 28, "", 0, 10))
        made.append(Line(f"{draw.randint(1, 99)} %", 800, top, 28, "", 0, 10))
    return made


def two_line_title(draw: random.Random) -> Layout:
    """A title of two lines above numbered items."""
    return _title(draw, 12, lines=2) + _items(draw, 240, 12, "1.", wrap=0.3)


def card(draw: random.Random) -> Layout:
    """A card: a large line in the middle, a small one below it."""
    size = draw.randint(56, 80)
    big = Line(phrase(draw, 1, 3), SIZE[0] / 2, 240, size, "title", 0, 4, SERIF, True)
    return [big, Line(phrase(draw, 2, 4), SIZE[0] / 2, 380, 28, "", 0, 4, SANS, True)]


def captions_above(draw: random.Random) -> Layout:
    """Subtitles at the top, a logo in the corner."""
    logo = Line(draw.choice(NOUNS).upper(), 1120, 660, 24, "", 0, 18)
    return [logo, *_captions(draw, 18, top=40)]


def name_tags(draw: random.Random) -> Layout:
    """Names at the lower left, each for some seconds, far apart."""
    made: Layout = []
    for n in range(4):
        at = n * 12.0
        made.append(Line(phrase(draw, 2, 2).title(), 90, 560, 34, "", at, at + 5))
        made.append(Line(phrase(draw, 2, 3), 90, 610, 24, "", at, at + 5))
    return made


def counter(draw: random.Random) -> Layout:
    """A number below the middle that counts."""
    return [
        Line(f"Round {n}", SIZE[0] / 2, 640, 32, "", n, n + 1, MONO, True) for n in range(1, 12)
    ]


def code(draw: random.Random) -> Layout:
    """Lines of a program."""
    size = draw.randint(20, 26)
    names = [draw.choice(NOUNS) for _ in range(9)]
    lines = [
        f"def {names[0]}({names[1]}):", f"{names[2]} = {names[1]} + 1",
        f"for {names[3]} in {names[2]}:", f"print({names[3]})", f"return {names[2]}",
    ]  # fmt: skip
    depth = (0, 1, 1, 2, 1)
    return [
        Line(t, 100 + 4 * d * 0.6 * size, 160 + n * 1.35 * size, size, "", 0, 12, MONO)
        for n, (t, d) in enumerate(zip(lines, depth, strict=True))
    ]


def credits(draw: random.Random) -> Layout:
    """Centred names below each other."""
    return [
        Line(phrase(draw, 2, 3).title(), SIZE[0] / 2, 120 + n * 60, 30, "", 0, 6, SERIF, True)
        for n in range(8)
    ]


def two_columns(draw: random.Random) -> Layout:
    """A title and two lists side by side."""
    left = _items(draw, 190, 12, "•", left=90, most=5)
    return _title(draw, 12) + left + _items(draw, 190, 12, "•", left=720, most=5)


def lettered_one_by_one(draw: random.Random) -> Layout:
    """Items with letters that come one by one, under subtitles."""
    base = _title(draw, 26, centred=True) + _items(draw, 150, 26, "a)", reveal=5, wrap=0.3, most=4)
    return base + _captions(draw, 26, size=28)


def menu(draw: random.Random) -> Layout:
    """A screen with entries evenly apart, and no title."""
    return _items(draw, 120, 20, "", left=60, loose=2.2, most=7)


def quotes_in_turn(draw: random.Random) -> Layout:
    """Pages that change all at once: a centred saying and who said it, near the bottom."""
    made: Layout = []
    for n in range(5):
        at = 6.0 * n
        size = 34
        made.append(Line(phrase(draw, 4, 6), SIZE[0] / 2, 300, size, "", at, at + 6, SERIF, True))
        made.append(Line(phrase(draw, 2, 2), SIZE[0] / 2, 560, 26, "", at, at + 6, SANS, True))
    return made


def _later(line: Line, by: float) -> Line:
    return replace(line, start=line.start + by, end=line.end + by)


Kind = Callable[[random.Random], Layout]
FIT: tuple[Kind, ...] = (
    slide_with_markers, slide_with_plain_list, slide_with_paragraph, captions_over_slide,
    captions_alone, slides_with_footers, kinetic, table, card,
)  # fmt: skip
REPORT: tuple[Kind, ...] = (
    two_line_title, captions_above, name_tags, counter, code, credits, two_columns,
    lettered_one_by_one, menu, quotes_in_turn,
)  # fmt: skip


def layouts(kinds: tuple[Kind, ...], each: int, seed: int) -> Iterator[tuple[str, Layout]]:
    """Some layouts of each kind, with its name."""
    for kind in kinds:
        for number in range(each):
            yield kind.__name__, kind(random.Random(f"{seed} {kind.__name__} {number}"))
