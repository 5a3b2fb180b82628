"""Detector of the default set: SSD with MobileNet v2 on COCO's 80 classes, in OpenCV's DNN module.

Liu et al. 2016 (SSD: Single Shot MultiBox Detector); the frozen graph of TensorFlow's detection
model zoo (2018-03-29). It sees what a classifier of whole pictures cannot: people, several things
at once, and where they are.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# OpenCV's stubs leave the element types of arrays open.

from __future__ import annotations

import threading
import tomllib
from collections.abc import Sequence
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.models.embedded import weights
from agents.models.embedded.everyday_words import Vocabulary
from agents.models.ports import Detection, Image

SIDE = 300
"""Side in pixels of the square picture that the network takes."""

FLOOR = 0.55
"""Least confidence at which a thing is reported; below it, slides turn into television sets."""


class SsdDetector:
    """Finds things and their boxes. The graph is loaded at the first use.

    Raises:
        ModelMissing: when the package that holds the weights is absent.
    """

    name = f"ssd-mobilenet-v2@{weights.SSD_GRAPH.sha256[:8]}"

    def __init__(self) -> None:
        weights.locate(weights.SSD_GRAPH)
        # the network keeps its input: two threads would see each other's pictures
        self._alone = threading.Lock()

    @cached_property
    def _net(self) -> Any:  # noqa: ANN401
        import cv2

        # Buffers, not paths, so that what is loaded is what was verified.
        graph = np.frombuffer(weights.read_verified(weights.SSD_GRAPH), np.uint8)
        layout = np.frombuffer(weights.read_verified(weights.SSD_LAYOUT), np.uint8)
        return cv2.dnn.readNetFromTensorflow(graph, layout)

    def detect(self, image: Image, vocabulary: Vocabulary) -> tuple[Detection, ...]:
        """Things in a picture of shape (height, width, 3), surest first."""
        import cv2

        # Pictures are RGB, as the network wants them.
        with self._alone:
            self._net.setInput(cv2.dnn.blobFromImage(image, size=(SIDE, SIDE)))
            rows: NDArray[np.float32] = self._net.forward()[0, 0].copy()
        sure = [row for row in rows if row[2] >= FLOOR and int(row[1]) in _classes()]
        return tuple(_detection(row, vocabulary) for row in sorted(sure, key=lambda r: -r[2]))


def _detection(row: NDArray[np.float32], vocabulary: Vocabulary) -> Detection:
    """One row `(_, class, confidence, left, top, right, bottom)` in words."""
    words = words_of(_classes()[int(row[1])], vocabulary)
    left, top, right, bottom = (round(float(edge), 4) for edge in np.clip(row[3:7], 0.0, 1.0))
    return Detection(words[0], words, float(row[2]), (left, top, right, bottom))


def words_of(listed: Sequence[str], vocabulary: Vocabulary) -> tuple[str, ...]:
    """What a person calls a class, from narrow to wide."""
    thing = next((thing for thing in vocabulary.things if thing.name == listed[0]), None)
    return tuple(dict.fromkeys((*listed, *(thing.words if thing else ()))))


@lru_cache(maxsize=1)
def _classes() -> dict[int, tuple[str, ...]]:
    text = files("agents.models.embedded").joinpath("coco.toml").read_text("utf-8")
    table: dict[str, str] = tomllib.loads(text)["classes"]
    return {int(i): tuple(word.strip() for word in row.split(",")) for i, row in table.items()}
