"""The command line. Each command is a few lines over the modules beside it; heavy imports wait."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from agents.errors import UsageError
from flows.cli import making
from flows.cli import options as opt
from flows.cli.evaluate import command as evaluating
from flows.cli.memory import acting, watch_app
from flows.cli.memory import app as memory_app
from flows.cli.options import App, run

app = App(
    name="backtrail",
    help="Ask long videos, get answers with evidence.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(memory_app.app)
app.add_typer(watch_app.app)
app.add_typer(making.app)
app.add_typer(acting.preferences)
app.add_typer(acting.recipes)
app.add_typer(evaluating.app)


def _say_version(wanted: bool) -> None:
    """`--version`: what is installed."""
    if wanted:
        from importlib.metadata import version

        typer.echo(f"backtrail {version('backtrail')}")
        raise typer.Exit


@app.callback()
def backtrail(
    version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=_say_version, help="Say the version."),
    ] = False,
) -> None:
    """Ask long videos, get answers with evidence."""


@app.command()
def ingest(
    paths: opt.Sources,
    estimate: opt.EstimateTime = False,
    preset: opt.Preset = None,
    video_stream: opt.VideoStream = None,
    audio_stream: opt.AudioStream = None,
    subtitle_stream: opt.SubtitleStream = None,
    workspace: opt.Workspace = None,
    json: opt.Json = False,
    debug: opt.Debug = False,
) -> None:
    """Remember videos: what is shown, written and said."""
    from flows.cli.ingest import run_estimate, run_ingest

    streams = (video_stream, audio_stream, subtitle_stream)
    work = run_estimate if estimate else run_ingest
    run(lambda: work(paths, workspace, preset, streams, json), json, debug)


@app.command()
def ask(
    question: opt.Question,
    video: opt.Videos = None,
    image: opt.Picture = None,
    choice: opt.Choices = None,
    budget: opt.Limits = "",
    must_answer: opt.MustAnswer = False,
    report: opt.Report = None,
    strategy: opt.Strategy = "backtrail",
    no_cache: opt.NoCache = False,
    as_of: opt.AsOf = "",
    when: opt.When = "",
    estimate: opt.EstimateCost = False,
    preset: opt.Preset = None,
    workspace: opt.Workspace = None,
    json: opt.Json = False,
    debug: opt.Debug = False,
) -> None:
    """Answer a question about videos, with moments that prove it."""
    from agents.ask.ask import Request
    from flows.cli.ask import run_ask, run_ask_estimate

    request = Request(
        question=" ".join(question),
        videos=tuple(video or ()),
        choices=tuple(choice or ()),
        image=str(image) if image else None,
        budget=budget,
        must_answer=must_answer,
        as_of=as_of,
        strategy=strategy,
        cached=not no_cache,
        when=when,
    )
    if estimate:
        run(lambda: run_ask_estimate(request, workspace, preset, json), json, debug)
    run(lambda: run_ask(request, workspace, preset, report, json), json, debug)


@app.command()
def search(
    query: opt.Words = None,
    video: opt.Videos = None,
    image: opt.Picture = None,
    kind: opt.Kinds = None,
    level: opt.Levels = None,
    from_: opt.NotBefore = "",
    to: opt.NotAfter = "",
    limit: opt.MostHits = 10,
    when: opt.When = "",
    why: opt.Why = False,
    as_of: opt.AsOf = "",
    workspace: opt.Workspace = None,
    json: opt.Json = False,
    debug: opt.Debug = False,
) -> None:
    """Find moments by words, by a picture, or both."""
    from flows.cli.search import Wanted, run_search

    wanted = Wanted(
        text=" ".join(query or ()),
        image=str(image) if image else None,
        videos=tuple(video or ()),
        kinds=tuple(kind or ()),
        levels=tuple(level or ()),
        start=from_,
        end=to,
        as_of=as_of,
        when=when,
        limit=limit,
        why=why,
    )
    run(lambda: run_search(wanted, workspace, json), json, debug)


@app.command()
def videos(
    workspace: opt.Workspace = None, json: opt.Json = False, debug: opt.Debug = False
) -> None:
    """List what is remembered."""
    from flows.cli.library import run_videos

    run(lambda: run_videos(workspace, json), json, debug)


@app.command()
def show(
    video: opt.Named,
    workspace: opt.Workspace = None,
    json: opt.Json = False,
    debug: opt.Debug = False,
) -> None:
    """Show the memory of one video: its tree, captions and counts."""
    from flows.cli.library import run_show

    run(lambda: run_show(video, workspace, json), json, debug)


@app.command()
def clip(
    evidence_id: opt.EvidenceId,
    out: opt.OutFile = None,
    workspace: opt.Workspace = None,
    json: opt.Json = False,
    debug: opt.Debug = False,
) -> None:
    """Cut the moment of a piece of evidence out as a file."""
    from flows.cli.library import run_clip

    run(lambda: run_clip(evidence_id, out, workspace, json), json, debug)


@app.command()
def export(
    what: opt.VideoOrRun,
    out: opt.OutFolder = Path(),
    otio: opt.Otio = None,
    edl: opt.Edl = None,
    fcpxml: opt.Fcpxml = None,
    workspace: opt.Workspace = None,
    json: opt.Json = False,
    debug: opt.Debug = False,
) -> None:
    """Write memory as SRT, JSON and Parquet; an edit as a timeline."""
    files = {"otio": otio, "edl": edl, "fcpxml": fcpxml}
    timelines = {name: path for name, path in files.items() if path is not None}
    if timelines:
        from flows.cli.act import run_timeline

        run(lambda: run_timeline(what, timelines, workspace, json), json, debug)
    from flows.cli.library import run_export

    run(lambda: run_export(what, out, workspace, json), json, debug)


@app.command()
def forget(
    video: opt.Named,
    alone: opt.Alone = False,
    workspace: opt.Workspace = None,
    json: opt.Json = False,
    debug: opt.Debug = False,
) -> None:
    """Remove a video from memory, with all looks and traces."""
    from flows.cli.library import run_forget

    run(lambda: run_forget(video, alone, workspace, json), json, debug)


@app.command()
def reembed(json: opt.Json = False, debug: opt.Debug = False) -> None:
    """Encode the store again with the configured encoders."""
    from flows.cli.upkeep import run_reembed

    run(lambda: run_reembed(json), json, debug)


@app.command()
def migrate(json: opt.Json = False, debug: opt.Debug = False) -> None:
    """Bring a store of an older version over."""
    from flows.cli.upkeep import run_migrate

    run(lambda: run_migrate(json), json, debug)


@app.command()
def models(
    action: Annotated[
        str, typer.Argument(metavar="pull", help="Nothing to list, or `pull`.")
    ] = "list",
    what: Annotated[str, typer.Argument(metavar="MODEL", help="With pull: open-clip.")] = "",
    json: opt.Json = False,
    debug: opt.Debug = False,
) -> None:
    """List which model plays each role and why; `pull open-clip`."""
    from flows.cli.upkeep import run_models

    run(lambda: run_models(action, what, json), json, debug)


@app.command()
def doctor(
    deep: opt.Deep = False,
    probe: opt.Probe = False,
    json: opt.Json = False,
    debug: opt.Debug = False,
) -> None:
    """Say whether everything is well, and what to do if not."""
    from flows.cli.upkeep import run_doctor

    run(lambda: run_doctor(json, deep=deep, probe=probe), json, debug)


@app.command()
def up(
    port: Annotated[int, typer.Option(metavar="N", help="Port to listen on.")] = 4200,
    json: opt.Json = False,
    debug: opt.Debug = False,
) -> None:
    """Start a Prefect server and say where its UI is."""
    from flows.cli.server import run_up

    run(lambda: run_up(port, json), json, debug)


@app.command()
def down(json: opt.Json = False, debug: opt.Debug = False) -> None:
    """Stop the Prefect server that `up` started."""
    from flows.cli.server import run_down

    run(lambda: run_down(json), json, debug)


@app.command()
def serve(
    inbox: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Folder to ingest new files from.")
    ] = None,
    every: Annotated[
        int, typer.Option(metavar="SECONDS", help="Time between two looks into the inbox.")
    ] = 300,
    debug: opt.Debug = False,
) -> None:
    """Serve the ingest and ask deployments until stopped."""
    from flows.cli.server import run_serve

    run(lambda: run_serve(inbox, every), False, debug)


def main() -> None:
    """Entry point of the `backtrail` command; wrong usage is one line, or an object."""
    try:
        sys.exit(app(sys.argv[1:] or ["--help"], standalone_mode=False))
    except Exception as error:
        said = getattr(error, "format_message", None)
        if said is None:
            raise
        from flows.cli.shell import USAGE, report_error

        context = getattr(error, "ctx", None)
        if context is not None and said() == context.get_help():  # a group without its command
            typer.echo(said())
            sys.exit(0)
        where = getattr(context, "command_path", "backtrail")
        report_error(UsageError(said(), f"see {where} --help"), "--json" in sys.argv)
        sys.exit(USAGE)


if __name__ == "__main__":
    main()
