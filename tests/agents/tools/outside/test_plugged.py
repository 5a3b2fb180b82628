"""Tools of a user's own MCP server: listed, planned, approved, called, kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agents.act.plan import ActStatus
from agents.tools.assets import MediaKind
from agents.tools.base import Effect
from memory.records import file_digest
from tests.agents.act.kit import runtime_at
from tests.agents.tools.outside.meeting import Meeting, stranger
from tests.agents.tools.outside.stranger import png

pytest.importorskip("fastmcp", reason="the extra `mcp` is not installed")


def test_its_text_and_its_picture_become_artefacts(tmp_path: Path) -> None:
    meeting = Meeting(tmp_path, stranger())
    said = meeting.act("odd.say", text="hello")
    assert said.status is ActStatus.COMPLETED, said.reason
    assert said.files[0].read_text(encoding="utf-8") == "said hello"
    drawn = meeting.act("odd.draw", text="a cat", width=12)
    (output,) = drawn.outputs
    assert (output.kind, output.width, output.height) == ("image", 12, 8)
    assert output.path.read_bytes() == png(12)
    assert drawn.steps[0].notes == ('it says: drew {"text": "a cat", "width": 12}',)
    rows = runtime_at(tmp_path).store.artefacts("default")
    assert [row.tool.partition("@")[0] for row in rows] == ["odd.say", "odd.draw"]
    assert sorted(meeting.files()) == sorted(tmp_path / "store/made" / row.path for row in rows)


def test_it_waits_for_approval_until_declared_otherwise(tmp_path: Path) -> None:
    meeting = Meeting(tmp_path, stranger(effect=Effect.PAID, usd=0.25), yes=False)
    assert meeting.act("odd.say", text="hello").status is ActStatus.DECLINED
    assert meeting.asked[0].effects == (Effect.PAID,) and meeting.asked[0].usd == 0.25
    meeting.yes = True
    assert meeting.act("odd.say", text="hello").usage["usd"] == 0.25
    meeting.asked.clear()
    meeting.server = stranger()  # declared pure
    assert meeting.act("odd.say", text="hello").status is ActStatus.COMPLETED
    assert meeting.asked == []


def test_files_go_to_it_as_copies_and_come_back_as_files_of_ours(tmp_path: Path) -> None:
    picture = tmp_path / "mine.png"
    picture.write_bytes(png(20))
    server = stranger(allowed=("copy",), takes={"path": MediaKind.IMAGE})
    meeting = Meeting(tmp_path, server)
    assert meeting.tools()["odd.copy"].inputs == {"path": (MediaKind.IMAGE,)}
    done = meeting.act("odd.copy", [picture], path=file_digest(picture))
    assert done.status is ActStatus.COMPLETED, done.reason
    assert done.files[0].read_bytes() == png(20)
    assert picture.read_bytes() == png(20), "the stranger overwrote its copy"
    refused = meeting.act("odd.copy", [picture], path=str(picture))
    assert refused.status is ActStatus.REFUSED and "never a path" in refused.reason


def test_what_it_says_of_arguments_is_what_plans_are_checked_by(tmp_path: Path) -> None:
    meeting = Meeting(tmp_path, stranger())
    tool = meeting.tools()["odd.draw"]
    assert tool.description == "Do draw." and tool.family == "outside" and not tool.missing
    shape = tool.arguments.model_json_schema()
    assert shape["required"] == ["text"]
    assert shape["properties"]["text"]["description"] == "What to draw."
    assert {"schema_", "model_name_", "in_place"} <= set(shape["properties"])
    wrongs: list[dict[str, Any]] = [{"width": "wide"}, {"style": "italic"}, {"tags": [1]}]
    for wrong in [*wrongs, {"colour": "red"}]:
        refused = meeting.act("odd.draw", (), text="x", **wrong)
        assert refused.status is ActStatus.REFUSED, wrong
    right: dict[str, Any] = {
        "style": "bold",
        "tags": ("a", "b"),
        "schema_": 1.5,
        "in_place": {"a": 1},
    }
    done = meeting.act("odd.draw", text="x", **right)
    told = json.loads(done.steps[0].notes[0].removeprefix("it says: drew "))
    assert told == {"text": "x", "style": "bold", "tags": ["a", "b"], "schema": 1.5} | {
        "in-place": {"a": 1}
    }


def test_only_what_is_allowed_can_be_used_and_the_rest_says_why(tmp_path: Path) -> None:
    meeting = Meeting(tmp_path, stranger(allowed=("say", "sing")))
    found = meeting.tools()
    assert [name for name, tool in found.items() if not tool.missing] == ["odd.say"]
    assert "not among the tools of odd that the settings allow" in found["odd.draw"].missing
    assert "odd offers no 'sing'; it offers copy, draw, look, say" in found["odd.sing"].missing
    refused = meeting.act("odd.draw", text="x")
    assert refused.status is ActStatus.REFUSED and "odd.draw cannot run here" in refused.reason


def test_it_gets_the_variables_that_are_named_and_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKTRAIL_LLM__API_KEY", "s3cret")
    server = stranger("environment", environment=(("PAINT_KEY", "k3y"),))
    told = Meeting(tmp_path, server).act("odd.say", text="").files[0].read_text(encoding="utf-8")
    assert "k3y" in told and "s3cret" not in told
    assert "k3y" not in repr(server)
    lacking = Meeting(tmp_path, stranger(lacks=("PAINT_KEY",))).tools()["odd.say"]
    assert "should get PAINT_KEY, which is not set" in lacking.missing


def test_a_file_may_come_from_a_folder_that_is_named(tmp_path: Path) -> None:
    picture = tmp_path / "its folder" / "out.png"
    picture.parent.mkdir()
    picture.write_bytes(png())
    server = stranger("points", picture, folders=(picture.parent,))
    done = Meeting(tmp_path, server).act("odd.draw", text="x")
    assert done.status is ActStatus.COMPLETED and done.files[0].read_bytes() == png()
