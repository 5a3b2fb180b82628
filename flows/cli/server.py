"""`up`, `down` and `serve`: a Prefect server of one's own, and the deployments."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from agents.errors import AgentsError, UnreadableMedia
from configs.settings import (
    load_settings,
    prepare_prefect,
    running_server,
    server_environment,
    server_file,
)
from flows.cli.prefect_server import ready_server
from flows.cli.shell import DONE, print_json
from flows.output.terminal import say

STARTUP_TIMEOUT = 180
"""Seconds a first start may take: it migrates the database."""
GRACE = 20
"""Seconds a server gets to end before it is killed."""


def run_up(port: int, as_json: bool) -> int:
    """Start the server, wait until it answers, and say where its UI is."""
    settings = load_settings()
    url = running_server(settings)
    if not url:
        prepare_prefect(settings)
        url = _start(port, server_file(settings))
    page = url.removesuffix("/api")
    said = (
        f"Prefect UI: {page} (interactive commands now run through it; `backtrail down` stops it)"
    )
    print_json({"ui": page, "api": url}) if as_json else say(said)
    return DONE


def run_down(as_json: bool) -> int:
    """Stop the server that `up` started, and everything that it started."""
    noted = server_file(load_settings())
    stopped = noted.is_file() and _stop(json.loads(noted.read_text(encoding="utf-8"))["pid"])
    noted.unlink(missing_ok=True)
    said = "stopped" if stopped else "no server was running"
    print_json({"stopped": stopped}) if as_json else say(said)
    return DONE


def run_serve(inbox: Path | None, every: int) -> int:
    """Serve both deployments until Ctrl-C; with an inbox, new files in it are ingested."""
    if not ready_server():
        raise AgentsError("no Prefect server is running", "start one first: backtrail up")
    if inbox is not None and not inbox.is_dir():
        raise UnreadableMedia(f"{inbox} is not a folder", "make it, then start again")
    from flows.deployments import serve_all

    serve_all(inbox, every)
    return DONE


def _start(port: int, noted: Path) -> str:
    """Start a server in a session of its own, note it, and wait until it answers."""
    if _listens(port):
        raise AgentsError(f"port {port} is in use", "choose another: backtrail up --port N")
    noted.parent.mkdir(parents=True, exist_ok=True)
    log = noted.with_name("server.log")
    with log.open("w", encoding="utf-8") as out:
        server = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "prefect", "server", "start", "--port", str(port)],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env=server_environment(port),
            start_new_session=True,
        )
    noted.write_text(json.dumps({"port": port, "pid": server.pid}), encoding="utf-8")
    deadline = time.monotonic() + STARTUP_TIMEOUT
    while time.monotonic() < deadline and server.poll() is None:
        if _listens(port):
            server.returncode = 0  # it outlives this process: nobody is to wait for it
            return f"http://127.0.0.1:{port}/api"
        time.sleep(0.3)
    _stop(server.pid)
    noted.unlink(missing_ok=True)
    raise AgentsError("the Prefect server did not start", f"its log says why: {log}")


def _stop(pid: int) -> bool:
    """End a server and its children; False when it is gone already."""
    if not _is_server(pid):
        return False
    for sign, grace in ((signal.SIGTERM, GRACE), (signal.SIGKILL, GRACE)):
        with suppress(ProcessLookupError):
            os.killpg(pid, sign)
        deadline = time.monotonic() + grace
        while time.monotonic() < deadline:
            if not _is_server(pid):
                _end_group(pid)
                return True
            time.sleep(0.2)
    raise AgentsError(f"the Prefect server (process {pid}) does not end", f"try: kill -9 {pid}")


def _end_group(pid: int) -> None:
    """Wait until the children of a server that ended are gone too; kill those that stay."""
    with suppress(ChildProcessError):
        os.waitpid(pid, 0)
    with suppress(ProcessLookupError, PermissionError):
        for _ in range(15):
            os.killpg(pid, 0)
            time.sleep(0.2)
        os.killpg(pid, signal.SIGKILL)
        time.sleep(0.2)


def _is_server(pid: int) -> bool:
    """Whether the process lives and is a Prefect server: its number may belong to another now."""
    told = Path(f"/proc/{pid}/cmdline")
    if Path("/proc/self").exists():
        return told.is_file() and b"prefect" in told.read_bytes()
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0
