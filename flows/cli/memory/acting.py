"""`backtrail preferences` and `backtrail recipes`: the memories of acting, a few lines each."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from flows.cli.options import App, Debug, Json, Workspace, run

preferences = App(
    name="preferences",
    help="How you like what plans make, where a goal leaves it open.",
    rich_markup_mode=None,
)
recipes = App(name="recipes", help="Chains of steps that recur, with slots.", rich_markup_mode=None)

Words = Annotated[
    list[str], typer.Argument(metavar="WORDS", help='What you like: "titles in red".')
]
Which = Annotated[
    str, typer.Argument(metavar="PREFERENCE", help="Its id, or what it is about: titles.")
]
Named = Annotated[str, typer.Argument(metavar="RECIPE", help="Its name or id.")]


@preferences.callback(invoke_without_command=True)
def preferences_(
    context: typer.Context,
    workspace: Workspace = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """How you like what plans make, where a goal leaves it open."""
    if context.invoked_subcommand is None:
        _list("preferences", workspace, json, debug)


@preferences.command(name="list")
def list_preferences(workspace: Workspace = None, json: Json = False, debug: Debug = False) -> None:
    """List them, with where they come from and how sure they are."""
    _list("preferences", workspace, json, debug)


@preferences.command(name="set")
def set_(
    words: Words, workspace: Workspace = None, json: Json = False, debug: Debug = False
) -> None:
    """Set one, or confirm one that a goal stated."""

    def work() -> int:
        from flows.cli.memory.remembered import tell_preferences
        from flows.remembered.preferences import prefer

        return tell_preferences("set", prefer(" ".join(words), workspace), json)

    run(work, json, debug)


@preferences.command()
def edit(
    preference: Which,
    words: Words,
    workspace: Workspace = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Give one another value: edit titles blue."""

    def work() -> int:
        from flows.cli.memory.remembered import tell_preferences
        from flows.remembered.preferences import edit_preference

        made = edit_preference(preference, " ".join(words), workspace)
        return tell_preferences("changed", made, json)

    run(work, json, debug)


@preferences.command(name="delete")
def delete_preferences(
    preference: Annotated[
        list[str], typer.Argument(metavar="PREFERENCE", help="Ids, or what they are about.")
    ],
    workspace: Workspace = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Delete some."""

    def work() -> int:
        from flows.cli.memory.remembered import tell_preferences
        from flows.remembered import preferences as known

        gone = known.delete_preferences(preference, workspace)
        return tell_preferences("deleted", gone, json)

    run(work, json, debug)


@recipes.callback(invoke_without_command=True)
def recipes_(
    context: typer.Context,
    workspace: Workspace = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Chains of steps that recur, with slots."""
    if context.invoked_subcommand is None:
        _list("recipes", workspace, json, debug)


@recipes.command(name="list")
def list_recipes(workspace: Workspace = None, json: Json = False, debug: Debug = False) -> None:
    """List them, those that recur most first."""
    _list("recipes", workspace, json, debug)


@recipes.command()
def show(
    recipe: Named, workspace: Workspace = None, json: Json = False, debug: Debug = False
) -> None:
    """Show its steps, its slots, and the runs that it comes from."""
    _recipe("recipe", recipe, (), workspace, json, debug)


@recipes.command()
def rename(
    recipe: Named,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is to be called.")],
    workspace: Workspace = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Give it another name."""
    _recipe("rename_recipe", recipe, (name,), workspace, json, debug)


@recipes.command()
def delete(
    recipe: Named, workspace: Workspace = None, json: Json = False, debug: Debug = False
) -> None:
    """Delete it; it does not come back when its chain recurs."""
    _recipe("delete_recipe", recipe, (), workspace, json, debug)


def _recipe(
    verb: str,
    reference: str,
    more: tuple[str, ...],
    workspace: str | None,
    json: bool,
    debug: bool,
) -> None:
    """Do something with one recipe, and print it."""

    def work() -> int:
        from flows.cli.memory.remembered import tell_recipe
        from flows.remembered import recipes as known

        done: Any = getattr(known, verb)(reference, *more, workspace)
        return tell_recipe(done, json)

    run(work, json, debug)


def _list(
    what: Literal["preferences", "recipes"], workspace: str | None, as_json: bool, debug: bool
) -> None:
    """List what is remembered, and print it."""

    def work() -> int:
        from flows.cli.memory import remembered
        from flows.remembered import preferences, recipes

        if what == "recipes":
            return remembered.tell_recipes(recipes.recipes(workspace), as_json)
        found = preferences.preferences(workspace)
        return remembered.tell_preferences(what, found, as_json)

    run(work, as_json, debug)
