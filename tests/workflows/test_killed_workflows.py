"""Each workflow killed in its middle and gone on with, and with a full disk."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agents.act.plan import ActStatus
from flows.results import ActFailed
from tests.conftest import ROOT
from tests.workflows.desk import Desk, runtime

pytestmark = [pytest.mark.shared, pytest.mark.long]

CHILD = "import sys; from flows.cli.app import main; sys.argv[0] = 'backtrail'; main()"
GOALS: dict[str, tuple[str, tuple[str, ...]]] = {
    "highlight": (
        "keep 0:05.5-0:08.5 of 01_dog.mp4, resize it to 320x180, slow 0:01-0:03 to half speed, "
        'add the title "Good catch" for 3 seconds, with music',
        ("sam2/01_dog.mp4",),
    ),
    "faces": (
        "keep 0:08-0:09 of R6llTwEh07w.mp4, blur every face",
        ("torchvision/R6llTwEh07w.mp4",),
    ),
    "background": (
        "keep 0:01-0:02 of book.mkv, resize it to 320x240, put the person in front of coffee.png",
        ("intel-sample-videos/book.mkv", "scikit-image/coffee.png"),
    ),
    "sheet": ("make a contact sheet of the shots of test1.webm", ("subsai/test1.webm",)),
    "captions": (
        "keep the first 8 seconds of test1.webm, burn in the captions, remove 0:03-0:05",
        ("subsai/test1.webm",),
    ),
    "silences": (
        "keep the first 10 seconds of test1.webm, remove the silences",
        ("subsai/test1.webm",),
    ),
    "slideshow": (
        'make a slideshow of coffee.png, coins.png with 1 second each, narrate it with "Two.", '
        "add calm music under the speech, set the loudness to -16 LUFS",
        ("scikit-image/coffee.png", "scikit-image/coins.png"),
    ),
    "car": (
        "keep 0:00-0:01.6 of vehicle_survaillance.mp4, follow the red car in 9:16",
        ("object-counting-api/vehicle_survaillance.mp4",),
    ),
    "no captions": (
        "keep the first 1 second of jobs.mp4, resize it to 288x512, remove the burned-in captions",
        ("llava-next/jobs.mp4",),
    ),
    "two videos": (
        "join 2.avi and bike.avi, add rocket.jpg at the top right, "
        'add the title "Two streets" in red for 2 seconds',
        ("llama-factory/2.avi", "javacv/bike.avi", "scikit-image/rocket.jpg"),
    ),
}


def media(clip: Path, names: tuple[str, ...]) -> list[str]:
    return [str(clip / name) for name in names]


@pytest.mark.parametrize("name", GOALS)
def test_a_killed_workflow_repeats_no_finished_step(desk: Desk, clip: Path, name: str) -> None:
    goal, names = GOALS[name]
    before = {row.artefact_id for row in runtime().store.artefacts("default")}
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", CHILD, "act", goal, *media(clip, names), "--json"]
    child = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    kept: set[str] = set()
    while child.poll() is None and not kept:
        time.sleep(0.05)
        rows = [r for r in runtime().store.artefacts("default") if r.artefact_id not in before]
        kept = {row.step for row in rows}
    child.send_signal(signal.SIGKILL)
    child.wait()
    rows = [r for r in runtime().store.artefacts("default") if r.artefact_id not in before]
    kept = {row.step for row in rows}
    result = desk.act("", continues="last")
    assert kept <= {step.step_id for step in result.steps if step.status == "reused"}
    assert result.status is ActStatus.COMPLETED and result.files[0].is_file()


@pytest.mark.parametrize("name", ["highlight", "car", "two videos"])
def test_a_full_disk_is_told_and_can_be_gone_on_from(
    desk: Desk, clip: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.act import act

    goal, names = GOALS[name]
    last = {"highlight": "title", "car": "follow", "two videos": "overlay_image"}[name]
    place = Path.replace

    def full(self: Path, target: Path) -> Path:
        if "made" in str(target) and f"-{last}" in str(self):
            raise OSError(28, "No space left on device")
        return place(self, target)

    fresh = goal.replace("320x180", "300x170").replace("1.6", "1.4").replace("Two", "Both")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        with pytest.raises(ActFailed, match="No space left on device"):
            act(fresh, media(clip, names))
    result = desk.act("", continues="last")
    done = [step.status for step in result.steps]
    assert done[0] == "reused" and result.status is ActStatus.COMPLETED
