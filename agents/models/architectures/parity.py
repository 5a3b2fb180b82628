"""Compares the graphs with the numbers that PyTorch computed from the same weights.

`reference.npz` holds the outputs for the inputs that are made here; `python -m
tests.reference.write` computes them anew where torch is installed. The inputs are made by whole
numbers alone, so they are the same on every machine.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# onnxruntime is typed in part only.

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.errors import ModelFailed
from agents.models.architectures import bert, efficientnet
from agents.models.embedded import graphs

TOLERANCE = 1e-4
"""Largest difference allowed between a graph's output and torch's."""

REFERENCE = "reference.npz"

Arrays = dict[str, NDArray[Any]]

TEXT_OUTPUTS = ("vectors",)
IMAGE_OUTPUTS = ("features", "probabilities")


def text_inputs() -> Arrays:
    """Three texts of 9, 5 and 9 arbitrary tokens: `ids` and `mask`, `(3, 9)`, int64."""
    ids = 5 + _scattered(27, bert.VOCABULARY - 5).reshape(3, 9)
    mask = np.ones_like(ids)
    mask[1, 5:] = 0
    return {"ids": ids, "mask": mask}


def image_inputs() -> Arrays:
    """A picture of noise and one of large shapes: `pictures`, `(2, 3, 224, 224)`, float32."""
    side = efficientnet.SIDE
    noise = _scattered(3 * side * side, 256).reshape(3, side, side)
    row, column = np.mgrid[:side, :side]
    disc = np.where((row - 112) ** 2 + (column - 96) ** 2 < 70**2, 230, row)
    shapes = np.stack([disc, column, np.where(row // 28 % 2, disc, 40)])
    pictures = np.stack([noise, shapes]).astype(np.float32) / np.float32(127.5) - np.float32(1)
    return {"pictures": pictures}


def check_text(graph: Path) -> None:
    """Compare the text encoder with torch's numbers.

    Raises:
        ModelFailed: when a number differs by more than `TOLERANCE`.
    """
    check_parity(graph, text_inputs(), _reference(TEXT_OUTPUTS))


def check_image(graph: Path) -> None:
    """Compare the recogniser with torch's numbers.

    Raises:
        ModelFailed: when a number differs by more than `TOLERANCE`.
    """
    check_parity(graph, image_inputs(), _reference(IMAGE_OUTPUTS))


def check_parity(
    graph: Path, inputs: Mapping[str, NDArray[Any]], expected: Mapping[str, NDArray[Any]]
) -> None:
    """Run `graph` and compare its outputs with `expected`.

    Raises:
        ModelFailed: when one differs by more than `TOLERANCE`.
    """
    found = graphs.open_session(graph, threads=1).run(list(expected), dict(inputs))
    for (name, wanted), got in zip(expected.items(), found, strict=True):
        difference = float(np.abs(wanted - np.asarray(got)).max())
        if not difference < TOLERANCE:
            raise ModelFailed(
                f"{graph.name} computes other {name} than torch (off by {difference:.2g})",
                "install the versions in requirements.lock, then run the export again",
            )


def _reference(names: tuple[str, ...]) -> Arrays:
    path = files("agents.models.architectures").joinpath(REFERENCE)
    with path.open("rb") as handle, np.load(handle, allow_pickle=False) as kept:
        return {name: kept[name] for name in names}


def _scattered(count: int, below: int) -> NDArray[np.int64]:
    """Numbers in `[0, below)` that look random (a linear congruential generator, Park-Miller)."""
    found, state = np.empty(count, dtype=np.int64), 1
    for index in range(count):
        state = state * 48271 % 2147483647
        found[index] = state * below // 2147483647
    return found
