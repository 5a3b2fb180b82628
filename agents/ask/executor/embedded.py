"""The plain implementation of the loop's steps: embedded agents over one store."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from agents.ask.answer import Context, Draft, Observation, Question
from agents.ask.executor.look import Looker
from agents.ask.executor.navigate import Navigator, pays_to_look
from agents.ask.executor.perceivers import EmbeddedPerceiver
from agents.ask.executor.recall import Recall
from agents.ask.plan import Plan
from agents.budget import Meter
from agents.errors import ModelError
from agents.models.ports import Models
from agents.perception.media.source import Files, FrameSource
from agents.runtime import LookParameters, Runtime
from memory.backtrack import Branch, Segment
from memory.records import SECOND, Vector
from memory.store import Store

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EmbeddedSteps:
    """Planner, recall, reader, navigator and look, called directly."""

    store: Store
    models: Models
    parameters: LookParameters
    tenant: str
    source: FrameSource = field(default_factory=Files)
    """Where looks get their frames from."""
    planned: Plan | None = None
    """The rules' plan of the question in hand, where it was made already."""
    tells_facts: bool = True
    """Whether facts over time take part."""
    _vectors: dict[str, Vector] = field(default_factory=dict[str, Vector], init=False, repr=False)
    """Vectors of texts that were compared with the question."""

    def plan(self, question: Question) -> Plan:
        """Understand the question by rules; a plan that was handed over is not made again."""
        from agents.ask.planner.rules import plan

        known = self.planned
        if known is not None and known.question == question.text:
            return known
        return plan(question.text, choices=question.choices)

    def recall(self, question: Question, plan: Plan) -> Context:
        """Search the memories."""
        limit = self.parameters.recall
        return Recall(self.store, self.models, limit, self.tells_facts).gather(question, plan)

    def answer(self, plan: Plan, context: Context) -> Draft:
        """Read the context and verify what was read."""
        from agents.ask.ranking.learned import fitted, read_by_rank
        from agents.ask.reader.overview import read_overview
        from agents.ask.reader.pictured import read_pictured
        from agents.ask.reader.read import read
        from agents.ask.verify import verify

        settled = read_pictured(plan, context) or read_overview(plan, context)
        if settled is not None:
            return verify(settled, context)
        drafted = read(plan, context)
        sure = fitted().answered_from(self.parameters.precision)
        return verify(read_by_rank(plan, context, self.relate, drafted, sure), context)

    def relate(self, question: str, words: Sequence[str]) -> list[float]:
        """How near in meaning each word is to the question, by cosine similarity."""
        known = self._vectors
        new = [text for text in dict.fromkeys([question, *words]) if text not in known]
        try:
            known.update(zip(new, self.models.text_encoder.encode(new), strict=True) if new else ())
        except ModelError as error:
            log.warning("no word is compared with the question: %s", error)
            return [0.0 for _ in words]
        return [float(known[word] @ known[question]) for word in words]

    def navigate(self, plan: Plan, context: Context, at: Segment | None) -> list[Branch]:
        """Where to look next."""
        if not pays_to_look(plan) or context.pictured == ():  # no look compares pictures
            return []
        navigator = Navigator(round(self.parameters.span_seconds * SECOND))
        if at is not None:
            return navigator.onward(context, at)
        until = self.store.until
        going_on = [] if until is None else navigator.unfinished(context, until)
        return [*navigator.start(plan, context), *going_on]

    def conclude(self, plan: Plan, context: Context, draft: Draft) -> Draft:
        """Every round has been read already."""
        return draft

    def look(self, plan: Plan, segment: Segment, meter: Meter) -> Observation:
        """Look at the pixels again, or remember having done so."""
        own = self.parameters
        perceiver = EmbeddedPerceiver(self.models, own.fps, own.text_side)
        looker = Looker(self.store, self.models.text_encoder, perceiver, self.source)
        try:
            return looker.look(self.tenant, segment, meter)
        except ModelError as error:
            log.warning("the look failed: %s", error)
            return Observation((), cached=False, note=str(error))


def embedded_steps(runtime: Runtime, planned: Plan | None = None) -> EmbeddedSteps:
    """The embedded agents over a runtime's store and models; `planned` is their plan, if known."""
    spec = runtime.spec
    own = (runtime.store, runtime.models, spec.look, spec.tenant)
    return EmbeddedSteps(*own, planned=planned, tells_facts=spec.organise.facts)
