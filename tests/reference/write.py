"""Computes the numbers that exported graphs are compared with: `python -m tests.reference.write`.

Needs PyTorch and timm of the extra `open-clip`, and what runs the extra `poses` (`make setup-all`).
"""

# pyright: reportMissingImports=false
# torch and ai-edge-litert are there with the extras only.

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from agents.models.embedded import weights
from agents.models.export import reference
from agents.models.export.onnx_graph import Array

Arrays = dict[str, Array]
Inputs = Mapping[str, Array]


@dataclass(frozen=True)
class TorchModels:
    """The two networks in PyTorch, with the packaged weights."""

    bert: Any
    lite0: Any

    def texts(self, inputs: Inputs) -> Arrays:
        """Outputs of the text encoder by name."""
        return _run(self.bert, inputs, reference.TEXT_OUTPUTS)

    def pictures(self, inputs: Inputs) -> Arrays:
        """Outputs of the recogniser by name."""
        return _run(self.lite0, inputs, reference.IMAGE_OUTPUTS)


def torch_models() -> TorchModels:
    """Load both."""
    with warnings.catch_warnings():
        # timm and torch warn of their own future when they are imported
        warnings.simplefilter("ignore")
        import safetensors.torch
        import torch

        from tests.reference import bert, lite0

    texts = safetensors.torch.load(weights.read_verified(weights.MINILM))
    packed = io.BytesIO(weights.read_verified(weights.EFFICIENTNET))
    pictures = torch.load(packed, map_location="cpu", weights_only=True)
    return TorchModels(bert.load(texts), lite0.load(pictures))


def _run(model: Any, inputs: Inputs, names: tuple[str, ...]) -> Arrays:
    import torch

    with torch.no_grad():
        found = model(*(torch.from_numpy(each) for each in inputs.values()))
    outputs = found if isinstance(found, tuple) else (found,)
    return {name: each.numpy() for name, each in zip(names, outputs, strict=True)}


def compute(models: TorchModels) -> Arrays:
    """What torch computes for the inputs of the parity check, by output."""
    return models.texts(reference.text_inputs()) | models.pictures(reference.image_inputs())


def quantised() -> Arrays:
    """What TensorFlow Lite's runtime computes for large pictures: logarithms of probabilities, from
    the numbers before its softmax, as its own output has steps of 1/256."""
    litert: Any = import_module("ai_edge_litert.interpreter")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that numbers between layers take memory
        runner = litert.Interpreter(
            model_content=weights.read_verified(weights.LITE3),
            experimental_preserve_all_tensors=True,
        )
    runner.allocate_tensors()
    given = runner.get_input_details()[0]
    (softmax,) = (each for each in runner._get_ops_details() if each["op_name"] == "SOFTMAX")
    number = int(softmax["inputs"][0])
    (told,) = (each for each in runner.get_tensor_details() if each["index"] == number)
    scale, zero = told["quantization"]
    rows: list[Array] = []
    for picture in reference.large_inputs()["pictures"]:
        runner.set_tensor(given["index"], as_bytes(picture, *given["quantization"]))
        runner.invoke()
        rows.append((runner.get_tensor(number)[0].astype(np.float32) - zero) * scale)
    logits = np.stack(rows)
    logarithms = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return {"log_probabilities": logarithms.astype(np.float16)}


def as_bytes(picture: Array, scale: float, zero: int) -> Array:
    """A picture of numbers, channels first, as a quantised network takes it."""
    rounded = np.round(picture.transpose(1, 2, 0) / scale + zero)
    return np.clip(rounded, 0, 255).astype(np.uint8)[None]


if __name__ == "__main__":
    np.savez(reference.REFERENCE, allow_pickle=False, **compute(torch_models()), **quantised())
