"""`up` and `down`: a server that answers, then nothing left of it."""

from __future__ import annotations

import json
import os
import socket
import urllib.request
from pathlib import Path

import psutil
import pytest

from configs.settings import load_settings, prefect_api, server_file
from tests.flows.library import backtrail, scripted_home


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.mark.slow
def test_up_starts_a_server_and_down_leaves_nothing_of_it(tmp_path: Path) -> None:
    port = free_port()
    with scripted_home(tmp_path):
        try:
            started = backtrail("up", "--port", str(port), "--json")
            assert started.code == 0, started
            assert started.object["api"] == f"http://127.0.0.1:{port}/api"
            assert prefect_api(load_settings()) == started.object["api"]
            with urllib.request.urlopen(f"{started.object['api']}/health") as answer:
                assert answer.read() == b"true"
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/ui-settings") as answer:
                assert json.load(answer)["api_url"] == started.object["api"]
            noted = json.loads(server_file(load_settings()).read_text(encoding="utf-8"))
            family = [noted["pid"]]
            family += [c.pid for c in psutil.Process(noted["pid"]).children(recursive=True)]
            again = backtrail("up", "--port", str(free_port()), "--json")
            assert again.object == started.object
        finally:
            stopped = backtrail("down", "--json")
        assert stopped.object == {"stopped": True}
        assert not [pid for pid in family if psutil.pid_exists(pid)]
        assert prefect_api(load_settings()) == ""
        assert backtrail("down").out == "no server was running\n"


def test_a_port_in_use_is_told(tmp_path: Path) -> None:
    with scripted_home(tmp_path), socket.create_server(("127.0.0.1", 0)) as other:
        said = backtrail("up", "--port", str(other.getsockname()[1]))
    assert said.code == 1
    assert "is in use (choose another: backtrail up --port N)" in said.err


def test_down_never_ends_a_process_that_is_no_server(tmp_path: Path) -> None:
    with scripted_home(tmp_path):
        noted = server_file(load_settings())
        noted.parent.mkdir(parents=True)
        noted.write_text(json.dumps({"port": free_port(), "pid": os.getppid()}), encoding="utf-8")
        assert backtrail("down", "--json").object == {"stopped": False}
        assert psutil.pid_exists(os.getppid())
        assert not noted.exists()
