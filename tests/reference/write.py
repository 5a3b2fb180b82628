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
from numpy.typing import NDArray

from agents.models.architectures import parity
from agents.models.embedded import weights
from tests.conftest import ROOT

TARGET = ROOT / "agents" / "models" / "architectures" / parity.REFERENCE

Inputs = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class TorchModels:
    """The two networks in PyTorch, with the packaged weights."""

    bert: Any
    lite0: Any

    def texts(self, inputs: Inputs) -> parity.Arrays:
        """Outputs of the text encoder by name."""
        return _run(self.bert, inputs, parity.TEXT_OUTPUTS)

    def pictures(self, inputs: Inputs) -> parity.Arrays:
        """Outputs of the recogniser by name."""
        return _run(self.lite0, inputs, parity.IMAGE_OUTPUTS)


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


def _run(model: Any, inputs: Inputs, names: tuple[str, ...]) -> parity.Arrays:
    import torch

    with torch.no_grad():
        found = model(*(torch.from_numpy(each) for each in inputs.values()))
    outputs = found if isinstance(found, tuple) else (found,)
    return {name: each.numpy() for name, each in zip(names, outputs, strict=True)}


def compute(models: TorchModels) -> parity.Arrays:
    """What torch computes for the inputs of the parity check, by output."""
    return models.texts(parity.text_inputs()) | models.pictures(parity.image_inputs())


if __name__ == "__main__":
    np.savez(TARGET, allow_pickle=False, **compute(torch_models()))
