"""Reads published weights as arrays, without the libraries that wrote them.

Files of weights can hold programs (pickle). Only what rebuilds plain tensors is let in: any other
name in the file is refused before anything runs.
"""

from __future__ import annotations

import io
import json
import pickle
import struct
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from agents.errors import ModelMissing
from agents.models.export.onnx_graph import Array

DTYPES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}
SAFE = {"F32": np.dtype("<f4"), "I64": np.dtype("<i8")}
MAGIC, VERSION = 0x1950A86A20F9469CFC6C, 1001
"""How a file of torch's first format begins."""
HINT = "install the versions in requirements.lock"
MALFORMED = (
    *(pickle.UnpicklingError, struct.error, ArithmeticError, AttributeError),
    *(EOFError, LookupError, TypeError, ValueError),
)
"""What reading raises for a file that is cut or of another kind."""


def read_safetensors(content: bytes) -> dict[str, Array]:
    """Tensors by name: a length, a JSON header, then the raw numbers (safetensors, v0.3)."""
    (length,) = struct.unpack("<Q", content[:8])
    header: dict[str, Any] = json.loads(content[8 : 8 + length])
    body = memoryview(content)[8 + length :]
    made: dict[str, Array] = {}
    for name, told in header.items():
        if name == "__metadata__":
            continue
        start, end = told["data_offsets"]
        made[name] = np.frombuffer(body[start:end], SAFE[told["dtype"]]).reshape(told["shape"])
    return made


@dataclass(slots=True)
class _Pending:
    """A tensor whose numbers come later in the file."""

    key: str
    dtype: np.dtype[Any]
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    """In numbers, not bytes."""

    def over(self, storage: bytes) -> Array:
        """The tensor, once its storage was read; its axes may lie there in another order.

        Raises:
            ValueError: it would reach beyond its storage.
        """
        axes = zip(self.shape, self.strides, strict=True)
        last = self.offset + sum((size - 1) * step for size, step in axes)
        numbers = np.frombuffer(storage, self.dtype)
        if min(self.offset, *self.shape, *self.strides, 0) < 0 or last >= len(numbers):
            raise ValueError(f"a tensor of shape {self.shape} lies outside of its numbers")
        numbers = numbers[self.offset :]
        steps = [stride * self.dtype.itemsize for stride in self.strides]
        return np.lib.stride_tricks.as_strided(numbers, self.shape, steps, writeable=False)


class _Tensors(pickle.Unpickler):  # noqa: S301 - `find_class` lets in tensors only
    """Unpickles dictionaries of tensors and plain values, and nothing else."""

    def __init__(self, stream: io.BytesIO) -> None:
        super().__init__(stream)
        self.widths: dict[str, int] = {}
        """Bytes of one number of each storage that was named."""

    def find_class(self, module_name: str, global_name: str) -> Any:  # noqa: ANN401
        """The few names that a dictionary of tensors needs.

        Raises:
            ModelMissing: any other name.
        """
        known: dict[tuple[str, str], Callable[..., Any] | np.dtype[Any]] = {
            ("collections", "OrderedDict"): OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2"): _rebuilt,
            **{("torch", name): dtype for name, dtype in DTYPES.items()},
        }
        if (module_name, global_name) not in known:
            said = f"the file of weights asks for {module_name}.{global_name}"
            raise ModelMissing(f"{said}, which no tensor needs", HINT)
        return known[module_name, global_name]

    def persistent_load(self, pid: Any) -> tuple[np.dtype[Any], str]:  # noqa: ANN401
        """A storage: its type and the key under which its numbers follow."""
        _, dtype, key, *_ = pid
        self.widths[str(key)] = dtype.itemsize
        return dtype, str(key)


def _rebuilt(
    storage: tuple[np.dtype[Any], str],
    offset: int,
    shape: tuple[int, ...],
    strides: tuple[int, ...],
    *_: object,
) -> _Pending:
    """A tensor over a part of a storage."""
    dtype, key = storage
    return _Pending(key, dtype, offset, shape, strides)


def read_torch(content: bytes, part: str = "") -> dict[str, Array]:
    """Tensors by name from a file of torch's first format: pickles, then the raw storages.

    Args:
        content: the file.
        part: the entry that holds them, in a file that holds more: what training goes on with.

    Raises:
        ModelMissing: the file asks for anything but tensors, is cut, or is of another format.
    """
    try:
        return _read_torch(io.BytesIO(content), part)
    except MALFORMED as error:
        raise ModelMissing(f"the file of weights cannot be read: {error}", HINT) from error


def _read_torch(stream: io.BytesIO, part: str) -> dict[str, Array]:
    if _Tensors(stream).load() != MAGIC or _Tensors(stream).load() != VERSION:
        raise ValueError("it is of another format")
    _Tensors(stream).load()  # byte order and sizes of the writer
    reader = _Tensors(stream)
    whole = reader.load()
    pending: dict[str, _Pending] = whole[part] if part else whole
    storages: dict[str, bytes] = {}
    for key in _Tensors(stream).load():
        (count,) = struct.unpack("<q", stream.read(8))
        storages[str(key)] = stream.read(count * reader.widths[str(key)])
    return {name: each.over(storages[each.key]) for name, each in pending.items()}
