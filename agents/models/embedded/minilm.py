"""Text encoder of the default set: all-MiniLM-L6-v2 in onnxruntime (Reimers and Gurevych 2019)."""

# pyright: reportUnknownMemberType=false
# tokenizers leaves its keyword arguments untyped.

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from agents.models.embedded import graphs, weights
from agents.text.scripts import is_latin
from memory.records import Vector

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

MAX_TOKENS = 256
"""What the model was trained on; longer texts are cut."""

BATCH_TOKENS = 1024
"""Texts times their padded length in one run; larger runs were not faster, and need more memory."""


class MiniLMEncoder:
    """Texts to 384-dimensional unit vectors. Tokenizer and graph are loaded at the first use.

    Args:
        cache: Folder that `agents.models.export.run` wrote to.
        threads: CPU threads to use.

    Raises:
        ModelMissing: when the graphs are not there.
    """

    name = f"all-MiniLM-L6-v2@{weights.MINILM.sha256[:8]}"
    dimension = 384

    def __init__(self, cache: Path, threads: int) -> None:
        self._session = graphs.LazySession(cache, graphs.TEXT_GRAPH, threads)
        self._tokenizer_path = graphs.require(cache, graphs.TOKENIZER)
        self._lock = threading.Lock()

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self._tokenizer_path))
        tokenizer.enable_truncation(MAX_TOKENS)
        tokenizer.no_padding()
        return tokenizer

    def encode(self, texts: Sequence[str]) -> Vector:
        """Shape `(len(texts), 384)`, float32, L2-normalised; the order of the texts is kept."""
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        if not texts:
            return vectors
        with self._lock:
            encodings = self._tokenizer.encode_batch(list(texts))
        for batch in batches([len(encoding.ids) for encoding in encodings]):
            vectors[batch] = self._run([encodings[index] for index in batch])
        return vectors

    def can_read(self, text: str) -> bool:
        """Whether a text is in the script that it was trained on: all others are alike to it."""
        return is_latin(text)

    def words(self) -> frozenset[str]:
        """Whole words of the tokenizer's vocabulary; other entries are pieces of words."""
        return frozenset(entry for entry in self._tokenizer.get_vocab() if entry.isalpha())

    def _run(self, encodings: list[Encoding]) -> Vector:
        width = max(len(encoding.ids) for encoding in encodings)
        ids = np.zeros((len(encodings), width), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, encoding in enumerate(encodings):
            ids[row, : len(encoding.ids)] = encoding.ids
            mask[row, : len(encoding.ids)] = 1
        return self._session.run(["vectors"], {"ids": ids, "mask": mask})[0]


def batches(lengths: Sequence[int], budget: int = BATCH_TOKENS) -> list[list[int]]:
    """Indices grouped by similar length, so that little is padded.

    Args:
        lengths: Tokens of each text.
        budget: Texts times longest text that a batch may reach; a batch holds one text at least.
    """
    grouped: list[list[int]] = []
    for index in sorted(range(len(lengths)), key=lambda i: (-lengths[i], i)):
        # the first of a batch is its longest
        if grouped and (len(grouped[-1]) + 1) * lengths[grouped[-1][0]] <= budget:
            grouped[-1].append(index)
        else:
            grouped.append([index])
    return grouped
