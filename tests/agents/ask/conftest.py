"""A world on disk, remembered coarsely, and models that answer for it over real HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path

import pytest

from agents.ask.answer import Question
from agents.ask.executor.by_model.steps import ModelSteps
from agents.ask.executor.embedded import EmbeddedSteps
from agents.ask.loop import Outcome, pursue
from agents.ask.steps import PLAIN, Chain
from agents.ask.strategies.registry import Strategy
from agents.budget import Budget, Meter
from agents.models.cache import ReplyCache
from agents.models.chat import ModelRoles
from agents.models.openai_compatible.client import OpenAICompatible
from agents.models.openai_compatible.endpoint import Endpoint, RetryPolicy
from agents.models.ports import Models
from agents.models.scripted import (
    ScriptedImageEncoder,
    ScriptedRecogniser,
    ScriptedTextEncoder,
    ScriptedTextReader,
    ScriptedTranscriber,
)
from agents.prompting.prompts import Prompts
from agents.runtime import LookParameters, encoder_tags
from memory.lance.store import LanceStore
from memory.records import Span, Video
from tests.simulator.faults import Trouble
from tests.simulator.frames import write_video
from tests.simulator.remembered import remember
from tests.simulator.server import MODEL, WorldServer, serving
from tests.simulator.world import World, load_world

PROMPTS = Path(__file__).resolve().parents[3] / "configs" / "prompts"

WORLD = load_world(Path(__file__).with_name("office.toml"))


def prompts() -> Prompts:
    return Prompts(
        **{
            name: (PROMPTS / f"{name}.md").read_text("utf-8")
            for name in (f.name for f in fields(Prompts))
        }
    )


@dataclass
class Bench:
    """Everything a question about the world needs."""

    video: Video
    plain: EmbeddedSteps
    server: WorldServer
    model: OpenAICompatible
    cache: ReplyCache

    def steps(
        self,
        meter: Meter,
        *,
        cached: bool = True,
        sees: bool = True,
        within: Span | None = None,
    ) -> ModelSteps:
        """As `ask` makes them: the store is seen as of the end of `within`."""
        self.model.cache = self.cache if cached else None
        roles = ModelRoles(self.model, sees=self.model if sees else None)
        seen = self.plain.store.as_of(within.end if within else None)
        plain = replace(self.plain, store=seen)
        return ModelSteps(plain, roles, prompts(), meter, self.cache if cached else None)

    def pursue(
        self,
        strategy: Strategy,
        text: str,
        budget: Budget | None = None,
        chain: Chain = PLAIN,
        **more: object,
    ) -> tuple[Outcome, Meter]:
        """Pursue a question by any strategy, without the cache."""
        meter = Meter(budget or Budget(seconds=60))
        question = self.question(text, **more)
        steps = self.steps(meter, cached=False, within=question.within)
        return strategy(question, steps, meter, 6, chain), meter

    def question(self, text: str, **more: object) -> Question:
        return Question(text, "t", (self.video.video_id,), **more)  # type: ignore[arg-type]

    def ask(
        self,
        text: str,
        trouble: Trouble | None = None,
        budget: Budget | None = None,
        max_looks: int = 6,
        cached: bool = True,
        sees: bool = True,
        **more: object,
    ) -> tuple[Outcome, Meter]:
        self.server.trouble = trouble
        meter = Meter(budget or Budget(seconds=30))
        question = self.question(text, **more)
        steps = self.steps(meter, cached=cached, sees=sees, within=question.within)
        return pursue(question, steps, meter, max_looks), meter


def scripted_models() -> Models:
    text, recogniser = ScriptedTextEncoder(), ScriptedRecogniser()
    image = ScriptedImageEncoder(text, recogniser)
    return Models(ScriptedTextReader(), ScriptedTranscriber(), recogniser, text, image)


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    return write_video(WORLD, folder / "office.mp4", fps=20)


@pytest.fixture
def world() -> World:
    return WORLD


@pytest.fixture
def make_bench(clip: Path, tmp_path: Path) -> Iterator[Callable[..., Bench]]:
    opened: list[OpenAICompatible] = []
    models = scripted_models()
    text, image = encoder_tags(models)

    def make(server: WorldServer, own: World = WORLD) -> Bench:
        store = LanceStore.open(
            str(tmp_path / "store"), text=text, image=image, thumbnails=tmp_path / "t"
        )
        # marks in pictures belong to one world, so another one needs pictures of its own
        path = clip if own.name == WORLD.name else write_video(own, tmp_path / f"{own.name}.mp4")
        video = remember(own, path, store, models)
        parameters = replace(LookParameters(), span_seconds=8.0)
        plain = EmbeddedSteps(store, models, parameters, "t")
        retry = RetryPolicy(attempts=2, first_wait=0.01, timeout=4.0, trip_after=100)
        model = OpenAICompatible(Endpoint(server.url, MODEL, retry=retry))
        opened.append(model)
        return Bench(video, plain, server, model, ReplyCache(tmp_path / "replies"))

    yield make
    for model in opened:
        model.close()


@pytest.fixture
def bench(make_bench: Callable[..., Bench]) -> Iterator[Bench]:
    with serving(WORLD) as server:
        yield make_bench(server)
