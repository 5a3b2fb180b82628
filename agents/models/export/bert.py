"""The sentence encoder all-MiniLM-L6-v2 as an ONNX graph, for set-up only.

A 6-layer BERT (Devlin et al. 2019, section 3; layer sizes of MiniLM, Wang et al. 2020), then the
mean over the tokens of a text and L2 normalisation (Reimers and Gurevych 2019, section 3).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from agents.models.export.onnx_graph import Array, GraphBuilder

WIDTH, HEADS, LAYERS = 384, 12, 6
EPSILON = 1e-12
MASKED = -1e4
"""Added to the attention score of padding."""


def write_graph(published: Mapping[str, Array], path: Path) -> None:
    """Write the graph: `ids` and `mask` (batch, tokens) int64 to `vectors` (batch, 384) float32.

    Raises:
        KeyError: a tensor of this architecture is not among the published ones.
    """
    graph = GraphBuilder()
    weights = graph.add("Cast", "mask", to=1)
    states = _embeddings(graph, published)
    gaps = graph.add("Sub", graph.constant(np.float32(1.0)), weights)
    scaled = graph.add("Mul", gaps, graph.constant(np.float32(MASKED)))
    bias = graph.add("Unsqueeze", scaled, graph.constant(np.asarray([1, 2])))
    for index in range(LAYERS):
        states = _layer(graph, published, f"encoder.layer.{index}", states, bias)
    _pooled(graph, states, weights)
    batch = ("batch", "tokens")
    inputs = {"ids": ("INT64", batch), "mask": ("INT64", batch)}
    graph.write(path, inputs, {"vectors": ("batch", WIDTH)})


def _embeddings(graph: GraphBuilder, published: Mapping[str, Array]) -> str:
    """Sum of word, position and segment embeddings; a text has one segment."""
    words = graph.constant(published["embeddings.word_embeddings.weight"])
    places = graph.constant(published["embeddings.position_embeddings.weight"])
    segment = graph.constant(published["embeddings.token_type_embeddings.weight"][0])
    length = graph.add("Shape", "ids", start=1, end=2)
    zero = graph.constant(np.asarray([0]))
    positions = graph.add("Slice", places, zero, length, zero)
    summed = graph.add("Add", graph.add("Gather", words, "ids"), positions)
    return _norm(graph, published, "embeddings.LayerNorm", graph.add("Add", summed, segment))


def _norm(graph: GraphBuilder, published: Mapping[str, Array], name: str, states: str) -> str:
    scale = graph.constant(published[f"{name}.weight"])
    bias = graph.constant(published[f"{name}.bias"])
    return graph.add("LayerNormalization", states, scale, bias, axis=-1, epsilon=EPSILON)


def _layer(
    graph: GraphBuilder, published: Mapping[str, Array], name: str, states: str, bias: str
) -> str:
    """Self-attention and a feed-forward part, each with a residual and a normalisation after it."""

    def dense(part: str, given: str) -> str:
        own = f"{name}.{part}"
        return graph.linear(given, published[f"{own}.weight"], published[f"{own}.bias"])

    shape = graph.constant(np.asarray([0, 0, HEADS, WIDTH // HEADS]))

    def heads(part: str, order: list[int]) -> str:
        split = graph.add("Reshape", dense(f"attention.self.{part}", states), shape)
        return graph.add("Transpose", split, perm=order)

    query, value = heads("query", [0, 2, 1, 3]), heads("value", [0, 2, 1, 3])
    scores = graph.add("MatMul", query, heads("key", [0, 2, 3, 1]))
    root = graph.constant(np.float32((WIDTH // HEADS) ** 0.5))
    biased = graph.add("Add", graph.add("Div", scores, root), bias)
    mixed = graph.add("MatMul", graph.add("Softmax", biased, axis=-1), value)
    together = graph.add("Transpose", mixed, perm=[0, 2, 1, 3])
    flat = graph.add("Reshape", together, graph.constant(np.asarray([0, 0, WIDTH])))
    attended = graph.add("Add", states, dense("attention.output.dense", flat))
    states = _norm(graph, published, f"{name}.attention.output.LayerNorm", attended)
    inner = _gelu(graph, dense("intermediate.dense", states))
    fed = graph.add("Add", states, dense("output.dense", inner))
    return _norm(graph, published, f"{name}.output.LayerNorm", fed)


def _gelu(graph: GraphBuilder, states: str) -> str:
    """The exact form, by the error function (Hendrycks and Gimpel 2016)."""
    scaled = graph.add("Div", states, graph.constant(np.float32(2**0.5)))
    raised = graph.add("Add", graph.add("Erf", scaled), graph.constant(np.float32(1.0)))
    halved = graph.add("Mul", states, graph.constant(np.float32(0.5)))
    return graph.add("Mul", halved, raised)


def _pooled(graph: GraphBuilder, states: str, weights: str) -> None:
    """The mean over the tokens that are no padding, at length 1."""
    tokens = graph.constant(np.asarray([1]))
    last = graph.constant(np.asarray([2]))
    column = graph.add("Unsqueeze", weights, last)
    summed = graph.add("ReduceSum", graph.add("Mul", states, column), tokens, keepdims=0)
    count = graph.add("ReduceSum", weights, tokens, keepdims=1)
    mean = graph.add("Div", summed, graph.add("Max", count, graph.constant(np.float32(1.0))))
    length = graph.add("ReduceL2", mean, axes=[-1], keepdims=1)
    floor = graph.add("Max", length, graph.constant(np.float32(EPSILON)))
    graph.add("Div", mean, floor, output="vectors")
