"""Text-image search without a joint model: ConSE (Norouzi et al. 2014, "Zero-shot learning by
convex combination of semantic embeddings", section 3.2).

A picture lies where the words for its likeliest classes lie: the sum of the text vectors of the
class names, weighted by their probabilities. A text query is simply encoded, so the text encoder's
space is the text-aligned space.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from agents.models.embedded.efficientnet import EfficientNetRecogniser
from agents.models.ports import Image, ImageVectors, Recognition, TextEncoder, can_read
from memory.records import Vector

TOP_CLASSES = 10
"""Classes that take part; the paper compares 1, 10 and 1000 and keeps 10."""

WORDS_PER_CLASS = 8
"""Own names and nearest wider words that describe a class to the text encoder."""


class ConseEncoder:
    """Image encoder over the recogniser and the text encoder of the default set.

    Args:
        recogniser: Gives features and class probabilities, and the words of each class.
        text_encoder: Its space becomes the text-aligned space.
        cache: Folder in which the vectors of the class words are kept.
    """

    def __init__(
        self, recogniser: EfficientNetRecogniser, text_encoder: TextEncoder, cache: Path
    ) -> None:
        # by the vectors' space, which a second opinion on the classes leaves as it is
        self.name = f"conse({recogniser.space},{text_encoder.name})"
        self.image_dimension = recogniser.feature_dimension
        self.aligned_dimension = text_encoder.dimension
        self._recogniser = recogniser
        self._text_encoder = text_encoder
        self._cache = cache

    def encode(
        self, images: Sequence[Image], recognitions: Sequence[Recognition]
    ) -> list[ImageVectors]:
        """One pair per picture, from `recognitions`; the pictures are looked at only without them.

        Raises:
            ValueError: when there are recognitions, but not one for each picture.
        """
        seen = recognitions or self._recogniser.recognise(images)
        if len(seen) != len(images):
            raise ValueError(f"{len(images)} pictures, but {len(seen)} recognitions")
        return [
            ImageVectors(recognition.features, self._aligned(recognition)) for recognition in seen
        ]

    def encode_query(self, texts: Sequence[str]) -> Vector:
        """Shape `(len(texts), aligned_dimension)`."""
        return self._text_encoder.encode(texts)

    def can_read(self, text: str) -> bool:
        """Whether the encoder of texts, whose space this is, can read a text."""
        return can_read(self._text_encoder, text)

    def prepare(self) -> Path:
        """Compute the class vectors now, if they are not kept yet; returns where they are."""
        path = self._kept_at
        if not path.is_file():
            _save(path, self._text_encoder.encode(self._spoken))
        return path

    def _aligned(self, recognition: Recognition) -> Vector:
        top = np.argsort(-recognition.class_scores, kind="stable")[:TOP_CLASSES]
        mixed = recognition.class_scores[top] @ self._class_vectors[top]
        return mixed / max(float(np.linalg.norm(mixed)), 1e-12)

    @cached_property
    def _class_vectors(self) -> Vector:
        """Text vectors of the classes' words, computed once per cache folder."""
        return np.load(self.prepare(), allow_pickle=False)

    @property
    def _spoken(self) -> list[str]:
        words = self._recogniser.vocabulary.class_words
        return [", ".join(each[:WORDS_PER_CLASS]) for each in words]

    @property
    def _kept_at(self) -> Path:
        identity = "\n".join((self._text_encoder.name, *self._spoken))
        digest = hashlib.sha256(identity.encode()).hexdigest()[:16]
        return self._cache / f"class_words_{digest}.npy"


def _save(path: Path, vectors: Vector) -> None:
    """Write by rename, so that another process never reads half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, scratch = tempfile.mkstemp(prefix=".class_words_", dir=path.parent)
    with os.fdopen(descriptor, "wb") as handle:
        np.save(handle, vectors)
    Path(scratch).replace(path)
