"""Reads a quantised network of TensorFlow Lite, without the library that runs it.

Numbers are stored as integers: scale * (integer - zero point) is meant, and kernels have a scale
for each channel that they make (Jacob et al. 2018, section 2.1). `tflite` knows the format.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from agents.errors import ModelMissing
from agents.models.export.onnx_graph import Array

TYPES = {2: np.dtype("<i4"), 9: np.dtype("i1")}
"""Of stored numbers, by their numbers in the format."""
CONVOLUTIONS = {"CONV_2D": "Conv2DOptions", "DEPTHWISE_CONV_2D": "DepthwiseConv2DOptions"}
HINT = "install the versions in requirements.lock"
MALFORMED = (struct.error, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What reading raises for a file that is cut or of another kind."""


@dataclass(frozen=True, slots=True)
class Quantised:
    """Integers that are part of the network, and what they mean."""

    numbers: Array
    scale: Array
    """One, or one per channel that a kernel makes."""


@dataclass(frozen=True, slots=True)
class Layer:
    """An operation; tensors are told by their numbers in the file."""

    operator: str
    inputs: tuple[int, ...]
    output: int
    stride: int = 1
    bounded: bool = False
    """Whether ReLU6 follows."""


@dataclass(frozen=True, slots=True)
class Network:
    """Layers in the order in which they run, and their constants."""

    layers: tuple[Layer, ...]
    constants: Mapping[int, Quantised]
    given: int
    """The tensor that a picture is put into."""


def read_network(content: bytes) -> Network:
    """The network of a file.

    Raises:
        ModelMissing: the file is cut or of another format, or its layers have options that those
            of a quantised EfficientNet-Lite have not.
    """
    try:
        return _read(content)
    except MALFORMED as error:
        raise ModelMissing(f"the file of weights cannot be read: {error}", HINT) from error


def _read(content: bytes) -> Network:
    tflite: Any = import_module("tflite")  # it has no types
    model = tflite.Model.GetRootAs(content, 0)
    graph = model.Subgraphs(0)
    layers = tuple(_layer(model, graph.Operators(n)) for n in range(graph.OperatorsLength()))
    used = {number for layer in layers for number in layer.inputs}
    found = {number: _constant(model, graph.Tensors(number)) for number in sorted(used)}
    constants = {number: each for number, each in found.items() if each is not None}
    return Network(layers, constants, int(graph.Inputs(0)))


def _layer(model: Any, operator: Any) -> Layer:  # noqa: ANN401
    tflite: Any = import_module("tflite")
    code = model.OperatorCodes(operator.OpcodeIndex()).BuiltinCode()
    name = str(tflite.opcode2name(code))
    inputs = tuple(int(operator.Inputs(n)) for n in range(operator.InputsLength()))
    output = int(operator.Outputs(0))
    if name not in CONVOLUTIONS:
        return Layer(name, inputs, output)
    options = getattr(tflite, CONVOLUTIONS[name])()
    table = operator.BuiltinOptions()
    options.Init(table.Bytes, table.Pos)
    told = (
        options.Padding(),
        options.StrideH(),
        options.DilationHFactor(),
        options.DilationWFactor(),
    )
    stride, after = options.StrideW(), options.FusedActivationFunction()
    known = (tflite.ActivationFunctionType.NONE, tflite.ActivationFunctionType.RELU6)
    if told != (tflite.Padding.SAME, stride, 1, 1) or after not in known:
        raise ValueError(f"{name} {output} has other options than this network's")
    return Layer(name, inputs, output, int(stride), after == known[1])


def _constant(model: Any, tensor: Any) -> Quantised | None:  # noqa: ANN401
    """What a tensor holds, with the channels it makes first; None where it is computed."""
    stored, told = model.Buffers(tensor.Buffer()).DataAsNumpy(), tensor.Quantization()
    if not isinstance(stored, np.ndarray) or told is None or not told.ScaleLength():
        return None
    if np.any(told.ZeroPointAsNumpy()):
        raise ValueError("a constant has a zero point")
    numbers = np.frombuffer(stored.tobytes(), TYPES[tensor.Type()])
    numbers = numbers.reshape(tensor.ShapeAsNumpy())
    return Quantised(np.moveaxis(numbers, told.QuantizedDimension(), 0), told.ScaleAsNumpy())
