"""However a program comes to the flows, Prefect is prepared and nothing is sent anywhere."""

from __future__ import annotations

import ast
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.default_models import models_cache as models_cache
from tests.flows.library import ferry

WATCH = """
import os, sys
HERE = ("127.0.0.1", "::1", "localhost", "0.0.0.0", None, "")
def watch(event, arguments):
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event == "socket.connect" and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    host = host.decode() if isinstance(host, bytes) else host
    if host not in HERE:
        with open(os.environ["WATCHED"], "a", encoding="utf-8") as log:
            print(event, host, sys.argv, file=log)
        raise OSError(f"{host} is not here")
sys.addaudithook(watch)
"""
"""Runs at the start of every Python process of a test, servers included: notes who is called."""

ASK = """
from flows.ask import ask
from flows.ingest import ingest
print(ingest(["ferry.mp4"])["videos"][0]["status"])
print(ask("When does the ferry leave?", videos=["ferry.mp4"]).answer)
"""

SETTINGS = """
from prefect.settings import get_current_settings
own = get_current_settings()
print(own.home, own.server.ephemeral.startup_timeout_seconds, own.server.analytics_enabled)
"""


def as_a_newcomer(script: str, folder: Path, cache: Path) -> str:
    """What a script prints that a user runs in a terminal on a machine without any settings."""
    site = folder / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(WATCH, encoding="utf-8")
    (folder / "home").mkdir()
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    environment = kept | {
        "HOME": str(folder / "home"),
        "PYTHONPATH": os.pathsep.join((str(site), str(ROOT))),
        "BACKTRAIL_CACHE": str(cache),
        "BACKTRAIL_HOME": str(folder / "store"),
        "WATCHED": str(folder / "watched"),
        "TERM": "xterm",
    }
    master, terminal = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=folder,
        env=environment,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        close_fds=True,
    )
    os.close(terminal)
    said = b""
    try:
        while part := os.read(master, 4096):
            said += part
    except OSError:  # the terminal's other side was closed: Linux says so by EIO
        pass
    os.close(master)
    told = said.decode(errors="replace")
    assert child.wait() == 0, told
    return told


@pytest.mark.slow
def test_a_plain_script_works_at_once_and_sends_nothing(tmp_path: Path, models_cache: Path) -> None:
    ferry(tmp_path)
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / "models").symlink_to(models_cache)
    told = as_a_newcomer(ASK, tmp_path, cache)
    assert "ingested" in told and "nine thirty" in told
    watched = tmp_path / "watched"
    assert not watched.exists(), watched.read_text(encoding="utf-8")
    assert "anonymous" not in told  # Prefect's notice that it collects
    assert not list(tmp_path.rglob("Microsoft"))  # where onnxruntime keeps what it will send
    assert (cache / "prefect" / "prefect.db").exists()
    assert not (tmp_path / "home" / ".prefect").exists()


@pytest.mark.parametrize("first", ["", "import prefect\n"], ids=["ours first", "prefect first"])
def test_settings_hold_in_either_order_of_imports(tmp_path: Path, first: str) -> None:
    if first:  # what Prefect does when a user imports it is his affair
        first = "import os\nos.environ['DO_NOT_TRACK'] = '1'\n" + first
    told = as_a_newcomer(first + "import flows.ask\n" + SETTINGS, tmp_path, tmp_path / "cache")
    assert f"{tmp_path / 'cache' / 'prefect'} 180 False" in told


def test_only_one_module_of_flows_imports_prefect_at_its_top() -> None:
    found: set[str] = set()
    for path in sorted((ROOT / "flows").rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [each.name for each in node.names] if isinstance(node, ast.Import) else []
            if any(name.split(".")[0] == "prefect" for name in names):
                found.add(path.name)
    assert found == {"engine.py"}
