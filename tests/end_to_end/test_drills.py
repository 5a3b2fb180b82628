"""Memory under six writers, forgotten while it is consolidated, and killed with -9 anywhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.end_to_end.drill_child import OWN, POINTS, WRITERS


def drill(what: str, folder: Path, seed: int = 7) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.end_to_end.drill_child", what, str(folder), str(seed)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


@pytest.mark.slow
@pytest.mark.parametrize("what", ["consolidate", "undo", "import"])
def test_work_killed_at_twenty_points_is_made_good_by_repeating_it(
    tmp_path: Path, what: str
) -> None:
    found = drill(what, tmp_path)
    assert len(found["trials"]) == POINTS
    for trial in found["trials"]:
        assert trial["whole"] and trial["same"], trial
    assert sum(trial["killed"] for trial in found["trials"]) >= POINTS // 2
    assert any(trial["moved"] for trial in found["trials"]), "some were killed before the end"


@pytest.mark.slow
def test_six_writers_at_once_lose_nothing_and_write_nothing_twice(tmp_path: Path) -> None:
    found = drill("writers", tmp_path)
    assert [told for told in found["told"] if "error" in told] == []
    videos = sorted([f"w{n}x{k}" for n in range(WRITERS) for k in range(OWN)] + ["common"])
    assert found["state"]["videos"] == videos
    assert found["state"]["whole"], "every row once, with its words"
    for kind in ("rows", "facts", "behind"):
        assert found["facts"][kind] == videos, kind
    assert found["facts"]["doubles"] == 0


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_is_forgotten_while_it_is_consolidated_is_gone(tmp_path: Path, seed: int) -> None:
    found = drill("forgetting", tmp_path, seed)
    assert [told for told in found["told"] if "error" in told] == []
    left = sorted(set(found["names"]) - set(found["gone"]))
    for kind in ("rows", "facts", "behind", "audit"):
        assert found["kept"][kind] == left, kind
    assert set(found["kept"]["mentions"]) <= set(left)
    assert found["canary"] == []
