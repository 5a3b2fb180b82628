"""EfficientNet-lite0 by timm, to compare its ONNX graph with.

Tan and Le 2019; the lite variants replace swish by ReLU6 and drop squeeze-and-excitation.
"""

# pyright: reportCallIssue=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingImports=false, reportUntypedBaseClass=false
# pyright: reportUnknownParameterType=false
# timm's models are typed as plain modules; it and torch are there with the extra `open-clip` only.

from __future__ import annotations

from collections.abc import Mapping

import timm
import torch
from torch import Tensor, nn

from agents.errors import ModelMissing

TENSORS = 247


class WithFeatures(nn.Module):
    """The classifier with two outputs: pooled features and class probabilities."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """`(batch, 3, 224, 224)` in [-1, 1] to `(batch, 1280)` and `(batch, 1000)`."""
        maps = self.model.forward_features(pictures)
        features = self.model.forward_head(maps, pre_logits=True)
        logits = self.model.classifier(features)
        return features, torch.softmax(logits, dim=-1)


def load(published: Mapping[str, Tensor]) -> WithFeatures:
    """The classifier with the packaged weights, which are named otherwise but lie in timm's order.

    Raises:
        ModelMissing: when number or shapes of the tensors do not fit.
    """
    model = timm.create_model("tf_efficientnet_lite0", pretrained=False)
    ours = {n: t for n, t in model.state_dict().items() if not n.endswith("num_batches_tracked")}
    theirs = [t for n, t in published.items() if not n.endswith("num_batches_tracked")]
    if [t.shape for t in theirs] != [t.shape for t in ours.values()] or len(theirs) != TENSORS:
        raise ModelMissing(
            f"{len(theirs)} packaged tensors do not fit the {len(ours)} of EfficientNet-lite0",
            "install the versions in requirements.lock",
        )
    model.load_state_dict(dict(zip(ours, theirs, strict=True)), strict=False)
    return WithFeatures(model).eval()
