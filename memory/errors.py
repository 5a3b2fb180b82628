"""Errors of the memory layer.

    MemoryLayerError
    |-- StoreUnavailable      the store cannot be opened, read or written (disk full, permission)
    |-- StoreVersionMismatch  written by another schema or encoder: migrate or re-embed first
    |-- Refused               asked for what cannot be done: a folder that is not empty, no name
    |-- UnknownVideo          no such video in this workspace
    |   `-- AmbiguousVideo    several answer to a name
    `-- UnknownMemory         no such row in this workspace
        `-- AmbiguousMemory   several begin with an id

Each message says what happened, with the value, and what to do next.
"""

from __future__ import annotations


class MemoryLayerError(Exception):
    """Base of all errors of this layer; `code` is stable for scripts, `hint` says what to do."""

    code = "memory_error"

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class StoreUnavailable(MemoryLayerError):
    """The store cannot be opened, read or written."""

    code = "store_unavailable"


class StoreVersionMismatch(MemoryLayerError):
    """The store was written by another schema version or another encoder."""

    code = "store_version"


class Refused(MemoryLayerError):
    """What was asked for cannot be done as it was given; nothing was changed."""

    code = "refused"


class UnknownVideo(MemoryLayerError):
    """No video of this id, path or name in the workspace."""

    code = "unknown_video"


class UnknownMemory(MemoryLayerError):
    """No memory row of this id in the workspace."""

    code = "unknown_memory"


class AmbiguousVideo(UnknownVideo):
    """Several videos of the workspace answer to a path or a name."""


class AmbiguousMemory(UnknownMemory):
    """Several memory rows of the workspace begin with the id."""
