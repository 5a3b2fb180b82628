"""Asking every configured model for one word: whether it answers, how fast, and what."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

from pydantic import BaseModel, Field

from agents.budget import Budget, Meter
from agents.errors import ModelError
from agents.models.chat import Picture, Prompt
from agents.models.openai_compatible.endpoint import Endpoint
from agents.models.openai_compatible.secrets import Secrets
from agents.models.ports import ModelSpec
from agents.models.roles import RoleSpec

SECONDS = 30.0
"""Most wall time of one question; an endpoint whose own limit is shorter keeps that."""
SIDE = 64
"""Pixels of the picture that a model which sees is shown."""
SAY = "Answer with one word."


class WordReply(BaseModel):
    """One word."""

    word: Annotated[str, Field(min_length=1, max_length=100)]


@dataclass(frozen=True, slots=True)
class Probed:
    """What became of asking one role."""

    role: str
    model: str
    seconds: float
    answer: str = ""
    error: str = ""
    fix: str = ""
    """What to do about the error."""


def probe_roles(spec: RoleSpec, secrets: Secrets) -> list[Probed]:
    """Ask the model of each role of language; one try each, nothing is kept."""
    return [
        _timed(role, endpoint.model, lambda r=role, e=endpoint: _word(r, e, secrets))
        for role, endpoint in spec.by_role().items()
    ]


def probe_vectors(models: tuple[ModelSpec, ...], secrets: Secrets) -> list[Probed]:
    """Ask the encoders that are at an endpoint for the vector of one word."""
    asked = [(model.role, model.endpoint) for model in models if model.endpoint is not None]
    return [
        _timed(role, endpoint.model, lambda e=endpoint: _vector(e, secrets))
        for role, endpoint in asked
    ]


def _timed(role: str, model: str, ask: Callable[[], str]) -> Probed:
    began = time.monotonic()
    try:
        answer = ask()
    except ModelError as error:
        return Probed(role, model, time.monotonic() - began, error=str(error), fix=error.hint)
    return Probed(role, model, time.monotonic() - began, answer)


def _word(role: str, endpoint: Endpoint, secrets: Secrets) -> str:
    from agents.models.openai_compatible.client import OpenAICompatible

    if role == "captioner":
        prompt = Prompt(role, SAY, "Which colour has this picture?", (_blue(),))
    else:
        prompt = Prompt(role, SAY, "Say: ready.")
    model = OpenAICompatible(_once(endpoint), secrets)
    try:
        return model.ask(prompt, WordReply, Meter(Budget())).word
    finally:
        model.close()


def _vector(endpoint: Endpoint, secrets: Secrets) -> str:
    from agents.models.openai_compatible.embeddings import EndpointTextEncoder

    with TemporaryDirectory() as empty:  # a vector that is kept would be no answer
        encoder = EndpointTextEncoder(_once(endpoint), Path(empty), secrets=secrets)
        try:
            return f"{encoder.encode(['ready']).shape[1]} numbers"
        finally:
            encoder.close()


def _once(endpoint: Endpoint) -> Endpoint:
    """The endpoint, asked once: a probe tells what is, it does not wait for better."""
    retry = replace(endpoint.retry, attempts=1, timeout=min(endpoint.retry.timeout, SECONDS))
    return replace(endpoint, retry=retry)


def _blue() -> Picture:
    """A blue picture."""
    import numpy as np

    from agents.models.images import as_jpeg

    image = np.zeros((SIDE, SIDE, 3), np.uint8)
    image[:, :, 2] = 255
    return Picture(as_jpeg(image, SIDE, 90), 0)
