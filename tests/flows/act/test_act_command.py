"""`backtrail act`, `trace` and `tools` on real files, where FFmpeg is installed."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import av
import pytest

from agents.tools.ffmpeg import version
from flows.equipment import equipment_of
from flows.wiring import runtime_of
from tests.agents.tools.bench import clicks, counting
from tests.flows.library import Said, backtrail, scripted_home

needs_ffmpeg = pytest.mark.skipif(
    find_spec("imageio_ffmpeg") is None, reason="the extra `edit` is not installed"
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    counting(tmp_path / "dog.mp4", sounds=[clicks(4, [0.5, 2.0, 3.0])])
    monkeypatch.chdir(tmp_path)
    with scripted_home(tmp_path):
        yield tmp_path


def act(*arguments: str | Path) -> Said:
    said = backtrail("act", *arguments, "--json")
    assert said.code == 0, said.out + said.err
    return said


def frames_of(path: str) -> int:
    with av.open(path) as container:
        return sum(1 for _ in container.decode(video=0))


GOAL = 'keep 0:01-0:03 of dog.mp4, slow it to half speed, write "Fetch" in red'


@needs_ffmpeg
def test_a_goal_becomes_a_file_with_a_trace(home: Path) -> None:
    made = act(GOAL).object
    (output,) = made["outputs"]
    assert (output["kind"], output["seconds"]) == ("video", 4.0)
    assert frames_of(output["path"]) == 100
    assert Path(output["path"]).is_relative_to(home / "store" / "made")
    traced = backtrail("trace", output["artefact_id"], "--json").object
    chain = []
    while not traced["given"]:
        chain.append(traced["tool"])
        traced = traced["sources"][0]
    assert chain == ["overlay_text@1", "speed@3", "trim@2"] and traced["name"] == "dog.mp4"
    told = backtrail("trace", output["path"])
    assert told.code == 0 and "dog.mp4  (given, " in told.out


@needs_ffmpeg
@pytest.mark.parametrize("fuse", [True, False])
def test_a_second_run_repeats_nothing_and_a_round_only_what_changes(
    home: Path, monkeypatch: pytest.MonkeyPatch, fuse: bool
) -> None:
    monkeypatch.setenv("BACKTRAIL_ACT__FUSE", str(fuse))
    first, again = act(GOAL).object, act(GOAL).object
    assert again["usage"]["steps_reused"] == 3 and again["outputs"] == first["outputs"]
    after = act("now without the slow motion", "--continue", "last").object
    assert [(s["tool"], s["status"]) for s in after["steps"]] == [
        ("trim", "done" if fuse else "reused"),  # a part of the one encoding, where it has no file
        ("overlay_text", "done"),
    ]
    assert after["outputs"][0]["seconds"] == 2.0 and after["parent"] == again["run_id"]


@needs_ffmpeg
def test_forgetting_a_video_takes_what_was_made_of_it(home: Path) -> None:
    path = Path(act(GOAL).object["outputs"][0]["path"])
    assert backtrail("ingest", home / "dog.mp4").code == 0
    gone = backtrail("forget", "dog.mp4", "--json").object["removed"]
    assert gone["artefacts"] == 3 and gone["runs"] == 1
    assert not path.exists() and not list((home / "store/made").rglob("*.mp4"))
    assert backtrail("trace", path).code == 2


@needs_ffmpeg
def test_a_dry_run_tells_the_plan_and_writes_nothing(home: Path) -> None:
    said = backtrail("act", GOAL, "--dry-run")
    assert said.code == 0
    assert said.out.splitlines()[:3] == [
        "trim_1: trim(video dog.mp4, start 1, end 3)",
        "speed_1: speed(video $trim_1.video, factor 0.5)",
        "overlay_text_1: overlay_text(video $speed_1.video, text Fetch, color red)",
    ]
    assert not (home / "store" / "made").exists()


@needs_ffmpeg
def test_confirm_without_a_terminal_does_nothing(home: Path) -> None:
    said = backtrail("act", GOAL, "--confirm")
    assert said.code == 1 and "declined: the plan was not approved" in said.out


@needs_ffmpeg
def test_names_that_look_like_options_are_names(home: Path) -> None:
    (home / "dog.mp4").rename(home / "-y dog.mp4")
    made = act('mute "-y dog.mp4"', "./-y dog.mp4").object
    assert made["status"] == "completed" and made["inputs"][0]["name"] == "-y dog.mp4"


def test_what_is_not_understood_is_told_in_a_line(home: Path) -> None:
    said = backtrail("act", "make it pop", home / "dog.mp4")
    assert said.code == 2 and said.err.startswith("backtrail: not understood: 'make it pop' (")
    said = backtrail("act", "mute nothing.mp4")
    assert said.code == 2 and "nothing.mp4" in said.err
    assert backtrail("act").code == 2


@pytest.mark.parametrize("text", ["ffconcat version 1.0\nfile /etc/passwd\n", "#EXTM3U\n/x.ts\n"])
def test_lists_of_other_files_are_no_videos(home: Path, text: str) -> None:
    (home / "evil.mp4").write_text(text, encoding="utf-8")
    said = backtrail("act", "mute evil.mp4")
    assert said.code == 2 and "evil.mp4" in said.err


def test_tools_are_listed_with_what_they_lack(home: Path) -> None:
    found = {tool["name"]: tool for tool in backtrail("tools", "--json").object["tools"]}
    assert found["trim"]["outputs"] == [{"name": "video", "kind": "video", "many": False}]
    assert bool(found["trim"]["missing"]) is (find_spec("imageio_ffmpeg") is None)
    assert backtrail("tools").out.count("\n") == len(found)


@needs_ffmpeg
def test_the_build_of_ffmpeg_is_part_of_every_key(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = equipment_of(runtime_of()).registry
    assert f"ffmpeg {version()}" in registry.engine
    first = act("mute dog.mp4").object
    assert act("mute dog.mp4").object["usage"]["steps_reused"] == 1
    monkeypatch.setattr("agents.tools.ffmpeg.version", lambda: "another build")
    again = act("mute dog.mp4").object
    assert again["usage"]["steps_reused"] == 0
    assert again["outputs"][0]["artefact_id"] != first["outputs"][0]["artefact_id"]
