"""Where a model is and how it is spoken to: plain values, free of secrets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from agents.errors import ModelMissing

LONGEST_REPLY = 2048
"""Most tokens of a reply where nothing else is set."""
LOCAL = "local"
"""Stands for the URL of a small model in this process (`agents/models/local`)."""


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens."""

    input: float = 0.0
    output: float = 0.0

    def of(self, input_tokens: int, output_tokens: int) -> float:
        """What so many tokens cost."""
        return (input_tokens * self.input + output_tokens * self.output) / 1_000_000


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How failures of the wire are met."""

    attempts: int = 4
    """Requests per call, the first included."""
    first_wait: float = 0.5
    """Seconds before the second request; doubles each time, cut by a random part up to a half."""
    longest_wait: float = 30.0
    """A server that asks for more seconds than this is given up."""
    timeout: float = 120.0
    """Wall-clock seconds for a call with all its requests, waits and the repair round."""
    trip_after: int = 8
    """Failed requests in a row after which the endpoint is left alone."""
    rest: float = 30.0
    """Seconds for which it is left alone."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A model at an OpenAI-compatible server."""

    base_url: str
    """Ends in /v1; or `LOCAL`."""
    model: str
    secret: str = ""
    """NAME of the secret that holds the key, never its value; empty when none is needed."""
    output: Literal["native", "prompted"] = "native"
    """`native` sends the JSON schema as `response_format` (llama.cpp, vLLM, Ollama, vendors) and
    says it in the prompt too; `prompted` only says it, for servers that refuse the parameter."""
    max_tokens: int = LONGEST_REPLY
    """Most tokens of a reply."""
    temperature: float = 0.0
    concurrency: int = 4
    """Most requests under way at once in this process."""
    most_pictures: int = 64
    picture_bytes: int = 1_500_000
    """Most bytes of one picture."""
    price: Price | None = None
    retry: RetryPolicy = RetryPolicy()
    reply_bytes: int = 100_000_000
    """Most bytes of a reply; what is longer is not read on."""
    settings: str = "BACKTRAIL_LLM"
    """How the names of its settings begin, for hints."""

    def checked(self) -> Endpoint:
        """The endpoint itself.

        Raises:
            ModelMissing: its URL or model name cannot be used.
        """
        parts = urlsplit(self.base_url)
        if self.base_url == LOCAL and self.model:
            return self
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ModelMissing(
                f"the endpoint {parts.hostname or self.base_url[:40]!r} is no http or https URL",
                f"set {self.settings}__BASE_URL to a URL that ends in /v1",
            )
        if parts.username or parts.password or parts.query:
            raise ModelMissing(
                f"the URL of the endpoint at {parts.hostname} carries credentials or a query",
                f"put the key into {self.settings}__API_KEY instead",
            )
        if not self.model:
            raise ModelMissing(
                f"no model is named for the endpoint at {parts.hostname}",
                f"set {self.settings}__MODEL to a model that the endpoint serves",
            )
        return self
