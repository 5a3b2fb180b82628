"""`act`, `trace`, `replay`, `tools` and `mcp`: making media, a few lines each."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flows.cli.options import App, Debug, Json, Workspace, run

app = App(rich_markup_mode=None)


@app.command()
def act(
    goal: Annotated[str, typer.Argument(metavar="GOAL", help="What to do, in English.")] = "",
    media: Annotated[
        list[str] | None,
        typer.Argument(metavar="MEDIA", help="Files, names of videos, or ids of artefacts."),
    ] = None,
    confirm: Annotated[
        bool, typer.Option("--confirm", help="Show the plan and wait for approval.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the plan and its forecast; do nothing.")
    ] = False,
    continues: Annotated[
        str,
        typer.Option("--continue", metavar="RUN", help="Go on from a run: its id, or `last`."),
    ] = "",
    budget: Annotated[
        str,
        typer.Option(metavar="LIMITS", help="Hard limits: seconds=S,usd=X,bytes=N,steps=N."),
    ] = "",
    workspace: Workspace = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Make something of videos: plan, check, run, verify."""
    from agents.act.request import ActRequest
    from flows.cli.act import run_act

    request = ActRequest(goal, tuple(media or ()), budget, confirm, dry_run, continues)
    run(lambda: run_act(request, workspace, json), json, debug)


@app.command()
def trace(
    artefact: Annotated[
        str, typer.Argument(metavar="ARTEFACT", help="Its id, or the file itself; or a run.")
    ],
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="Write it as a page with pictures."),
    ] = None,
    workspace: Workspace = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Show how something was made: steps, inputs, evidence, cost."""
    from flows.cli.act import run_trace

    run(lambda: run_trace(artefact, html, workspace, json), json, debug)


@app.command()
def replay(
    what: Annotated[
        str, typer.Argument(metavar="RUN", help="A run, `last`, an artefact's id, or its file.")
    ],
    workspace: Workspace = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Do the steps of a run again, and compare the bytes."""
    from flows.cli.act import run_replay

    run(lambda: run_replay(what, workspace, json), json, debug)


@app.command()
def tools(workspace: Workspace = None, json: Json = False, debug: Debug = False) -> None:
    """List what `act` can do here."""
    from flows.cli.act import run_tools

    run(lambda: run_tools(workspace, json), json, debug)


@app.command()
def mcp(
    http: Annotated[bool, typer.Option("--http", help="Streamable HTTP instead of stdio.")] = False,
    host: Annotated[str, typer.Option(metavar="HOST", help="With --http.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(metavar="N", help="With --http.")] = 8765,
    allow: Annotated[
        list[Path] | None,
        typer.Option(metavar="FOLDER", help="A folder to ingest from; repeat it; none if unset."),
    ] = None,
    workspace: Workspace = None,
    debug: Debug = False,
) -> None:
    """Serve memory and tools to other assistants, by MCP."""
    from flows.mcp_server.run import run_mcp

    address = (host, port) if http else None
    run(lambda: run_mcp(workspace, allow or (), address), False, debug)
