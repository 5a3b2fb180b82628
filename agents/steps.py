"""The plain implementation of the loop's steps: embedded agents over one store."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agents.answer import Draft, Looked, Material, Question
from agents.budget import Meter
from agents.errors import ModelError
from agents.look import Looker
from agents.models.ports import Models
from agents.navigator import Navigator, pays_to_look
from agents.perception.source import Files, FrameSource
from agents.plan import Plan
from agents.recall import Recall
from memory.backtrack import Branch, Segment
from memory.records import SECOND

if TYPE_CHECKING:
    from memory.lance.store import Store

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LookParameters:
    """How questions look; plain values from the settings."""

    fps: float = 4.0
    span_seconds: float = 12.0
    text_side: int = 1280
    recall: int = 40
    patience: int = 6
    """Most segments a question is followed into."""


@dataclass(frozen=True, slots=True)
class PlainSteps:
    """Planner, recall, reader, navigator and look, called directly."""

    store: Store
    models: Models
    parameters: LookParameters
    tenant: str
    source: FrameSource = field(default_factory=Files)
    """Where looks by model get their frames from."""

    def plan(self, question: Question) -> Plan:
        """Understand the question."""
        from agents.planner import plan

        return plan(question.text, choices=question.choices)

    def recall(self, question: Question, plan: Plan) -> Material:
        """Search the memories."""
        return Recall(self.store, self.models, self.parameters.recall).gather(question, plan)

    def answer(self, plan: Plan, material: Material) -> Draft:
        """Read the material and verify what was read."""
        from agents.reader.read import read
        from agents.verifier import verify

        return verify(read(plan, material, self.relate), material)

    def relate(self, question: str, words: Sequence[str]) -> list[float]:
        """How near in meaning each word is to the question, by cosine similarity."""
        try:
            vectors = self.models.text_encoder.encode([question, *words])
        except ModelError as error:
            log.warning("no word is compared with the question: %s", error)
            return [0.0 for _ in words]
        return [float(value) for value in vectors[1:] @ vectors[0]]

    def navigate(self, plan: Plan, material: Material, at: Segment | None) -> list[Branch]:
        """Where to look next."""
        if not pays_to_look(plan):
            return []
        navigator = Navigator(round(self.parameters.span_seconds * SECOND))
        if at is not None:
            return navigator.onward(material, at)
        until = self.store.until
        going_on = [] if until is None else navigator.unfinished(material, until)
        return [*navigator.start(plan, material), *going_on]

    def conclude(self, plan: Plan, material: Material, draft: Draft) -> Draft:
        """Every round has been read already."""
        return draft

    def look(self, plan: Plan, segment: Segment, meter: Meter) -> Looked:
        """Look at the pixels again, or remember having done so."""
        looker = Looker(self.store, self.models, self.parameters.fps, self.parameters.text_side)
        try:
            return looker.look(self.tenant, segment, meter)
        except ModelError as error:
            log.warning("the look failed: %s", error)
            return Looked((), cached=False, note=str(error))
