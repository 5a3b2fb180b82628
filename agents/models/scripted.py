"""Doubles behind the same ports, for tests and for trying things out: no weights, same results.

The text encoder counts hashed words, so texts that share words are near. The others say what they
were told to say.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from agents.models.ports import (
    SAMPLE_RATE,
    Box,
    Detection,
    Face,
    HeardSound,
    Image,
    ImageVectors,
    Label,
    Pose,
    Recognition,
    Sound,
    TextEncoder,
    TextLine,
    Transcript,
)
from memory.records import SECOND, Span, Vector

WORD = re.compile(r"[^\W_]+")
SILENCE = 1e-4
"""Peak below which a sound holds nothing."""
GRID = 4
"""The recogniser's features are mean colours on a grid of this side."""


class ScriptedTextEncoder:
    """Bag of words: each word adds one direction that its hash decides."""

    name = "scripted-words"

    def __init__(self, dimension: int = 64) -> None:
        self.dimension = dimension

    def encode(self, texts: Sequence[str]) -> Vector:
        """Shape `(len(texts), dimension)`; a text without words gets the same vector always."""
        summed = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in WORD.findall(text.lower()) or [""]:
                summed[row] += self._direction(word)
        return summed / np.linalg.norm(summed, axis=1, keepdims=True)

    def _direction(self, word: str) -> Vector:
        seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big")
        return np.random.default_rng(seed).standard_normal(self.dimension).astype(np.float32)


def mean_colour(image: Image) -> tuple[int, int, int]:
    """Red, green and blue of the whole picture, rounded down to 0, 64, 128 or 192."""
    red, green, blue = (int(v) // 64 * 64 for v in image.reshape(-1, 3).mean(axis=0))
    return red, green, blue


@dataclass(slots=True)
class ScriptedRecogniser:
    """Names pictures by a table.

    Args:
        table: What to say of a picture with this `key`; pictures not in it get no labels.
        key: Which entry of the table a picture has; its mean colour by default.
    """

    table: Mapping[Any, tuple[Label, ...]] = field(default_factory=dict[Any, Any])
    key: Callable[[Image], object] = mean_colour
    name: str = "scripted-table"
    things: Mapping[Any, tuple[Detection, ...]] = field(default_factory=dict[Any, Any])
    """What to find in a picture with this `key`."""
    class_names: tuple[str, ...] = field(init=False)
    feature_dimension: int = field(default=GRID * GRID * 3 + 1, init=False)

    def __post_init__(self) -> None:
        """The classes are all names that the table can give, and one for everything else."""
        known = {label.name for labels in self.table.values() for label in labels}
        self.class_names = (*sorted(known), "something else")

    def recognise(self, images: Sequence[Image]) -> list[Recognition]:
        """One recognition per picture."""
        return [self._glance(image) for image in images]

    def find(self, image: Image) -> tuple[Detection, ...]:
        """The things of this picture."""
        return self.things.get(self.key(image), ())

    def _glance(self, image: Image) -> Recognition:
        labels = self.table.get(self.key(image), ())
        scores = np.zeros(len(self.class_names), dtype=np.float32)
        for label in labels:
            scores[self.class_names.index(label.name)] = label.confidence
        scores[-1] += max(0.0, 1.0 - float(scores.sum()))
        probabilities = scores / scores.sum()
        return Recognition(tuple(labels), _colours(image), probabilities, self.find(image))


@dataclass(slots=True)
class ScriptedImageEncoder:
    """Colours as the image space; the words of the labels as the text-aligned space."""

    text_encoder: TextEncoder
    recogniser: ScriptedRecogniser
    name: str = "scripted-colours"
    image_dimension: int = field(init=False)
    aligned_dimension: int = field(init=False)

    def __post_init__(self) -> None:
        """Take the dimensions of the parts."""
        self.image_dimension = self.recogniser.feature_dimension
        self.aligned_dimension = self.text_encoder.dimension

    def encode(
        self, images: Sequence[Image], recognitions: Sequence[Recognition]
    ) -> list[ImageVectors]:
        """One pair per picture."""
        seen = recognitions or self.recogniser.recognise(images)
        spoken = [" ".join(w for label in g.labels for w in label.words) for g in seen]
        aligned = self.text_encoder.encode(spoken)
        return [
            ImageVectors(recognition.features, vector)
            for recognition, vector in zip(seen, aligned, strict=True)
        ]

    def encode_query(self, texts: Sequence[str]) -> Vector:
        """Shape `(len(texts), aligned_dimension)`."""
        return self.text_encoder.encode(texts)


@dataclass(slots=True)
class ScriptedTextReader:
    """Reads what it was told to read, off every picture or by a table like the recogniser's."""

    table: Mapping[Any, tuple[TextLine, ...]] = field(default_factory=dict[Any, Any])
    key: Callable[[Image], object] = mean_colour
    name: str = "scripted-lines"

    def read(
        self, image: Image, boxes: Sequence[tuple[float, float, float, float]] | None = None
    ) -> list[TextLine]:
        """The lines of this picture, or only those whose box is among `boxes`."""
        lines = self.table.get(self.key(image), ())
        return [line for line in lines if boxes is None or line.box in boxes]

    def find(self, image: Image) -> list[tuple[float, float, float, float]]:
        """The boxes of the lines."""
        return [line.box for line in self.read(image)]


@dataclass(slots=True)
class ScriptedTranscriber:
    """Hears what it was told to hear in any sound that is not silent."""

    transcript: Transcript = field(default_factory=lambda: Transcript((), "en"))
    name: str = "scripted-words-heard"

    def transcribe(self, sound: Sound) -> Transcript:
        """The transcript without what lies beyond the sound; silence gives no utterances."""
        if not len(sound) or float(np.abs(sound).max()) < SILENCE:
            return Transcript((), self.transcript.language, "the sound is silent")
        length = len(sound) * SECOND // SAMPLE_RATE
        heard = tuple(u for u in self.transcript.utterances if u.span.end <= length)
        return Transcript(heard, self.transcript.language, self.transcript.note)


@dataclass(slots=True)
class ScriptedTagger:
    """Hears music in any sound that is not silent, or what it was told to hear."""

    sounds: tuple[HeardSound, ...] | None = None
    name: str = "scripted-sounds"

    def tag(self, sound: Sound) -> list[HeardSound]:
        """What lies within the sound."""
        if not len(sound) or float(np.abs(sound).max()) < SILENCE:
            return []
        whole = Span(0, len(sound) * SECOND // SAMPLE_RATE)
        sounds = self.sounds if self.sounds is not None else (HeardSound(whole, "music"),)
        return [each for each in sounds if whole.contains(each.span)]


@dataclass(slots=True)
class ScriptedVoices:
    """Takes tones for voices: those of one octave are one voice."""

    name: str = "scripted-voices"

    def encode(self, sounds: Sequence[Sound]) -> Vector:
        """Where the strongest tone of each sound lies, shape (len(sounds), 16)."""
        made = np.zeros((len(sounds), 16), np.float32)
        for number, sound in enumerate(sounds):
            if len(sound) and float(np.abs(sound).max()) >= SILENCE:
                strongest = np.abs(np.fft.rfft(sound, SAMPLE_RATE)).argmax()
                made[number, int(np.log2(max(1, strongest)))] = 1.0
        return made


@dataclass(slots=True)
class ScriptedFaces:
    """Finds the faces that it was told of, by a table like the recogniser's; else none."""

    table: Mapping[Any, list[Face]] = field(default_factory=dict[Any, Any])
    key: Callable[[Image], object] = mean_colour
    name: str = "scripted-faces"

    def find(self, image: Image) -> list[Face]:
        """The faces of this picture."""
        return list(self.table.get(self.key(image), ()))


@dataclass(slots=True)
class ScriptedPoses:
    """Everybody is in the pose that it was told of, as shares of a box; else no joint is seen."""

    pose: Pose = field(default_factory=lambda: np.zeros((17, 3), np.float32))
    name: str = "scripted-poses"

    def read(self, image: Image, boxes: Sequence[Box]) -> list[Pose]:
        """The pose in each box."""
        high, wide = image.shape[:2]
        made: list[Pose] = []
        for left, top, right, bottom in boxes:
            scale = np.array([(right - left) * wide, (bottom - top) * high, 1], np.float32)
            made.append(self.pose * scale + np.array([left * wide, top * high, 0], np.float32))
        return made


def _colours(image: Image) -> Vector:
    """Mean colours of a grid, and a constant so that black has a direction too."""
    rows = np.array_split(image.astype(np.float32) / 255.0, GRID, axis=0)
    cells = [cell for row in rows for cell in np.array_split(row, GRID, axis=1)]
    means = [cell.reshape(-1, 3).mean(axis=0) if cell.size else np.zeros(3) for cell in cells]
    vector = np.append(np.concatenate(means), 0.1).astype(np.float32)
    return vector / np.float32(np.linalg.norm(vector))
