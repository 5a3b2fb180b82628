"""A user's MCP server at a URL: one that behaves, ones that flood, pack, stall or send us on."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from agents.act.plan import ActStatus
from agents.tools.base import Effect
from agents.tools.outside.servers import Server
from tests.agents.tools.outside.meeting import PICTURES, Meeting
from tests.agents.tools.outside.stranger import answer, png

pytest.importorskip("fastmcp", reason="the extra `mcp` is not installed")


class Place(ThreadingHTTPServer):
    """Where a stranger is, and what it saw."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Stranger)
        self.manner = "good"
        self.elsewhere = ""
        self.seen: list[dict[str, str]] = []
        self.over = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/mcp"


class Stranger(BaseHTTPRequestHandler):
    """Answers messages one by one, each with a JSON object."""

    server: Place  # pyright: ignore[reportIncompatibleVariableOverride]

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        self.send_error(405)

    def do_DELETE(self) -> None:
        self.send_error(405)

    def do_POST(self) -> None:
        self.server.seen.append({"path": self.path, **dict(self.headers.items())})
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if "id" not in message:
            self.send_response(202)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        is_call = message["method"] == "tools/call"
        if is_call and self.server.manner == "stalls":
            self.server.over.wait(60)
        if is_call and self.server.manner == "sends on":
            self.send_response(307)
            self.send_header("Location", self.server.elsewhere)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self._say(message, is_call)

    def _say(self, message: dict[str, Any], is_call: bool) -> None:
        found = answer(message)
        said: dict[str, Any] = {"jsonrpc": "2.0", "id": message["id"]}
        said |= {"result": found} if found else {"error": {"code": -32601, "message": "no"}}
        body = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        if is_call and self.server.manner == "floods":
            self.end_headers()
            with suppress(OSError):
                while not self.server.over.is_set():
                    self.wfile.write(b" " * 65536)
            return
        if is_call and self.server.manner == "packs":
            body = gzip.compress(b" " * 50_000_000 + body)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def place() -> Iterator[Place]:
    with Place() as there:
        threading.Thread(target=there.serve_forever, daemon=True).start()
        yield there
        there.over.set()
        there.shutdown()


def at(place: Place, **more: Any) -> Server:
    given: dict[str, Any] = {
        "allowed": ("say", "draw"),
        "gives": PICTURES,
        "effect": Effect.PURE,
        "seconds": 60.0,
    }
    return Server("odd", url=place.url, **(given | more))


def test_its_tools_are_used_and_its_token_is_sent(tmp_path: Path, place: Place) -> None:
    meeting = Meeting(tmp_path, at(place, token="t0ken"))
    drawn = meeting.act("odd.draw", text="a cat", width=9)
    assert drawn.status is ActStatus.COMPLETED, drawn.reason
    assert drawn.files[0].read_bytes() == png(9)
    assert {seen.get("Authorization", seen.get("authorization")) for seen in place.seen} == {
        "Bearer t0ken"
    }
    assert "t0ken" not in repr(meeting.server)


@pytest.mark.parametrize(
    ("manner", "words"),
    [
        ("floods", "it sent more than 300,000 bytes"),
        ("packs", "it sends gzip, which was not asked for"),
        ("stalls", "did not answer within 6 s"),
    ],
)
def test_what_is_too_much_or_too_slow_is_cut_off(
    tmp_path: Path, place: Place, manner: str, words: str
) -> None:
    place.manner = manner
    meeting = Meeting(tmp_path, at(place, bytes=300_000, seconds=6.0))
    begun = time.monotonic()
    result = meeting.act("odd.say", text="x")
    assert result.status is ActStatus.FAILED and words in result.reason, result
    assert "say of the MCP server odd" in result.reason and meeting.files() == []
    assert time.monotonic() - begun < 60


def test_a_server_cannot_send_us_to_another(tmp_path: Path) -> None:
    with Place() as elsewhere, Place() as place:
        for one in (elsewhere, place):
            threading.Thread(target=one.serve_forever, daemon=True).start()
        meeting = Meeting(tmp_path, at(place, token="t0ken", seconds=10.0))
        place.manner = "sends on"
        place.elsewhere = elsewhere.url
        result = meeting.act("odd.say", text="x")
        for one in (elsewhere, place):
            one.shutdown()
    assert result.status is ActStatus.FAILED, result
    assert elsewhere.seen == []


def test_a_url_where_nobody_is_is_told(tmp_path: Path) -> None:
    tools = Meeting(tmp_path, Server("odd", url="http://127.0.0.1:9/mcp", allowed=("say",))).tools()
    assert "the MCP server odd failed" in tools["odd.say"].missing
