"""A run that is killed at any time goes on where it was, and gives the same bytes."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agents.act.plan import ActStatus
from tests.agents.act.crash_child import plan
from tests.agents.act.kit import Bench

CHILD = [sys.executable, "-m", "tests.agents.act.crash_child"]


def done_steps(home: Path) -> list[str]:
    path = home / "runs.txt"
    return path.read_text(encoding="utf-8").split("\n")[:-1] if path.exists() else []


@pytest.mark.parametrize("seed", range(3))
def test_killed_runs_go_on_without_repeating_what_is_finished(tmp_path: Path, seed: int) -> None:
    undisturbed = Bench(tmp_path / "other").act(plan())
    home = tmp_path / "home"
    home.mkdir()
    after = random.Random(seed).randint(1, 4)
    child = subprocess.Popen([*CHILD, str(home)])
    while len(done_steps(home)) < after and child.poll() is None:
        time.sleep(0.01)
    time.sleep(random.Random(seed).random() * 0.2)
    child.kill()
    child.wait()
    bench = Bench(home)
    kept = {row.step for row in bench.runtime.store.artefacts("default")}
    (killed,) = bench.runtime.store.actions("default")
    assert killed.status == ActStatus.RUNNING
    result = bench.act(plan(), continues="last")
    assert result.status is ActStatus.COMPLETED and result.parent == killed.run_id
    assert {s.step_id for s in result.steps if s.status == "reused"} == kept
    assert len(bench.book.runs) == 6 - len(kept)
    assert result.outputs[0].asset_id == undisturbed.outputs[0].asset_id
    assert bench.text(result) == "word0 word1 word2 word3 word4"
    work = home / "store" / "made" / "work"
    assert list(work.iterdir()) == []  # what the killed process was making is gone
