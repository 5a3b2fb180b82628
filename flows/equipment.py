"""What acting works with: tools bound to models and memory, a planner, limits from the settings."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

from agents.act.actor import Planner
from agents.act.planner.embedded import EmbeddedPlanner
from agents.act.remembered.remembering import (
    Remembered,
    RememberingPlanner,
    RetrievingPlanner,
    Switches,
)
from agents.act.request import Equipment
from agents.act.validate import Limits
from agents.ask.answer import Status
from agents.ask.ask import Request, answer_request, image_vector_of
from agents.ask.executor.describing import described
from agents.ask.result.evidence import Evidence
from agents.ask.search import find_moments, moments, shots_of
from agents.budget import Meter
from agents.ingest.file import Progress, remember, silent
from agents.runtime import Runtime
from agents.tools.assets import Asset, MediaKind
from agents.tools.base import Effect, ToolFailed
from agents.tools.outside.servers import Server
from agents.tools.registry import Answered, Cost, Described, Found, Powers, registry_of
from configs.settings import McpServerSettings, Settings, load_settings
from flows.costs import cost_of_asking
from flows.endpoints import generators_of
from memory.records import SECOND, Hit, Level, Scope, Span, Video
from memory.retrieve import Query

ENGINES = ("av", "opencv-python-headless", "numpy", "pillow")
"""Libraries whose version may change the bytes that tools write."""
EVEN = 0.5
"""Probability from which a moment that is not proven is more likely right than wrong."""
MOST = 50
"""Moments that are looked for."""


def equipment_of(
    runtime: Runtime, progress: Progress = silent, *, plugged: bool = True, learns: bool = True
) -> Equipment:
    """The tools, the planner and the limits of this installation.

    With `plugged`, the user's MCP servers are asked for theirs. Preferences are read from goals
    where memory `learns`: never for goals that a model may have written.
    """
    settings = load_settings()
    own = settings.act
    memories = Memories(runtime, progress)
    meter = Meter(runtime.spec.limits)
    powers = Powers(
        runtime.models,
        memories.answer,
        memories.every,
        memories.alike,
        engine(),
        generators_of(settings),
        memories.describe,
        memories.cost,
    )
    registry = registry_of(powers)
    if plugged and settings.mcp.servers:
        from agents.tools.outside.plugged import plugged_tools

        registry = registry.joined(plugged_tools(servers_of(settings)))
    remembered = remembered_of(runtime, learns=learns)
    return Equipment(
        registry,
        planner_of(runtime, meter, remembered),
        Limits(own.steps, own.seconds, own.usd, own.bytes),
        tuple(Effect(name) for name in own.allow),
        memories.find,
        memories.bring,
        meter,
        remembered,
        own.replay,
        own.fuse,
    )


def servers_of(settings: Settings) -> list[Server]:
    """The user's MCP servers, with the variables that they are to get."""
    return [_server(name, own) for name, own in sorted(settings.mcp.servers.items())]


def _server(name: str, own: McpServerSettings) -> Server:
    wanted = (*own.env, *filter(None, [own.token_env]))
    return Server(
        name,
        (own.command, *own.args) if own.command else (),
        own.url,
        tuple((one, os.environ[one]) for one in own.env if one in os.environ),
        os.environ.get(own.token_env, "") if own.token_env else "",
        tuple(one for one in wanted if one not in os.environ),
        own.tools,
        {tool: MediaKind(kind) for tool, kind in own.gives.items()},
        {argument: MediaKind(kind) for argument, kind in own.takes.items()},
        tuple(folder.expanduser().resolve() for folder in own.folders),
        Effect(own.effect),
        own.usd,
        own.timeout,
        own.bytes,
    )


def remembered_of(runtime: Runtime, *, learns: bool = True) -> Remembered:
    """The memories of acting, as far as they are on."""
    own, encoder = load_settings().act, runtime.models.text_encoder
    switches = Switches(own.experience, own.recipes, own.preferences)
    return Remembered(
        runtime.store, runtime.spec.tenant, encoder.encode, encoder.name, switches, learns
    )


def planner_of(runtime: Runtime, meter: Meter, remembered: Remembered) -> Planner:
    """The planner by model where a language model is configured, else the one without.

    Raises:
        ModelMissing: an endpoint is configured that cannot be used.
    """
    roles, alone = runtime.roles(), RetrievingPlanner(EmbeddedPlanner(), remembered)
    if roles is None:
        return RememberingPlanner(alone, remembered)
    from agents.act.planner.by_model import ModelPlanner

    otherwise = alone if runtime.spec.falls_back else None
    told = runtime.spec.prompts.act_planner
    encode = runtime.models.text_encoder.encode
    by_model = ModelPlanner(roles, told, meter, encode, otherwise)
    return RememberingPlanner(by_model, remembered)


def engine() -> str:
    """Builds of what renders: part of every step's key."""
    from agents.tools.ffmpeg import version

    told: list[str] = []
    for name in ENGINES:
        try:
            told.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            told.append(f"no {name}")
    try:
        told.append(f"ffmpeg {version()}")
    except ToolFailed:
        told.append("no ffmpeg")
    return ", ".join(told)


@dataclass(slots=True)
class Memories:
    """Asks memory about files; one that is not remembered yet is, before it is asked about."""

    runtime: Runtime
    progress: Progress = silent
    paths: dict[str, Path] = field(default_factory=dict[str, Path])
    """Files that were given, by asset id."""

    def bring(self, asset: Asset) -> None:
        """Note where an asset lies."""
        self.paths[asset.asset_id] = asset.path

    def find(self, query: str, assets: Sequence[str], every: bool) -> list[Found]:
        """Every moment for words, or the one that the question when it is gets as its answer."""
        if every:
            return self.every(query, assets)
        videos = self.videos(assets)
        request = Request(f"When is this seen or heard: {query}?", tuple(videos))
        result = answer_request(self.runtime, request, self._remember)
        is_proven = result.status is Status.ANSWERED
        if not is_proven and (result.status is not Status.LIKELY or result.confidence < EVEN):
            return []
        return [
            Found(
                videos[item.video_id].digest,
                *self._extent(item).seconds,
                item.text or "",
                result.confidence,
                (item.memory_id,),
                is_proven,
            )
            for item in result.evidence[:1]
        ]

    def _extent(self, item: Evidence) -> Span:
        """The time that evidence stands for: of a single picture, the shot around it."""
        store, tenant = self.runtime.store, self.runtime.spec.tenant
        hit = Hit(store.memory(tenant, item.memory_id), 1.0)
        if hit.memory.level is not Level.FRAME:
            return Span.of_seconds(item.start, item.end)
        return moments([hit], shots_of(store, [hit.memory]))[0].extent

    def every(self, query: str, assets: Sequence[str]) -> list[Found]:
        """Every moment that memory finds for words; those that overlap are one."""
        models = self.runtime.models
        vector = models.text_encoder.encode([query])[0]
        aligned = models.image_encoder.encode_query([query])[0]
        return self._moments(Query(query, vector, aligned), assets)

    def alike(self, picture: Path, assets: Sequence[str]) -> list[Found]:
        """Every moment that looks like a picture; those that overlap are one."""
        vector = image_vector_of(self.runtime, str(picture))
        return self._moments(Query(image_vector=vector), assets)

    def _moments(self, wanted: Query, assets: Sequence[str]) -> list[Found]:
        videos = self.videos(assets)
        scope = Scope(self.runtime.spec.tenant, tuple(videos))
        found = [
            Found(
                videos[moment.hit.memory.video_id].digest,
                moment.extent.start / SECOND,
                moment.extent.end / SECOND,
                moment.text or "",
                moment.hit.score,
                (moment.hit.memory.memory_id, *(row.memory_id for row in moment.joined)),
            )
            for moment in find_moments(self.runtime, wanted, scope, MOST)
        ]
        return united(found)

    def answer(self, question: str, assets: Sequence[str]) -> Answered:
        """What memory answers to a question."""
        request = Request(question, tuple(self.videos(assets)))
        result = answer_request(self.runtime, request, self._remember)
        rows = tuple(item.memory_id for item in result.evidence)
        return Answered(result.answer or "", rows, result.reason, result.usage["usd"] or 0.0)

    def describe(self, asset: str, stretch: tuple[float, float] | None) -> Described:
        """What an asset shows, or a stretch of it."""
        meter = Meter(self.runtime.spec.limits)
        span = Span.of_seconds(*stretch) if stretch is not None else None
        [video] = self.videos([asset]).values()
        told = described(self.runtime, video, span, meter)
        return Described(told.text, told.evidence, told.model, told.note, meter.usd or 0.0)

    def cost(self, assets: Sequence[str], roles: Sequence[str]) -> Cost:
        """What it takes to ask of assets, of which those that are new are remembered first."""
        is_new = bool(assets) and not self._knows(assets)
        return cost_of_asking(self.runtime.spec, roles, remembers=is_new)

    def _knows(self, assets: Sequence[str]) -> bool:
        """Whether all assets are remembered."""
        videos = self.runtime.store.videos(self.runtime.spec.tenant)
        return set(assets) <= {video.digest for video in videos if video.active_key}

    def videos(self, assets: Sequence[str]) -> dict[str, Video]:
        """The videos that assets are, by id."""
        store, tenant = self.runtime.store, self.runtime.spec.tenant
        known = {video.digest: video for video in store.videos(tenant) if video.active_key}
        if strange := [one for one in assets if one not in known and one not in self.paths]:
            raise ToolFailed(
                f"{strange[0][:12]} is not remembered: it was made by a step",
                "Ask about what was given, or ingest it first.",
            )
        found = [known.get(one) or self._remember(self.paths[one]) for one in assets]
        return {video.video_id: video for video in found}

    def _remember(self, path: Path) -> Video:
        return remember(self.runtime, path, self.progress)


def united(found: Sequence[Found]) -> list[Found]:
    """Moments of which those that overlap or touch are one; in the order of the best of each."""
    made: list[Found] = []
    for one in sorted(found, key=lambda m: (m.video, m.start)):
        last = made[-1] if made else None
        if last is None or last.video != one.video or one.start > last.end:
            made.append(one)
            continue
        best = max(last, one, key=lambda m: m.score)
        rows = tuple(dict.fromkeys((*last.evidence, *one.evidence)))
        end = max(last.end, one.end)
        made[-1] = Found(one.video, last.start, end, best.text, best.score, rows)
    return sorted(made, key=lambda m: -m.score)
