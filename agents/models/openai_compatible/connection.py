"""An open connection to an endpoint: its client on a thread of its own, with the key."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from pydantic_ai.exceptions import UnexpectedModelBehavior

from agents.errors import ModelFailed
from agents.models.openai_compatible.endpoint import LOCAL, Endpoint
from agents.models.openai_compatible.event_loop import LoopThread
from agents.models.openai_compatible.middleware import Middleware, queue_name
from agents.models.openai_compatible.secrets import Secrets, blotted, key_of
from agents.models.openai_compatible.transport import http_client

log = logging.getLogger(__name__)

Value = TypeVar("Value")

DETAIL = 300
"""Characters of a server's error that are passed on."""
LEAST_SECONDS = 0.05
"""Time that a call gets at least, once it has its place."""


class Connection:
    """A client on its own thread, with the key that only it knows.

    Raises:
        ModelMissing: the endpoint's key or URL is not there, or the local model is not installed.
    """

    def __init__(self, endpoint: Endpoint, secrets: Secrets, middleware: Middleware) -> None:
        from openai import AsyncOpenAI

        self.endpoint = endpoint.checked()
        self.key = key_of(endpoint, secrets)
        self._middleware = middleware
        reached = replace(self.endpoint, base_url=_url(self.endpoint))
        self._worker = LoopThread()
        self._http, self.wire = http_client(reached)
        self.client = AsyncOpenAI(
            base_url=reached.base_url, api_key=self.key, http_client=self._http, max_retries=0
        )

    def run(
        self, work: Callable[[], Coroutine[Any, Any, Value]], seconds: float, role: str
    ) -> Value:
        """The result of `work`, after waiting for a place in the endpoint's queue.

        Raises:
            ModelFailed: whatever went wrong, with the key blotted out.
        """
        own, ends = self.endpoint, time.monotonic() + seconds
        try:
            with self._middleware.slot(queue_name(own), own.concurrency, seconds):
                left = max(LEAST_SECONDS, ends - time.monotonic())
                return self._worker.run(work(), left)
        except Exception as error:
            # Servers break the protocol in more ways than the client has errors for; whatever it
            # was, it is this call that failed. The cause is left out: it may quote the key.
            reason = blotted(_reason(error, seconds), self.key)
            log.warning("%s failed as %s: %s", own.model, role, reason)
            raise ModelFailed(f"{own.model} failed: {reason}", _hint(error)) from None

    def close(self) -> None:
        """Close the connections and end the thread."""
        self._worker.close(self._http.aclose())


@dataclass(slots=True)
class Opener:
    """Connects when it is first needed, once for all threads."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _open: Connection | None = None

    def connection(
        self, endpoint: Endpoint, secrets: Secrets, middleware: Middleware
    ) -> Connection:
        """The connection, opened at the first call."""
        with self._lock:
            if self._open is None:
                self._open = Connection(endpoint, secrets, middleware)
            return self._open

    def close(self) -> None:
        """Close what is open."""
        with self._lock:
            if self._open is not None:
                self._open.close()
            self._open = None


def _url(endpoint: Endpoint) -> str:
    """Where requests go; the local model is started for it."""
    if endpoint.base_url != LOCAL:
        return endpoint.base_url
    from agents.models.local.server import local_url

    return local_url()


def _reason(error: Exception, seconds: float) -> str:
    if isinstance(error, TimeoutError):
        return f"no reply within {seconds:g} s"
    said = str(error) or type(error).__name__
    cause = error.__cause__
    if isinstance(error, UnexpectedModelBehavior) and cause is not None:
        said = f"{said} ({type(cause).__name__})"
    return " ".join(said.split())[:DETAIL]


def _hint(error: Exception) -> str:
    if isinstance(error, UnexpectedModelBehavior):
        return "the model does not keep to the JSON asked for; try another model"
    return "check that the endpoint is up and the key is valid: backtrail models"
