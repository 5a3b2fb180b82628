"""What is known of a user's MCP server, and how its failures are told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from agents.tools.assets import MediaKind
from agents.tools.base import Effect, ToolFailed


class ServerFailed(ToolFailed):
    """A server did not answer, or not as it should."""

    code = "mcp_server_failed"


@dataclass(frozen=True, slots=True)
class Server:
    """A server, as the user describes it."""

    name: str
    command: tuple[str, ...] = ()
    """Program and arguments, for stdio."""
    url: str = ""
    """Where it is, for streamable HTTP."""
    environment: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """Variables that the command gets beside those of every program (PATH, HOME and the like)."""
    token: str = field(default="", repr=False)
    """What is sent to the URL as a bearer token."""
    lacks: tuple[str, ...] = ()
    """Variables that it should get and that are not set."""
    allowed: tuple[str, ...] = ()
    """Its tools that may be used, by its own names."""
    gives: Mapping[str, MediaKind] = field(default_factory=dict[str, MediaKind])
    """What a tool gives, by its own name; text where nothing is said."""
    takes: Mapping[str, MediaKind] = field(default_factory=dict[str, MediaKind])
    """Arguments that are paths of files."""
    folders: tuple[Path, ...] = ()
    """Folders that it may give files from, beside the folder of the call."""
    effect: Effect = Effect.PAID
    usd: float = 0.0
    """US dollars of a call."""
    seconds: float = 60.0
    """Most wall time of a conversation."""
    bytes: int = 50_000_000
    """Most bytes that it may send in one, and of a file that it gives."""

    def failed(self, what: str, hint: str = "", tool: str = "") -> ServerFailed:
        """The error that names server and tool; `what` may repeat words of the server."""
        about = f"{tool} of the MCP server {self.name}" if tool else f"the MCP server {self.name}"
        usual = f"see `backtrail doctor`, and the setting mcp.servers.{self.name}"
        return ServerFailed(f"{about} {what}", hint or usual)


@dataclass(frozen=True, slots=True)
class Offered:
    """A tool as a server describes it."""

    name: str
    description: str
    schema: str
    """Its JSON schema, as JSON with sorted keys: part of what it is recognised by."""


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of a reply."""

    kind: str
    """`text`, `data` (bytes of `mime`) or `link` (a URI)."""
    text: str = ""
    data: bytes = b""
    mime: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a call gave."""

    blocks: tuple[Block, ...]
    values: str = ""
    """Its structured content as JSON; empty where there is none."""
    is_error: bool = False


def one_line(text: str, most: int) -> str:
    """Words of a stranger on one line of printable characters, cut at `most`."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= most else line[: most - 1] + "…"
