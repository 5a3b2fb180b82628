"""The sentence encoder all-MiniLM-L6-v2 in plain torch, to compare its ONNX graph with.

A 6-layer BERT (Devlin et al. 2019, section 3; layer sizes of MiniLM, Wang et al. 2020), then the
mean over the tokens of a text and L2 normalisation (Reimers and Gurevych 2019, section 3).
"""

# pyright: reportMissingImports=false, reportUntypedBaseClass=false
# pyright: reportUnknownParameterType=false
# torch is there with the extra `open-clip` only.

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

WIDTH, HEADS, LAYERS, INNER = 384, 12, 6, 1536
VOCABULARY, POSITIONS = 30522, 512
EPSILON = 1e-12


class Embeddings(nn.Module):
    """Sum of word, position and segment embeddings; a text has one segment."""

    def __init__(self) -> None:
        super().__init__()
        self.word_embeddings = nn.Embedding(VOCABULARY, WIDTH)
        self.position_embeddings = nn.Embedding(POSITIONS, WIDTH)
        self.token_type_embeddings = nn.Embedding(2, WIDTH)
        self.LayerNorm = nn.LayerNorm(WIDTH, eps=EPSILON)

    def forward(self, ids: Tensor) -> Tensor:
        """`(batch, tokens)` ids to `(batch, tokens, WIDTH)`."""
        positions = torch.arange(ids.shape[1], device=ids.device)
        summed = self.word_embeddings(ids) + self.position_embeddings(positions)
        return self.LayerNorm(summed + self.token_type_embeddings.weight[0])


class Layer(nn.Module):
    """Self-attention and a feed-forward part, each with a residual and a normalisation after it."""

    def __init__(self) -> None:
        super().__init__()
        self.query, self.key = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH)
        self.value, self.attended = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH)
        self.attention_norm = nn.LayerNorm(WIDTH, eps=EPSILON)
        self.inner, self.outer = nn.Linear(WIDTH, INNER), nn.Linear(INNER, WIDTH)
        self.output_norm = nn.LayerNorm(WIDTH, eps=EPSILON)

    def forward(self, states: Tensor, bias: Tensor) -> Tensor:
        """`states` is `(batch, tokens, WIDTH)`; `bias` is added to the attention scores."""
        heads = [self._heads(part(states)) for part in (self.query, self.key, self.value)]
        scores = heads[0] @ heads[1].transpose(-1, -2) / (WIDTH // HEADS) ** 0.5
        mixed = (torch.softmax(scores + bias, dim=-1) @ heads[2]).transpose(1, 2).flatten(2)
        states = self.attention_norm(states + self.attended(mixed))
        return self.output_norm(states + self.outer(nn.functional.gelu(self.inner(states))))

    def _heads(self, states: Tensor) -> Tensor:
        return states.reshape(*states.shape[:2], HEADS, WIDTH // HEADS).transpose(1, 2)


class SentenceEncoder(nn.Module):
    """Token ids and mask to one L2-normalised vector per text."""

    def __init__(self) -> None:
        super().__init__()
        self.embeddings = Embeddings()
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """`ids` and `mask` (1 for tokens, 0 for padding) are `(batch, tokens)` int64.

        Returns:
            Shape `(batch, WIDTH)`, float32.
        """
        states = self.embeddings(ids)
        weights = mask.to(states.dtype)
        bias = (1.0 - weights)[:, None, None, :] * -1e4
        for layer in self.layers:
            states = layer(states, bias)
        summed = (states * weights[:, :, None]).sum(dim=1)
        mean = summed / weights.sum(dim=1, keepdim=True).clamp(min=1.0)
        return nn.functional.normalize(mean, dim=-1)


RENAMED = {
    "attention.self.query": "query",
    "attention.self.key": "key",
    "attention.self.value": "value",
    "attention.output.dense": "attended",
    "attention.output.LayerNorm": "attention_norm",
    "intermediate.dense": "inner",
    "output.dense": "outer",
    "output.LayerNorm": "output_norm",
}
"""Where each part of a layer is found in the published file."""


def load(published: Mapping[str, Tensor]) -> SentenceEncoder:
    """The encoder with the published weights; the pooler head is not part of sentence encoding.

    Raises:
        KeyError, RuntimeError: when the tensors are not those of this architecture.
    """
    model = SentenceEncoder()
    state = {n: t for n, t in published.items() if n.startswith("embeddings.")}
    state.pop("embeddings.position_ids", None)
    for index in range(LAYERS):
        for theirs, ours in RENAMED.items():
            for kind in ("weight", "bias"):
                source = published[f"encoder.layer.{index}.{theirs}.{kind}"]
                state[f"layers.{index}.{ours}.{kind}"] = source
    model.load_state_dict(state)
    return model.eval()
