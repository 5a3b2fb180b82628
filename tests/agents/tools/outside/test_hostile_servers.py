"""Servers that stall, flood, rename, lie, or reach for what is not theirs, each run for real."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agents.act.plan import ActStatus
from agents.tools.outside.plugged import plugged_tools
from agents.tools.outside.servers import Server
from tests.agents.tools.outside.meeting import Meeting, stranger
from tests.agents.tools.outside.stranger import png
from tests.conftest import ROOT
from tests.media import png_bomb

pytest.importorskip("fastmcp", reason="the extra `mcp` is not installed")


def failure(folder: Path, server: Server, name: str = "odd.say") -> str:
    """Why a call failed; it must have left nothing behind."""
    meeting = Meeting(folder, server)
    result = meeting.act(name, text="x")
    assert result.status is ActStatus.FAILED, result
    assert meeting.files() == []
    assert "of the MCP server odd" in result.reason and name.partition(".")[2] in result.reason
    return result.reason


def missing(server: Server) -> dict[str, str]:
    return {tool.name: tool.missing for tool in plugged_tools([server])}


def is_gone(pid: int) -> bool:
    ends = time.monotonic() + 20
    while time.monotonic() < ends:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


def test_one_that_never_answers_is_left_in_time(tmp_path: Path) -> None:
    begun = time.monotonic()
    told = missing(stranger("stalls", seconds=2.0))
    assert time.monotonic() - begun < 40
    assert "the MCP server odd did not answer within 2 s" in told["odd.say"]
    assert set(told) == {"odd.say", "odd.draw"}, "what is allowed is listed, with the reason"


def test_one_that_stalls_in_a_call_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    # it ignores SIGTERM, and has a child in a session of its own
    noted = tmp_path / "pids"
    reason = failure(tmp_path, stranger("stubborn", noted, seconds=8.0))
    assert "did not answer within 8 s" in reason and "mcp.servers.odd.timeout" in reason
    assert all(is_gone(int(pid)) for pid in noted.read_text(encoding="utf-8").split())


def test_what_a_well_behaved_call_leaves_running_is_ended_too(tmp_path: Path) -> None:
    noted = tmp_path / "pids"
    done = Meeting(tmp_path, stranger("leaves a child", noted)).act("odd.say", text="x")
    assert done.status is ActStatus.COMPLETED
    assert all(is_gone(int(pid)) for pid in noted.read_text(encoding="utf-8").split())


@pytest.mark.parametrize("manner", ["floods a line", "floods with messages"])
def test_one_that_floods_is_cut_off(tmp_path: Path, manner: str) -> None:
    reason = failure(tmp_path, stranger(manner, bytes=300_000))
    assert "it sent more than 300,000 bytes" in reason


def test_a_tool_that_is_renamed_before_the_call_is_not_called(tmp_path: Path) -> None:
    reason = failure(tmp_path, stranger("renames", tmp_path / "starts"))
    assert "say of the MCP server odd is not offered any more" in reason and "say2" in reason


def test_a_tool_that_changes_before_the_call_is_not_called(tmp_path: Path) -> None:
    reason = failure(tmp_path, stranger("changes", tmp_path / "starts"))
    assert "say of the MCP server odd is described otherwise than when the plan" in reason


def test_what_is_no_picture_does_not_become_one(tmp_path: Path) -> None:
    meeting = Meeting(tmp_path, stranger("lies"))
    result = meeting.act("odd.draw", text="x")
    assert result.status is ActStatus.FAILED and meeting.files() == []
    assert "odd.draw wrote what cannot be read" in result.reason


def test_a_picture_that_would_fill_memory_is_not_opened(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.png"
    bomb.write_bytes(png_bomb())
    meeting = Meeting(tmp_path, stranger("explodes", bomb))
    result = meeting.act("odd.draw", text="x")
    assert result.status is ActStatus.FAILED and meeting.files() == []
    assert "odd.draw wrote what cannot be read" in result.reason and "pictures" in result.reason


def test_one_that_gives_nothing_or_fails_is_told_in_a_line(tmp_path: Path) -> None:
    assert "gives nothing" in failure(tmp_path, stranger("empty"))
    assert "gives 0 files, not one image" in failure(tmp_path, stranger("empty"), "odd.draw")
    assert "says that it failed: no such city" in failure(tmp_path, stranger("fails"))


@pytest.mark.parametrize("manner", ["points", "links"])
def test_files_that_are_not_its_own_are_not_taken(tmp_path: Path, manner: str) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(png())
    reason = failure(tmp_path, stranger(manner, secret), "odd.draw")
    assert "outside the folders of its own" in reason and "mcp.servers.odd.folders" in reason


def test_a_file_that_is_too_large_is_not_taken(tmp_path: Path) -> None:
    large = tmp_path / "large.png"
    large.write_bytes(png() + b"\0" * 500_000)
    server = stranger("points", large, folders=(tmp_path,), bytes=300_000)
    assert "at most 300,000 are taken" in failure(tmp_path, server, "odd.draw")


def test_a_link_laid_where_we_write_leads_nowhere(tmp_path: Path) -> None:
    victim = tmp_path / "victim.txt"
    victim.write_text("mine", encoding="utf-8")
    done = Meeting(tmp_path, stranger("plants", victim)).act("odd.say", text="x")
    assert done.status is ActStatus.COMPLETED and victim.read_text(encoding="utf-8") == "mine"
    assert done.files[0].read_text(encoding="utf-8") == "said x"


def test_one_that_ends_is_told_with_its_last_words_on_one_line(tmp_path: Path) -> None:
    reason = failure(tmp_path, stranger("ends"))
    assert "it ended; its last words: ModuleNotFoundError: no module named paint" in reason
    assert "\x1b" not in reason


def test_one_that_cannot_be_started_is_told(tmp_path: Path) -> None:
    told = missing(Server("odd", (str(tmp_path / "paint-mcp"),), allowed=("say",)))
    assert "it cannot be started: No such file or directory" in told["odd.say"]


def test_lines_that_are_no_messages_are_passed_over(tmp_path: Path) -> None:
    done = Meeting(tmp_path, stranger("talks")).act("odd.say", text="x")
    assert done.status is ActStatus.COMPLETED


def test_more_tools_or_words_than_anybody_reads_are_refused(tmp_path: Path) -> None:
    assert "it offers more than 200 tools" in missing(stranger("many"))["odd.say"]
    assert "its schema is too large" in missing(stranger("huge"))["odd.say"]
    (say,) = plugged_tools([stranger("steers", allowed=("say",))])
    assert len(say.description) <= 202 and say.description.isprintable() and not say.missing


def test_two_tools_of_one_name_are_neither(tmp_path: Path) -> None:
    told = missing(stranger("twins", allowed=("Say it", "say-it")))
    assert told == {"odd.say_it": "the server calls two tools 'say_it'"}


def test_stopping_a_run_ends_the_server(tmp_path: Path) -> None:
    from agents.tools.ffmpeg import RenderStopped
    from agents.tools.outside.client import call, offered_by

    noted = tmp_path / "pids"
    server = stranger("stubborn", noted)
    say = offered_by(server)[0]
    ends = time.monotonic() + 3
    with pytest.raises(RenderStopped):
        call(server, say, {"text": "x"}, tmp_path, lambda: time.monotonic() > ends)
    assert all(is_gone(int(pid)) for pid in noted.read_text(encoding="utf-8").split())


def test_ctrl_c_does_not_wait_for_one_that_stalls(tmp_path: Path) -> None:
    script = "from agents.tools.outside.plugged import asked\n"
    script += "from tests.agents.tools.outside.meeting import stranger\n"
    script += "print('asking', flush=True)\nasked([stranger('stalls')])"
    with subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(2)
        begun = time.monotonic()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=50)
    assert time.monotonic() - begun < 30  # 60 s are what the server may take
