"""Reading published weights without the libraries that wrote them, and what is refused."""

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
from agents.models.embedded import weights
from agents.models.export.tensors import MAGIC, VERSION, read_safetensors, read_torch

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
    found = read_torch(
        saved(OrderedDict(plain=Tensor(2, (2, 3), (3, 1)), turned=Tensor(0, (3, 4), (1, 3))))
    )
    assert list(found) == ["plain", "turned"]
    np.testing.assert_array_equal(found["plain"], [[2, 3, 4], [5, 6, 7]])
    np.testing.assert_array_equal(found["turned"], VALUES.reshape(4, 3).T)


@pytest.mark.usefixtures("pretended")
def test_tensors_are_found_in_a_part_of_a_file() -> None:
    training = {"step": 3, "rates": [0.1], "momentum": {0: Tensor(0, (12,), (1,))}}
    whole = saved({**training, "state": OrderedDict(kept=Tensor(2, (2,), (1,)))})
    np.testing.assert_array_equal(read_torch(whole, "state")["kept"], [2, 3])
    with pytest.raises(ModelMissing, match="cannot be read"):
        read_torch(whole, "other")


@pytest.mark.usefixtures("pretended")
@pytest.mark.parametrize("tensor", [(7, (2, 3), (3, 1)), (-1, (2,), (1,)), (5, (3,), (-1,))])
def test_tensors_outside_of_their_values_are_refused(tensor: tuple[Any, ...]) -> None:
    with pytest.raises(ModelMissing, match="outside of its numbers"):
        read_torch(saved(OrderedDict(bad=Tensor(*tensor))))


class Hostile:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (self.__dict__["path"],)


def test_nothing_in_a_file_is_run(tmp_path: Path) -> None:
    hostile = Hostile()
    hostile.__dict__["path"] = str(tmp_path / "made")
    for content in (pickle.dumps(hostile), pickle.dumps(MAGIC) + pickle.dumps(hostile)):
        with pytest.raises(ModelMissing, match=r"asks for posix\.mkdir, which no tensor needs"):
            read_torch(content)
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("pretended")
def test_other_formats_and_cut_files_are_refused() -> None:
    good = saved(OrderedDict(each=Tensor(0, (12,), (1,))))
    assert len(read_torch(good)) == 1
    other = saved(OrderedDict(), version=VERSION + 1)
    for bad in (b"", b"PK\x03\x04", pickle.dumps(3), other, good[:-4], good[:40], good[:-60]):
        with pytest.raises(ModelMissing, match="cannot be read"):
            read_torch(bad)


def test_packaged_weights_are_floats_and_counters() -> None:
    found = read_torch(weights.read_verified(weights.EFFICIENTNET))
    assert {str(each.dtype) for each in found.values()} == {"float32", "int64"}
    assert found["_conv_stem.weight"].shape == (32, 3, 3, 3)


def test_safetensors_are_read_as_their_library_reads_them() -> None:
    found = read_safetensors(weights.read_verified(weights.MINILM))
    assert found["embeddings.word_embeddings.weight"].shape == (30522, 384)
    assert len(found) == 104
