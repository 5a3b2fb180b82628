"""The tools of a user's MCP servers, under the servers' names; what cannot be used says why."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from agents.tools.assets import MediaKind
from agents.tools.base import (
    Arguments,
    Assets,
    Estimate,
    Made,
    Output,
    Place,
    Tool,
    not_here,
)
from agents.tools.outside.client import call, offered_by
from agents.tools.outside.replies import made_of
from agents.tools.outside.schema import arguments_of, fingerprint, own_name, sentence_of
from agents.tools.outside.servers import Offered, Server, ServerFailed

SECONDS = 5.0
"""What a call is foreseen to take: nobody knows."""


class Nothing(Arguments):
    """Arguments of a tool that cannot be used."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a server offers, or why nobody knows."""

    server: Server
    offered: tuple[Offered, ...] = ()
    error: ServerFailed | None = None


def asked(servers: Sequence[Server]) -> list[Found]:
    """What each server offers; they are asked at once."""
    stopping = threading.Event()

    def ask(server: Server) -> Found:
        try:
            return Found(server, tuple(offered_by(server, stopping.is_set)))
        except ServerFailed as error:
            return Found(server, (), error)

    with ThreadPoolExecutor(max(1, min(8, len(servers)))) as pool:
        try:
            return list(pool.map(ask, servers))
        except BaseException:  # Ctrl-C: a server that stalls is not waited for
            stopping.set()
            raise


def plugged_tools(servers: Sequence[Server]) -> list[Tool[Any]]:
    """The tools of all servers: those that may be used, and the others with what they lack."""
    return [tool for found in asked(servers) for tool in _tools(found)] if servers else []


def _tools(found: Found) -> list[Tool[Any]]:
    server, by_name = found.server, {one.name: one for one in found.offered}
    tools: dict[str, Tool[Any]] = {}
    for name in (*server.allowed, *(n for n in by_name if n not in server.allowed)):
        tool = _tool(found, name, by_name)
        if tool.name in tools:
            what = f"the server calls two tools {tool.name.partition('.')[2]!r}"
            tools[tool.name] = replace(tools[tool.name], missing=what)
        else:
            tools[tool.name] = tool
    return list(tools.values())


def _tool(found: Found, name: str, by_name: dict[str, Offered]) -> Tool[Any]:
    server = found.server
    if found.error is not None:
        return _absent(server, name, f"{found.error} ({found.error.hint})")
    if name not in by_name:
        known = ", ".join(sorted(by_name)[:8]) or "nothing"
        return _absent(server, name, f"{server.name} offers no {name!r}; it offers {known}")
    offered = by_name[name]
    if name not in server.allowed:
        lack = f"{name!r} is not among the tools of {server.name} that the settings allow"
        return _absent(server, name, lack, sentence_of(offered))
    try:
        arguments, names = arguments_of(offered, server.takes)
    except (ValueError, TypeError) as error:
        return _absent(server, name, f"{name!r} of {server.name} cannot be used: {error}")
    kind = server.gives.get(name, MediaKind.TEXT)
    run = partial(_run, server=server, offered=offered, names=names, kind=kind)
    tool = _absent(server, name, "", sentence_of(offered))
    return replace(
        tool,
        arguments=arguments,
        gives=(Output(str(kind), kind),),
        run=run,
        version=fingerprint(offered),
        estimate=_costs(server.usd),
    )


def _absent(
    server: Server, name: str, why: str, told: str = "A tool of an MCP server."
) -> Tool[Any]:
    return Tool(
        f"{server.name}.{own_name(name)}",
        told,
        Nothing,
        (Output("text", MediaKind.TEXT),),
        partial(not_here, said="this tool cannot be used", hint="`backtrail tools` says why"),
        effect=server.effect,
        deterministic=False,
        extras=("mcp",),
        missing=why,
        family="outside",
    )


def _costs(usd: float) -> Callable[[Arguments, Assets], Estimate]:
    return lambda arguments, assets: Estimate(SECONDS, usd=usd)


def _run(
    arguments: Arguments,
    place: Place,
    *,
    server: Server,
    offered: Offered,
    names: dict[str, str],
    kind: MediaKind,
) -> Made:
    """Call the tool, with copies of files in the place of ids."""
    values = arguments.model_dump(mode="json", exclude_none=True)
    given = {names[ours]: value for ours, value in values.items()}
    folder = place.folder / "served"
    folder.mkdir()
    for name in server.takes.keys() & given.keys():
        given[name] = str(_copy(place.assets[given[name]].path, folder))
    within = replace(server, seconds=min(server.seconds, place.seconds))
    reply = call(within, offered, given, folder, place.cancelled)
    made = made_of(reply, kind, place, (folder, *server.folders), server, offered.name)
    return replace(made, usd=server.usd)


def _copy(path: Path, folder: Path) -> Path:
    """A copy of an input in the folder of the call: whatever a server does to it, ours stays."""
    number = len(list(folder.iterdir()))
    return Path(shutil.copyfile(path, folder / f"given_{number}{path.suffix}"))
