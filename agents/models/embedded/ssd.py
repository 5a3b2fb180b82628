"""Detector of the default set: SSD with MobileNet v2 on COCO's 80 classes, in onnxruntime.

Liu et al. 2016 (SSD: Single Shot MultiBox Detector); the frozen graph of TensorFlow's detection
model zoo (2018-03-29). It sees what a classifier of whole pictures cannot: people, several things
at once, and where they are. onnxruntime takes a third of the time of OpenCV's DNN module, for the
same numbers (`agents/models/export/ssd.py` compares them at set-up).
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agents.models.embedded import graphs, weights
from agents.models.embedded.everyday_words import Vocabulary
from agents.models.ports import Detection, Image

SIDE = 300
"""Side in pixels of the square picture that the network takes."""

FLOOR = 0.55
"""Least confidence at which a thing is reported; below it, slides turn into television sets."""

DOUBTFUL = 0.35
"""The same for things that are followed from picture to picture, where a sure box vouches."""

MOST_SHARED = 0.6
"""Intersection over union from which two boxes of one class are one thing (the zoo's value)."""


class SsdDetector:
    """Finds things and their boxes. The graph is loaded at the first use.

    Args:
        cache: Folder that `agents.models.export.run` wrote to.
        threads: CPU threads to use.

    Raises:
        ModelMissing: when the graph is not there.
    """

    name = f"ssd-mobilenet-v2@{weights.SSD_GRAPH.sha256[:8]}"

    def __init__(self, cache: Path, threads: int) -> None:
        self._session = graphs.LazySession(cache, graphs.DETECTOR_GRAPH, threads)

    def detect(
        self, image: Image, vocabulary: Vocabulary, floor: float = FLOOR
    ) -> tuple[Detection, ...]:
        """Things in a picture of shape (height, width, 3), surest first, none below `floor`."""
        outputs = self._session.run(["scores", "boxes"], {"pictures": prepare(image)})
        rows = sure_rows(outputs[0][0], outputs[1][0], floor)
        return tuple(_detection(row, vocabulary) for row in rows)


def prepare(image: Image) -> NDArray[np.float32]:
    """The whole picture, squeezed to a square: shape (1, 3, 300, 300), values in [-1, 1]."""
    import cv2

    small = cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
    return (small.astype(np.float32) / 127.5 - 1.0).transpose(2, 0, 1)[None]


def sure_rows(
    scores: NDArray[np.float32], boxes: NDArray[np.float32], floor: float = FLOOR
) -> list[NDArray[np.float32]]:
    """Rows `(class, confidence, left, top, right, bottom)` of what is sure, surest first.

    Of boxes of one class that share most of their area only the surest is kept.

    Args:
        scores: of COCO's classes from 1 on, shape (places, 90).
        boxes: shape (places, 4), as corners.
        floor: least confidence.
    """
    places, classes = np.nonzero(scores >= floor)
    order = sorted(zip(places, classes, strict=True), key=lambda at: (-scores[at], at))
    kept: list[NDArray[np.float32]] = []
    for place, of_class in order:
        number, box = int(of_class) + 1, boxes[place]
        same = (row[2:] for row in kept if row[0] == number)
        if number in _classes() and not any(_shared(box, other) > MOST_SHARED for other in same):
            kept.append(np.array([number, scores[place, of_class], *box], np.float32))
    return kept


def _shared(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Intersection over union."""
    sides = np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2])
    if sides.min() <= 0:
        return 0.0
    areas = np.prod(one[2:] - one[:2]) + np.prod(other[2:] - other[:2])
    return float(np.prod(sides) / (areas - np.prod(sides)))


def _detection(row: NDArray[np.float32], vocabulary: Vocabulary) -> Detection:
    """A row of `sure_rows` in words."""
    words = words_of(_classes()[int(row[0])], vocabulary)
    left, top, right, bottom = (round(float(edge), 4) for edge in np.clip(row[2:], 0.0, 1.0))
    return Detection(words[0], words, float(row[1]), (left, top, right, bottom))


def words_of(listed: Sequence[str], vocabulary: Vocabulary) -> tuple[str, ...]:
    """What a person calls a class, from narrow to wide."""
    thing = next((thing for thing in vocabulary.things if thing.name == listed[0]), None)
    return tuple(dict.fromkeys((*listed, *(thing.words if thing else ()))))


@lru_cache(maxsize=1)
def _classes() -> dict[int, tuple[str, ...]]:
    text = files("agents.models.embedded").joinpath("coco.toml").read_text("utf-8")
    table: dict[str, str] = tomllib.loads(text)["classes"]
    return {int(i): tuple(word.strip() for word in row.split(",")) for i, row in table.items()}
