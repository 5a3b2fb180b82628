"""Which errors are expected, and how they are told to scripts."""

from __future__ import annotations

from agents.errors import AgentsError
from memory.errors import MemoryLayerError

KNOWN_ERRORS = (AgentsError, MemoryLayerError, OSError)
"""What input, models, stores and disks do wrong; anything else is a bug."""


def error_json(error: BaseException) -> dict[str, str]:
    """An error as the documented object: a stable code, the message and what to do."""
    return {
        "code": str(getattr(error, "code", "system_error")),
        "message": " ".join(str(error).split()) or type(error).__name__,
        "hint": str(getattr(error, "hint", "")),
    }
