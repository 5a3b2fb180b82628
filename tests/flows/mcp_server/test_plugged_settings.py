"""A user's MCP servers by settings: `tools`, `doctor` and `act` know them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agents.act.plan import ActStatus
from agents.act.request import ActRequest, Equipment, nobody
from agents.tools.base import Effect
from configs.settings import load_settings, settings_without_effect
from flows.cli.act import acted
from flows.equipment import equipment_of, servers_of
from flows.wiring import runtime_of
from tests.agents.act.kit import Told, graph, step
from tests.agents.tools.outside.meeting import STRANGER
from tests.flows.library import backtrail, scripted_home

pytest.importorskip("fastmcp", reason="the extra `mcp` is not installed")

FASTMCP = """
from fastmcp import FastMCP
server = FastMCP("weather")
@server.tool
def forecast(city: str, days: int = 1) -> dict[str, str]:
    '''Tell the weather of a city. And more.'''
    return {"city": city, "sky": "clear", "days": str(days)}
server.run("stdio", show_banner=False)
"""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    with scripted_home(tmp_path):
        yield tmp_path


def plug(monkeypatch: pytest.MonkeyPatch, **servers: dict[str, Any]) -> None:
    monkeypatch.setenv("BACKTRAIL_MCP__SERVERS", json.dumps(servers))


def odd(manner: str = "good", **more: Any) -> dict[str, Any]:
    given = {"command": sys.executable, "args": ["-I", "-S", str(STRANGER), manner]}
    return given | {"tools": ["say"]} | more


def test_tools_and_doctor_tell_of_them(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plug(monkeypatch, odd=odd(), gone=odd("ends at once", command=str(home / "nowhere")))
    told = {tool["name"]: tool for tool in backtrail("tools", "--json").object["tools"]}
    assert told["odd.say"]["effect"] == "paid" and told["odd.say"]["missing"] == ""
    assert "settings allow" in told["odd.draw"]["missing"] and "trim" in told
    assert "cannot be started" in told["gone.say"]["missing"]
    checks = {c["what"]: c for c in backtrail("doctor", "--json").object["checks"]}
    assert checks["MCP server odd"]["well"]
    assert "it offers say, draw, copy, look" in checks["MCP server odd"]["found"]
    assert not checks["MCP server gone"]["well"] and checks["MCP server gone"]["fix"]
    plug(monkeypatch, odd=odd(tools=["sing"]))
    checks = {c["what"]: c for c in backtrail("doctor", "--json").object["checks"]}
    assert not checks["MCP server odd"]["well"]
    assert "not offered, though allowed: sing" in checks["MCP server odd"]["found"]


def test_a_goal_calls_one_by_name(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plug(monkeypatch, odd=odd())
    goal = 'use odd.say with text "hello"'
    said = backtrail("act", goal)
    assert said.code == 1 and "paid" in said.err and "declined" in said.out
    monkeypatch.setenv("BACKTRAIL_ACT__ALLOW", '["paid"]')
    (output,) = backtrail("act", goal, "--json").object["outputs"]
    assert Path(output["path"]).read_text(encoding="utf-8") == "said hello"


def test_without_servers_nothing_is_asked(home: Path) -> None:
    told = backtrail("tools", "--json").object["tools"]
    assert not [tool["name"] for tool in told if "." in tool["name"]]


def test_a_server_made_with_fastmcp_serves_a_plan_once_it_is_approved(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plug(
        monkeypatch,
        weather={"command": sys.executable, "args": ["-c", FASTMCP], "tools": ["forecast"]},
    )
    made = equipment_of(runtime_of())
    assert made.registry.tool("weather.forecast").description == "Tell the weather of a city."
    plan = graph(step("one", "weather.forecast", city="Oslo", days=2))

    def equipped(*_: object, **__: object) -> Equipment:
        return Equipment(made.registry, Told([plan]), allowed=allowed)

    monkeypatch.setattr("flows.cli.act.equipment_of", equipped)
    allowed: tuple[Effect, ...] = ()
    request = ActRequest("the weather")
    assert acted(request, None, nobody, True).status is ActStatus.DECLINED
    allowed = (Effect.PAID,)
    result = acted(request, None, nobody, True)
    assert result.status is ActStatus.COMPLETED
    assert json.loads(result.files[0].read_text(encoding="utf-8"))["sky"] == "clear"


def test_settings_are_checked_and_secrets_are_named_not_held(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKTRAIL_CONFIG", str(home))
    (home / "backtrail.toml").write_text(
        '[mcp.servers.paint]\ncommand = "paint-mcp"\nenv = ["PAINT_KEY", "OTHER_KEY"]\n'
        'tools = ["draw"]\neffect = "outside"\n[mcp.servers.paint.gives]\ndraw = "image"\n',
        encoding="utf-8",
    )
    monkeypatch.setenv("PAINT_KEY", "k3y")
    (paint,) = servers_of(load_settings())
    assert paint.environment == (("PAINT_KEY", "k3y"),) and paint.lacks == ("OTHER_KEY",)
    assert paint.effect is Effect.OUTSIDE and paint.gives == {"draw": "image"}
    assert settings_without_effect() == []
    (home / "backtrail.toml").unlink()
    for wrong in (
        {"url": "http://x/mcp"},
        {"comand": "x"},
        {"command": "x", "gives": {"a": "boxes"}},
        {"tools": ["draw"]},
    ):
        plug(monkeypatch, paint={"command": "x", **wrong} if "url" in wrong else wrong)
        said = backtrail("tools")
        assert said.code == 2 and "mcp.servers.paint" in said.err, wrong
    plug(monkeypatch, **{"no.name": odd()})
    assert backtrail("tools").code == 2
