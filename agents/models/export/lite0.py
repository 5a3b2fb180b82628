"""EfficientNet-lite0 as an ONNX graph, for set-up only.

Tan and Le 2019; the lite variants replace swish by ReLU6, drop squeeze-and-excitation, and keep
stem and head as they are. Padding is TensorFlow's "same", as in the weights' training.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from agents.errors import ModelMissing
from agents.models.export.onnx_graph import Array, GraphBuilder

TENSORS = 247
EPSILON = 1e-3
STAGES = ((1, 1, 1), (2, 2, 6), (2, 2, 6), (3, 2, 6), (3, 1, 6), (4, 2, 6), (1, 1, 6))
"""Blocks, stride of the first block, and expansion of each stage; kernels come with the weights."""


def write_graph(published: Mapping[str, Array], path: Path) -> None:
    """Write the graph: `pictures` (batch, 3, 224, 224) in [-1, 1] to `features` (batch, 1280)
    and `probabilities` (batch, 1000), all float32.

    Raises:
        ModelMissing: number or shapes of the tensors are not those of this architecture.
    """
    own = [array for name, array in published.items() if not name.endswith("num_batches_tracked")]
    if len(own) != TENSORS:
        raise ModelMissing(
            f"{len(own)} packaged tensors are not the {TENSORS} of EfficientNet-lite0",
            "install the versions in requirements.lock",
        )
    graph, tensors = GraphBuilder(), iter(own)
    states = activated(graph, convolved(graph, tensors, "pictures", stride=2))
    for blocks, stride, expansion in STAGES:
        for number in range(blocks):
            states = _block(graph, tensors, states, stride if number == 0 else 1, expansion)
    states = activated(graph, convolved(graph, tensors, states))
    pooled = graph.add("GlobalAveragePool", states)
    graph.add("Flatten", pooled, output="features")
    logits = graph.linear("features", next(tensors), next(tensors))
    graph.add("Softmax", logits, axis=-1, output="probabilities")
    inputs = {"pictures": ("FLOAT", ("batch", 3, 224, 224))}
    graph.write(path, inputs, {"features": ("batch", 1280), "probabilities": ("batch", 1000)})


def _block(
    graph: GraphBuilder, tensors: Iterator[Array], states: str, stride: int, expansion: int
) -> str:
    """An inverted residual block (Sandler et al. 2018); the first stage does not expand."""
    inner = activated(graph, convolved(graph, tensors, states)) if expansion > 1 else states
    return narrowed(graph, tensors, states, inner, stride)


def narrowed(
    graph: GraphBuilder, tensors: Iterator[Array], states: str, inner: str, stride: int
) -> str:
    """The rest of such a block after `states` were expanded to `inner`."""
    deep = activated(graph, convolved(graph, tensors, inner, stride=stride, apart=True))
    before = graph.channels.get(states)
    made = convolved(graph, tensors, deep)
    same = stride == 1 and before == graph.channels[made]
    if not same:
        return made
    joined = graph.add("Add", made, states)
    graph.channels[joined] = graph.channels[made]
    return joined


def convolved(
    graph: GraphBuilder,
    tensors: Iterator[Array],
    states: str,
    *,
    stride: int = 1,
    apart: bool = False,
) -> str:
    """The next convolution with its batch normalisation folded in; `apart`: each channel alone."""
    kernel = next(tensors)
    scale, shift, mean, variance = (next(tensors) for _ in range(4))
    gain = scale / np.sqrt(variance + EPSILON)
    made = graph.add(
        "Conv",
        states,
        graph.constant(kernel * gain[:, None, None, None]),
        graph.constant(shift - mean * gain),
        auto_pad="SAME_UPPER",
        strides=[stride, stride],
        group=kernel.shape[0] if apart else 1,
    )
    graph.channels[made] = kernel.shape[0]
    return made


def activated(graph: GraphBuilder, states: str) -> str:
    """ReLU6."""
    low, high = graph.constant(np.float32(0.0)), graph.constant(np.float32(6.0))
    made = graph.add("Clip", states, low, high)
    graph.channels[made] = graph.channels[states]
    return made
