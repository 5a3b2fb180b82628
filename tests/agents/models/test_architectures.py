"""Reading packaged weights without torch, and what is refused."""

from __future__ import annotations

import io
import os
import pickle
import sys
from collections import OrderedDict
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from agents.errors import ModelMissing
from agents.models.architectures import efficientnet, torch_file
from agents.models.architectures.builder import GraphBuilder
from agents.models.architectures.torch_file import MAGIC, VERSION
from agents.models.embedded import graphs, weights

VALUES = np.arange(12, dtype="<f4")


class Tensor:
    """Pickled as torch pickles a tensor over the storage `VALUES`."""

    def __init__(self, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> None:
        self.where = (offset, shape, strides)

    def __reduce__(self) -> tuple[Any, ...]:
        rebuild = sys.modules["torch._utils"].__dict__["_rebuild_tensor_v2"]
        return rebuild, (Storage(), *self.where, False, OrderedDict())


class Storage:
    """Stands for `VALUES`."""


class Pickler(pickle.Pickler):
    def persistent_id(self, obj: object) -> Any:
        kind = sys.modules["torch"].__dict__["FloatStorage"]
        return ("storage", kind, "7", "cpu", 12, None) if isinstance(obj, Storage) else None


def named(module: str, name: str) -> Any:
    """A class that pickles by that name."""
    return type(name, (), {"__module__": module})


@pytest.fixture
def pretended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Modules by the names of torch's, to pickle what torch would."""
    for module, name in (("torch", "FloatStorage"), ("torch._utils", "_rebuild_tensor_v2")):
        made = ModuleType(module)
        made.__dict__[name] = named(module, name)
        monkeypatch.setitem(sys.modules, module, made)


def saved(state: object, magic: int = MAGIC, version: int = VERSION) -> bytes:
    """A file as `torch.save` wrote it before 1.6."""
    handle = io.BytesIO()
    for each in (magic, version, {"little_endian": True}, state, ["7"]):
        Pickler(handle, protocol=2).dump(each)
    return handle.getvalue() + len(VALUES).to_bytes(8, "little") + VALUES.tobytes()


@pytest.mark.usefixtures("pretended")
def test_tensors_are_read_in_any_order_of_their_axes() -> None:
    found = torch_file.read(
        saved(OrderedDict(plain=Tensor(2, (2, 3), (3, 1)), turned=Tensor(0, (3, 4), (1, 3))))
    )
    assert list(found) == ["plain", "turned"]
    np.testing.assert_array_equal(found["plain"], [[2, 3, 4], [5, 6, 7]])
    np.testing.assert_array_equal(found["turned"], VALUES.reshape(4, 3).T)


@pytest.mark.usefixtures("pretended")
@pytest.mark.parametrize("tensor", [(7, (2, 3), (3, 1)), (-1, (2,), (1,)), (5, (3,), (-1,))])
def test_tensors_outside_of_their_values_are_refused(tensor: tuple[Any, ...]) -> None:
    with pytest.raises(ModelMissing, match="outside of its values"):
        torch_file.read(saved(OrderedDict(bad=Tensor(*tensor))))


class Hostile:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (self.__dict__["path"],)


def test_nothing_in_a_file_is_run(tmp_path: Path) -> None:
    hostile = Hostile()
    hostile.__dict__["path"] = str(tmp_path / "made")
    for content in (pickle.dumps(hostile), pickle.dumps(MAGIC) + pickle.dumps(hostile)):
        with pytest.raises(ModelMissing, match=r"it names posix\.mkdir"):
            torch_file.read(content)
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("pretended")
def test_other_formats_and_cut_files_are_refused() -> None:
    good = saved(OrderedDict(each=Tensor(0, (12,), (1,))))
    assert len(torch_file.read(good)) == 1
    other = saved(OrderedDict(), version=VERSION + 1)
    for bad in (b"", b"PK\x03\x04", pickle.dumps(3), other, good[:-4], good[:40], good[:-60]):
        with pytest.raises(ModelMissing, match="cannot read the weights"):
            torch_file.read(bad)


def test_packaged_weights_are_floats_and_counters() -> None:
    found = torch_file.read(weights.read_verified(weights.EFFICIENTNET))
    assert {str(each.dtype) for each in found.values()} == {"float32", "int64"}
    assert found["_conv_stem.weight"].shape == (32, 3, 3, 3)


def test_tensors_of_another_network_are_refused(tmp_path: Path) -> None:
    found = torch_file.read(weights.read_verified(weights.EFFICIENTNET))
    found.pop("_conv_stem.weight")
    with pytest.raises(ModelMissing, match="246 packaged tensors are not the 247"):
        efficientnet.write(found, tmp_path / "graph.onnx")
    assert not list(tmp_path.iterdir())


def test_graphs_are_built_node_by_node(tmp_path: Path) -> None:
    builder = GraphBuilder()
    total = builder.node("Add", "x", builder.number(2.0))
    builder.node("ReduceSum", total, builder.ints(1), name="y", keepdims=0)
    builder.save(tmp_path / "g.onnx", {"x": (np.float32, ("rows", 3))}, {"y": ("rows",)})
    session = graphs.open_session(tmp_path / "g.onnx", 1)
    (found,) = session.run(["y"], {"x": np.ones((2, 3), dtype=np.float32)})
    np.testing.assert_array_equal(found, [9.0, 9.0])
