"""Names and texts of strangers: whatever they hold, they steer no terminal and end no command."""

from __future__ import annotations

import ast
import json
import logging
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.cli.app import main
from flows.output.terminal import LineFormatter, json_text, shown
from tests.conftest import ROOT
from tests.end_to_end.scripted_bench import colours
from tests.flows.library import Said, backtrail, scripted_home

EVIL = "\x1b[31mred\x1b]0;title\x07\x9b2J\u202eevil"
STEERING = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
BYTES, SHOWN = os.fsdecode(b"caf\xe9.mp4"), "caf\\xe9.mp4"
"""A name that is no UTF-8, and how it is shown."""

SUBTITLES = f"""1
00:00:01,000 --> 00:00:03,000
The ferry leaves at nine {EVIL} thirty.
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home with a video whose name and words hold escape sequences, and one of no UTF-8."""
    folder = tmp_path_factory.mktemp("printing")
    media = folder / "media"
    media.mkdir()
    video = colours(media / f"a{EVIL}\nb.mp4")
    video.with_suffix(".srt").write_text(SUBTITLES, encoding="utf-8")
    other = media / BYTES
    shutil.copy(video, other)
    other.with_suffix(".srt").write_text(SUBTITLES, encoding="utf-8")
    with other.open("ab") as handle:
        handle.write(b"\0" * 8)
    (media / f"broken{EVIL}.mp4").write_bytes(b"x" * 100)
    with scripted_home(folder):
        yield folder


def clean(said: Said) -> Said:
    """What was said, if nothing in it steers a terminal or is a second line."""
    assert not STEERING.search(said.out + said.err), said
    return said


def test_a_folder_with_such_names_is_remembered_whole(library: Path) -> None:
    said = clean(backtrail("ingest", library / "media"))
    assert said.err.count("ingested") == 2
    assert "2 of 3 files remembered" in said.err
    assert "caf\\xe9.mp4" in said.err and "a\\x1b[31mred" in said.err and "\\nb.mp4" in said.err
    assert clean(backtrail("ingest", library / "media")).err.count("unchanged") == 2


def test_no_command_prints_them_raw(library: Path) -> None:
    backtrail("ingest", library / "media")
    videos = clean(backtrail("videos", "--json")).object["videos"]
    assert any(EVIL in video["video"] for video in videos)
    ids = [video["video_id"] for video in videos]
    for arguments in (
        ["videos"],
        ["show", ids[0]],
        ["show", ids[1]],
        ["search", "ferry"],
        ["search", "ferry", "--json"],
        ["ask", "When does the ferry leave?"],
        ["ask", "When does the ferry leave?", "--json"],
        ["ask", "When does the ferry leave?", "--report", str(library / "report.html")],
        ["ingest", str(library / "media"), "--json"],
        ["show", f"nothing{EVIL}"],
        ["export", ids[0], "-o", str(library / "out")],
        ["export", ids[1], "-o", str(library / "out")],
        ["doctor"],
    ):
        said = clean(backtrail(*arguments))
        assert "bug" not in said.err, said
        if "--json" in arguments:
            json.loads(said.out)
    assert len(list((library / "out").iterdir())) == 6


def test_a_name_of_no_utf8_is_known_by_its_path(library: Path) -> None:
    backtrail("ingest", library / "media")
    path = library / "media" / BYTES
    (known,) = (v for v in backtrail("videos", "--json").object["videos"] if v["video"] == SHOWN)
    assert known["paths"] == [str(path)]
    for name in (path, BYTES, SHOWN):
        assert backtrail("show", name, "--json").object["video"] == SHOWN
    asked = backtrail("ask", "When does the ferry leave?", "--video", path, "--json").object
    assert asked["evidence"][0]["video"] == SHOWN
    cut = backtrail("clip", asked["evidence"][0]["memory_id"], "-o", library / "cut.mp4")
    assert cut.code == 0 and (library / "cut.mp4").stat().st_size > 500
    assert backtrail("forget", path).code == 0
    assert backtrail("ingest", path).code == 0


def test_log_lines_are_clean_too(caplog: pytest.LogCaptureFixture) -> None:
    line = LineFormatter("%(message)s").format(
        logging.LogRecord("x", logging.ERROR, "", 1, "%s broke\n", (EVIL,), None)
    )
    assert not STEERING.search(line) and "\n" not in line


def test_what_is_no_control_stays() -> None:
    text = "Fähre 船 नाव מעבורת 👩‍👧 a\u200db"  # joiners belong to scripts and emoji
    assert shown(text) == text
    assert json.loads(json_text({"a": EVIL + BYTES})) == {"a": EVIL + BYTES}


def test_only_one_module_prints() -> None:
    own = {ROOT / "flows" / "output" / "terminal.py", ROOT / "flows" / "cli" / "shell.py"}
    calls = {
        path.relative_to(ROOT)
        for path in (ROOT / "flows").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        if node.func.id == "print" and path not in own
    }
    assert calls == set()


@pytest.mark.parametrize(
    "name", ["../up", "a/b", "..", ".hidden", "a b", "x\x1b[2J", "", "a" * 200]
)
def test_a_workspace_is_a_name(name: str, library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if name:
        said = clean(backtrail("videos", "-W", name))
        assert said.code == 2
        assert "is no name for a workspace (use letters, digits" in said.err
        told = backtrail("videos", "-W", name, "--json")
        assert told.object["error"]["code"] == "usage"
    monkeypatch.setenv("BACKTRAIL_WORKSPACE", name.replace("\x00", ""))
    assert backtrail("videos").code == 2


@pytest.mark.parametrize("group", ["memory", "watch"])
def test_a_group_without_its_command_tells_them_a_line_each(
    group: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["backtrail", group])
    with pytest.raises(SystemExit) as ended:
        main()
    told = capsys.readouterr()
    assert ended.value.code == 0 and told.err == ""
    assert len([line for line in told.out.splitlines() if line.startswith("  ")]) > 4


@pytest.mark.parametrize("name", ["team-1", "a.b_c", "Müller", "工作"])
def test_names_of_workspaces_may_be_of_any_script(name: str, library: Path) -> None:
    assert backtrail("videos", "-W", name).code == 0
