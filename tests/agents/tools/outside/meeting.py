"""Acting with tools of strangers: their servers are real processes, plans are told."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from agents.act.plan import PlanGraph
from agents.act.request import ActRequest, Equipment, act_request
from agents.act.result import ActResult
from agents.act.validate import Forecast, Limits
from agents.tools.assets import MediaKind
from agents.tools.base import Effect, Tool
from agents.tools.outside.plugged import plugged_tools
from agents.tools.outside.servers import Server
from agents.tools.registry import Registry
from tests.agents.act.kit import Told, graph, runtime_at, step

STRANGER = Path(__file__).with_name("stranger.py")
PICTURES = {"draw": MediaKind.IMAGE, "copy": MediaKind.IMAGE}


def stranger(manner: str = "good", file: Path | None = None, **more: Any) -> Server:
    """A server of a manner; its tools say and draw are allowed."""
    command = (sys.executable, "-I", "-S", str(STRANGER), manner)
    given: dict[str, Any] = {
        "allowed": ("say", "draw"),
        "gives": PICTURES,
        "effect": Effect.PURE,
        "seconds": 60.0,
    }
    return Server("odd", (*command, *([str(file)] if file else [])), **(given | more))


@dataclass
class Meeting:
    """A workspace in which plans use the tools of a server."""

    folder: Path
    server: Server
    asked: list[Forecast] = field(default_factory=list[Forecast])
    yes: bool = True

    def tools(self) -> dict[str, Tool[Any]]:
        return {tool.name: tool for tool in plugged_tools([self.server])}

    def approve(self, plan: PlanGraph, forecast: Forecast) -> bool:
        self.asked.append(forecast)
        return self.yes

    def act(self, name: str, media: Sequence[Path] = (), **arguments: Any) -> ActResult:
        """Run a plan of one step."""
        plan = graph(step("one", name, **arguments))
        registry = Registry.of(plugged_tools([self.server]), "1")
        equipment = Equipment(registry, Told([plan]), Limits(usd=1.0))
        request = replace(ActRequest("a goal"), media=tuple(map(str, media)))
        return act_request(runtime_at(self.folder), request, equipment, self.approve)

    def files(self) -> list[Path]:
        """Everything in the folder of what is made, and of what is being made."""
        made = self.folder / "store" / "made"
        return [path for path in made.rglob("*") if path.is_file()]
