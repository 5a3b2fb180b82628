"""The exported graphs: where they lie in the cache, and how a session is opened.

Measured on two cores: loading the text encoder takes 0.2 s, of which reading its 90 MB is most;
saved optimised graphs, the ORT format and switched-off prepacking did not change that reliably, so
the plain graph is kept and optimised when it is opened.
"""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# onnxruntime ships without type information.

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from agents.errors import ModelMissing
from agents.models.embedded import weights

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

VERSION = 4
"""Raised when a graph comes out differently; older caches are then exported again."""

FOLDER = "graphs"
MANIFEST = "manifest.json"
TEXT_GRAPH = "minilm.onnx"
TOKENIZER = "tokenizer.json"
IMAGE_GRAPH = "efficientnet_lite0.onnx"
CLASSES = "imagenet_classes.txt"
DETECTOR_GRAPH = "ssd_mobilenet_v2.onnx"
SECOND_GRAPH = "efficientnet_lite3.onnx"
"""A second classifier of pictures, for the ensemble."""
FILES = (TEXT_GRAPH, TOKENIZER, IMAGE_GRAPH, CLASSES, DETECTOR_GRAPH, SECOND_GRAPH)

HINT = "run `make setup`, or `python -m agents.models.export --cache <cache folder>`"


def identity() -> dict[str, Any]:
    """What the manifest of usable graphs says: version and digests of the weights."""
    sources = {w.file: w.sha256 for w in weights.PACKAGED}
    return {"version": VERSION, "sources": sources}


def read_manifest(cache: Path) -> dict[str, Any]:
    """The manifest of the exported files; empty when there is none, or none that can be read."""
    path = cache / FOLDER / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return manifest if isinstance(manifest, dict) else {}


def require(cache: Path, name: str) -> Path:
    """The path of an exported file.

    Raises:
        ModelMissing: when it was not exported yet, or from other weights.
    """
    path = cache / FOLDER / name
    if not path.is_file():
        raise ModelMissing(f"the default models are not set up: no {path}", HINT)
    if not identity().items() <= read_manifest(cache).items():
        raise ModelMissing(f"{path.parent} was made from other weights or by another version", HINT)
    return path


def open_session(path: Path, threads: int) -> InferenceSession:
    """A session on the CPU that uses at most `threads` threads.

    Raises:
        ModelMissing: when the file is not a readable graph.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # waiting threads would spin: measured, that is a third of the processor time of reading text,
    # and on a busy machine it doubles the wall time
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's exceptions share no base class of their own
        raise ModelMissing(f"{path} is not a usable graph: {error}", HINT) from error


class LazySession:
    """A session that is opened at its first use, once, whichever thread comes first."""

    def __init__(self, cache: Path, name: str, threads: int) -> None:
        self._path = require(cache, name)
        self._threads = threads
        self._lock = threading.Lock()
        self._session: InferenceSession | None = None

    def run(self, names: Sequence[str], inputs: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """The named outputs for the inputs, in that order."""
        with self._lock:
            if self._session is None:
                self._session = open_session(self._path, self._threads)
        return [np.asarray(output) for output in self._session.run(list(names), dict(inputs))]
