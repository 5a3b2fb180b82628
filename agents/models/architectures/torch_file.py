"""Reads the tensors of a file that `torch.save` wrote, without torch and without running its code.

The format before torch 1.6: pickles of a magic number, a version, the machine, the objects and the
keys of their storages, then each storage as its length and its bytes. Only the names in `ALLOWED`
can be called while unpickling, so a file cannot run anything else.
"""

from __future__ import annotations

import io
import pickle
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from agents.errors import ModelMissing

MAGIC = 0x1950A86A20F9469CFC6C
VERSION = 1001
HINT = "install the versions in requirements.lock"

MALFORMED = (
    *(pickle.UnpicklingError, ArithmeticError, AttributeError),
    *(EOFError, LookupError, TypeError, ValueError),
)
"""What unpickling may raise for a file of another kind."""

Tensors = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class _Slice:
    """A tensor: where it lies in a storage that comes later in the file."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Storage:
    key: str
    kind: np.dtype[Any]


def _tensor(
    storage: _Storage, offset: int, shape: Sequence[int], strides: Sequence[int], *_: object
) -> _Slice:
    return _Slice(storage, offset, tuple(shape), tuple(strides))


ALLOWED: dict[tuple[str, str], object] = {
    ("collections", "OrderedDict"): OrderedDict,
    ("torch._utils", "_rebuild_tensor_v2"): _tensor,
    ("torch", "FloatStorage"): np.dtype("<f4"),
    ("torch", "LongStorage"): np.dtype("<i8"),
}
"""What names in the file stand for."""


class _Unpickler(pickle.Unpickler):  # noqa: S301 - calls what `ALLOWED` holds and nothing else
    def find_class(self, module_name: str, global_name: str, /) -> object:
        try:
            return ALLOWED[module_name, global_name]
        except KeyError:
            raise pickle.UnpicklingError(f"it names {module_name}.{global_name}") from None

    def persistent_load(self, pid: tuple[object, np.dtype[Any], str, object], /) -> _Storage:
        _, kind, key, *_ = pid
        return _Storage(key, kind)


def read(content: bytes) -> Tensors:
    """The tensors of a saved state by their names, in the order of the file.

    Raises:
        ModelMissing: when the content is of another format, names anything that is not allowed,
            or is cut.
    """
    handle = io.BytesIO(content)
    try:
        if _Unpickler(handle).load() != MAGIC or _Unpickler(handle).load() != VERSION:
            raise pickle.UnpicklingError("its format is another one")
        _Unpickler(handle).load()  # the sizes of C's types where it was written
        saved: dict[str, _Slice] = _Unpickler(handle).load()
        kinds = {each.storage.key: each.storage.kind for each in saved.values()}
        storages = _storages(handle, _Unpickler(handle).load(), kinds)
        return {name: _view(storages[each.storage.key], each) for name, each in saved.items()}
    except MALFORMED as error:
        raise ModelMissing(f"cannot read the weights: {error}", HINT) from error


def _storages(
    handle: io.BytesIO, keys: Sequence[str], kinds: dict[str, np.dtype[Any]]
) -> dict[str, NDArray[Any]]:
    """The values of each storage, which stand one after the other."""
    found: dict[str, NDArray[Any]] = {}
    for key in keys:
        length = int.from_bytes(handle.read(8), "little")
        kind = kinds[key]
        found[key] = np.frombuffer(handle.read(length * kind.itemsize), kind, length)
    return found


def _view(values: NDArray[Any], each: _Slice) -> NDArray[Any]:
    """A tensor of a storage: its axes may lie there in another order."""
    steps = zip(each.shape, each.strides, strict=True)
    last = each.offset + sum((size - 1) * step for size, step in steps)
    if min(each.offset, *each.strides, *each.shape, 0) < 0 or last >= len(values):
        raise ValueError(f"a tensor of shape {each.shape} lies outside of its values")
    strides = [step * values.itemsize for step in each.strides]
    return as_strided(values[each.offset :], each.shape, strides, writeable=False)
