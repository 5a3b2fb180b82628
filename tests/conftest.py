"""What all tests share: no network, a Prefect home of their own, and where evaluation data lies."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
GRAPHS = ROOT / "data" / "cache"


def pytest_configure(config: pytest.Config) -> None:
    """No test touches the user's Prefect database, profile or server.

    Before tests are collected, since Prefect reads its settings when it is imported.
    """
    home = tempfile.mkdtemp(prefix="backtrail-tests-prefect-")
    config.add_cleanup(lambda: shutil.rmtree(home, ignore_errors=True))
    os.environ.pop("PREFECT_API_URL", None)
    os.environ |= {"PREFECT_HOME": home, "PREFECT_LOGGING_LEVEL": "ERROR"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that take minutes run where they are asked for."""
    if os.environ.get("TEST_ALL"):
        return
    skipped = pytest.mark.skip(reason="takes minutes: `make test-all` (TEST_ALL=1) runs it")
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker(skipped)


@pytest.fixture(scope="session", autouse=True)
def no_files_of_the_user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A `.env` or `backtrail.toml` in this checkout changes no test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BACKTRAIL_CONFIG", str(tmp_path_factory.mktemp("no_files")))
        yield


@pytest.fixture(scope="module", autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """What a module puts in the place of settings and models is taken away at its end."""
    before = own_settings()
    yield
    assert own_settings() == before
    wiring = sys.modules.get("flows.wiring")
    assert wiring is None or wiring.model_specs.__module__ == wiring.__name__


def own_settings() -> dict[str, str]:
    """The product's settings in the environment."""
    return {name: text for name, text in os.environ.items() if name.startswith("BACKTRAIL_")}


@pytest.fixture(autouse=True)
def no_network() -> Iterator[None]:
    """Only addresses of this machine can be reached.

    By a patch of its own: a test's `monkeypatch` would else be made before its other fixtures, and
    give back what it took away after they are gone.
    """
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else "local"
        if str(host) not in ("127.0.0.1", "::1", "localhost", "local"):
            raise AssertionError(f"a test tried to reach {host}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield


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
