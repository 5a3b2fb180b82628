"""The sentence encoder all-MiniLM-L6-v2 as an ONNX graph.

A 6-layer BERT (Devlin et al. 2019, section 3; layer sizes of MiniLM, Wang et al. 2020), then the
mean over the tokens of a text and L2 normalisation (Reimers and Gurevych 2019, section 3).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agents.models.architectures.builder import GraphBuilder, Shape

WIDTH, HEADS, LAYERS = 384, 12, 6
VOCABULARY = 30522
EPSILON = 1e-12
MASKED = -1e4
"""Added to the attention score of padding, which then gets no weight."""

Published = Mapping[str, NDArray[np.float32]]
"""The tensors of the published file by their names."""


def write(published: Published, path: Path) -> None:
    """Write the graph: `ids` and `mask` (1 for tokens), int64, to `vectors`, float32.

    The inputs are `(batch, tokens)`, the output `(batch, 384)` with rows of length 1. The pooler
    head of the published file is not part of sentence encoding.

    Raises:
        KeyError: when the tensors are not those of this architecture.
    """
    graph = _Bert(GraphBuilder(), published)
    states = graph.embedded("ids")
    weights = graph.to.node("Cast", "mask", to=1)
    bias = graph.bias(weights)
    for index in range(LAYERS):
        states = graph.layer(f"encoder.layer.{index}", states, bias)
    graph.pooled(states, weights)
    whole = (np.int64, ("batch", "tokens"))
    inputs: dict[str, tuple[type[np.int64], Shape]] = {"ids": whole, "mask": whole}
    graph.to.save(path, inputs, {"vectors": ("batch", WIDTH)})


@dataclass(frozen=True, slots=True)
class _Bert:
    to: GraphBuilder
    published: Published

    def embedded(self, ids: str) -> str:
        """Sum of word, position and segment embeddings; a text has one segment."""
        table = {
            name: self.published[f"embeddings.{name}_embeddings.weight"]
            for name in ("word", "position", "token_type")
        }
        words = self.to.node("Gather", self.to.weight(table["word"]), ids)
        length = self.to.node("Shape", ids, start=1)
        places = self.to.weight(table["position"] + table["token_type"][0])
        first = self.to.node("Slice", places, self.to.ints(0), length)
        return self.normed("embeddings.LayerNorm", self.to.node("Add", words, first))

    def bias(self, weights: str) -> str:
        """What is added to the scores, `(batch, 1, 1, tokens)`."""
        padding = self.to.node("Sub", self.to.number(1.0), weights)
        masked = self.to.node("Mul", padding, self.to.number(MASKED))
        return self.to.node("Unsqueeze", masked, self.to.ints(1, 2))

    def layer(self, name: str, states: str, bias: str) -> str:
        """Self-attention and a feed-forward part, each with a residual and a normalisation."""
        attention = f"{name}.attention"
        query, key, value = (
            self.heads(f"{attention}.self.{part}", states, order)
            for part, order in (
                ("query", (0, 2, 1, 3)),
                ("key", (0, 2, 3, 1)),
                ("value", (0, 2, 1, 3)),
            )
        )
        scores = self.to.node("MatMul", query, key)
        scores = self.to.node("Div", scores, self.to.number((WIDTH // HEADS) ** 0.5))
        shares = self.to.node("Softmax", self.to.node("Add", scores, bias), axis=-1)
        mixed = self.to.node("MatMul", shares, value)
        mixed = self.to.node("Transpose", mixed, perm=(0, 2, 1, 3))
        mixed = self.to.node("Reshape", mixed, self.to.ints(0, 0, WIDTH))
        attended = self.linear(f"{attention}.output.dense", mixed)
        states = self.added(f"{attention}.output.LayerNorm", states, attended)
        inner = self.to.node("Gelu", self.linear(f"{name}.intermediate.dense", states))
        outer = self.linear(f"{name}.output.dense", inner)
        return self.added(f"{name}.output.LayerNorm", states, outer)

    def pooled(self, states: str, weights: str) -> None:
        """The mean over tokens, without padding, at length 1."""
        shares = self.to.node("Unsqueeze", weights, self.to.ints(2))
        summed = self.to.node("Mul", states, shares)
        summed = self.to.node("ReduceSum", summed, self.to.ints(1), keepdims=0)
        counted = self.to.node("ReduceSum", weights, self.to.ints(1), keepdims=1)
        counted = self.to.node("Max", counted, self.to.number(1.0))
        mean = self.to.node("Div", summed, counted)
        length = self.to.node("ReduceL2", mean, self.to.ints(1), keepdims=1)
        length = self.to.node("Max", length, self.to.number(EPSILON))
        self.to.node("Div", mean, length, name="vectors")

    def heads(self, name: str, states: str, order: tuple[int, ...]) -> str:
        """A projection, split into heads of `(tokens, 32)` and put into `order`."""
        split = self.to.ints(0, 0, HEADS, WIDTH // HEADS)
        return self.to.node(
            "Transpose", self.to.node("Reshape", self.linear(name, states), split), perm=order
        )

    def linear(self, name: str, states: str) -> str:
        """Weights lie as `(outputs, inputs)` in the published file."""
        weight = self.to.weight(self.published[f"{name}.weight"].T)
        product = self.to.node("MatMul", states, weight)
        return self.to.node("Add", product, self.to.weight(self.published[f"{name}.bias"]))

    def added(self, norm: str, states: str, change: str) -> str:
        """A residual connection and the normalisation after it."""
        return self.normed(norm, self.to.node("Add", states, change))

    def normed(self, name: str, states: str) -> str:
        """Layer normalisation over the width."""
        scale = self.to.weight(self.published[f"{name}.weight"])
        shift = self.to.weight(self.published[f"{name}.bias"])
        return self.to.node("LayerNormalization", states, scale, shift, epsilon=EPSILON)
