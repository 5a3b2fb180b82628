"""`backtrail watch ...`: standing questions, declared."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.cli.options import App, Debug, Json, Videos, Workspace, run

app = App(
    name="watch",
    help="Standing questions, asked of every new video.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command()
def add(
    question: Annotated[
        list[str], typer.Argument(metavar="QUESTION", help="What to ask, in English.")
    ],
    video: Videos = None,
    proven: Annotated[
        bool, typer.Option("--proven", help="Only proven answers count, not likely ones.")
    ] = False,
    budget: Annotated[
        str, typer.Option(metavar="LIMITS", help="Limits of each asking: looks=N,seconds=S, ...")
    ] = "",
    workspace: Workspace = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Ask this of every new video from now on."""
    from flows.cli.memory.watches import run_add

    said, named = " ".join(question), tuple(video or ())
    run(lambda: run_add(said, named, proven, budget, workspace, json), json, debug)


@app.command(name="list")
def list_(workspace: Workspace = None, json: Json = False, debug: Debug = False) -> None:
    """The standing questions, each with the answer that holds."""
    from flows.cli.memory.watches import run_list

    run(lambda: run_list(workspace, json), json, debug)


@app.command()
def remove(
    watch: Annotated[
        list[str], typer.Argument(metavar="WATCH", help="Its id, or the question itself.")
    ],
    workspace: Workspace = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """No longer ask a question, and drop what it came to."""
    from flows.cli.memory.watches import run_remove

    run(lambda: run_remove(" ".join(watch), workspace, json), json, debug)


@app.command(name="run")
def run_(workspace: Workspace = None, json: Json = False, debug: Debug = False) -> None:
    """Ask the standing questions of what they were not asked of yet."""
    from flows.cli.memory.watches import run_watch

    run(lambda: run_watch(workspace, json), json, debug)
