"""`up`, `down` and `serve`: a Prefect server of one's own, and the deployments."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

from agents.errors import AgentsError, UnreadableMedia
from configs.settings import (
    load_settings,
    prefect_api,
    prepare_prefect,
    running_server,
    server_environment,
    server_file,
)
from flows.commands.shell import DONE, print_json

PATIENCE = 180
"""Seconds a first start may take: it migrates the database."""


def run_up(port: int, as_json: bool) -> int:
    """Start the server, wait until it answers, and say where its UI is."""
    settings = load_settings()
    url = running_server(settings)
    if not url:
        prepare_prefect(settings)
        _start(port)
        noted = server_file(settings)
        noted.parent.mkdir(parents=True, exist_ok=True)
        noted.write_text(json.dumps({"port": port}), encoding="utf-8")
        url = _await_server()
    page = url.removesuffix("/api")
    said = (
        f"Prefect UI: {page} (interactive commands now run through it; `backtrail down` stops it)"
    )
    print_json({"ui": page, "api": url}) if as_json else print(said)
    return DONE


def run_down(as_json: bool) -> int:
    """Stop the server that `up` started."""
    settings = load_settings()
    prepare_prefect(settings)
    stopped = bool(running_server(settings))
    if stopped:
        _prefect("server", "stop")
    server_file(settings).unlink(missing_ok=True)
    said = "stopped" if stopped else "no server was running"
    print_json({"stopped": stopped}) if as_json else print(said)
    return DONE


def run_serve(inbox: Path | None, every: int) -> int:
    """Serve both deployments until Ctrl-C; with an inbox, new files in it are ingested."""
    settings = load_settings()
    if not prefect_api(settings):
        raise AgentsError("no Prefect server is running", "start one first: backtrail up")
    if inbox is not None and not inbox.is_dir():
        raise UnreadableMedia(f"{inbox} is not a folder", "make it, then start again")
    prepare_prefect(settings)
    from flows.deployments import serve_all

    serve_all(inbox, every)
    return DONE


def _start(port: int) -> None:
    command = ("server", "start", "--background", "--port", str(port))
    done = _prefect(*command, environment=server_environment(port))
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise AgentsError(
            f"the Prefect server did not start: {' '.join(said)}",
            f"is port {port} in use? try backtrail up --port N",
        )


def _prefect(
    *arguments: str, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "prefect", *arguments]
    return subprocess.run(  # noqa: S603
        command, capture_output=True, text=True, check=False, env=environment
    )


def _await_server() -> str:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        url = running_server(load_settings())
        if url:
            return url
        time.sleep(0.5)
    raise AgentsError(
        f"the Prefect server did not answer within {PATIENCE} s", "see `prefect server start`"
    )
