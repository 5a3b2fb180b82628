"""Real clients and real servers for tests of the Model Context Protocol."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Coroutine, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import anyio
import httpx

from tests.conftest import ROOT

Value = TypeVar("Value")

SCRIPTED = """
import sys
import flows.wiring
from tests.end_to_end.scripted_bench import MODELS
flows.wiring.model_specs = lambda _: MODELS
{more}
from flows.cli.app import main
sys.argv = ["backtrail", *sys.argv[1:]]
main()
"""
"""The command line over scripted models."""


def environment(folder: Path, **more: str) -> dict[str, str]:
    """What a server process gets: a home below the folder."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "BACKTRAIL_CONFIG": str(folder),
        "BACKTRAIL_HOME": str(folder / "store"),
        "BACKTRAIL_CACHE": str(folder / "cache"),
        "BACKTRAIL_WORKERS": "1",
        "OMP_NUM_THREADS": "1",
        **more,
    }


def command(*arguments: str | Path, more: str = "") -> list[str]:
    """`backtrail mcp ...` over scripted models; `more` is run before it."""
    script = SCRIPTED.format(more=more)
    return [sys.executable, "-c", script, "mcp", *map(str, arguments)]


def run(work: Coroutine[Any, Any, Value]) -> Value:
    """Do what a client does."""

    async def done() -> Value:
        return await work

    return anyio.run(done)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def served_at(port: int, started: list[str], env: dict[str, str]) -> Generator[str]:
    """A server over HTTP, ended afterwards; its URL."""
    with subprocess.Popen(
        [*started, "--http", "--port", str(port)], env=env, cwd=ROOT, stderr=subprocess.PIPE
    ) as process:
        try:
            _wait(port, process)
            yield f"http://127.0.0.1:{port}/mcp"
        finally:
            process.terminate()
            process.communicate(timeout=60)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + 120
    while time.monotonic() < ends and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    assert process.stderr is not None
    process.kill()
    raise AssertionError(process.stderr.read().decode())


def posted(url: str, **headers: str) -> httpx.Response:
    """What a server says to a first message with headers."""
    hello = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": {"name": "t", "version": "1"},
        },
    }
    usual = {"Accept": "application/json, text/event-stream"}
    return httpx.post(url, json=hello, headers=usual | headers, timeout=60)


def lines(stream: Iterator[bytes]) -> list[str]:
    return [line.decode().rstrip("\n") for line in stream]
