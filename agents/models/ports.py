"""Ports: what the product asks of a model. Adapters live in sibling modules, the double ships too.

Images are `(height, width, 3)` uint8 RGB arrays, sound is mono float32 at 16 kHz in [-1, 1],
vectors are L2-normalised float32. Each adapter has a `name` that identifies model and weights and
goes into the id of every row it made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from agents.models.openai_compatible.endpoint import Endpoint
from memory.records import Span, Vector

Image = NDArray[np.uint8]
Sound = NDArray[np.float32]

SAMPLE_RATE = 16_000
"""Samples per second of every `Sound`."""


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of text in a picture. `box`: left, top, right, bottom as fractions of the picture."""

    text: str
    confidence: float
    box: tuple[float, float, float, float]
    colours: tuple[str, ...] = ()
    """Of the ground it stands on and of its letters, where perception measured them."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """A stretch of speech; the span is relative to the start of the sound handed in."""

    span: Span
    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was heard. `note` tells why nothing is reported although there was sound, if so."""

    utterances: tuple[Utterance, ...]
    language: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class HeardSound:
    """A stretch of `speech`, `singing` or `music`; relative to the start of the sound handed in."""

    span: Span
    name: str


@dataclass(frozen=True, slots=True)
class Label:
    """A thing that was recognised. `words` are what a person would call it, from narrow to wide."""

    name: str
    words: tuple[str, ...]
    confidence: float


@dataclass(frozen=True, slots=True)
class Detection:
    """A thing found at a place. `box`: left, top, right, bottom as fractions of the picture."""

    name: str
    words: tuple[str, ...]
    """What a person would call it, from narrow to wide."""
    confidence: float
    box: tuple[float, float, float, float]


Face = tuple[tuple[float, float, float, float], float]
"""Left, top, width and height in pixels of the picture, and the score."""


Box = tuple[float, float, float, float]
"""Left, top, right and bottom, as fractions of the picture."""

Pose = NDArray[np.float32]
"""COCO's seventeen points of a body, shape (17, 3): x and y in pixels of the picture, and score."""


@dataclass(frozen=True, slots=True)
class Recognition:
    """What a recogniser made of one picture: labels, likeliest first, and its feature vector."""

    labels: tuple[Label, ...]
    features: Vector
    class_scores: Vector
    """Probability of each class the recogniser knows, shape (classes,)."""
    found: tuple[Detection, ...] = ()
    """Single things with their places, surest first; their names are among the labels too."""


@dataclass(frozen=True, slots=True)
class ImageVectors:
    """One picture twice: in the image space, and in the space that text queries live in."""

    image: Vector
    text_aligned: Vector


class TextReader(Protocol):
    """Reads text in pictures (OCR)."""

    name: str

    def read(
        self, image: Image, boxes: Sequence[tuple[float, float, float, float]] | None = None
    ) -> list[TextLine]:
        """All lines, in reading order, or only those in `boxes`; empty when there is no text."""
        ...

    def find(self, image: Image) -> list[tuple[float, float, float, float]]:
        """Boxes that hold text, without reading it; much cheaper than `read`."""
        ...


class Transcriber(Protocol):
    """Turns speech into text."""

    name: str

    def transcribe(self, sound: Sound) -> Transcript:
        """Speech only: music, noise and silence give no utterances."""
        ...


class SoundTagger(Protocol):
    """Tells kinds of sound apart."""

    name: str

    def tag(self, sound: Sound) -> list[HeardSound]:
        """Stretches in order of time; those of several kinds may overlap; none in silence."""
        ...


@dataclass(slots=True)
class Untagged:
    """Plays the role where nothing tells sounds apart."""

    name: str = "none"

    def tag(self, sound: Sound) -> list[HeardSound]:
        """Nothing."""
        del sound
        return []


class VoiceEncoder(Protocol):
    """Tells voices apart, by vectors; whose they are nobody asks."""

    name: str

    def encode(self, sounds: Sequence[Sound]) -> Vector:
        """Of speech, one vector per sound; zeros where no voice can be told."""
        ...


@dataclass(slots=True)
class Voiceless:
    """Plays the role where nothing tells voices apart."""

    name: str = "none"

    def encode(self, sounds: Sequence[Sound]) -> Vector:
        """Zeros."""
        return np.zeros((len(sounds), 1), np.float32)


class Recogniser(Protocol):
    """Names what a picture shows."""

    name: str

    @property
    def class_names(self) -> tuple[str, ...]:
        """One name per class, in the order of `Recognition.class_scores`."""
        ...

    def recognise(self, images: Sequence[Image]) -> list[Recognition]:
        """One recognition per picture, same order."""
        ...

    def find(self, image: Image) -> tuple[Detection, ...]:
        """Single things alone, surest first, doubtful ones too: those that are followed."""
        ...


class FaceFinder(Protocol):
    """Finds faces, whoever's they are."""

    name: str

    def find(self, image: Image) -> list[Face]:
        """Faces of a picture, surest first, doubtful ones too."""
        ...


class PoseReader(Protocol):
    """Finds the joints of bodies, whoever's they are."""

    name: str

    def read(self, image: Image, boxes: Sequence[Box]) -> list[Pose]:
        """The pose of the person in each box, in their order; what is not seen scores low."""
        ...


@dataclass(slots=True)
class Unseen:
    """Plays the role where nothing looks for people."""

    name: str = "none"

    def find(self, image: Image) -> list[Face]:
        """Nothing."""
        del image
        return []

    def read(self, image: Image, boxes: Sequence[Box]) -> list[Pose]:
        """Bodies of which no joint is seen."""
        del image
        return [np.zeros((17, 3), np.float32) for _ in boxes]


class TextEncoder(Protocol):
    """Maps text to vectors."""

    name: str

    @property
    def dimension(self) -> int:
        """Length of its vectors."""
        ...

    def encode(self, texts: Sequence[str]) -> Vector:
        """Shape (len(texts), dimension)."""
        ...


@runtime_checkable
class OfScripts(Protocol):
    """An encoder that tells which texts it can read; all others are taken to read every text."""

    def can_read(self, text: str) -> bool:
        """Whether its vector of a text means anything."""
        ...


@runtime_checkable
class OfWords(Protocol):
    """An encoder whose vocabulary holds whole words."""

    def words(self) -> frozenset[str]:
        """Words of its vocabulary, in lower case and without accents."""
        ...


def words_of(encoder: TextEncoder) -> frozenset[str]:
    """Words that are known to be words; none where an encoder does not tell."""
    return encoder.words() if isinstance(encoder, OfWords) else frozenset()


def can_read(encoder: TextEncoder | ImageEncoder, text: str) -> bool:
    """Whether an encoder's vector of a text means anything: else words alone are searched for."""
    return not isinstance(encoder, OfScripts) or encoder.can_read(text)


class ImageEncoder(Protocol):
    """Maps pictures, and texts that describe pictures, to vectors."""

    name: str
    image_dimension: int
    aligned_dimension: int

    def encode(
        self, images: Sequence[Image], recognitions: Sequence[Recognition]
    ) -> list[ImageVectors]:
        """One pair per picture; encoders built on the recogniser use its `recognitions`."""
        ...

    def encode_query(self, texts: Sequence[str]) -> Vector:
        """Text queries in the text-aligned space, shape (len(texts), aligned_dimension)."""
        ...


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """Which adapter plays a role, free of secrets: safe in run parameters, logs and cache keys."""

    role: str
    adapter: str
    """`embedded`, `open_clip`, `openai_compatible` or `scripted`."""
    model: str = ""
    options: tuple[tuple[str, str], ...] = ()
    endpoint: Endpoint | None = None
    """Where the model of `openai_compatible` is."""


@dataclass(frozen=True, slots=True)
class Models:
    """The models of one process, by role."""

    text_reader: TextReader
    transcriber: Transcriber
    recogniser: Recogniser
    text_encoder: TextEncoder
    image_encoder: ImageEncoder
    sound_tagger: SoundTagger = field(default_factory=Untagged)
    voice_encoder: VoiceEncoder = field(default_factory=Voiceless)
    face_finder: FaceFinder = field(default_factory=Unseen)
    pose_reader: PoseReader = field(default_factory=Unseen)
