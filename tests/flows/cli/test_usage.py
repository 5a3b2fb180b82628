"""Help, and what is told of wrong usage, wrong settings and a server that does not answer."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from flows.cli.app import app
from tests.conftest import ROOT
from tests.flows.cli.homes import library as library
from tests.flows.library import Said, backtrail

COMMANDS = (
    "ingest ask search videos show clip export forget reembed migrate models doctor up down serve"
).split()
GROUPS = ("memory", "preferences", "recipes", "watch")
"""Commands that have commands."""


def test_help_names_every_command_and_explains_it() -> None:
    listed = backtrail("--help")
    assert listed.code == 0
    for command in COMMANDS:
        assert command in listed.out
        for flag in ("-h", "--help"):
            told = backtrail(command, flag)
            assert told.code == 0
            assert len(told.out.splitlines()) > 5
    for group in GROUPS:
        told = backtrail(group, "--help")
        cut = re.search(r"^  .*\w,?\.\.\.$", told.out, re.MULTILINE)
        assert "Commands:" in told.out and cut is None, f"{group}: {cut and cut.group()} is cut"
    assert "..." not in listed.out.replace("[ARGS]...", "")


def test_help_shows_words_and_not_types_of_python() -> None:
    for command in COMMANDS:
        told = backtrail(command, "-h").out
        assert not re.search(r"<(?:list|str|int|float|path|bool)|list\[", told), told


def test_the_version_is_said() -> None:
    said = backtrail("--version")
    assert said.code == 0
    assert re.fullmatch(r"backtrail \d+\.\d+\S*\n", said.out)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ("search", 2, "nothing to search for"),
        ("search x --kind bogus", 2, "there is no kind 'bogus' (use one of caption, speech"),
        ("search x --level bogus", 2, "there is no level 'bogus'"),
        ("search x --from 9 --to 3", 2, "--to 3 lies before --from 9"),
        ("search x --image missing.png", 2, "missing.png does not exist"),
        ("show nothing", 2, "there is no video 'nothing'"),
        ("forget nothing", 2, "there is no video 'nothing'"),
        ("export nothing", 2, "there is no video 'nothing'"),
        ("clip m_zz", 2, "there is no memory row 'm_zz'"),
        ("ask the", 2, "names nothing that can be searched for"),
        ("ask ferry --budget looks=many", 2, "the budget's looks is 'many'"),
        ("ask ferry --video missing.mp4", 2, "there is no video 'missing.mp4'"),
        ("ask ferry --choice=", 2, "one of the options to choose from is empty"),
        ("ask ferry -W nobody", 2, "remembers no video yet (ingest one first"),
        ("search ferry -w nobody", 2, "remembers no video yet"),
        ("models bogus", 2, "models cannot 'bogus'"),
        ("models pull bogus", 2, "there is no model 'bogus'"),
        ("serve", 1, "no Prefect server is running (start one first: backtrail up)"),
    ],
)
def test_wrong_usage_is_one_line_and_an_object(
    library: Path, arguments: str, code: int, words: str
) -> None:
    said = backtrail(*arguments.split())
    assert said.code == code, said
    assert words in said.err
    assert said.err.count("\n") == 1
    assert said.out == ""
    if arguments != "serve":
        told = backtrail(*arguments.split(), "--json")
        assert told.code == code
        assert set(told.object["error"]) == {"code", "message", "hint"}
        assert told.err == ""


@pytest.mark.parametrize("command", ["ask", "search"])
def test_a_text_that_is_no_question_is_refused_by_its_length(library: Path, command: str) -> None:
    said = backtrail(command, "When does the ferry leave and why? " * 1_060)
    assert said.code == 2
    assert "37,100" in said.err and "at most 4,000 are read" in said.err
    assert len(said.err) < 300
    assert backtrail(command, "When does the ferry leave and why? " * 110).code == 0


def test_debug_shows_the_traceback(library: Path) -> None:
    said = backtrail("show", "nothing", "--debug")
    assert "Traceback" in said.err
    assert "Traceback" not in backtrail("show", "nothing").err


def test_a_wrong_setting_is_named(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKTRAIL_PRESET", "bogus")
    said = backtrail("videos")
    assert said.code == 2
    assert "the setting preset is wrong" in said.err
    assert said.err.count("\n") == 1


def test_a_name_that_sets_nothing_is_told(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert backtrail("videos").err == ""
    monkeypatch.setenv("BACKTRAIL_LOOK__LOKS", "3")
    said = backtrail("videos")
    assert said.code == 0
    assert said.err == (
        "backtrail: BACKTRAIL_LOOK__LOKS sets nothing; did you mean BACKTRAIL_LOOK__LOOKS?\n"
    )
    assert "BAD settings" in backtrail("doctor").out
    monkeypatch.setenv("BACKTRAIL_PRICES", "{")
    assert "prices" in backtrail("videos").err and backtrail("videos").code == 2


def test_a_misspelt_video_is_guessed(library: Path) -> None:
    for wrong in ("fery.mp4", "Ferry", "ferry.mkv"):
        said = backtrail("show", wrong)
        assert said.code == 2
        assert "did you mean 'ferry.mp4'?" in said.err
    assert "did you mean" not in backtrail("show", "something else").err


def test_wrong_usage_under_json_is_an_object_too(monkeypatch: pytest.MonkeyPatch) -> None:
    done = _run("videos", "--nope", "--json")
    assert done.code == 2
    assert done.object["error"]["code"] == "usage"
    assert "--nope" in done.object["error"]["message"]
    said = _run("serch", "x\x1b[2J")
    assert said.code == 2
    assert "Did you mean 'search'" in said.err and said.err.count("\n") == 1
    assert "\x1b" not in _run("videos", "--n\x1b[2J").err
    assert _run().out == _run("--help").out != ""


def _run(*arguments: str) -> Said:
    """A command as a process of its own."""
    command = [sys.executable, "-m", "flows.cli.app", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    return Said(done.returncode, done.stdout, done.stderr)


def test_the_app_has_exactly_the_documented_commands() -> None:
    names = {c.name or (c.callback.__name__ if c.callback else "") for c in app.registered_commands}
    assert names == set(COMMANDS)


def test_a_prefect_server_that_does_not_answer_is_no_bug(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    for command in (
        ["ask", "When does it leave?"],
        ["ingest", "ferry.mp4"],
        ["forget", "ferry.mp4"],
    ):
        said = backtrail(*command)
        assert said.code == 1, said
        assert "127.0.0.1:9/api does not answer" in said.err and "unset" in said.err
        assert "bug" not in said.err
    monkeypatch.delenv("PREFECT_API_URL")
    assert "ferry.mp4" in backtrail("videos").out
