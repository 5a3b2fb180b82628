"""Collects the nodes and weights of an ONNX graph, one operation at a time."""

# pyright: reportUnknownMemberType=false
# onnx is typed in part only.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from onnx import NodeProto, TensorProto, ValueInfoProto

OPSET = 20
"""The first with Gelu as one operation."""

IR_VERSION = 10
"""The format of the file; the newest of `onnx` may be newer than what onnxruntime reads."""

Shape = tuple[str | int, ...]
"""Sizes of the axes; a name is a size that may differ from run to run."""


@dataclass(slots=True)
class GraphBuilder:
    """A graph under construction. Values are named by what `weight` and `node` return."""

    nodes: list[NodeProto] = field(default_factory=list["NodeProto"])
    weights: list[TensorProto] = field(default_factory=list["TensorProto"])

    def weight(self, values: NDArray[Any]) -> str:
        """A constant of the graph."""
        from onnx import numpy_helper

        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def ints(self, *values: int) -> str:
        """A constant list of sizes or axes."""
        return self.weight(np.array(values, dtype=np.int64))

    def number(self, value: float) -> str:
        """A constant number, float32."""
        return self.weight(np.array(value, dtype=np.float32))

    def node(
        self,
        operation: str,
        *inputs: str,
        name: str = "",
        **attributes: Any,  # noqa: ANN401 - numbers, words and lists, as each operation wants
    ) -> str:
        """An operation with one output, which is called `name` where that is given."""
        from onnx import helper

        output = name or f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(operation, inputs, [output], **attributes))
        return output

    def save(
        self,
        path: Path,
        inputs: Mapping[str, tuple[type[np.generic], Shape]],
        outputs: Mapping[str, Shape],
    ) -> None:
        """Check the graph and write it into one file; outputs are float32."""
        import onnx
        from onnx import helper

        graph = helper.make_graph(
            self.nodes,
            path.stem,
            [_value(name, kind, shape) for name, (kind, shape) in inputs.items()],
            [_value(name, np.float32, shape) for name, shape in outputs.items()],
            self.weights,
        )
        opsets = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION)
        onnx.checker.check_model(model, full_check=True)
        onnx.save(model, str(path))


def _value(name: str, kind: type[np.generic], shape: Shape) -> ValueInfoProto:
    from onnx import helper

    element = helper.np_dtype_to_tensor_dtype(np.dtype(kind))
    return helper.make_tensor_value_info(name, element, shape)
