# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# OpenCV's stubs leave the element types of arrays open.
"""SSD with MobileNet v2 as an ONNX graph, for set-up only.

OpenCV reads TensorFlow's frozen graph and gives each layer's arrays; the network around them is
Liu et al. 2016 over Sandler et al. 2018, as TensorFlow's detection model zoo has it. The graph's
numbers are compared with what OpenCV computes from the same file.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from agents.errors import ModelMissing
from agents.models.embedded import weights
from agents.models.embedded.ssd import SIDE
from agents.models.export.lite0 import activated, convolved, narrowed
from agents.models.export.onnx_graph import Array, GraphBuilder

STAGES = ((1, 1, 1), (2, 2, 6), (3, 2, 6), (4, 2, 6), (3, 1, 6), (3, 2, 6), (1, 1, 6))
"""Blocks, stride of the first block, and expansion of each stage of MobileNet v2."""
TAPPED = 13
"""The block inside which the finest map lies that things are found in."""
SMALLER = 4
"""Maps after MobileNet's last one, each half as wide as the one before."""
CLASSES = 91
"""The ground, which is left out, and COCO's 90 numbers of classes."""
CENTRE, SIZE = 0.1, 0.2
"""By what a place's numbers were divided in training."""
SCORES, PLACES, PRIORS = (
    "ClassPredictor/concat/sigmoid",
    "BoxEncodingPredictor/concat",
    "PriorBox/concat",
)
"""Layers of OpenCV's network that ours is compared with."""


def opencv_network() -> Any:  # noqa: ANN401
    """The packaged graph in OpenCV.

    Raises:
        ModelMissing: the packaged files are absent or not the expected ones.
    """
    import cv2

    # Buffers, not paths, so that what is loaded is what was verified.
    graph = np.frombuffer(weights.read_verified(weights.SSD_GRAPH), np.uint8)
    layout = np.frombuffer(weights.read_verified(weights.SSD_LAYOUT), np.uint8)
    return cv2.dnn.readNetFromTensorflow(graph, layout, engine=cv2.dnn.ENGINE_CLASSIC)


def outputs_of(network: Any, pictures: Array) -> dict[str, Array]:  # noqa: ANN401
    """What OpenCV computes of one picture: the outputs of the graph, and `priors`."""
    network.setInput(((pictures + 1.0) * 127.5).astype(np.float32))
    scores, places, priors = map(np.asarray, network.forward([SCORES, PLACES, PRIORS]))
    return {
        "scores": scores.reshape(1, -1, CLASSES)[..., 1:],
        "places": places.reshape(1, -1, 4),
        "priors": priors.reshape(2, -1, 4)[0],
    }


def shapes() -> dict[str, Array]:
    """A made picture of large shapes, (1, 3, 300, 300), in [-1, 1]."""
    row, column = np.mgrid[:SIDE, :SIDE]
    disc = np.where((row - 150) ** 2 + (column - 120) ** 2 < 90**2, 230, row * 255 // SIDE)
    layers = np.stack([disc, column * 255 // SIDE, np.where(row // 40 % 2, disc, 40)])
    return {"pictures": (layers[None] / 127.5 - 1.0).astype(np.float32)}


def write_graph(network: Any, priors: Array, path: Path) -> None:  # noqa: ANN401
    """Write the graph: `pictures` (1, 3, 300, 300) in [-1, 1] to `scores` (1, n, 90) of COCO's
    classes 1 to 90, `places` (1, n, 4) as predicted, and `boxes` (1, n, 4): left, top, right and
    bottom as fractions of the picture, all float32.

    Args:
        network: of `opencv_network`.
        priors: (n, 4), boxes that the predicted places are relative to, as corners.
        path: where to write it.

    Raises:
        ModelMissing: the packaged network is of another architecture.
    """
    graph = GraphBuilder()
    try:
        maps = _maps(graph, _tensors(network))
    except StopIteration:
        raise ModelMissing(
            "the packaged detector has other layers than SSD MobileNet v2",
            "install the versions in requirements.lock",
        ) from None
    scores = [_predicted(graph, network, each, n, "Class", 1) for n, each in enumerate(maps)]
    places = [_predicted(graph, network, each, n, "BoxEncoding", 0) for n, each in enumerate(maps)]
    graph.add("Sigmoid", graph.add("Concat", *scores, axis=1), output="scores")
    _decoded(graph, graph.add("Concat", *places, axis=1, output="places"), priors)
    count = len(priors)
    made = {"scores": (1, count, CLASSES - 1), "places": (1, count, 4), "boxes": (1, count, 4)}
    graph.write(path, {"pictures": ("FLOAT", (1, 3, SIDE, SIDE))}, made)


def _tensors(network: Any) -> Iterator[Array]:  # noqa: ANN401
    """Kernel, scale, shift, mean and variance of each layer of the body, in order."""
    body = [name for name in network.getLayerNames() if name.startswith("FeatureExtractor/")]
    kernel: Array | None = None
    for layer in map(network.getLayer, body):
        arrays = [np.asarray(blob) for blob in layer.blobs]
        if layer.type == "Convolution":
            (kernel,) = arrays
        elif layer.type == "BatchNorm" and kernel is not None:
            mean, variance, scale, shift = arrays
            yield from (kernel, scale, shift, mean, variance)


def _maps(graph: GraphBuilder, tensors: Iterator[Array]) -> list[str]:
    """The six maps that things are found in, finest first."""
    states = activated(graph, convolved(graph, tensors, "pictures", stride=2))
    inside: list[str] = []
    for blocks, stride, expansion in STAGES:
        for number in range(blocks):
            widened = expansion > 1
            inner = activated(graph, convolved(graph, tensors, states)) if widened else states
            inside.append(inner)
            states = narrowed(graph, tensors, states, inner, stride if number == 0 else 1)
    maps = [inside[TAPPED], activated(graph, convolved(graph, tensors, states))]
    for _ in range(SMALLER):
        states = activated(graph, convolved(graph, tensors, maps[-1]))
        states = activated(graph, convolved(graph, tensors, states, stride=2, apart=True))
        maps.append(activated(graph, convolved(graph, tensors, states)))
    return maps


def _predicted(
    graph: GraphBuilder,
    network: Any,  # noqa: ANN401
    states: str,
    number: int,
    what: str,
    left_out: int,
) -> str:
    """What a head says of a map's places, (1, places, values), without the first `left_out`."""
    layer = network.getLayer(f"BoxPredictor_{number}/{what}Predictor/Conv2D")
    kernel, bias = (np.asarray(blob) for blob in layer.blobs)
    values = CLASSES if what == "Class" else 4
    own = np.arange(len(bias)).reshape(-1, values)[:, left_out:].ravel()
    made = graph.add(
        "Conv", states, graph.constant(kernel[own]), graph.constant(bias.ravel()[own]),
        auto_pad="SAME_UPPER",
    )  # fmt: skip
    rows = graph.add("Transpose", made, perm=[0, 2, 3, 1])
    return graph.add("Reshape", rows, graph.constant(np.array([1, -1, values - left_out])))


def _decoded(graph: GraphBuilder, places: str, priors: Array) -> None:
    """`boxes`: places as shifts and stretches of the priors, turned into corners."""
    size = priors[:, 2:] - priors[:, :2]
    middle = priors[:, :2] + size / 2
    shift, stretch = (_part(graph, places, start) for start in (0, 2))
    moved = graph.add("Mul", shift, graph.constant((CENTRE * size).astype(np.float32)))
    centre = graph.add("Add", moved, graph.constant(middle.astype(np.float32)))
    scaled = graph.add("Exp", graph.add("Mul", stretch, graph.constant(np.float32(SIZE))))
    half = graph.add("Mul", scaled, graph.constant((size / 2).astype(np.float32)))
    corners = [graph.add(sign, centre, half) for sign in ("Sub", "Add")]
    graph.add("Concat", *corners, axis=-1, output="boxes")


def _part(graph: GraphBuilder, places: str, start: int) -> str:
    """Two of the four numbers of each place."""
    edges = (np.array([edge]) for edge in (start, start + 2, -1))
    return graph.add("Slice", places, *map(graph.constant, edges))
