"""A real edit that is killed at any time goes on and gives the same bytes; a full disk is told."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

from agents.act.hands import Draft, Task
from agents.act.purse import Spending
from agents.act.workshop import Workshop
from flows.wiring import runtime_of
from memory.store import Store
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
POINTS = 20
"""Moments at which a run is killed, drawn from all at which it touches its store."""
FEW = 4
"""Those that every run of the tests takes; the others are `make test-all`'s."""
ALL = os.environ.get("TEST_ALL") == "1"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    counting(tmp_path / "dog.mp4", 6.0, sounds=[clicks(6, [0.5, 2.0, 3.0])], size=(640, 360))
    monkeypatch.chdir(tmp_path)
    with scripted_home(tmp_path):
        yield tmp_path


@dataclass(frozen=True)
class Undisturbed:
    """A run that nobody killed."""

    moments: int
    """Times that it touched its store."""
    made: dict[str, str]
    """Content by id of the artefact."""


@pytest.fixture(scope="module")
def undisturbed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Undisturbed]:
    """Asked for with whether steps in a row are one encoding, which holds for the test too."""
    folder = tmp_path_factory.mktemp("undisturbed")
    counting(folder / "dog.mp4", 6.0, sounds=[clicks(6, [0.5, 2.0, 3.0])], size=(640, 360))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BACKTRAIL_ACT__FUSE", request.param)
        with scripted_home(folder):
            child = acting(folder, 0)
            assert child.wait() == 0
            count = int((folder / "count.txt").read_text(encoding="utf-8"))
            made = Undisturbed(count, made_in(runtime_of().store))
        yield made


def made_in(store: Store) -> dict[str, str]:
    return {row.artefact_id: row.asset_id for row in store.artefacts("default")}


def acting(home: Path, at: int, delay: float = 0.0) -> subprocess.Popen[bytes]:
    """A run in a process of its own, killed at a moment."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.flows.act.killing", "count.txt", str(at), str(delay)]
    return subprocess.Popen([*command, GOAL], cwd=home, env=environment, stdout=subprocess.DEVNULL)


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


def moment(point: int, moments: int) -> tuple[int, float]:
    """The moment of a point, and how long after it the process lives on: half of them no longer."""
    chance = random.Random(8)
    drawn = sorted(chance.sample(range(1, moments), POINTS))
    order = chance.sample(range(POINTS), POINTS)  # so that a few of them are early and late ones
    at = drawn[order[point]]
    is_early = at < 0.8 * moments  # it may be done before a later one
    return at, chance.random() * 0.4 if point % 2 and is_early else 0.0


@pytest.mark.parametrize(
    ("undisturbed", "point"),
    [
        pytest.param(
            fuse,
            n,
            marks=pytest.mark.skipif(n >= few and not ALL, reason="`make test-all` has it"),
            id=f"{n}-{'one encoding' if fuse == 'true' else 'a file each'}",
        )
        for fuse, few in (("true", FEW), ("false", FEW // 2))
        for n in range(POINTS)
    ],
    indirect=["undisturbed"],
)
def test_a_killed_edit_goes_on_and_gives_the_same_bytes(
    home: Path, point: int, undisturbed: Undisturbed, monkeypatch: pytest.MonkeyPatch
) -> None:
    at, delay = moment(point, undisturbed.moments)
    assert acting(home, at, delay).wait() == -signal.SIGKILL
    until = time.monotonic() + 5
    while renderers(home) and time.monotonic() < until:
        time.sleep(0.1)
    assert renderers(home) == []  # FFmpeg does not outlive it
    store, made = runtime_of().store, home / "store" / "made"
    # none where it was killed between the first file and its row
    kept = {row.step: row.created_at for row in store.artefacts("default")}
    ran: list[str] = []
    run = Workshop.run

    def noted(self: Workshop, task: Task, spending: Spending) -> Draft:
        ran.append(task.step.step_id)
        return run(self, task, spending)

    monkeypatch.setattr(Workshop, "run", noted)
    again = ["", "--continue", "last"] if store.actions("default") else [GOAL]
    result = backtrail("act", *again, "--json").object
    assert result["status"] == "completed"
    assert {s["step_id"] for s in result["steps"] if s["status"] == "reused"} == set(kept)
    assert sorted(ran) == sorted({s["step_id"] for s in result["steps"]} - set(kept))
    assert made_in(runtime_of().store) == undisturbed.made
    rows = runtime_of().store.artefacts("default")
    assert {row.step: row.created_at for row in rows if row.step in kept} == kept
    assert list((made / "work").iterdir()) == []


@pytest.mark.parametrize("fuse", [True, False])
def test_a_full_disk_is_told_and_nothing_half_is_kept(
    home: Path, monkeypatch: pytest.MonkeyPatch, fuse: bool
) -> None:
    monkeypatch.setenv("BACKTRAIL_ACT__FUSE", str(fuse))
    place = Path.replace

    def full(self: Path, target: Path) -> Path:
        if "made" in str(target) and "overlay_text" in str(self):
            raise OSError(28, "No space left on device")
        return place(self, target)

    monkeypatch.setattr(Path, "replace", full)
    said = backtrail("act", GOAL, "--json")
    assert said.code == 1 and "No space left on device" in said.object["reason"]
    # with the first two it is one encoding
    before = ["not run"] * 2 if fuse else ["done"] * 2
    assert [s["status"] for s in said.object["steps"][:4]] == [*before, "failed", "not run"]
    assert len(made_in(runtime_of().store)) == (0 if fuse else 2)
    monkeypatch.setattr(Path, "replace", place)
    assert backtrail("act", "", "--continue", "last", "--json").object["status"] == "completed"
