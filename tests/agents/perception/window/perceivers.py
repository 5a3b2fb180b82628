"""Small perceivers that are right on plain pictures, and a film for them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from agents.models.ports import (
    Detection,
    Image,
    ImageVectors,
    Label,
    Models,
    Recognition,
    TextLine,
    Transcript,
    Utterance,
)
from agents.perception.measures import colours_of
from agents.perception.records import Percept, WindowPercepts
from memory.records import SECOND, Kind, Span, Vector
from tests.media import scene, steady, tone, write_video


class NoText:
    """A reader for pictures without text."""

    name = "no text"

    def read(
        self, image: Image, boxes: Sequence[tuple[float, float, float, float]] | None = None
    ) -> list[TextLine]:
        return []

    def find(self, image: Image) -> list[tuple[float, float, float, float]]:
        return []


class ByColour:
    """Recognises a picture by its most frequent colour: small, real, right on plain pictures."""

    name = "by colour"
    class_names = ("red", "green", "blue")
    dimension = image_dimension = aligned_dimension = 3

    def __init__(self) -> None:
        self.largest = 0
        self.calls: list[int] = []

    def recognise(self, images: Sequence[Image]) -> list[Recognition]:
        self.calls.append(len(images))
        self.largest = max([self.largest, *(max(image.shape[:2]) for image in images)])
        return [self._glance(image) for image in images]

    def find(self, image: Image) -> tuple[Detection, ...]:
        """The red part of a picture, where it is no more than a part."""
        height, width = image.shape[:2]
        red = (image[..., 0] > 150) & (image[..., 1] < 100) & (image[..., 2] < 100)
        rows, columns = np.flatnonzero(red.any(1)), np.flatnonzero(red.any(0))
        if not len(rows) or red.mean() > 0.5:
            return ()
        box = (columns[0] / width, rows[0] / height, columns[-1] / width, rows[-1] / height)
        return (Detection("bus", ("bus", "vehicle"), 0.9, box),)

    def _glance(self, image: Image) -> Recognition:
        mean = image.reshape(-1, 3).mean(0).astype(np.float32)
        name, share = colours_of(image)[0]
        vector = mean / max(1.0, float(np.linalg.norm(mean)))
        return Recognition(
            (Label(name, (name, "colour"), share), Label("dust", ("dust",), 0.05)), vector, vector
        )

    def encode(
        self, images: Sequence[Image], recognitions: Sequence[Recognition]
    ) -> list[ImageVectors]:
        assert len(images) == len(recognitions)
        return [
            ImageVectors(recognition.features, recognition.features) for recognition in recognitions
        ]

    def encode_query(self, texts: Sequence[str]) -> Vector:
        return np.zeros((len(texts), 3), np.float32)


class Texts:
    name = "lengths"
    dimension = 1

    def encode(self, texts: Sequence[str]) -> Vector:
        return np.array([[len(text)] for text in texts], np.float32)


class Ear:
    """Hears the seconds at which sound begins."""

    name = "ear"

    def __init__(self) -> None:
        self.heard = 0

    def transcribe(self, sound: np.ndarray) -> Transcript:
        self.heard += 1
        loud = np.flatnonzero(np.abs(sound) > 0.1)
        if loud.size == 0:
            return Transcript((), "en")
        begin = int(loud[0] * SECOND / 16_000)
        said = Utterance(Span(begin, begin + SECOND // 2), "a beep", 0.9)
        return Transcript((said,), "en")


def kit() -> tuple[Models, ByColour, Ear]:
    seen, ear = ByColour(), Ear()
    return Models(NoText(), ear, seen, Texts(), seen), seen, ear


def of(found: WindowPercepts, kind: Kind) -> list[Percept]:
    return [percept for percept in found.percepts if percept.kind is kind]


def textured(colour: tuple[int, int, int], seed: int, size: tuple[int, int] = (320, 180)) -> Image:
    """One colour with a little structure, so that it is not blank and has edges of its own."""
    return np.clip(scene(seed, *size) * 0.25 + np.array(colour) * 0.75, 0, 255).astype(np.uint8)


RED, GREEN, BLUE = (230, 20, 20), (20, 200, 30), (20, 30, 230)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Red 4 s, green 4 s, blue 4 s; a beep at 9 s."""
    sound = np.zeros(12 * 16_000, np.float32)
    sound[9 * 16_000 : 10 * 16_000] = tone(1.0)
    pictures = [(textured(c, i), 4.0) for i, c in enumerate((RED, GREEN, BLUE))]
    path = tmp_path_factory.mktemp("w") / "film.mp4"
    return write_video(path, steady(pictures), sounds=[sound], b_frames=2)
