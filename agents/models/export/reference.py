"""What the default graphs must compute: numbers that torch computed once from the same weights, and
TensorFlow Lite's runtime from those that are quantised.

`python -m tests.reference.write` computes them anew where both are installed.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# onnxruntime ships without type information.

from __future__ import annotations

from pathlib import Path

import numpy as np

from agents.errors import ModelFailed
from agents.models.embedded import graphs
from agents.models.export.onnx_graph import Array

REFERENCE = Path(__file__).with_name("reference.npz")
TOLERANCE = 1e-4
"""Largest difference of a number."""
ROUNDED = 0.16
"""Largest mean difference of a logarithm of a probability to a network that rounds between layers.

That rounding makes .14. One scale for all channels of a layer made .20 to 1.2, the order of colours
turned round .39, padding at the other edge .46, one ReLU6 less .50 to 3.1.
"""
TEXT_OUTPUTS = ("vectors",)
IMAGE_OUTPUTS = ("features", "probabilities")


def text_inputs() -> dict[str, Array]:
    """Three texts of token ids, one of them padded."""
    ids = (np.arange(27, dtype=np.int64).reshape(3, 9) * 1009 + 2003) % 30_000
    mask = np.ones_like(ids)
    mask[1, 5:] = 0
    return {"ids": ids, "mask": mask}


def image_inputs() -> dict[str, Array]:
    """A picture of waves and one of large shapes, (2, 3, 224, 224), in [-1, 1]."""
    waves = np.sin(np.arange(3 * 224 * 224, dtype=np.float64) * 0.013).reshape(3, 224, 224)
    row, column = np.mgrid[:224, :224]
    disc = np.where((row - 112) ** 2 + (column - 96) ** 2 < 70**2, 230, row)
    shapes = np.stack([disc, column, np.where(row // 28 % 2, disc, 40)]) / 127.5 - 1.0
    return {"pictures": np.stack([waves, shapes]).astype(np.float32)}


def large_inputs() -> dict[str, Array]:
    """A picture of a disc before a slope and one of rings, (2, 3, 280, 280), in [-1, 1]."""
    row, column = np.mgrid[:280, :280]
    disc = np.where((row - 140) ** 2 + (column - 120) ** 2 < 88**2, 230, row * 255 // 280)
    rings = np.where(np.hypot(row - 140, column - 140) // 18 % 2, 220, 30)
    shown = np.stack([[disc, 255 - disc, disc // 2], [rings] * 3])
    return {"pictures": (shown / 127.5 - 1.0).astype(np.float32)}


def check(graph: Path, inputs: dict[str, Array], outputs: tuple[str, ...]) -> None:
    """Run a graph and compare every number of its outputs with torch's.

    Raises:
        ModelFailed: one of them differs.
    """
    with np.load(REFERENCE, allow_pickle=False) as told:
        compare(graph, inputs, {name: told[name] for name in outputs})


def compare(
    graph: Path, inputs: dict[str, Array], expected: dict[str, Array], of: str = "torch"
) -> None:
    """Run a graph and compare its outputs with what `of` computed, by name.

    Raises:
        ModelFailed: a number differs by more than `TOLERANCE`.
    """
    found = graphs.open_session(graph, threads=1).run(list(expected), inputs)
    for (name, wanted), got in zip(expected.items(), found, strict=True):
        off = float(np.abs(wanted - np.asarray(got)).max())
        if not off < TOLERANCE:
            raise ModelFailed(
                f"{graph.name} computes other {name} than {of} (off by {off:.2g})",
                "install the versions in requirements.lock, then run the export again",
            )


def check_quantised(graph: Path) -> None:
    """Run a graph of quantised weights and compare it with what the published network computes.

    Raises:
        ModelFailed: its probabilities differ by more than rounding between layers explains.
    """
    with np.load(REFERENCE, allow_pickle=False) as told:
        wanted = told["log_probabilities"].astype(np.float32)
    session = graphs.open_session(graph, threads=1)
    found = np.asarray(session.run(["probabilities"], large_inputs())[0])
    off = float(np.abs(np.log(found) - wanted).mean(axis=1).max())
    if not off < ROUNDED:
        raise ModelFailed(
            f"{graph.name} computes other probabilities than TensorFlow Lite (off by {off:.2g})",
            "install the versions in requirements.lock, then run the export again",
        )
