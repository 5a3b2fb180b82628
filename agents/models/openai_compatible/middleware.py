"""What a process lends to its calls: a place in a queue that runs share, and durable execution.

Plain runs lend nothing. What runs through flows lend is made in `tasks/models.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agents.models.openai_compatible.endpoint import Endpoint

if TYPE_CHECKING:
    from pydantic_ai.capabilities import AgentCapability

Slot = Callable[[str, int, float], AbstractContextManager[None]]
"""Opens one of so many places of a name, waiting for at most so many seconds (`TimeoutError`)."""

Capabilities = Callable[[], "tuple[AgentCapability[object], ...]"]
"""What the agent of a call is given; asked for at each call, within a run always the same."""


def no_slot(name: str, places: int, seconds: float) -> AbstractContextManager[None]:
    """A place without a queue."""
    del name, places, seconds
    return nullcontext()


def no_capabilities() -> tuple[AgentCapability[object], ...]:
    """Nothing."""
    return ()


@dataclass(frozen=True, slots=True)
class Middleware:
    """What is put around calls."""

    slot: Slot = no_slot
    capabilities: Capabilities = no_capabilities


PLAIN = Middleware()
"""Nothing is put around calls."""


def queue_name(endpoint: Endpoint) -> str:
    """The name under which all models of one server share their places."""
    place = endpoint.base_url.partition("://")[2] or endpoint.base_url
    return "backtrail-" + re.sub(r"[^a-z0-9]+", "-", place.lower()).strip("-")
