"""`backtrail memory ...`: the verbs of organised memory, a few lines each."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flows.cli.options import App, Debug, Json, Videos, When, Workspace, run

app = App(
    name="memory",
    help="What is known, of whom, since when; and keeping it in order.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Page = Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write it as a page.")]
Whom = Annotated[str, typer.Argument(metavar="NAME", help="A name, or another name for it.")]


@app.command()
def facts(
    words: Annotated[
        list[str] | None, typer.Argument(metavar="WORDS", help="Only facts with these words.")
    ] = None,
    at: Annotated[
        str,
        typer.Option(metavar="TIME", help="As told by then: m:ss of each video, or a date."),
    ] = "",
    history: Annotated[
        bool, typer.Option("--history", help="Also values that no longer hold.")
    ] = False,
    video: Videos = None,
    html: Page = None,
    workspace: Workspace = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Which values hold, since when, and what stands against them."""
    from flows.cli.memory.verbs import run_facts

    said, named = " ".join(words or ()), tuple(video or ())
    run(lambda: run_facts(said, at, history, named, html, workspace, json), json, debug)


@app.command()
def about(
    name: Whom,
    when: When = "",
    html: Page = None,
    workspace: Workspace = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Everything known of somebody or something, over all videos."""
    from flows.cli.memory.verbs import run_about

    run(lambda: run_about(name, when, html, workspace, json), json, debug)


@app.command()
def timeline(
    name: Whom,
    when: When = "",
    workspace: Workspace = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Moments and facts of somebody or something by time."""
    from flows.cli.memory.verbs import run_timeline

    run(lambda: run_timeline(name, when, workspace, json), json, debug)


@app.command()
def entities(workspace: Workspace = None, json: Json = False, debug: Debug = False) -> None:
    """Names and things that recur, the most frequent first."""
    from flows.cli.memory.verbs import run_entities

    run(lambda: run_entities(workspace, json), json, debug)


@app.command()
def note(
    name: Whom,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What is to be held.")] = "",
    alias: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Another name; repeat it.")
    ] = None,
    pinned: Annotated[bool, typer.Option("--pin", help="Keep it in front.")] = False,
    workspace: Workspace = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Hold something about somebody, and their other names."""
    from flows.cli.memory.verbs import run_note

    names = tuple(alias or ())
    run(lambda: run_note(name, text, names, pinned, workspace, json), json, debug)


@app.command()
def consolidate(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change; change nothing.")
    ] = False,
    workspace: Workspace = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Organise every video: facts, names, and what repeats."""
    from flows.cli.memory.verbs import run_consolidate

    run(lambda: run_consolidate(dry_run, workspace, json), json, debug)


@app.command()
def stats(workspace: Workspace = None, json: Json = False, debug: Debug = False) -> None:
    """Rows by kind, level and quadrant; duplicates; index lag."""
    from flows.cli.memory.counts import run_stats

    run(lambda: run_stats(workspace, json), json, debug)


@app.command()
def uses(
    limit: Annotated[int, typer.Option(metavar="N", min=1, help="Most rows.")] = 20,
    workspace: Workspace = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Rows that answers cited, those cited often and lately first."""
    from flows.cli.memory.uses import run_uses

    run(lambda: run_uses(limit, workspace, json), json, debug)


@app.command()
def pin(
    ids: Annotated[list[str], typer.Argument(metavar="ID", help="Ids of memory rows.")],
    off: Annotated[bool, typer.Option("--off", help="No longer keep them.")] = False,
    workspace: Workspace = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Keep rows as they are, whatever organises memory."""
    from flows.cli.memory.verbs import run_pin

    run(lambda: run_pin(ids, not off, workspace, json), json, debug)


@app.command()
def history(
    limit: Annotated[int, typer.Option(metavar="N", min=1, help="Most entries.")] = 20,
    workspace: Workspace = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """What was done to memory, the latest first."""
    from flows.cli.memory.verbs import run_history

    run(lambda: run_history(limit, workspace, json), json, debug)


@app.command()
def undo(
    entry: Annotated[
        str, typer.Argument(metavar="ENTRY", help="Id of an entry of the history; the latest.")
    ] = "",
    workspace: Workspace = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Take back what was done last, or one entry of the history."""
    from flows.cli.memory.verbs import run_undo

    run(lambda: run_undo(entry, workspace, json), json, debug)


@app.command()
def date(
    video: Annotated[str, typer.Argument(metavar="VIDEO", help="Id, name or path of a video.")],
    when: Annotated[str, typer.Argument(metavar="TIME", help="2026-11-20 or 2026-11-20T09:30.")],
    workspace: Workspace = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Say when a video was recorded, where its file does not."""
    from flows.cli.memory.verbs import run_date

    run(lambda: run_date(video, when, workspace, json), json, debug)


Reader = Annotated[str, typer.Argument(metavar="WORKSPACE", help="Who may read.")]
OneVideo = Annotated[
    str, typer.Option("--video", metavar="VIDEO", help="One video; all of them if unset.")
]


@app.command()
def grant(
    reader: Reader,
    video: OneVideo = "",
    kind: Annotated[
        list[str] | None, typer.Option(metavar="KIND", help="Only rows of this kind; repeat it.")
    ] = None,
    workspace: Workspace = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Let another workspace read what this one remembers."""
    from flows.cli.memory.sharing import run_grant

    run(lambda: run_grant(reader, video, tuple(kind or ()), workspace, json), json, debug)


@app.command()
def revoke(
    reader: Reader,
    video: OneVideo = "",
    workspace: Workspace = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Take that back, from the next read on."""
    from flows.cli.memory.sharing import run_revoke

    run(lambda: run_revoke(reader, video, workspace, json), json, debug)


@app.command()
def grants(workspace: Workspace = None, json: Json = False, debug: Debug = False) -> None:
    """Who may read this workspace, and what it may read."""
    from flows.cli.memory.sharing import run_grants

    run(lambda: run_grants(workspace, json), json, debug)


@app.command(name="export")
def export_(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A folder that is empty.")],
    workspace: Workspace = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Write all that the workspace remembers to a folder."""
    from flows.cli.memory.cubes import run_export

    run(lambda: run_export(folder, workspace, json), json, debug)


@app.command(name="import")
def import_(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="What export wrote.")],
    workspace: Workspace = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Take such a folder into an empty workspace."""
    from flows.cli.memory.cubes import run_import

    run(lambda: run_import(folder, workspace, json, fuse=False), json, debug)


@app.command()
def erase(
    yes: Annotated[
        bool, typer.Option("--yes", help="Do it; without it only say what goes.")
    ] = False,
    workspace: Workspace = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Forget the whole workspace, with all it made and learnt."""
    from flows.cli.memory.erasing import run_erase

    run(lambda: run_erase(yes, workspace, json), json, debug)


@app.command()
def fuse(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="What export wrote.")],
    workspace: Workspace = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Take such a folder into a workspace; conflicts are told."""
    from flows.cli.memory.cubes import run_import

    run(lambda: run_import(folder, workspace, json, fuse=True), json, debug)
