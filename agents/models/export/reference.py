"""What the default graphs must compute: numbers that torch computed once from the same weights.

They were taken from graphs that torch exported and that agreed with torch itself to 1e-6.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# onnxruntime ships without type information.

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from agents.errors import ModelFailed
from agents.models.embedded import graphs
from agents.models.export.onnx_graph import Array

REFERENCE = Path(__file__).with_name("reference.json")
FIRST = 24
"""Numbers of each output that are compared one by one; the rest by the sum of their amounts."""
TOLERANCE = 1e-4
"""Largest difference of a number; of a sum, as a share of it."""


def text_inputs() -> dict[str, Array]:
    """Three texts of token ids, one of them padded."""
    ids = (np.arange(27, dtype=np.int64).reshape(3, 9) * 1009 + 2003) % 30_000
    mask = np.ones_like(ids)
    mask[1, 5:] = 0
    return {"ids": ids, "mask": mask}


def image_inputs() -> dict[str, Array]:
    """Two pictures of waves, shape (2, 3, 224, 224), in [-1, 1]."""
    waves = np.sin(np.arange(2 * 3 * 224 * 224, dtype=np.float64) * 0.013)
    return {"pictures": waves.reshape(2, 3, 224, 224).astype(np.float32)}


def check(graph: Path, inputs: dict[str, Array], outputs: tuple[str, ...]) -> None:
    """Run a graph and compare its outputs with torch's.

    Raises:
        ModelFailed: one of them differs.
    """
    told: dict[str, dict[str, Any]] = json.loads(REFERENCE.read_text(encoding="utf-8"))
    found = graphs.open_session(graph, threads=1).run(list(outputs), inputs)
    for name, array in zip(outputs, found, strict=True):
        rows = np.asarray(array, dtype=np.float64)
        largest = -np.sort(-rows, axis=1) if name == "probabilities" else rows
        first, total = np.asarray(told[name]["first"]), np.asarray(told[name]["sum"])
        ones = np.abs(largest[:, :FIRST] - first).max()
        sums = (np.abs(np.abs(rows).sum(axis=1) - total) / total).max()
        off = float(np.max([ones, sums]))  # numpy's, as Python's loses what is no number
        if not off < TOLERANCE:
            raise ModelFailed(
                f"{graph.name} computes other {name} than torch (off by {off:.2g})",
                "install the versions in requirements.lock, then run the export again",
            )
