"""Killed with SIGKILL anywhere and started again, an ingest ends with the same memory."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.end_to_end.scripted_bench import colours

KILLS, SEED = 24, 7


@pytest.fixture(scope="module")
def crashes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("crash")
    video = colours(folder / "colours.mp4")
    command = [sys.executable, "-m", "tests.end_to_end.crash_child"]
    done = subprocess.run(
        [*command, str(folder), str(video), str(KILLS), str(SEED)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def test_the_undisturbed_run_joined_rows_over_a_window_edge(crashes: dict[str, Any]) -> None:
    assert "after exchange_memories" in crashes["steps"]
    (memory,) = crashes["memory"]["videos"].values()
    assert len(memory["windows"]) == 3
    assert len(memory["rows"]) > 12
    assert len(crashes["memory"]["files"]) == len(memory["thumbnails"])


def test_killed_anywhere_and_run_again_it_gives_the_same_rows(crashes: dict[str, Any]) -> None:
    assert len(crashes["trials"]) == KILLS
    for trial in crashes["trials"]:
        assert trial["signal"] == signal.SIGKILL, trial
        assert all(trial["same"].values()), trial


def test_it_was_killed_between_data_and_ledger_and_inside_the_finish(
    crashes: dict[str, Any],
) -> None:
    steps = [trial["step"] for trial in crashes["trials"]]
    assert steps.count("after replace_window") == 3
    assert len(set(steps)) >= 8
    first_finish = crashes["steps"].index("before exchange_memories") + 1
    assert sum(trial["at"] >= first_finish for trial in crashes["trials"]) >= 4


def test_nothing_but_whole_pictures_is_left_behind(crashes: dict[str, Any]) -> None:
    assert not [name for name in crashes["memory"]["files"] if not name.endswith(".jpg")]
