"""What commands share: how their help reads, their common options, and how they are run."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from typer.core import TyperArgument, TyperCommand


class PlainCommand(TyperCommand):
    """A command whose help names its arguments in words, without types of Python beside them."""

    def get_params(self, ctx: Any) -> list[Any]:  # noqa: ANN401
        """Its parameters; an argument tells no type."""
        params = super().get_params(ctx)
        for param in params:
            if isinstance(param, TyperArgument):
                param.display_type_rich = _nothing
        return params


def _nothing(ctx: object) -> None:
    """No type is shown."""


class App(typer.Typer):
    """The commands, all of them with plain help."""

    def command(self, *names: Any, **more: Any) -> Any:  # noqa: ANN401
        """Declare a command."""
        return super().command(*names, cls=PlainCommand, **more)


Workspace = Annotated[
    str | None,
    typer.Option(
        "--workspace", "-w", "-W", metavar="NAME", help="Workspace; the configured one if unset."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout, nothing else.")]
Alone = Annotated[
    bool,
    typer.Option(
        "--alone",
        help="No other program uses the store now: delete also what an interrupted write left, "
        "which else stays on disk for seven days.",
    ),
]
Debug = Annotated[bool, typer.Option("--debug", help="Show log lines and tracebacks.")]
Videos = Annotated[
    list[str] | None,
    typer.Option(
        "--video", metavar="VIDEO", help="Id, name or path of a video; repeat it; all if unset."
    ),
]
AsOf = Annotated[
    str,
    typer.Option(
        "--as-of", metavar="TIME", help="Use nothing from after this time: s, m:ss or h:mm:ss."
    ),
]
When = Annotated[
    str,
    typer.Option(metavar="TIME", help='Only what was recorded then: "last Tuesday", 2026-11-20.'),
]
Picture = Annotated[
    Path | None, typer.Option("--image", metavar="FILE", help="A picture of what is meant.")
]
Named = Annotated[str, typer.Argument(metavar="VIDEO", help="Id, name or path of a video.")]
Preset = Annotated[
    Literal["quick", "balanced", "thorough"] | None,
    typer.Option(metavar="NAME", help="quick, balanced or thorough: how much is perceived."),
]

Question = Annotated[
    list[str], typer.Argument(metavar="QUESTION", help="What to find out, in English.")
]
Words = Annotated[
    list[str] | None,
    typer.Argument(metavar="WORDS", help="Words to search for; none with --image."),
]
Sources = Annotated[
    list[str],
    typer.Argument(metavar="PATH", help="Videos, images, sound, folders of them, or URLs."),
]
EvidenceId = Annotated[
    str, typer.Argument(metavar="EVIDENCE_ID", help="Id of a memory row, as cited.")
]
VideoOrRun = Annotated[
    str,
    typer.Argument(metavar="WHAT", help="A video; or, as a timeline, a run or an artefact."),
]

Choices = Annotated[
    list[str] | None,
    typer.Option("--choice", metavar="TEXT", help="An option to choose from; repeat it."),
]
Limits = Annotated[
    str,
    typer.Option(
        "--budget",
        metavar="LIMITS",
        help="Hard limits: looks=N,seconds=S,frames=N,calls=N,tokens=N,usd=X.",
    ),
]
MustAnswer = Annotated[
    bool, typer.Option("--must-answer", help="Give a guess, marked as one, if unproven.")
]
Report = Annotated[
    Path | None,
    typer.Option("--report", metavar="FILE.html", help="Write a page with the evidence."),
]
Strategy = Annotated[
    str,
    typer.Option(
        "--strategy",
        metavar="NAME",
        help="backtrail, or to compare: retrieval_only, single_pass, ...",
    ),
]
NoCache = Annotated[
    bool, typer.Option("--no-cache", help="Pay for every call of a language model.")
]
EstimateCost = Annotated[
    bool, typer.Option("--estimate", help="Predict calls, tokens and cost; ask no model.")
]
EstimateTime = Annotated[
    bool, typer.Option("--estimate", help="Predict time and disk use; do nothing.")
]

VideoStream = Annotated[
    int | None, typer.Option("--video-stream", metavar="N", help="Index of the video stream.")
]
AudioStream = Annotated[
    int | None, typer.Option("--audio-stream", metavar="N", help="Index of the audio stream.")
]
SubtitleStream = Annotated[
    int | None,
    typer.Option("--subtitle-stream", metavar="N", help="Index of the subtitle stream."),
]

Kinds = Annotated[
    list[str] | None,
    typer.Option("--kind", metavar="KIND", help="speech, screen_text, objects, caption, ..."),
]
Levels = Annotated[
    list[str] | None,
    typer.Option("--level", metavar="LEVEL", help="frame, shot, scene, chapter or video."),
]
NotBefore = Annotated[
    str, typer.Option("--from", metavar="TIME", help="Not before: s, m:ss or h:mm:ss.")
]
NotAfter = Annotated[
    str, typer.Option("--to", metavar="TIME", help="Not after: s, m:ss or h:mm:ss.")
]
MostHits = Annotated[int, typer.Option("--limit", metavar="N", min=1, help="Most hits.")]
Why = Annotated[bool, typer.Option("--why", help="Also what each score is made of.")]

OutFile = Annotated[Path | None, typer.Option("--out", "-o", metavar="FILE", help="File to write.")]
OutFolder = Annotated[
    Path, typer.Option("--out", "-o", metavar="FOLDER", help="Folder to write to.")
]
Otio = Annotated[
    Path | None,
    typer.Option(
        "--otio",
        metavar="FILE",
        help="Its edit as an OpenTimelineIO timeline, which holds all of it.",
    ),
]
Edl = Annotated[
    Path | None,
    typer.Option("--edl", metavar="FILE", help="Its edit as an EDL (CMX 3600)."),
]
Fcpxml = Annotated[
    Path | None,
    typer.Option(
        "--fcpxml",
        metavar="FILE",
        help="Its edit for Final Cut Pro: X if FILE ends in .fcpxml, else 7.",
    ),
]

Deep = Annotated[
    bool, typer.Option("--deep", help="Read every row of a store, however large it is.")
]
Probe = Annotated[bool, typer.Option("--probe", help="Ask each configured model for one word.")]


def run(command: Callable[[], int], json: bool, debug: bool) -> None:
    """Run a command; known errors become one line (or one object) and an exit code."""
    from flows.cli.shell import guarded

    sys.exit(guarded(command, as_json=json, debug=debug))
