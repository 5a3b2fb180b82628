"""Which tools there are: families bring them, plans are validated against them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from agents.errors import UsageError
from agents.models.generators import NONE, Generators
from agents.models.ports import Models
from agents.tools.base import Effect, Tool

FAMILIES: tuple[str, ...] = (
    "agents.tools.edit.cut",
    "agents.tools.edit.time",
    "agents.tools.edit.frame",
    "agents.tools.edit.look",
    "agents.tools.edit.overlay",
    "agents.tools.edit.captions",
    "agents.tools.edit.stills",
    "agents.tools.edit.moments",
    "agents.tools.sound.levels",
    "agents.tools.sound.mixing",
    "agents.tools.sound.silence",
    "agents.tools.generate.cards",
    "agents.tools.generate.slideshow",
    "agents.tools.generate.voice",
    "agents.tools.generate.by_model",
    "agents.tools.compose.beside",
    "agents.tools.compose.regions",
    "agents.tools.compose.background",
    "agents.tools.compose.faces",
    "agents.tools.compose.text",
    "agents.tools.track.following",
    "agents.tools.track.pointing",
    "agents.tools.track.masks",
    "agents.tools.understand.perceiving",
    "agents.tools.understand.remembering",
)
"""Modules that have `tools(powers)`; a new family is one line here."""


@dataclass(frozen=True, slots=True)
class Found:
    """A moment that memory gives for words."""

    video: str
    """Asset id of the video."""
    start: float
    end: float
    text: str = ""
    score: float = 0.0
    evidence: tuple[str, ...] = ()
    """Ids of the memory rows that prove it."""
    is_proven: bool = True
    """Whether memory is sure; else it is the best that it has."""


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer from memory; no text where it abstained."""

    text: str = ""
    evidence: tuple[str, ...] = ()
    reason: str = ""
    usd: float = 0.0


@dataclass(frozen=True, slots=True)
class Described:
    """What media show, line by line; no text where nothing is known."""

    text: str = ""
    evidence: tuple[str, ...] = ()
    model: str = ""
    """Who saw it; empty where it was told from memory."""
    note: str = ""
    usd: float = 0.0


@dataclass(frozen=True, slots=True)
class Cost:
    """What asking memory does besides, and about how many US dollars it takes."""

    effect: Effect = Effect.PURE
    usd: float = 0.0


def no_cost(assets: Sequence[str], roles: Sequence[str]) -> Cost:
    """Where models of this machine are asked."""
    del assets, roles
    return Cost()


@dataclass(frozen=True, slots=True)
class Powers:
    """What tools may use that is not theirs; handed in, since they import none of it."""

    models: Models | None = None
    answer: Callable[[str, Sequence[str]], Answered] | None = None
    """Asks the memory of videos (asset ids) a question."""
    find: Callable[[str, Sequence[str]], Sequence[Found]] | None = None
    """Moments of videos (asset ids) for words, the best first."""
    alike: Callable[[Path, Sequence[str]], Sequence[Found]] | None = None
    """Moments of videos (asset ids) that look like a picture, the best first."""
    engine: str = ""
    """Builds of what renders (ffmpeg, OpenCV): part of every step's key."""
    generators: Generators = NONE
    """Models that make pictures and videos."""
    describe: Callable[[str, tuple[float, float] | None], Described] | None = None
    """What an asset shows, or a stretch of it between two times in seconds."""
    cost: Callable[[Sequence[str], Sequence[str]], Cost] = no_cost
    """What it takes to ask memory of videos (asset ids) by models of some roles."""


@dataclass(frozen=True, slots=True)
class Registry:
    """Tools by name, in the order in which families bring them."""

    tools: dict[str, Tool[Any]] = field(default_factory=dict[str, Tool[Any]])
    engine: str = ""
    models: Models | None = None
    generators: Generators = NONE

    @classmethod
    def of(
        cls,
        tools: Iterable[Tool[Any]],
        engine: str = "",
        models: Models | None = None,
        generators: Generators = NONE,
    ) -> Registry:
        """A registry of tools.

        Raises:
            ValueError: two have one name, or one breaks the contract (`faults`).
        """
        known: dict[str, Tool[Any]] = {}
        for tool in tools:
            if wrong := ["its name is taken"] if tool.name in known else faults(tool):
                raise ValueError(f"the tool {tool.name!r} cannot be used: {'; '.join(wrong)}")
            known[tool.name] = tool
        return cls(known, engine, models, generators)

    def joined(self, more: Iterable[Tool[Any]]) -> Registry:
        """The registry with more tools.

        Raises:
            ValueError: as `of`.
        """
        tools = (*self.tools.values(), *more)
        return Registry.of(tools, self.engine, self.models, self.generators)

    def made_by(self, tool: Tool[Any]) -> str:
        """What besides its version decides what a tool makes: engines, and its models' names."""
        return ", ".join(filter(None, [self.engine, *self.players(tool).values()]))

    def players(self, tool: Tool[Any]) -> dict[str, str]:
        """The names of the models that a tool asks, by role; without those that are not there."""
        named: dict[str, str] = {}
        for role in tool.models:
            for those in (self.models, self.generators):
                if name := getattr(getattr(those, role, None), "name", ""):
                    named[role] = name
        return named

    def get(self, name: str) -> Tool[Any] | None:
        """The tool of a name, if there is one."""
        return self.tools.get(name)

    def tool(self, name: str) -> Tool[Any]:
        """The tool of a name.

        Raises:
            UsageError: there is none.
        """
        if name not in self.tools:
            raise UsageError(f"there is no tool {name!r}", "`backtrail tools` lists them")
        return self.tools[name]

    @property
    def usable(self) -> list[Tool[Any]]:
        """The tools that can run here."""
        return [tool for tool in self.tools.values() if not tool.missing]

    def schemas(self, names: Iterable[str] = ()) -> list[dict[str, Any]]:
        """What a planner is told of tools: all usable ones, or those named."""
        chosen = [self.tool(name) for name in names] or self.usable
        return [schema_of(tool) for tool in chosen]


def schema_of(tool: Tool[Any]) -> dict[str, Any]:
    """A tool as a JSON object: name, description, arguments (JSON schema), outputs, effect."""
    outputs = [{"name": o.name, "kind": str(o.kind), "many": o.many} for o in tool.gives]
    return {
        "name": tool.name,
        "description": tool.description,
        "arguments": tool.arguments.model_json_schema(),
        "outputs": outputs,
        "effect": str(tool.effect),
    }


def faults(tool: Tool[Any]) -> list[str]:
    """How a tool breaks the contract."""
    wrong: list[str] = []
    if not tool.name.replace(".", "_").isidentifier() or tool.name != tool.name.lower():
        wrong.append("its name is not of lower case letters, digits and underscores")
    if not tool.description.endswith(".") or "\n" in tool.description:
        wrong.append("its description is no sentence")
    if not tool.gives or len({output.name for output in tool.gives}) < len(tool.gives):
        wrong.append("it gives nothing, or two things of one name")
    if tool.arguments.model_config.get("extra") != "forbid":
        wrong.append("its arguments do not derive from Arguments")
    return wrong


def registry_of(powers: Powers, families: Iterable[str] = FAMILIES) -> Registry:
    """The registry of the families; what lacks an extra or a model says so in `missing`."""
    modules = [import_module(name) for name in families]
    tools = (tool for module in modules for tool in module.tools(powers))
    return Registry.of(tools, powers.engine, powers.models, powers.generators)
