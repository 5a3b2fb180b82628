"""Synthetic pages, and text followed on them by the real reader, with the price counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache

import cv2
import numpy as np

from agents.models.embedded.rapid_ocr import RapidOcrReader
from agents.models.ports import Image, TextLine
from agents.perception.records import Frame, Parameters, Percept
from agents.perception.screen_text import TextTracker
from memory.records import SECOND, Span

Box = tuple[float, float, float, float]
HEIGHT, WIDTH = 360, 640
STEP = SECOND // 2


@cache
def reader() -> RapidOcrReader:
    return RapidOcrReader()


@dataclass
class Counting:
    """The real reader, counting what it is asked to do."""

    name: str = "counting"
    finds: list[Image] = field(default_factory=list)
    lines: int = 0

    def find(self, image: Image) -> list[Box]:
        self.finds.append(image)
        return reader().find(image)

    def read(self, image: Image, boxes: Sequence[Box] | None = None) -> list[TextLine]:
        assert boxes is not None
        self.lines += len(boxes)
        return reader().read(image, boxes)


def page(*lines: tuple[str, int, int], ground: Image | None = None) -> Image:
    image = np.full((HEIGHT, WIDTH, 3), 235, np.uint8) if ground is None else ground.copy()
    for text, x, y in lines:
        cv2.putText(
            image, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (20, 20, 60), 2, cv2.LINE_AA
        )
    return image


def blobs(index: int) -> Image:
    """Soft shapes that move: an ordinary textless picture."""
    generator = np.random.default_rng(index)
    small = generator.integers(60, 200, (9, 16, 3)).astype(np.uint8)
    return np.asarray(cv2.resize(small, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC), np.uint8)


def follow(
    picture: Callable[[float], Image],
    seconds: float,
    cuts: Sequence[float] = (),
    parameters: Parameters | None = None,
) -> tuple[list[Percept], Counting]:
    counting = Counting()
    tracker = TextTracker(counting, parameters or Parameters())
    for index in range(round(seconds * 2)):
        start = index * STEP
        is_cut = any(start - STEP < cut * SECOND <= start for cut in cuts)
        tracker.see(Frame(Span(start, start + STEP), picture(start / SECOND)), is_cut)
    return tracker.finish(round(seconds * SECOND)), counting


def told(percepts: Sequence[Percept]) -> list[tuple[str, float, float]]:
    return [(percept.text or "", *percept.span.seconds) for percept in percepts]
