"""`backtrail mcp`: start the server, if the extra is installed and nothing is left open by it."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from agents.errors import ModelMissing, UsageError
from configs.settings import load_settings
from flows.cli.shell import DONE, INTERRUPTED, TERMINATED
from flows.costs import is_of_this_machine
from flows.output.terminal import say


def run_mcp(
    workspace: str | None, allow: Sequence[Path], address: tuple[str, int] | None = None
) -> int:
    """Serve over stdio, or at an address (host and port), until stopped.

    Raises:
        ModelMissing: the extra is not installed.
        UsageError: what is allowed is no folder, or other machines could do anything here.
    """
    folders = tuple(map(_folder, allow))
    token = load_settings().mcp.token.get_secret_value()
    if address is not None and not token and not is_of_this_machine(address[0]):
        raise UsageError(
            f"{address[0]} can be reached by others, and no token is set",
            "set BACKTRAIL_MCP__TOKEN, which clients send as `Authorization: Bearer`, or leave "
            "--host out",
        )
    try:
        import fastmcp
    except ImportError as error:
        raise ModelMissing(
            f"`backtrail mcp` needs the package fastmcp-slim: {error}",
            "install the extra `mcp`: pip install 'backtrail[mcp]'",
        ) from error
    assert fastmcp.__version__
    from flows.mcp_server.server import serve_http, serve_stdio, server_of

    if address is None:
        with _wire_of_stdout() as take, _ended_by_signals():
            served = server_of(workspace, folders)
            take()
            serve_stdio(served)
        return DONE
    host, port = address
    served = server_of(workspace, folders, token)
    say(f"serving at http://{host}:{port}/mcp until Ctrl-C", err=True)
    serve_http(served, host, port)
    return DONE


@contextmanager
def _ended_by_signals() -> Generator[None]:
    """Ctrl-C and SIGTERM end the process at once: nothing wakes a thread that waits for stdin.

    What was done is kept as ever, and programs that tools run end with this one.
    """

    def end(number: int, frame: object) -> None:
        del frame
        say("backtrail: stopped; what was done is kept", err=True)
        os._exit(TERMINATED if number == signal.SIGTERM else INTERRUPTED)

    before = {one: signal.signal(one, end) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


@contextmanager
def _wire_of_stdout() -> Generator[Callable[[], None]]:
    """Keep stdout for the protocol: what is printed goes to stderr, also what waits in a buffer.

    The server takes stdout when it is told to (`take`), and itself sends to stderr what is printed
    meanwhile; before and after that this does.
    """
    wire = os.dup(1)

    def divert() -> None:
        os.dup2(2, 1)
        sys.stdout.flush()

    def take() -> None:
        sys.stdout.flush()
        os.dup2(wire, 1)

    try:
        divert()
        yield take
    finally:
        divert()
        os.dup2(wire, 1)
        os.close(wire)


def _folder(path: Path) -> Path:
    """A folder that may be ingested from, with links followed."""
    if not path.is_dir():
        raise UsageError(f"{path} is no folder", "name a folder that is there: --allow FOLDER")
    return path.resolve()
