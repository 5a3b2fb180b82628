"""SIGTERM ends a command as Ctrl-C does: it says so, and what was done is kept."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.flows.library import backtrail, ferry, scripted_home

SLOW_INGEST = """
import sys, time
from pathlib import Path
import agents.perception.window as perception
from flows.cli.app import app
from tests.flows.library import scripted_home

def slowly(*arguments, **named):
    seen = real(*arguments, **named)
    print("perceived", flush=True)
    time.sleep(10 if arguments[1].start else 0)
    return seen

real, perception.perceive = perception.perceive, slowly
with scripted_home(Path(sys.argv[1])):
    app(["ingest", sys.argv[2]])
"""


@pytest.mark.parametrize(
    ("sent", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)], ids=["SIGTERM", "Ctrl-C"]
)
def test_a_stopped_ingest_says_what_is_kept(
    tmp_path: Path, sent: signal.Signals, code: int
) -> None:
    film = ferry(tmp_path)
    ended, said = _stopped(SLOW_INGEST, sent, str(tmp_path), str(film))
    assert ended == code
    assert "backtrail: stopped; what was done is kept, and the same command goes on" in said
    assert "Traceback" not in said
    with scripted_home(tmp_path):
        assert backtrail("videos", "--json").object["videos"][0]["status"] == "unfinished"
        for command in ("ask", "search"):
            lost = backtrail(command, "ferry")
            assert (lost.code, lost.out) == (2, "")
            assert f"no video of the workspace 'default' is finished: {film.name}" in lost.err
            assert "goes on where it was stopped" in lost.err
        (entry,) = backtrail("ingest", film, "--json").object["videos"]
        assert entry["status"] == "ingested"


WAITING = """
import signal, sys, time
from flows.cli.shell import guarded

def wait():
    print("perceived", flush=True)
    print("perceived", flush=True)
    time.sleep(30)
    return 0

signal.signal(signal.SIGINT, signal.SIG_IGN)
sys.exit(guarded(wait, as_json=False, debug=False))
"""


def test_sigterm_is_heard_where_a_script_has_switched_ctrl_c_off() -> None:
    ended, said = _stopped(WAITING, signal.SIGTERM)
    assert (ended, "stopped; what was done is kept" in said) == (143, True)


def _stopped(script: str, sent: signal.Signals, *arguments: str) -> tuple[int, str]:
    """Exit code and stderr of a script that gets a signal after it has said two lines."""
    child = subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        cwd=ROOT,
        env=os.environ.copy(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert [child.stdout.readline() for _ in range(2)] == ["perceived\n"] * 2
    child.send_signal(sent)
    _, said = child.communicate(timeout=60)
    return child.returncode, said
