"""How well turned text is read, on generated strings in several fonts.

    python -m tests.benchmarks.senses.turned_text [STRINGS]

Six strings stand in one picture of 960x720, each turned about its middle, in an order, size and
colour that follow from a seed; each is looked for where it stands. Right: the letters that were
read there are the string's (rapidfuzz ratio >= 90 without spaces). `first` is the first reading of
each line alone, as it was before lines were read in more than one way.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image as Pictures
from PIL import ImageDraw, ImageFont
from rapidfuzz import fuzz

from agents.models.embedded import rapid_ocr
from agents.models.embedded.rapid_ocr import RapidOcrReader
from agents.models.ports import Image, TextLine

FONTS = (
    "DejaVuSans DejaVuSerif DejaVuSansMono DejaVuSans-Bold DejaVuSerif-Italic "
    "DejaVuSansCondensed-Oblique"
).split()
WORDS = (
    "river market window garden station paper silver morning number bridge winter copper yellow "
    "letter planet engine harbour ticket forest signal"
).split()
WAYS = (0, 90, 270, 180, 8, -12, 16, -20)
"""Degrees clockwise."""
SIZES = (18, 22, 28, 36)
"""Of fonts, in pixels."""
GROUNDS = ((235, 235, 235), (20, 30, 60), (200, 180, 140), (40, 110, 70))
PAGE = (960, 720)
PLACES = ((160, 180), (480, 180), (800, 180), (160, 540), (480, 540), (800, 540))
LONGEST = 290
"""Pixels: a longer string does not fit beside the others, whichever way it is turned."""


@dataclass(frozen=True)
class Written:
    """A string, and where its middle stands."""

    text: str
    place: tuple[int, int]


def strings(count: int, seed: int = 1) -> Iterator[str]:
    """Words in several cases, with numbers, and codes."""
    draw = random.Random(seed)
    for number in range(count):
        words = " ".join(draw.choice(WORDS) for _ in range(draw.randint(1, 2)))
        code = "".join(draw.choice("ABCDEFGHKLMNPRTX") for _ in range(2))
        forms = (
            words.title(),
            words.upper(),
            words.capitalize(),
            f"{code}-{draw.randint(100, 99999)}",
            f"{words.capitalize()} {draw.randint(2, 999)}",
        )
        yield forms[number % len(forms)]


def page(texts: Sequence[str], way: int, seed: int) -> tuple[Image, list[Written]]:
    """A picture of strings that are turned, and where they stand."""
    draw = random.Random(seed)
    ground = draw.choice(GROUNDS)
    ink = (15, 15, 25) if sum(ground) > 380 else (245, 245, 235)
    picture = Pictures.new("RGB", PAGE, ground)
    for text, (x, y) in zip(texts, PLACES, strict=False):
        tile = _tile(text, draw.choice(FONTS), draw.choice(SIZES), ink).rotate(
            -way, expand=True, resample=Pictures.Resampling.BICUBIC
        )
        picture.paste(tile, (x - tile.width // 2, y - tile.height // 2), tile)
    written = [Written(text, place) for text, place in zip(texts, PLACES, strict=False)]
    return np.asarray(picture), written


def _tile(text: str, name: str, size: int, ink: tuple[int, int, int]) -> Pictures.Image:
    font = ImageFont.truetype(f"{name}.ttf", size)
    while font.getlength(text) > LONGEST:
        size -= 1
        font = ImageFont.truetype(f"{name}.ttf", size)
    left, top, right, bottom = font.getbbox(text)
    tile = Pictures.new("RGBA", (round(right - left) + 4, round(bottom - top) + 4), (*ink, 0))
    ImageDraw.Draw(tile).text((2 - left, 2 - top), text, font=font, fill=(*ink, 255))
    return tile


def is_read(written: Written, lines: Sequence[TextLine]) -> bool:
    """Whether the line around a string's middle says it."""
    x, y = written.place[0] / PAGE[0], written.place[1] / PAGE[1]
    own = [e for e in lines if e.box[0] <= x <= e.box[2] and e.box[1] <= y <= e.box[3]]
    wanted = written.text.replace(" ", "")
    return any(fuzz.ratio(each.text.replace(" ", ""), wanted) >= 90 for each in own)


class FirstReader(RapidOcrReader):
    """The same reader without a second reading."""

    def _surest(self, crops: Sequence[rapid_ocr._Crop]) -> list[tuple[str, float]]:
        return self._recognised([crop.picture for crop in crops])


def main(count: int) -> None:
    """Print the table."""
    readers = (FirstReader(), RapidOcrReader())
    print("| turned by | strings | found | right, first | right | ms per line, first | ms |")
    print("|---|---|---|---|---|---|---|")
    texts = list(strings(count))
    for way in WAYS:
        found, right, spent = 0, [0, 0], [0.0, 0.0]
        for at in range(0, count, len(PLACES)):
            image, written = page(texts[at : at + len(PLACES)], way, seed=at)
            boxes = readers[0].find(image)
            found += len(boxes)
            for n, reader in enumerate(readers):
                start = time.process_time()
                lines = reader.read(image, boxes)
                spent[n] += time.process_time() - start
                right[n] += sum(is_read(each, lines) for each in written)
        ms = [f"{1000 * each / max(1, found):.0f}" for each in spent]
        print(
            f"| {way} | {count} | {found} | {right[0]} | {right[1]} | {ms[0]} | {ms[1]} |",
            flush=True,
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 150)
