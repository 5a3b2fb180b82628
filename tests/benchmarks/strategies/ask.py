"""Asks every question of a world by every strategy, each from a fresh copy of the coarse memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import zip_longest
from pathlib import Path
from time import perf_counter

from agents.ask.answer import Draft, Phase, Question, Status
from agents.ask.executor.by_model.steps import ModelSteps
from agents.ask.executor.embedded import EmbeddedSteps
from agents.ask.loop import Outcome
from agents.ask.steps import PLAIN
from agents.ask.strategies.registry import STRATEGIES
from agents.budget import Budget, Meter
from agents.models.cache import ReplyCache
from agents.models.chat import ModelRoles
from agents.models.openai_compatible.client import OpenAICompatible
from agents.models.openai_compatible.endpoint import Endpoint
from agents.prompting.prompts import Prompts
from agents.runtime import LookParameters
from memory.records import Span, iou
from memory.store import Store
from tests.agents.ask.conftest import prompts
from tests.benchmarks.strategies.prepare import Ready
from tests.benchmarks.strategies.worlds import Case
from tests.simulator.server import MODEL, serving
from tests.simulator.world import Asked, World

OURS = "backtrail"
SPAN = 10.0
"""Longest span of one look, in seconds."""


@dataclass(frozen=True)
class Answered:
    """How one question went."""

    seed: int
    seconds: float
    kind: str
    strategy: str
    asked: str
    """`main`, or for ours `repeat`, `paraphrase`, `partner`."""
    right: bool
    answered: bool
    phase: str
    overlap: float
    calls: int
    tokens: int
    frames: int
    looks: int
    took: float
    question: str = ""
    said: str = ""
    reason: str = ""


@dataclass
class Asker:
    """Asks about one world."""

    ready: Ready
    seed: int
    model: OpenAICompatible
    told: Prompts
    max_looks: int
    folder: Path

    def ask(self, name: str, case: Case) -> list[Answered]:
        """One case by one strategy; ours is also asked again, in other words and for more."""
        lucy = "clips" if name == "videolucy" else "plain"
        store = self.ready.store(lucy, self.folder / "store")
        if name != OURS:
            return [self._one(name, case, "main", case.main, store, None)]
        cache = ReplyCache(Path(tempfile.mkdtemp(dir=self.folder)))
        again = [("main", case.main), ("repeat", case.main), ("paraphrase", case.paraphrase)]
        if case.partner is not None:
            again.append(("partner", case.partner))
        return [self._one(name, case, which, asked, store, cache) for which, asked in again]

    def _one(
        self,
        name: str,
        case: Case,
        which: str,
        asked: Asked,
        store: Store,
        cache: ReplyCache | None,
    ) -> Answered:
        own = self.ready
        meter = Meter(Budget())
        plain = EmbeddedSteps(
            store,
            own.models,
            LookParameters(span_seconds=SPAN, max_looks=self.max_looks),
            "t",
            own.source,
        )
        self.model.cache = cache
        steps = ModelSteps(plain, ModelRoles(self.model, sees=self.model), self.told, meter, cache)
        question = Question(asked.question, "t", (own.video.video_id,))
        began = perf_counter()
        out = STRATEGIES[name](question, steps, meter, self.max_looks, PLAIN)
        took = perf_counter() - began
        done = out.status is Status.ANSWERED
        return Answered(
            self.seed, own.world.seconds, case.kind, name, which, is_right(asked, out), done,
            str(out.phase or Phase.BACKTRACK), overlap(own.world, asked, out),
            meter.llm_calls + meter.vlm_calls, meter.input_tokens + meter.output_tokens,
            meter.frames, meter.looks, took, asked.question, str(out.draft.text),
            out.draft.reason[:300],
        )  # fmt: skip


def is_right(asked: Asked, out: Outcome) -> bool:
    """Whether the answer holds the right one; what has no answer must not get any."""
    if not asked.needs:
        return out.status is not Status.ANSWERED
    return out.status is Status.ANSWERED and asked.answer in str(out.draft.text)


def overlap(world: World, asked: Asked, out: Outcome) -> float:
    """Mean over the facts needed of the best intersection over union with cited spans."""
    draft: Draft = out.draft
    cited = draft.cited if out.status is Status.ANSWERED else ()
    best: list[float] = []
    for name in asked.needs:
        fact = world.fact(name)
        gold = Span.of_seconds(fact.start, fact.end)
        best.append(max((iou(item.span, gold) for item in cited), default=0.0))
    return sum(best) / len(best) if best else 0.0


def ask_world(
    ready: Ready, seed: int, names: Sequence[str], max_looks: int, kinds: Sequence[str], most: int
) -> Iterator[list[dict[str, object]]]:
    """Questions of a world by every strategy, kind after kind in turn; `most` of each at most.

    Yields:
        What came of one question.
    """
    with tempfile.TemporaryDirectory() as folder, serving(ready.world) as server:
        model = OpenAICompatible(Endpoint(server.url, MODEL))
        asker = Asker(ready, seed, model, prompts(), max_looks, Path(folder))
        groups = [[case for case in ready.made.cases if case.kind == kind] for kind in kinds]
        for turn in zip_longest(*(group[:most] for group in groups)):
            for case in filter(None, turn):
                found = [answered for name in names for answered in asker.ask(name, case)]
                yield [asdict(answered) for answered in found]
        model.close()
