"""Writes ONNX graphs node by node from arrays: the little of a builder that two models need."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# onnx ships without complete type information.

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from onnx import NodeProto, TensorProto

Array = NDArray[Any]
Shape = Sequence[int | str]

OPSET = 17
"""Of ONNX's operators; the first with LayerNormalization."""
IR = 8
"""Of ONNX's file format, as old as that opset: any later runtime reads it."""


@dataclass(slots=True)
class GraphBuilder:
    """Collects the nodes and constants of a graph; each method returns the name of an output."""

    nodes: list[NodeProto] = field(default_factory=list["NodeProto"])
    constants: list[TensorProto] = field(default_factory=list["TensorProto"])
    channels: dict[str, int] = field(default_factory=dict[str, int])
    """Of outputs that are pictures: how many they have."""

    def constant(self, array: Array | np.generic) -> str:
        """An array that is part of the graph."""
        from onnx import numpy_helper

        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(array, order="C"), name))
        return name

    def add(self, operator: str, *inputs: str, output: str = "", **attributes: Any) -> str:  # noqa: ANN401
        """A node with one output."""
        from onnx import helper

        name = output or f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [name], **attributes))
        return name

    def linear(self, states: str, weight: Array, bias: Array) -> str:
        """`states @ weight.T + bias`, as torch stores linear layers."""
        product = self.add("MatMul", states, self.constant(weight.T))
        return self.add("Add", product, self.constant(bias))

    def write(
        self, path: Path, inputs: Mapping[str, tuple[str, Shape]], outputs: Mapping[str, Shape]
    ) -> None:
        """Check the graph and write it; `inputs` give element type and shape, outputs are float."""
        from onnx import TensorProto, checker, helper

        given = [
            helper.make_tensor_value_info(name, TensorProto.DataType.Value(kind), shape)
            for name, (kind, shape) in inputs.items()
        ]
        made = [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
            for name, shape in outputs.items()
        ]
        graph = helper.make_graph(self.nodes, path.stem, given, made, self.constants)
        opset = helper.make_opsetid("", OPSET)
        model = helper.make_model(graph, opset_imports=[opset], ir_version=IR)
        checker.check_model(model)
        path.write_bytes(model.SerializeToString())
