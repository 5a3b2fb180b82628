"""The one place where the name of a secret becomes its value, and where values are blotted out."""

from __future__ import annotations

from collections.abc import Callable

from agents.errors import ModelMissing
from agents.models.openai_compatible.endpoint import Endpoint

Secrets = Callable[[str], str]
"""Value of a secret by its name, empty when it is not set; handed in by flows."""

NO_KEY = "none"
"""Sent where an endpoint needs no key: clients insist on one."""


def no_secrets(name: str) -> str:
    """A resolver that knows no secret."""
    return ""


def key_of(endpoint: Endpoint, secrets: Secrets) -> str:
    """The key for an endpoint.

    Raises:
        ModelMissing: a secret is named but not set.
    """
    if not endpoint.secret:
        return NO_KEY
    value = secrets(endpoint.secret)
    if not value:
        raise ModelMissing(
            f"the secret {endpoint.secret} for the model {endpoint.model} is not set",
            f"set {endpoint.secret} in the environment",
        )
    return value


def blotted(text: str, key: str) -> str:
    """A text without the key: servers like to quote it in their errors."""
    return text if key == NO_KEY or not key else text.replace(key, "[key]")
