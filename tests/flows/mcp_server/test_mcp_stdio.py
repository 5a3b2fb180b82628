"""`backtrail mcp` over stdio, as a desktop assistant starts it, by a real client."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from agents.tools.registry import Powers, registry_of
from tests.agents.tools.bench import clicks, counting
from tests.conftest import ROOT
from tests.default_models import models_cache as models_cache
from tests.flows.library import SUBTITLES
from tests.flows.mcp_server.wire import command, environment, lines, run

pytest.importorskip("fastmcp", reason="the extra `mcp` is not installed")

from fastmcp import Client

needs_ffmpeg = pytest.mark.skipif(
    find_spec("imageio_ffmpeg") is None, reason="the extra `edit` is not installed"
)


def documented(folder: Path, cache: Path) -> dict[str, Any]:
    """The configuration of the README, with paths of this machine."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (snippet,) = re.findall(r"```json\n(\{\s*\"mcpServers\"[\s\S]*?)```", text)
    config = json.loads(snippet)
    (own,) = config["mcpServers"].values()
    assert own["command"].endswith("/.venv/bin/backtrail") and own["args"][0] == "mcp"
    own["command"] = sys.executable
    own["args"] = ["-m", "flows.cli.app", *own["args"][:-1], str(folder)]
    own["env"] = environment(folder, BACKTRAIL_CACHE=str(cache.parent))
    own["cwd"] = str(ROOT)
    return config


async def told(client: Client[Any], name: str, given: dict[str, Any]) -> dict[str, Any]:
    """What a call gives, as the object on the wire."""
    found = (await client.call_tool(name, given)).structured_content
    assert found is not None
    return found


@needs_ffmpeg
def test_an_assistant_remembers_asks_finds_and_edits(tmp_path: Path, models_cache: Path) -> None:
    film = counting(tmp_path / "ferry.mp4", 4.0, sounds=[clicks(4, [0.5])])
    film.with_suffix(".srt").write_text(SUBTITLES, encoding="utf-8")

    async def talk() -> None:
        async with Client(documented(tmp_path, models_cache)) as client:
            tools = {tool.name: tool for tool in await client.list_tools()}
            assert {"ask", "search", "videos", "ingest", "act", "trim", "frame"} <= set(tools)
            own = registry_of(Powers()).tool("trim")
            assert tools["trim"].description == own.description
            assert tools["trim"].input_schema["properties"]["video"]["takes"] == ["video"]
            done = await told(client, "ingest", {"paths": [str(film)]})
            assert [(f["file"], f["status"]) for f in done["files"]] == [("ferry.mp4", "ingested")]
            listed = (await client.call_tool("videos", {})).data
            asset_id = listed.videos[0].asset_id
            assert re.fullmatch("[0-9a-f]{64}", asset_id)
            question = {"question": "When does the ferry leave?", "videos": [asset_id]}
            answer = (await client.call_tool("ask", question)).data
            assert "nine thirty" in answer.answer and answer.evidence[0].asset_id == asset_id
            found = (await client.call_tool("search", {"query": "ferry", "limit": 3})).data
            assert "ferry leaves" in found.hits[0].text and found.hits[0].asset_id == asset_id
            cut = {"video": asset_id, "start": 1, "end": 3}
            made = await told(client, "trim", cut)
            assert (made["status"], made["files"][0]["seconds"]) == ("completed", 2.0)
            assert Path(made["files"][0]["path"]).is_relative_to(tmp_path / "store" / "made")
            again = await told(client, "trim", cut)
            assert [step["status"] for step in again["steps"]] == ["reused"]
            still = {"video": made["files"][0]["asset_id"], "at": 0.5}
            shown = await client.call_tool("frame", still)
            assert [block.type for block in shown.content] == ["text", "image"]
            goal = {"goal": "keep 0:00-0:01 of ferry.mp4 and mute it"}
            acted = await told(client, "act", goal)
            assert [step["tool"] for step in acted["steps"]] == ["trim", "mute"]

    run(talk())


def test_stdout_holds_the_protocol_and_nothing_else(tmp_path: Path) -> None:
    noisy = """
import os, subprocess
import flows.mcp_server.server as server
build = server.server_of
def server_of(*given):
    os.write(1, b"at the start\\n")
    return build(*given)
server.server_of = server_of
from flows.mcp_server.verbs import Verbs
quiet = Verbs.videos
def videos(self, given):
    print("printed")
    os.write(1, b"written\\n")
    subprocess.run(["echo", "by a child"])
    return quiet(self, given)
Verbs.videos = videos
"""
    params = {"protocolVersion": "2025-06-18", "capabilities": {}}
    params["clientInfo"] = {"name": "t", "version": "1"}
    sent = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "videos"}},
    ]
    with subprocess.Popen(
        command(more=noisy),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(tmp_path),
        cwd=ROOT,
    ) as process:
        assert process.stdin and process.stdout and process.stderr
        for message in sent:
            process.stdin.write(json.dumps(message).encode() + b"\n")
        process.stdin.flush()
        told = [json.loads(process.stdout.readline()) for _ in range(2)]
        process.stdin.close()
        assert lines(process.stdout) == []
        said = process.stderr.read().decode()
    assert [message["id"] for message in told] == [1, 2]
    assert told[1]["result"]["structuredContent"] == {"workspace": "default", "videos": []}
    assert {"printed", "written", "by a child", "at the start"} <= set(said.splitlines())
