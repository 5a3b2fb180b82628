"""What a client, or the model behind it, cannot reach by `backtrail mcp`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agents.errors import UsageError
from agents.tools.base import Effect
from agents.tools.registry import Registry
from flows.mcp_server.verbs import Verbs, confined
from memory.errors import UnknownMemory
from tests.agents.act.kit import Book
from tests.agents.tools.bench import counting
from tests.flows.library import backtrail, ferry, scripted_home
from tests.flows.mcp_server.wire import run


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    with scripted_home(tmp_path):
        yield tmp_path


def call(allowed: tuple[Path, ...], name: str, given: dict[str, Any]) -> Any:
    """A call by a client in this process."""
    pytest.importorskip("fastmcp", reason="the extra `mcp` is not installed")
    from fastmcp import Client

    from flows.mcp_server.server import server_of

    async def called() -> Any:
        async with Client(server_of(None, allowed)) as client:
            return await client.call_tool(name, given, raise_on_error=False)

    return run(called())


def error_of(result: Any) -> dict[str, str]:
    assert result.is_error, result
    return result.structured_content["error"]


def test_nothing_is_ingested_unless_a_folder_was_allowed(home: Path) -> None:
    film = ferry(home)
    error = error_of(call((), "ingest", {"paths": [str(film)]}))
    assert "no folder was allowed" in error["message"] and "--allow FOLDER" in error["hint"]
    assert call((), "videos", {}).data.videos == []
    done = call((home.resolve(),), "ingest", {"paths": [str(film)]}).data
    assert done.files[0].status == "ingested"


def test_paths_that_lead_out_of_the_folder_are_refused(home: Path) -> None:
    inbox, outside = home / "inbox", home / "outside"
    inbox.mkdir()
    outside.mkdir()
    film = ferry(outside)
    (inbox / "link.mp4").symlink_to(film)
    (inbox / "deep").symlink_to(outside)
    for path in (
        film,
        inbox / "../outside/ferry.mp4",
        inbox / "link.mp4",
        "/etc",
        "http://x/y.mp4",
    ):
        error = error_of(call((inbox.resolve(),), "ingest", {"paths": [str(path)]}))
        assert "does not lie in an allowed folder" in error["message"], path
    # a folder that is allowed, with links inside that lead out
    error = error_of(call((inbox.resolve(),), "ingest", {"paths": [str(inbox)]}))
    assert "does not lie in an allowed folder" in error["message"]
    assert call((), "videos", {}).data.videos == []
    assert confined(str(inbox / "new.mp4"), [inbox.resolve()]) == inbox.resolve() / "new.mp4"


@pytest.mark.parametrize("name", ["ask", "search"])
def test_questions_take_ids_of_what_is_remembered_only(home: Path, name: str) -> None:
    film = ferry(home)
    words = {"question": "When?", "query": "ferry"}
    given = {"question" if name == "ask" else "query": words["query"], "videos": [str(film)]}
    assert "pattern" in error_of(call((), name, given))["message"]
    given["videos"] = ["0" * 64]
    error = error_of(call((), name, given))
    assert error["code"] == "unknown_video" and "`videos`" in error["hint"]
    given = {**given, "videos": [], "image": "1" * 64}
    assert "holds no asset 111111111111..." in error_of(call((), name, given))["message"]


def test_a_goal_opens_no_path_that_a_model_names(home: Path, monkeypatch: Any) -> None:
    film = counting(home / "secret.mp4", 1.0)
    monkeypatch.chdir(home)
    for goal in (f"mute {film}", "mute secret.mp4", 'mute "./secret.mp4"'):
        error = error_of(call((), "act", {"goal": goal}))
        assert error["code"] == "unknown_video" and "secret.mp4" in error["message"]
    error = error_of(call((), "act", {"goal": "mute it", "media": [str(film)]}))
    assert error["code"] == "usage" and "media.0" in error["message"]


def test_tools_take_ids_only(home: Path) -> None:
    film = counting(home / "secret.mp4", 1.0)
    error = error_of(call((), "probe", {"source": str(film)}))
    assert error["code"] == "unknown_video"
    error = error_of(call((), "probe", {"source": "2" * 64}))
    assert error["code"] == UnknownMemory.code


def test_what_costs_money_is_declined_unless_it_is_allowed(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = Book()
    paid = replace(book.tools()[0], effect=Effect.PAID)
    monkeypatch.setattr("flows.equipment.registry_of", lambda *_: Registry.of([paid]))
    error = error_of(call((), "say", {"text": "hello"}))
    assert "nobody here can approve" in error["message"] and "paid" in error["message"]
    assert "BACKTRAIL_ACT__ALLOW" in error["hint"] and book.runs == []
    monkeypatch.setenv("BACKTRAIL_ACT__ALLOW", '["paid"]')
    made = call((), "say", {"text": "hello"}).structured_content
    assert made["files"][0]["text"] == "hello"


def test_a_bug_is_told_as_one_and_shows_no_traceback(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Verbs, given: object) -> object:
        raise RuntimeError("a bug")

    monkeypatch.setattr(Verbs, "videos", broken)
    error = error_of(call((), "videos", {}))
    assert error == {
        "code": "bug",
        "message": "unexpected RuntimeError: a bug",
        "hint": "please report it",
    }


def test_without_the_extra_the_command_names_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "fastmcp", None)
    said = backtrail("mcp")
    assert said.code == 1 and said.out == ""
    assert "needs the package fastmcp-slim" in said.err and "backtrail[mcp]" in said.err


def test_a_folder_that_is_none_is_refused_at_the_start(home: Path) -> None:
    said = backtrail("mcp", "--allow", home / "nowhere")
    assert said.code == 2 and "nowhere is no folder" in said.err
    with pytest.raises(UsageError, match="no folder was allowed"):
        confined("x", ())
