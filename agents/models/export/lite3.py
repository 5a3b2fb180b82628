"""EfficientNet-Lite3 as an ONNX graph, for set-up only.

Tan and Le 2019, wider and deeper than Lite0, published as integers for TensorFlow Lite. Kernels
stay integers in the graph, which onnxruntime turns into numbers when it loads it: the file is a
quarter as large. What lies between layers is not rounded, as it is in the published network, which
takes bytes that stand for -1.65 to 1.58. Pictures of the training lay in [-1, 1], and do so here.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from agents.errors import ModelMissing
from agents.models.export.lite0 import activated
from agents.models.export.onnx_graph import Array, GraphBuilder
from agents.models.export.tflite_file import HINT, Layer, Network, Quantised

SIDE = 280
CLASSES = 1000
LAYERS = 96


def write_graph(network: Network, path: Path) -> None:
    """Write the graph: `pictures` (batch, 3, 280, 280) in [-1, 1] to `probabilities` (batch, 1000),
    both float32.

    Raises:
        ModelMissing: the layers are not those of this architecture.
    """
    if len(network.layers) != LAYERS:
        raise ModelMissing(
            f"{len(network.layers)} packaged layers are not the {LAYERS} of Lite3", HINT
        )
    graph = GraphBuilder()
    made = {network.given: "pictures"}
    for layer in network.layers:
        made[layer.output] = _added(graph, network, made, layer)
    graph.add("Identity", made[network.layers[-1].output], output="probabilities")
    inputs = {"pictures": ("FLOAT", ("batch", 3, SIDE, SIDE))}
    graph.write(path, inputs, {"probabilities": ("batch", CLASSES)})


def _added(graph: GraphBuilder, network: Network, made: dict[int, str], layer: Layer) -> str:
    """The nodes of a layer; the name of what they give."""
    states, constants = made[layer.inputs[0]], network.constants
    match layer.operator:
        case "CONV_2D" | "DEPTHWISE_CONV_2D":
            kernel, bias = (constants[number] for number in layer.inputs[1:])
            return _convolved(graph, layer, states, kernel, bias)
        case "ADD":
            return graph.add("Add", *(made[number] for number in layer.inputs))
        case "AVERAGE_POOL_2D":  # over all of the last map
            return graph.add("GlobalAveragePool", states)
        case "RESHAPE":
            return graph.add("Flatten", states)
        case "FULLY_CONNECTED":
            weight, bias = (constants[number] for number in layer.inputs[1:])
            rows = graph.add("Transpose", _floats(graph, weight), perm=[1, 0])
            return graph.add("Add", graph.add("MatMul", states, rows), _bias(graph, bias))
        case "SOFTMAX":
            return graph.add("Softmax", states, axis=-1)
        case "QUANTIZE":  # to integers, which nothing is here
            return states
        case _:
            raise ModelMissing(f"the packaged network has a layer {layer.operator}", HINT)


def _convolved(
    graph: GraphBuilder, layer: Layer, states: str, kernel: Quantised, bias: Quantised
) -> str:
    apart = layer.operator == "DEPTHWISE_CONV_2D"
    # stored as (made, high, wide, taken); of channels alone, moved to (made, one, high, wide)
    order = (0, 1, 2, 3) if apart else (0, 3, 1, 2)
    own = Quantised(kernel.numbers.transpose(order), kernel.scale)
    made = graph.add(
        "Conv",
        states,
        _floats(graph, own),
        _bias(graph, bias),
        auto_pad="SAME_UPPER",
        strides=[layer.stride, layer.stride],
        group=len(own.numbers) if apart else 1,
    )
    graph.channels[made] = len(own.numbers)
    return activated(graph, made) if layer.bounded else made


def _floats(graph: GraphBuilder, stored: Quantised) -> str:
    """Numbers of a kernel: integers times their channels' scales, computed when it is loaded."""
    from onnx import TensorProto

    numbers = graph.add("Cast", graph.constant(stored.numbers), to=TensorProto.FLOAT)
    return graph.add("Mul", numbers, graph.constant(_scale(stored)))


def _bias(graph: GraphBuilder, stored: Quantised) -> str:
    return graph.constant((stored.numbers * _scale(stored)).astype(np.float32))


def _scale(stored: Quantised) -> Array:
    """The scales of the first axis, or the one of all."""
    return stored.scale.astype(np.float32).reshape(-1, *([1] * (stored.numbers.ndim - 1)))
