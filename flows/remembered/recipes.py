"""Recipes from programs: `from flows.remembered.recipes import recipes`."""

from __future__ import annotations

from agents.act.remembered import recipes as known
from agents.act.remembered.experience import ended
from agents.act.remembered.recipes import Recipe
from flows.wiring import runtime_of
from memory.organise.records import RecipeMark


def recipes(workspace: str | None = None) -> list[Recipe]:
    """The chains that two or more runs of a workspace have in common, the most frequent first."""
    runtime = runtime_of(workspace)
    store, tenant = runtime.store, runtime.spec.tenant
    return known.recipes(ended(store, tenant), store.notebook.find(RecipeMark, tenant))


def recipe(reference: str, workspace: str | None = None) -> Recipe:
    """The recipe of a name, an id or the beginning of one.

    Raises:
        UnknownMemory: none, or more than one, answers to it.
    """
    return known.recipe_named(recipes(workspace), reference)


def rename_recipe(reference: str, name: str, workspace: str | None = None) -> Recipe:
    """Give a recipe another name.

    Raises:
        UnknownMemory: none, or more than one, answers to the reference.
        UsageError: the name is no name, or another recipe has it.
    """
    runtime = runtime_of(workspace)
    store, tenant = runtime.store, runtime.spec.tenant
    return known.rename(store, tenant, recipes(workspace), reference, name)


def delete_recipe(reference: str, workspace: str | None = None) -> Recipe:
    """Make a chain no recipe, for good.

    Raises:
        UnknownMemory: none, or more than one, answers to the reference.
    """
    runtime = runtime_of(workspace)
    return known.delete(runtime.store, runtime.spec.tenant, recipes(workspace), reference)
