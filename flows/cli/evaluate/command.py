"""`backtrail evaluate NAME`: what memory is worth, measured without a judge."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flows.cli.options import App, Debug, Json, run

app = App(rich_markup_mode=None)


@app.command()
def evaluate(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="locomo, precisionmembench, booksort, memory-t1, stream, timeline, stages, scale; "
            "or ablations: the table of parts, from the results in the folder.",
        ),
    ],
    data: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The set's file or folder, as published."),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Most questions, spread over all.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FOLDER",
            help="For raw answers and tables; in the cache if unset.",
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a run that was stopped.")
    ] = False,
    without: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PART", help="Measure it without this part too; repeat it; `all` for every one."
        ),
    ] = None,
    rows: Annotated[
        list[int] | None, typer.Option(metavar="N", min=1000, help="With scale: rows; repeat it.")
    ] = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Measure memory on sets of questions, beside plain search."""
    from flows.cli.evaluate.evaluating import Asked, run_evaluate

    asked = Asked(name, data, limit, out, resume, tuple(without or ()), tuple(rows or ()))
    run(lambda: run_evaluate(asked, json), json, debug)
