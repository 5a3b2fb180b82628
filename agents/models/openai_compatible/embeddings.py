"""A text encoder behind an OpenAI-compatible endpoint (`/v1/embeddings`)."""

from __future__ import annotations

import base64
import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from agents.budget import Spent
from agents.errors import ModelFailed
from agents.models.cache import ReplyCache, reply_key
from agents.models.chat import TOKEN
from agents.models.openai_compatible.connection import Opener
from agents.models.openai_compatible.endpoint import Endpoint
from agents.models.openai_compatible.middleware import PLAIN, Middleware
from agents.models.openai_compatible.secrets import Secrets, no_secrets
from memory.records import Vector

log = logging.getLogger(__name__)

ROLE = "text_encoder"
BATCH = 64
"""Most texts of one request."""
LONGEST = 2000
"""Characters of a text that are sent, about 500 tokens: some servers refuse longer ones."""
NOTHING = "."
"""Sent for a text without any character to see, which servers refuse."""


class EndpointTextEncoder:
    """A `TextEncoder` at an endpoint. Hold one per process.

    A text's vector is asked for once: it is kept by the text, the model and the endpoint, without
    the text itself.

    Args:
        endpoint: Where the model is; its name is the encoder's, by which stores know it.
        cache: Folder for vectors.
        dimension: Length of its vectors; 0 asks the endpoint, once.
        secrets: Resolves the name of the endpoint's secret.
        middleware: What is put around calls.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        cache: Path,
        dimension: int = 0,
        secrets: Secrets = no_secrets,
        middleware: Middleware = PLAIN,
    ) -> None:
        self.name = endpoint.model
        self.endpoint = endpoint.checked()
        self._secrets, self._middleware = secrets, middleware
        self._vectors = ReplyCache(vector_folder(cache))
        self._known = ReplyCache(cache / "dimensions")
        self._dimension = dimension
        self._opener = Opener()
        self._lock = threading.Lock()
        self._spent = Spent()

    @property
    def is_known(self) -> bool:
        """Whether the length of its vectors is known without asking."""
        return bool(self._dimension) or self._known.get(self._key("dimension")) is not None

    @property
    def dimension(self) -> int:
        """Length of the vectors.

        Raises:
            ModelFailed: the endpoint had to be asked and did not answer.
        """
        if not self._dimension:
            kept = self._known.get(self._key("dimension"))
            if kept is None:
                kept = str(len(self._paid([NOTHING])[0]))
                self._known.put(self._key("dimension"), kept)
            self._dimension = int(kept)
        return self._dimension

    @property
    def spent(self) -> Spent:
        """What this process paid so far."""
        with self._lock:
            return replace(self._spent)

    def encode(self, texts: Sequence[str]) -> Vector:
        """Shape (len(texts), dimension), float32, L2-normalised; the order of the texts is kept.

        Raises:
            ModelFailed: the endpoint did not answer, or not with one vector per text.
        """
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        sent = [text[:LONGEST] if text.strip() else NOTHING for text in texts]
        found: dict[str, Vector] = {}
        for text in dict.fromkeys(sent):
            kept = self._vectors.get(self._key(text))
            if kept is not None:
                found[text] = np.frombuffer(base64.b64decode(kept), np.float32)
        missing = [text for text in dict.fromkeys(sent) if text not in found]
        for start in range(0, len(missing), BATCH):
            batch = missing[start : start + BATCH]
            for text, vector in zip(batch, self._paid(batch), strict=True):
                kept = base64.b64encode(vector.tobytes()).decode()
                self._vectors.put(self._key(text), kept)
                found[text] = vector
        return np.stack([found[text] for text in sent])

    def close(self) -> None:
        """Close the connections and the thread behind them."""
        self._opener.close()

    def _key(self, text: str) -> str:
        return reply_key("vector", self.endpoint.base_url, self.endpoint.model, text)

    def _paid(self, texts: list[str]) -> Vector:
        connection = self._opener.connection(self.endpoint, self._secrets, self._middleware)
        before, began = connection.wire.requests, time.monotonic()
        model = self.endpoint.model

        async def work() -> tuple[Vector, int]:
            reply = await connection.client.embeddings.create(
                input=texts, model=model, encoding_format="float"
            )
            told = getattr(reply.usage, "prompt_tokens", 0)
            return checked(reply.data, len(texts), self._dimension), int(told or 0)

        tokens = 0
        try:
            vectors, tokens = connection.run(work, self.endpoint.retry.timeout, ROLE)
        finally:
            asked = min(1, connection.wire.requests - before)
            self._count(asked, tokens or sum(map(len, texts)) // TOKEN, time.monotonic() - began)
        return vectors

    def _count(self, calls: int, tokens: int, seconds: float) -> None:
        if not calls:
            return
        price = self.endpoint.price
        usd = None if price is None else price.of(tokens, 0)
        with self._lock:
            self._spent.add(Spent(calls, tokens, 0, 0, seconds, usd))


def checked(data: Sequence[Any], count: int, dimension: int) -> Vector:
    """Normalised vectors in the order of their numbers, shape (count, dimension).

    Raises:
        ModelFailed: not one vector for each text, or not of numbers, or not of that length.
    """
    try:
        ordered = sorted(data, key=lambda item: int(item.index))
        vectors = np.array([item.embedding for item in ordered], np.float32)
        numbers = [int(item.index) for item in ordered]
    except (TypeError, ValueError, AttributeError) as error:
        raise ModelFailed(f"the reply holds no vectors ({type(error).__name__})") from error
    if numbers != list(range(count)) or vectors.ndim != 2 or not vectors.shape[1]:
        raise ModelFailed(f"{len(numbers)} vectors came for {count} texts, or of several lengths")
    if dimension and vectors.shape[1] != dimension:
        raise ModelFailed(f"its vectors have {vectors.shape[1]} numbers, not {dimension}")
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.all(np.isfinite(lengths)) or not np.all(lengths > 0):
        raise ModelFailed("a vector is zero or holds what is no number")
    return (vectors / lengths).astype(np.float32)


def vector_folder(cache: Path) -> Path:
    """Where vectors are kept in the folder of models."""
    return cache / "vectors"


def forget_vectors(cache: Path) -> int:
    """Delete all kept vectors, which do not say of whose texts they are; returns how many."""
    paths = [path for path, _ in ReplyCache(vector_folder(cache)).entries()]
    for path in paths:
        path.unlink(missing_ok=True)
    return len(paths)
