"""What all tests share: no network, a Prefect home of their own, and where evaluation data lies."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
GRAPHS = ROOT / "data" / "cache"


@pytest.fixture(scope="session", autouse=True)
def prefect_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """No test touches the user's Prefect database or profile."""
    home = tmp_path_factory.mktemp("prefect")
    changes = {
        "PREFECT_HOME": str(home),
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_LOGGING_LEVEL": "ERROR",
    }
    before = {name: os.environ.get(name) for name in changes}
    os.environ.update(changes)
    yield home
    for name, value in before.items():
        if value is None:
            os.environ.pop(name)
        else:
            os.environ[name] = value


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only addresses of this machine can be reached."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else "local"
        if str(host) not in ("127.0.0.1", "::1", "localhost", "local"):
            raise AssertionError(f"a test tried to reach {host}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real clips with questions; tests that need it are skipped without it."""
    folder = Path(os.environ.get("BACKTRAIL_SHARED", ROOT.parent / "shared"))
    clips = folder / "data" / "video" / "dev"
    if not (clips / "INDEX.json").is_file():
        pytest.skip(f"the evaluation clips are not at {clips}")
    return clips


@pytest.fixture(scope="session")
def odd() -> Path:
    """The folder of odd inputs, rebuilt after public reports; its tests are skipped without it."""
    folder = Path(os.environ.get("BACKTRAIL_SHARED", ROOT.parent / "shared")) / "data" / "odd"
    if not folder.is_dir():
        pytest.skip(f"the odd inputs are not at {folder}")
    return folder
