"""Preferences from programs: `from flows.remembered.preferences import preferences, prefer`."""

from __future__ import annotations

from collections.abc import Sequence

from agents.act.remembered import preferences as kept
from agents.tools.registry import Powers, registry_of
from flows.wiring import runtime_of
from memory.organise.records import Preference


def preferences(workspace: str | None = None) -> list[Preference]:
    """The preferences of a workspace, with source and confidence."""
    runtime = runtime_of(workspace)
    return kept.preferences(runtime.store, runtime.spec.tenant)


def prefer(words: str, workspace: str | None = None) -> list[Preference]:
    """Set preferences: `prefer("titles in red")`.

    Raises:
        UsageError: the words are not understood whole, or no tool takes the value.
    """
    runtime = runtime_of(workspace)
    return kept.prefer(runtime.store, runtime.spec.tenant, words, registry_of(Powers()))


def edit_preference(reference: str, words: str, workspace: str | None = None) -> list[Preference]:
    """Change one, named by its id or its thing: `edit_preference("titles", "blue")`.

    Raises:
        UnknownMemory: none, or more than one, answers to the reference.
        UsageError: the words say nothing of what it is about.
    """
    runtime = runtime_of(workspace)
    tools = registry_of(Powers())
    return kept.edit(runtime.store, runtime.spec.tenant, reference, words, tools)


def delete_preferences(references: Sequence[str], workspace: str | None = None) -> list[Preference]:
    """Delete some; all of them are found before one goes.

    Raises:
        UnknownMemory: none, or more than one, answers to a reference.
    """
    runtime = runtime_of(workspace)
    return kept.delete(runtime.store, runtime.spec.tenant, references)
