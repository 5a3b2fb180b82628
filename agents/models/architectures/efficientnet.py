"""EfficientNet-lite0 as an ONNX graph.

Tan and Le 2019, table 1; the lite variants replace swish by ReLU6 and drop squeeze-and-excitation.
The weights were trained in TensorFlow: pictures are padded as its `SAME` does, and batch
normalisation adds 0.001 to the variance.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.errors import ModelMissing
from agents.models.architectures.builder import GraphBuilder

SIDE, FEATURES, CLASSES = 224, 1280, 1000
EPSILON = 1e-3
TENSORS = 247

STRIDES = ((1,), (2, 1), (2, 1), (2, 1, 1), (1, 1, 1), (2, 1, 1, 1), (1,))
"""Of each block of the seven stages; kernel sizes and widths are those of the weights."""


@dataclass(frozen=True, slots=True)
class _Maps:
    """Feature maps: the name of the value, and how many there are."""

    name: str
    width: int


def write(published: Mapping[str, NDArray[Any]], path: Path) -> None:
    """Write the graph: `pictures` to `features` and `probabilities`, all float32.

    The input is `(batch, 3, 224, 224)` in [-1, 1], the outputs `(batch, 1280)` and `(batch, 1000)`.

    Args:
        published: The tensors in the order of the network; their names are not used.
        path: File to write.

    Raises:
        ModelMissing: when the tensors are not those of this architecture.
    """
    tensors = [t for name, t in published.items() if not name.endswith("num_batches_tracked")]
    if len(tensors) != TENSORS or tensors[-2].shape != (CLASSES, FEATURES):
        raise ModelMissing(
            f"{len(tensors)} packaged tensors are not the {TENSORS} of EfficientNet-lite0",
            "install the versions in requirements.lock",
        )
    net = _Network(GraphBuilder(), iter(tensors))
    maps = net.convolution(_Maps("pictures", 3), stride=2)
    for stage, strides in enumerate(STRIDES):
        for stride in strides:
            maps = net.block(maps, stride, expands=stage > 0)
    net.classify(net.convolution(maps))
    shapes = {"features": ("batch", FEATURES), "probabilities": ("batch", CLASSES)}
    net.to.save(path, {"pictures": (np.float32, ("batch", 3, SIDE, SIDE))}, shapes)


@dataclass(frozen=True, slots=True)
class _Network:
    to: GraphBuilder
    tensors: Iterator[NDArray[np.float32]]
    """What is left of the weights; each operation takes its own."""

    def block(self, maps: _Maps, stride: int, expands: bool) -> _Maps:
        """Expand, filter each map by itself, project; added to `maps` where the shapes agree."""
        inner = self.convolution(maps) if expands else maps
        inner = self.convolution(inner, stride)
        projected = self.convolution(inner, activate=False)
        if stride > 1 or projected.width != maps.width:
            return projected
        return _Maps(self.to.node("Add", maps.name, projected.name), maps.width)

    def convolution(self, maps: _Maps, stride: int = 1, activate: bool = True) -> _Maps:
        """A convolution with its batch normalisation worked into the weights, then ReLU6."""
        weight, scale, shift, mean, variance = (next(self.tensors) for _ in range(5))
        factor = scale / np.sqrt(variance + np.float32(EPSILON))
        width, per_group, *kernel = weight.shape
        name = self.to.node(
            "Conv",
            maps.name,
            self.to.weight(weight * factor[:, None, None, None]),
            self.to.weight(shift - mean * factor),
            auto_pad="SAME_UPPER",
            kernel_shape=kernel,
            strides=(stride, stride),
            group=maps.width // per_group,
        )
        if activate:
            name = self.to.node("Clip", name, self.to.number(0.0), self.to.number(6.0))
        return _Maps(name, width)

    def classify(self, maps: _Maps) -> None:
        """The mean of each map, and the probabilities of the classes."""
        axes = self.to.ints(2, 3)
        features = self.to.node("ReduceMean", maps.name, axes, name="features", keepdims=0)
        weight, bias = (self.to.weight(next(self.tensors)) for _ in range(2))
        logits = self.to.node("Gemm", features, weight, bias, transB=1)
        self.to.node("Softmax", logits, name="probabilities", axis=-1)
