"""Recogniser of the default set: EfficientNet-lite0 on ImageNet's 1000 classes, in onnxruntime.

A classifier names the picture as a whole; single things in it, people above all, are found by the
detector beside it. Where an ensemble is asked for, EfficientNet-Lite3 sees each picture too, and
the mean of both classifiers' probabilities counts (Hansen and Salamon 1990: members that err on
different pictures err less together).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agents.models.embedded import graphs, weights
from agents.models.embedded.everyday_words import Vocabulary, labels_from, load_vocabulary
from agents.models.embedded.ssd import DOUBTFUL, SsdDetector
from agents.models.ports import Detection, Image, Label, Recognition
from memory.records import Vector

SIDE = 224
"""Side in pixels of the square picture that the network takes."""

SECOND_SIDE = 280
"""The same of the second classifier."""

ENSEMBLE = "ensemble"
"""Name of both classifiers together."""

BATCH = 8
"""Pictures in one run; larger runs were not faster on two cores."""


SECOND = f"efficientnet-lite3@{weights.LITE3.sha256[:8]}"
"""Name of the second classifier and its weights."""


class EfficientNetRecogniser:
    """Names what a picture shows. The graph is loaded at the first use.

    Args:
        cache: Folder that `agents.models.export.run` wrote to.
        threads: CPU threads to use.
        ensemble: Whether a second classifier sees each picture too; features stay the first's.

    Raises:
        ModelMissing: when the graphs are not there.
    """

    space = f"efficientnet-lite0@{weights.EFFICIENTNET.sha256[:8]}+{SsdDetector.name}"
    """What features are of: vectors of one space may be compared, whoever judged the classes."""
    feature_dimension = 1280

    def __init__(self, cache: Path, threads: int, ensemble: bool = False) -> None:
        self.name = f"{self.space}+{SECOND}" if ensemble else self.space
        self._detector = SsdDetector(cache, threads)
        self._session = graphs.LazySession(cache, graphs.IMAGE_GRAPH, threads)
        second = graphs.LazySession(cache, graphs.SECOND_GRAPH, threads) if ensemble else None
        self._second = second
        self._classes_path = graphs.require(cache, graphs.CLASSES)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """Names and everyday words of the classes."""
        return load_vocabulary(self._classes_path.read_text(encoding="utf-8").splitlines())

    @property
    def class_names(self) -> tuple[str, ...]:
        """One name per class, in the order of `Recognition.class_scores`."""
        return self.vocabulary.class_names

    def recognise(self, images: Sequence[Image]) -> list[Recognition]:
        """One recognition per picture, in order; a picture of nothing known gets no labels."""
        recognitions: list[Recognition] = []
        for start in range(0, len(images), BATCH):
            batch = images[start : start + BATCH]
            pictures = np.stack([prepare(image) for image in batch])
            features, scores = self._session.run(
                ["features", "probabilities"], {"pictures": pictures}
            )
            if self._second is not None:
                scores = (scores + second_scores(self._second, batch)) / 2
            recognitions.extend(map(self._glance, batch, features, scores))
        return recognitions

    def find(self, image: Image) -> tuple[Detection, ...]:
        """Things with their places, also those that are sure only beside other pictures."""
        return self._detector.detect(image, self.vocabulary, DOUBTFUL)

    def _glance(self, image: Image, features: Vector, scores: Vector) -> Recognition:
        length = max(float(np.linalg.norm(features)), 1e-12)
        found = self._detector.detect(image, self.vocabulary)
        labels = joined(found, labels_from(self.vocabulary, scores))
        return Recognition(labels, features / length, scores, found)


def second_scores(session: graphs.LazySession, images: Sequence[Image]) -> NDArray[np.float32]:
    """The second classifier's probability of each class, shape (pictures, classes)."""
    pictures = np.stack([prepare(image, SECOND_SIDE) for image in images])
    (scores,) = session.run(["probabilities"], {"pictures": pictures})
    return scores


def joined(found: Sequence[Detection], labels: Sequence[Label]) -> tuple[Label, ...]:
    """Labels for found things and for the picture as a whole, likeliest first, each name once."""
    every = [Label(each.name, each.words, each.confidence) for each in found] + list(labels)
    best: dict[str, Label] = {}
    for label in every:
        if label.name not in best or label.confidence > best[label.name].confidence:
            best[label.name] = label
    return tuple(sorted(best.values(), key=lambda label: (-label.confidence, label.name)))


def prepare(image: Image, side: int = SIDE) -> NDArray[np.float32]:
    """The whole picture, squeezed to a square, as the networks want it.

    On frames of 28 clips neither the middle in true proportions nor the average of both was
    reliably better (the 95 % intervals of the share of frames named rightly reach 0); this one
    misses nothing at the edges and costs one run. Padding to a square named the fewest.

    Returns:
        Shape (3, side, side), values in [-1, 1].
    """
    import cv2

    small = cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)
    return (small.astype(np.float32) / 127.5 - 1.0).transpose(2, 0, 1)
