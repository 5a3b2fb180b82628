"""One conversation with a user's MCP server at a time, by FastMCP's client, within its limits.

A server is started, or connected to, for each conversation and left at its end. Time, bytes and
the wish to stop are watched from here; of a command, `relay.py` counts bytes and ends processes.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from agents.tools.ffmpeg import RenderStopped
from agents.tools.outside.servers import Block, Offered, Reply, Server, ServerFailed, one_line

if TYPE_CHECKING:
    import httpx2
    from fastmcp import Client

Value = TypeVar("Value")

RELAY = Path(__file__).with_name("relay.py")
POLL = 0.1
"""Seconds between two looks at the clock and at the wish to stop."""
ENDING = 12.0
"""Seconds that ending a conversation may take: the library waits for a server, then kills it."""
MOST_TOOLS = 200


class _Unfit(ValueError):
    """What a server said is not what can be used, though it is no fault of the connection."""


def offered_by(server: Server, cancelled: Callable[[], bool] = lambda: False) -> list[Offered]:
    """What a server offers.

    Raises:
        ServerFailed: it does not answer, or not as it should.
        RenderStopped: `cancelled` said so.
    """
    with tempfile.TemporaryDirectory(prefix="backtrail-mcp-") as folder:
        return talk(server, Path(folder), _list, cancelled)


def call(
    server: Server,
    offered: Offered,
    arguments: Mapping[str, Any],
    folder: Path,
    cancelled: Callable[[], bool],
) -> Reply:
    """What a tool gives, if it still is what it was when it was offered; it works in `folder`.

    Raises:
        ServerFailed: it does not answer, says too much, or offers another tool now.
        RenderStopped: `cancelled` said so.
    """

    async def called(client: Client[Any]) -> Reply:
        now = {one.name: one for one in await _list(client)}
        if offered.name not in now:
            names = ", ".join(map(repr, sorted(now)[:8])) or "nothing"
            said = f"is not offered any more; the server offers {one_line(names, 200)}"
            raise server.failed(said, tool=offered.name)
        if now[offered.name] != offered:
            raise server.failed(
                "is described otherwise than when the plan was made",
                "look at `backtrail tools`, then plan again",
                offered.name,
            )
        return _reply(await client.call_tool_mcp(offered.name, dict(arguments)))

    return talk(server, folder, called, cancelled, offered.name)


def talk(
    server: Server,
    folder: Path,
    say: Callable[[Client[Any]], Coroutine[Any, Any, Value]],
    cancelled: Callable[[], bool] = lambda: False,
    tool: str = "",
) -> Value:
    """Have a conversation, in a thread and an event loop of its own: callers may have one.

    Raises:
        ServerFailed, RenderStopped: as `call`.
    """
    if server.lacks:
        names = ", ".join(server.lacks)
        raise server.failed(f"should get {names}, which is not set", "set it in the environment")
    done: list[Value] = []
    raised: list[BaseException] = []

    def whole() -> None:
        try:
            done.append(asyncio.run(_bounded(server, folder, say, cancelled, tool)))
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=whole, name=f"mcp {server.name}", daemon=True)
    thread.start()
    thread.join()
    if raised:
        raise raised[0]
    return done[0]


async def _bounded(
    server: Server,
    folder: Path,
    say: Callable[[Client[Any]], Coroutine[Any, Any, Value]],
    cancelled: Callable[[], bool],
    tool: str,
) -> Value:
    """The conversation, ended when it takes too long or nobody wants it any more."""
    log, counted = folder / ".mcp.log", _Counted(server.bytes)
    clock = asyncio.get_running_loop().time
    ends = clock() + server.seconds
    task = asyncio.ensure_future(_converse(server, folder, log, counted, say))
    while not task.done():
        await asyncio.wait({task}, timeout=POLL)
        if task.done():
            break
        if counted.reason:
            await _ended(task)
            raise server.failed(f"failed: {counted.reason}", tool=tool)
        if cancelled():
            await _ended(task)
            raise RenderStopped("it was stopped", "Run it again when it is wanted.")
        if clock() > ends:
            await _ended(task)
            hint = f"raise mcp.servers.{server.name}.timeout, or see why it takes so long"
            raise server.failed(f"did not answer within {server.seconds:g} s", hint, tool)
    error = task.exception()
    if error is None:
        return task.result()
    if isinstance(error, ServerFailed) or not isinstance(error, Exception):
        raise error
    ended = "" if isinstance(error, _Unfit) else _reason(log)
    why = ended or counted.reason or one_line(str(error) or type(error).__name__, 300)
    raise server.failed(f"failed: {why}", tool=tool) from error


async def _ended(task: asyncio.Task[Any]) -> None:
    task.cancel()
    await asyncio.wait({task}, timeout=ENDING)


async def _converse(
    server: Server,
    folder: Path,
    log: Path,
    counted: _Counted,
    say: Callable[[Client[Any]], Coroutine[Any, Any, Value]],
) -> Value:
    try:
        from fastmcp import Client
    except ImportError as error:
        hint = "install the extra `mcp`: pip install 'backtrail[mcp]'"
        raise server.failed(f"cannot be used: {error}", hint) from error

    async with Client(
        _transport(server, folder, log, counted),
        log_handler=_unheard,
        # only behind ours, which says what to do: theirs would end first on a machine at its limit
        timeout=2 * server.seconds,
        init_timeout=2 * server.seconds,
    ) as client:
        return await say(client)


def _transport(server: Server, folder: Path, log: Path, counted: _Counted) -> Any:  # noqa: ANN401
    from fastmcp.client.transports import StdioTransport, StreamableHttpTransport

    if server.url:
        return StreamableHttpTransport(
            server.url,
            auth=server.token or None,
            httpx_client_factory=counted.client,  # pyright: ignore[reportArgumentType]
            max_sse_event_size=server.bytes,
        )
    relayed = ["-I", "-S", str(RELAY), str(server.bytes), *server.command]
    return StdioTransport(
        sys.executable,
        relayed,
        env=dict(server.environment),
        cwd=str(folder),
        keep_alive=False,
        log_file=log,
    )


class _Counted:
    """Counts what an HTTP server sends, packed as it arrives: nothing is unpacked."""

    def __init__(self, most: int) -> None:
        self.left = most
        self.most = most
        self.reason = ""

    def client(self, **options: Any) -> httpx2.AsyncClient:  # noqa: ANN401
        """A client whose answers are counted; it follows no redirect."""
        import httpx2

        given: dict[str, str] = options.pop("headers", None) or {}
        headers = {**given, "Accept-Encoding": "identity"}
        options["follow_redirects"] = False
        options.setdefault("timeout", httpx2.Timeout(30.0, read=300.0))
        hooks = {"response": [self._heard]}
        return httpx2.AsyncClient(headers=headers, event_hooks=hooks, **options)

    async def _heard(self, response: httpx2.Response) -> None:
        if packed := response.headers.get("content-encoding", ""):
            self.reason = f"it sends {one_line(packed, 40)}, which was not asked for"
            raise ValueError(self.reason)
        response.stream = self._counting(response.stream)

    def _counting(self, stream: Any) -> Any:  # noqa: ANN401
        import httpx2

        counted = self

        class Stream(httpx2.AsyncByteStream):
            async def __aiter__(self) -> AsyncIterator[bytes]:
                async for chunk in stream:
                    counted.left -= len(chunk)
                    if counted.left < 0:
                        counted.reason = f"it sent more than {counted.most:,} bytes"
                        raise ValueError(counted.reason)
                    yield chunk

            async def aclose(self) -> None:
                await stream.aclose()

        return Stream()


async def _list(client: Client[Any]) -> list[Offered]:
    """Every tool that is offered.

    Raises:
        _Unfit: there are more than anybody reads.
    """
    found: list[Offered] = []
    cursor: str | None = None
    while True:
        page = await client.list_tools_mcp(cursor=cursor)
        for tool in page.tools:
            schema = json.dumps(tool.input_schema, sort_keys=True)
            found.append(Offered(tool.name, tool.description or "", schema))
        if len(found) > MOST_TOOLS:
            raise _Unfit(f"it offers more than {MOST_TOOLS} tools")
        if not page.next_cursor or page.next_cursor == cursor:
            return found
        cursor = page.next_cursor


async def _unheard(message: object) -> None:
    """What a server logs is nobody's business."""


def _reply(result: Any) -> Reply:  # noqa: ANN401
    """The result in types of ours."""
    blocks = [_block(one) for one in result.content]
    values = result.structured_content
    told = json.dumps(values, ensure_ascii=False) if values is not None else ""
    return Reply(tuple(blocks), told, bool(result.is_error))


def _block(found: Any) -> Block:  # noqa: ANN401
    if found.type == "text":
        return Block("text", text=found.text)
    if found.type in ("image", "audio"):
        return Block("data", data=_bytes(found.data), mime=found.mime_type)
    if found.type == "resource_link":
        return Block("link", text=str(found.uri))
    inner = found.resource
    if getattr(inner, "text", None) is not None:
        return Block("text", text=inner.text)
    return Block("data", data=_bytes(inner.blob), mime=inner.mime_type or "")


def _bytes(packed: str) -> bytes:
    try:
        return base64.b64decode(packed, validate=True)
    except binascii.Error as error:
        raise _Unfit(f"it sends data that is no base64: {error}") from error


def _reason(log: Path) -> str:
    """Why a command ended, as the relay tells, with its own last words."""
    if not log.is_file():
        return ""
    words = log.read_text(encoding="utf-8", errors="replace").rstrip()
    before, _, why = words.rpartition("relay: ")
    if not why or why == words:
        return ""
    last = one_line(before.rstrip().rpartition("\n")[2], 200)
    told = one_line(why, 300)
    return f"{told}; its last words: {last}" if last else told
