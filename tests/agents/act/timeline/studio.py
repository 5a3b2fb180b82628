"""Real tools over numbered videos, run by plans that were told; which frame a timeline shows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from agents.act.plan import PlanGraph, Step
from agents.act.request import ActRequest, Equipment, act_request
from agents.act.result import ActResult
from agents.runtime import Runtime
from agents.tools.base import Tool
from agents.tools.registry import Powers, Registry, registry_of
from memory.records import file_digest
from tests.agents.act.kit import Told, runtime_at


@dataclass
class Studio:
    """A store in a folder, and the tools of the product, which are counted when they run."""

    folder: Path
    runs: Counter[str] = field(default_factory=Counter[str])
    engine: str = "1"
    fuses: bool = True

    @property
    def runtime(self) -> Runtime:
        return runtime_at(self.folder)

    @property
    def registry(self) -> Registry:
        found = registry_of(Powers(engine=self.engine))
        return replace(found, tools={n: self._counted(t) for n, t in found.tools.items()})

    def _counted(self, tool: Tool[Any]) -> Tool[Any]:
        def run(arguments: Any, place: Any) -> Any:
            self.runs[tool.name] += 1
            return tool.run(arguments, place)

        return replace(tool, run=run)

    def act(self, plan: PlanGraph, *media: Path, continues: str = "") -> ActResult:
        """Run a plan over files."""
        request = ActRequest("a goal", tuple(map(str, media)), continues=continues)
        equipment = Equipment(self.registry, Told([plan]), fuses=self.fuses)
        result = act_request(self.runtime, request, equipment)
        assert result.status == "completed", (result.reason, result.problems)
        return result


def use(step_id: str, tool: str, evidence: tuple[str, ...] = (), **arguments: Any) -> Step:
    """A step; paths among its arguments become asset ids."""

    def known(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(known, value))  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        return file_digest(value) if isinstance(value, Path) else value

    return Step(step_id, tool, {k: known(v) for k, v in arguments.items()}, evidence=evidence)
