"""A real edit that is killed at any time goes on and gives the same bytes; a full disk is told."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from flows.wiring import runtime_of
from tests.agents.tools.bench import clicks, counting
from tests.conftest import ROOT
from tests.flows.library import backtrail, scripted_home

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        find_spec("imageio_ffmpeg") is None, reason="the extra `edit` is not installed"
    ),
]

GOAL = (
    'keep 0:01-0:05 of dog.mp4, slow it to half speed, write "Fetch" in red, fade in and out, '
    "make it vertical"
)
CHILD = (
    "import sys; from tests.flows.act.test_act_killed import scripted; scripted(); "
    "from flows.cli.app import main; sys.argv[0] = 'backtrail'; main()"
)


def scripted() -> None:
    """Scripted models in the process that will be killed."""
    import flows.wiring
    from tests.end_to_end.scripted_bench import MODELS

    flows.wiring.model_specs = lambda settings: MODELS


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    counting(tmp_path / "dog.mp4", 6.0, sounds=[clicks(6, [0.5, 2.0, 3.0])], size=(640, 360))
    monkeypatch.chdir(tmp_path)
    with scripted_home(tmp_path):
        yield tmp_path


def begun(home: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", CHILD, "act", GOAL, "--json"]
    return subprocess.Popen(command, cwd=home, env=environment, stdout=subprocess.DEVNULL)


def renderers(folder: Path) -> list[int]:
    """Processes that write below a folder."""
    found: list[int] = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                line = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if str(folder).encode() in line and b"ffmpeg" in line:
                found.append(int(entry.name))
    return found


@pytest.mark.parametrize("seed", range(4))
def test_a_killed_edit_goes_on_and_gives_the_same_bytes(
    home: Path, seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    child, made = begun(home), home / "store" / "made"
    chance = random.Random(seed)
    while not list(made.glob("??/*.mp4")) and child.poll() is None:
        time.sleep(0.01)
    time.sleep(chance.random() * 2.0)
    child.send_signal(signal.SIGKILL)
    child.wait()
    until = time.monotonic() + 5
    while renderers(home) and time.monotonic() < until:
        time.sleep(0.1)
    assert renderers(home) == []  # FFmpeg does not outlive it
    # none where it was killed between the first file and its row
    kept = {row.step for row in runtime_of().store.artefacts("default")}
    result = backtrail("act", "", "--continue", "last", "--json").object
    assert result["status"] == "completed"
    assert {s["step_id"] for s in result["steps"] if s["status"] == "reused"} == kept
    assert list((made / "work").iterdir()) == []
    (output,) = result["outputs"]
    os.environ["BACKTRAIL_HOME"] = str(tmp_path_factory.mktemp("other"))  # restored by the home
    undisturbed = backtrail("act", GOAL, "--json").object
    assert undisturbed["outputs"][0]["asset_id"] == output["asset_id"]


def test_a_full_disk_is_told_and_nothing_half_is_kept(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Path.replace

    def full(self: Path, target: Path) -> Path:
        if "made" in str(target) and "speed" in str(self):
            raise OSError(28, "No space left on device")
        return place(self, target)

    monkeypatch.setattr(Path, "replace", full)
    said = backtrail("act", GOAL, "--json")
    assert said.code == 1 and "No space left on device" in said.object["reason"]
    assert [s["status"] for s in said.object["steps"][:3]] == ["done", "failed", "not run"]
