"""Made-up worlds as real videos: cards are drawn, lines are spoken, and all of it is encoded.

    python -m tests.benchmarks.questions.drawn [--split fit|held_out] [--worlds N]

What is asked of such a video goes through real decoding, OCR and speech recognition. Things cannot
be drawn so that a detector knows them, so these are left out of pictures and questions.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from memory.records import SECOND, Span
from tests.benchmarks.quality.clips import CACHE
from tests.benchmarks.quality.lines import say
from tests.benchmarks.quality.writer import FPS, RATE, Picture, Sound, VideoWriter
from tests.benchmarks.questions.asking import items_of
from tests.benchmarks.questions.cards import Piece
from tests.benchmarks.questions.items import FOLDS, Item
from tests.benchmarks.questions.scenario import Scenario, Segment, Spoken, scenario
from tests.benchmarks.questions.values import Split

SIZE = (1280, 720)
FOLDER = CACHE / "drawn"
GROUNDS = (
    ((250, 250, 246), (25, 25, 30)),
    ((20, 40, 70), (245, 245, 240)),
    ((235, 225, 190), (60, 30, 10)),
    ((15, 15, 15), (240, 220, 120)),
    ((225, 238, 228), (10, 60, 40)),
)
"""Colours of ground and letters."""
PAUSE = SECOND * 6 // 10
"""Between two spoken lines, at least."""
FULL = 1.25
"""Height of a font by the height of the box that its letters fill."""


@dataclass(frozen=True)
class Drawn:
    """A video on disk and what is asked of it."""

    path: Path
    seconds: float
    items: tuple[Item, ...]


def drawn(number: int, split: Split, folder: Path = FOLDER) -> Drawn:
    """The video of a world, encoded once and kept, with its items."""
    spoken = _spoken(scenario(number, split))
    world = replace(scenario(number, split), spoken=tuple(line for line, _ in spoken))
    digest = hashlib.sha256(repr(world).encode()).hexdigest()[:10]
    path = folder / f"{world.name}_{digest}.mp4"
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        _write(path, world, [sound for _, sound in spoken])
    rng = random.Random(f"{split} {number} drawn")
    asked = [item for item in items_of(world, rng) if not _needs_things(item)]
    named = [
        replace(item, clip=path.stem, item_id=f"{path.stem}_{n}", fold=number % FOLDS)
        for n, item in enumerate(asked)
    ]
    return Drawn(path, world.span.seconds[1], tuple(named))


def _needs_things(item: Item) -> bool:
    return item.kind.startswith("thing_") or item.kind == "picture_while_text"


def _spoken(world: Scenario) -> list[tuple[Spoken, Sound]]:
    """The lines at the times for which they are really heard; what does not fit is left out."""
    made: list[tuple[Spoken, Sound]] = []
    free = 0
    for line in world.spoken:
        sound = say(line.text, seed=len(line.text))
        start = max(line.span.start, free)
        end = start + round(len(sound) / RATE * SECOND)
        if end > world.span.end - SECOND // 2:
            break
        made.append((replace(line, span=Span(start, end)), sound))
        free = end + PAUSE
    return made


def _write(path: Path, world: Scenario, sounds: list[Sound]) -> None:
    track = np.zeros(round(world.span.length / SECOND * RATE), np.float32)
    for line, sound in zip(world.spoken, sounds, strict=True):
        at = round(line.span.start / SECOND * RATE)
        loud = 0.1 / max(1e-6, float(np.sqrt(np.mean(sound**2))))
        track[at : at + len(sound)] += (sound * loud)[: len(track) - at]
    with VideoWriter(path, SIZE) as writer:
        for image, frames in _pictures(world):
            for _ in range(frames):
                writer.picture(image)
        writer.sound(np.clip(track, -1, 1))


def _pictures(world: Scenario) -> Iterator[tuple[Picture, int]]:
    """Pictures and for how many frames each is shown."""
    edges = {0, world.span.end, *(o.span.start for o in world.overlays)}
    for segment in world.segments:
        edges.add(segment.span.start)
        for piece in segment.card.pieces if segment.card else ():
            edges.add(min(segment.span.end, segment.span.start + round(piece.delay * SECOND)))
    times = sorted(edges)
    for start, end in pairwise(times):
        frames = round(end / SECOND * FPS) - round(start / SECOND * FPS)
        segment = next(s for s in world.segments if s.span.start <= start < s.span.end)
        over = [o.piece for o in world.overlays if o.span.start <= start < o.span.end]
        if frames:
            yield picture(segment, start - segment.span.start, over), frames


def picture(segment: Segment, after: int, over: list[Piece]) -> Picture:
    """A segment as it looks `after` microseconds, with what stands over it; RGB of size `SIZE`."""
    card = segment.card
    rng = random.Random(f"{card.name} {card.title}" if card else segment.span.start)
    ground, ink = rng.choice(GROUNDS)
    image = Image.new("RGB", SIZE, ground)
    draw = ImageDraw.Draw(image)
    if segment.things:
        _scene(draw, rng)
        ink = (255, 255, 255)
    shown = [p for p in (card.pieces if card else ()) if p.delay * SECOND <= after]
    for piece in [*shown, *over]:
        _text(draw, piece, ink, segment.things != () or piece in over, ground)
    return np.asarray(image, np.uint8)


def _scene(draw: ImageDraw.ImageDraw, rng: random.Random) -> None:
    """A picture of nothing in particular: patches of colour."""
    for _ in range(40):
        left, top = rng.randrange(SIZE[0]), rng.randrange(SIZE[1])
        corner = (left + rng.randrange(40, 400), top + rng.randrange(40, 300))
        colour = (rng.randrange(30, 160), rng.randrange(30, 160), rng.randrange(30, 160))
        draw.ellipse((left, top, *corner), fill=colour)


def _text(
    draw: ImageDraw.ImageDraw,
    piece: Piece,
    ink: tuple[int, int, int],
    on_bar: bool,
    ground: tuple[int, int, int],
) -> None:
    """The piece in its box: letters are made narrower where they would not fit."""
    left, top, right, bottom = piece.box
    text = _drawable(piece.text)
    size = round(piece.height * SIZE[1] / FULL)
    room = (min(0.99, right + 0.01) - left) * SIZE[0]
    while size > 10 and draw.textlength(text, font=_font(size)) > room:
        size -= 1
    at = (left * SIZE[0], top * SIZE[1])
    if on_bar:
        width = draw.textlength(text, font=_font(size))
        bar = (at[0] - 8, at[1] - 2, at[0] + width + 8, bottom * SIZE[1] + 4)
        draw.rectangle(bar, fill=(0, 0, 0) if sum(ink) > 380 else ground)
    draw.text(at, text, font=_font(size), fill=ink)


def _drawable(text: str) -> str:
    """The text without signs that the font lacks."""
    return text.replace("€", "EUR ").replace("£", "GBP ").replace("•", "-")


def _font(size: int) -> ImageFont.FreeTypeFont:
    """The font inside Pillow, so that no system font is needed."""
    found = ImageFont.load_default(size)
    assert isinstance(found, ImageFont.FreeTypeFont)
    return found


def main() -> None:
    """Draw some worlds and say what is asked of them."""
    parser = argparse.ArgumentParser(description="Draws made-up worlds as videos.")
    parser.add_argument("--split", choices=("fit", "held_out"), default="fit")
    parser.add_argument("--worlds", type=int, default=5)
    options = parser.parse_args()
    for number in range(options.worlds):
        made = drawn(number, options.split)
        asked = json.dumps([item.kind for item in made.items[:4]])
        print(f"{made.path.name}: {made.seconds:.0f} s, {len(made.items)} questions {asked}")


if __name__ == "__main__":
    main()
