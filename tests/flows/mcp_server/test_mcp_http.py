"""`backtrail mcp --http` on a loopback port, by a real client, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flows.library import backtrail, scripted_home
from tests.flows.mcp_server.wire import command, environment, free_port, posted, run, served_at

pytest.importorskip("fastmcp", reason="the extra `mcp` is not installed")

from fastmcp import Client
from fastmcp.client.transports import StreamableHttpTransport


def test_a_client_lists_calls_and_is_told_what_is_wrong(tmp_path: Path) -> None:
    async def talk(url: str) -> None:
        async with Client(StreamableHttpTransport(url)) as client:
            assert {"ask", "trim"} <= {tool.name for tool in await client.list_tools()}
            assert (await client.call_tool("videos", {})).data.videos == []
            asked = {"question": "When does the ferry leave?"}
            told = await client.call_tool("ask", asked, raise_on_error=False)
            assert told.is_error and told.structured_content is not None
            error = told.structured_content["error"]
            assert error["code"] == "unknown_video" and "backtrail ingest" in error["hint"]
            said = str(told.content[0])
            assert error["message"] in said and error["hint"] in said

    port = free_port()
    with served_at(port, command(), environment(tmp_path)) as url:
        run(talk(url))
        # a page of another site, or a name that was made to lead here
        assert posted(url).status_code == 200
        assert posted(url, Origin="https://evil.example").status_code == 403
        assert posted(url, Host="evil.example").status_code in (403, 421)


def test_with_a_token_only_who_sends_it_is_served(tmp_path: Path) -> None:
    env = environment(tmp_path, BACKTRAIL_MCP__TOKEN="s3cret")
    with served_at(free_port(), command(), env) as url:
        assert posted(url).status_code == 401
        assert posted(url, Authorization="Bearer other").status_code == 401
        assert posted(url, Authorization="Bearer s3cret").status_code == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.0.7", "example.org"])
def test_other_machines_are_not_served_without_a_token(tmp_path: Path, host: str) -> None:
    with scripted_home(tmp_path):
        said = backtrail("mcp", "--http", "--host", host)
    assert said.code == 2
    assert f"{host} can be reached by others" in said.err and "BACKTRAIL_MCP__TOKEN" in said.err
