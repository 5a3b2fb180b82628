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
        "--workspace", "-W", metavar="NAME", help="Workspace; the configured one if unset."
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


def run(command: Callable[[], int], json: bool, debug: bool) -> None:
    """Run a command; known errors become one line (or one object) and an exit code."""
    from flows.cli.shell import guarded

    sys.exit(guarded(command, as_json=json, debug=debug))
