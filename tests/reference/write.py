"""Computes the numbers that exported graphs are compared with: `python -m tests.reference.write`.

Needs PyTorch and timm of the extra `open-clip` (`make setup-all`).
"""

# pyright: reportMissingImports=false
# torch is there with the extra only.

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
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


if __name__ == "__main__":
    np.savez(reference.REFERENCE, allow_pickle=False, **compute(torch_models()))
