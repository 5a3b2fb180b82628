"""What share of junk readings, and of true ones, is marked as doubtful.

    python -m tests.benchmarks.senses.doubtful_text [PICTURES]

Junk is what the reader finds in textures without text: noise of several grains, gratings, bricks,
leaves, scribbles. True lines are names, codes and words of five languages, drawn small, blurred and
noisy, so that some are read unsurely. Each picture is a video of its own. The dictionary is the
text encoder's.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as Pictures
from PIL import ImageDraw, ImageFont
from rapidfuzz import fuzz

from agents.models.embedded.minilm import MiniLMEncoder
from agents.models.embedded.rapid_ocr import RapidOcrReader
from agents.models.ports import Image, TextLine
from agents.perception.roles.doubt import with_doubts
from agents.perception.rows import rows_of
from agents.perception.text_lines import Shown, as_percept
from memory.records import SECOND, Span, Window, WindowStatus

ROOT = Path(__file__).resolve().parents[3]
SIZE = (736, 414)
TRUE = {
    "names": "Katarzyna Wojcik|Bjorn Halvorsen|Nguyen Thi Lan|Aoife Brennan|Yusuf Demirci|"
    "Ximena Quiroga|Chukwuemeka Obi|Siobhan Keogh|Zbigniew Pietrzak|Ilse Vandenbroucke",
    "codes": "KX-7315|RT-73164|A4F-99Q|ISBN 978-3|GTZ 408 B|v2.14.3|XJ9|P-220/5|0x7FA3|BR 143-2",
    "English": "Opening hours|Platform nine|Fresh bread|Do not enter|Total revenue|Please ring|"
    "Harbour market|Silver bridge|Winter coats|Meeting room",
    "German": "Öffnungszeiten|Bitte klingeln|Straßenbahn|Frühstück|Ausfahrt freihalten|Gepäck|"
    "Bahnsteig|Rettungsweg|Feuerlöscher|Apfelkuchen",
    "Polish": "Wyjście|Kasa biletowa|Proszę czekać|Chleb żytni|Piekarnia|Skręć w lewo|Dworzec|"
    "Zajęte|Godziny otwarcia|Ulica Długa",
    "French": "Sortie de secours|Défense de fumer|Boulangerie|Rez-de-chaussée|Billetterie|Ouvert|"
    "Prochain arrêt|Poussez|Vestiaire|Bibliothèque",
    "Finnish": "Uloskäynti|Aukioloajat|Leipomo|Kirjasto|Vapaa pääsy|Lähtevät junat|Kahvila|"
    "Hätäuloskäynti|Pysäkki|Lippuja",
}
FONTS = ("DejaVuSans", "DejaVuSerif", "DejaVuSansMono")


def textures(count: int) -> Iterator[Image]:
    """Pictures without text."""
    for number in range(count):
        draw = np.random.default_rng(number)
        kind: Callable[[np.random.Generator], Image] = KINDS[number % len(KINDS)]
        yield kind(draw)


def _noise(draw: np.random.Generator) -> Image:
    grain = int(draw.integers(2, 16))
    small = draw.integers(0, 256, (SIZE[1] // grain, SIZE[0] // grain, 3)).astype(np.uint8)
    return np.asarray(cv2.resize(small, SIZE, interpolation=cv2.INTER_CUBIC), np.uint8)


def _grating(draw: np.random.Generator) -> Image:
    picture = np.full((SIZE[1], SIZE[0], 3), 200, np.uint8)
    step, high = int(draw.integers(6, 24)), int(draw.integers(14, 60))
    for top in range(20, SIZE[1] - high, high * 2):
        for left in range(10, SIZE[0], step):
            wide = max(1, int(step * draw.uniform(0.2, 0.7)))
            cv2.rectangle(picture, (left, top), (left + wide, top + high), (30, 30, 30), -1)
    return picture


def _bricks(draw: np.random.Generator) -> Image:
    picture = np.full((SIZE[1], SIZE[0], 3), 160, np.uint8)
    for row, top in enumerate(range(0, SIZE[1], 24)):
        for left in range(-30 * (row % 2), SIZE[0], 60):
            shade = tuple(int(v) for v in draw.integers(60, 140, 3))
            cv2.rectangle(picture, (left + 2, top + 2), (left + 56, top + 20), shade, -1)
    return picture


def _leaves(draw: np.random.Generator) -> Image:
    picture = np.full((SIZE[1], SIZE[0], 3), (40, 90, 40), np.uint8)
    for _ in range(900):
        x, y, a, b, turn = (int(v) for v in draw.integers((0, 0, 3, 2, 0), (*SIZE, 14, 7, 180)))
        shade = tuple(int(v) for v in draw.integers((10, 60, 10), (120, 220, 120)))
        cv2.ellipse(picture, (x, y), (a, b), turn, 0, 360, shade, -1)
    return picture


def _scribbles(draw: np.random.Generator) -> Image:
    picture = np.full((SIZE[1], SIZE[0], 3), 235, np.uint8)
    for _ in range(18):
        x, y = (int(v) for v in draw.integers((20, 20), (SIZE[0] - 160, SIZE[1] - 20)))
        steps = np.cumsum(draw.normal((6, 0), (3, 9), (22, 2)), axis=0) + np.asarray((x, y))
        cv2.polylines(picture, [steps.astype(np.int32)], False, (20, 20, 60), 2, cv2.LINE_AA)
    return picture


KINDS = (_noise, _grating, _bricks, _leaves, _scribbles)


def drawn(text: str, seed: int) -> Image:
    """A line that is hard to read, more or less."""
    draw = random.Random(f"{seed} {text}")
    font = ImageFont.truetype(f"{draw.choice(FONTS)}.ttf", draw.randint(11, 22))
    picture = Pictures.new("RGB", (360, 60), (225, 220, 205))
    ImageDraw.Draw(picture).text((16, 16), text, font=font, fill=(60, 60, 70))
    blurred = cv2.GaussianBlur(np.asarray(picture), (0, 0), draw.uniform(0.3, 1.9))
    noise = np.random.default_rng(seed).normal(0, draw.uniform(0, 14), blurred.shape)
    return np.clip(blurred + noise, 0, 255).astype(np.uint8)


def doubtful(lines: list[TextLine], words: frozenset[str]) -> list[bool]:
    """Which of some lines are marked, each in a row of its own."""
    span = Span(0, SECOND)
    window = Window("w", "t", "v", "k", 0, span, WindowStatus.DONE)
    rows = rows_of([as_percept([Shown(line, span)], "test") for line in lines], window, None)
    told = {
        row.details.get("lines", [])[0]["text"]: "doubtful" in row.details.get("lines", [])[0]
        for row in with_doubts(rows, lambda: words)
    }
    return [told[line.text] for line in lines]


def main(count: int) -> None:
    """Print both shares."""
    reader = RapidOcrReader()
    words = MiniLMEncoder(ROOT / "data" / "cache" / "models", 1).words()
    pictures = [lines for picture in textures(count) if (lines := reader.read(picture))]
    found = [line for lines in pictures for line in lines]
    marked = [mark for lines in pictures for mark in doubtful(lines, words)]
    sure = [line.text for line, mark in zip(found, marked, strict=True) if not mark]
    print(
        "| what | lines read | below .85 | doubtful | of these read right |\n|---|---|---|---|---|"
    )
    low = sum(line.confidence < 0.85 for line in found)
    print(f"| junk | {len(found)} | {low} | {sum(marked)} | - |   unmarked: {sure[:30]}")
    for name, texts in TRUE.items():
        wanted = [(text, seed) for text in texts.split("|") for seed in range(6)]
        pairs = [(t, line) for t, s in wanted for line in reader.read(drawn(t, s))[:1]]
        marks = doubtful([line for _, line in pairs], words)
        right = sum(
            mark and fuzz.ratio(text.casefold(), line.text.casefold()) == 100
            for (text, line), mark in zip(pairs, marks, strict=True)
        )
        low = sum(line.confidence < 0.85 for _, line in pairs)
        print(f"| {name} | {len(pairs)} | {low} | {sum(marks)} | {right} |", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 60)
