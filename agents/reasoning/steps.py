"""The loop's steps with models: plan, read, navigate and look; each failure is survived and told.

One object serves one question: it holds the meter, and what the question learned so far.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace

from agents.answer import Draft, Looked, Material, Question
from agents.budget import Meter
from agents.errors import BudgetExhausted, ModelError
from agents.models.cache import ReplyCache
from agents.models.chat import Panel
from agents.navigator import pays_to_look
from agents.plan import Plan
from agents.reasoning.channel import shown_rows
from agents.reasoning.guiding import Guide, limit_of, onward, opened, proposals, scaled
from agents.reasoning.kept import answer_key, keep_answer, kept_answer
from agents.reasoning.looking import ModelLooker
from agents.reasoning.planning import understand
from agents.reasoning.prompts import Prompts
from agents.reasoning.reading import Reader
from agents.steps import PlainSteps
from agents.verifier import verify
from memory.backtrack import Branch, Segment
from memory.records import SECOND, Hit, Kind, Level, Memory, Scope, Span

log = logging.getLogger(__name__)


@dataclass(slots=True)
class ModelSteps:
    """Steps in which models plan, read, navigate and look.

    Args:
        plain: Store, embedded models and parameters; its navigator and its looks serve where there
            is no model for them.
        panel: The models, by role.
        prompts: What they are told.
        meter: What this question may spend.
        cache: Where proven answers are kept; None keeps none.
        check: Whether a second call must agree with an answer.
    """

    plain: PlainSteps
    panel: Panel
    prompts: Prompts
    meter: Meter
    cache: ReplyCache | None = None
    check: bool = True
    question: Question | None = field(default=None, init=False)
    fresh: list[Memory] = field(default_factory=list[Memory], init=False)
    """Rows that this question's looks brought."""
    look_for: int = field(default=1, init=False)
    _plan: Plan | None = field(default=None, init=False)
    _kept: Draft | None = field(default=None, init=False)
    _settled: bool = field(default=False, init=False)
    _scores: dict[Segment, float] = field(default_factory=dict[Segment, float], init=False)
    _notes: list[str] = field(default_factory=list[str], init=False)

    def begin(self, question: Question) -> Plan:
        """Take a question in hand for a strategy that plans by rules."""
        self.question = question
        self._plan = self.plain.plan(question)
        return self._plan

    def plan(self, question: Question) -> Plan:
        """Understand the question; asking twice costs nothing."""
        if self._plan is None or self.question is not question:
            self.question = question
            self._kept = self._remembered(question)
            self._plan = (
                self.plain.plan(question)
                if self._kept is not None
                else understand(question, self.panel, self.prompts, self.meter)
            )
        return self._plan

    def recall(self, question: Question, plan: Plan) -> Material:
        """Search the memories; what a kept answer cites is among them."""
        material = only_until(question.within, self.plain.recall(question, plan))
        if self._kept is None:
            return material
        return material.with_rows(tuple(item.memory for item in self._kept.cited))

    def answer(self, plan: Plan, material: Material) -> Draft:
        """Read the material; an unproven draft tells what failed on the way to it."""
        draft = self._drafted(plan, material)
        self._settled = draft.proven
        if self._notes and not draft.proven:
            draft = replace(draft, reason="; ".join([*self._notes, draft.reason]))
        self._notes.clear()
        return draft

    def navigate(self, plan: Plan, material: Material, at: Segment | None) -> list[Branch]:
        """Where to look next: retrieval proposes, the model picks by number."""
        if self._settled or not pays_to_look(plan):
            return []
        if at is not None:
            limit = limit_of(material.video(at.video_id), self.asked.within)
            found = onward(at, self._scores.get(at, 0.5), limit or at.span, self._longest)
        else:
            hinted = self.plain.navigate(plan, material, at)
            within = self.asked.within
            offered = proposals(hinted, material.videos, material.nodes, self._longest, within)
            found = opened(self._guided(offered, material), self._longest)
        for branch in found:
            self._scores.setdefault(branch.segment, branch.score)
        return found

    def look(self, plan: Plan, segment: Segment, meter: Meter) -> Looked:
        """Look with the model that sees, or with the embedded ones where there is none."""
        captioner = self.panel.captioner
        if captioner is None:
            seen = self.plain.look(plan, segment, meter)
        else:
            own = self.plain
            told = self.prompts.captioner
            looker = ModelLooker(own.store, own.models, captioner, told, own.source)
            seen = self._survived(looker, segment, meter)
        self.fresh += seen.rows
        if seen.note:
            self._notes.append(f"the look failed: {seen.note}")
        return seen

    @property
    def _longest(self) -> int:
        return round(self.plain.parameters.span_seconds * SECOND)

    @property
    def asked(self) -> Question:
        """The question in hand."""
        assert self.question is not None, "plan comes first"
        return self.question

    def reader(self) -> Reader:
        """A reader for the question in hand."""
        return Reader(self.asked, self.panel, self.prompts, self.meter, self.check)

    def _drafted(self, plan: Plan, material: Material) -> Draft:
        kept, self._kept = self._kept, None
        if kept is not None and verify(kept, material).proven:
            return kept
        rows = shown_rows(plan, material, tuple(reversed(self.fresh)))
        try:
            draft = self.reader().read(rows, material)
        except ModelError as error:
            return Draft(None, reason=f"the reader failed: {error}")
        except BudgetExhausted as limit:
            if self.fresh:
                raise
            return Draft(None, reason=str(limit))
        if draft.proven and self.cache is not None:
            keep_answer(self.cache, self._answer_key(self.asked), draft, self.asked)
        return draft

    def _guided(self, branches: list[Branch], material: Material) -> list[Branch]:
        branches = scaled(branches, 1.0)
        if len(branches) < 2:
            return branches
        guide = Guide(self.asked, self.panel, self.prompts, self.meter)
        known = [*self._summaries(), *(row for row in material.rows if row.kind != Kind.KEYFRAME)]
        try:
            chosen, self.look_for = guide.choose(branches, known, material)
        except (ModelError, BudgetExhausted) as error:
            log.warning("navigated by retrieval alone: %s", error)
            self._notes.append(f"navigated by retrieval alone: {error}")
            return branches
        return chosen

    def _summaries(self) -> list[Memory]:
        """What captions and summaries say of the videos, stretch by stretch."""
        kinds, levels = (Kind.SUMMARY, Kind.CAPTION), (Level.SHOT, Level.SCENE, Level.CHAPTER)
        scope = Scope(self.asked.tenant, self.asked.video_ids, kinds, levels, self.asked.within)
        rows = self.plain.store.memories(scope)
        return [row for row in rows if not reaches_beyond(row, self.asked.within)]

    def _survived(self, looker: ModelLooker, segment: Segment, meter: Meter) -> Looked:
        before = meter.frames
        try:
            return looker.look(self.plain.tenant, segment, meter, self.look_for)
        except ModelError as error:
            log.warning("a look failed: %s", error)
            return Looked((), cached=False, frames=meter.frames - before, note=str(error))

    def _remembered(self, question: Question) -> Draft | None:
        if self.cache is None:
            return None
        return kept_answer(self.cache, self._answer_key(question), question, self.plain.store)

    def _answer_key(self, question: Question) -> str:
        sees = self.panel.captioner
        names = (self.panel.of("reader").name, sees.name if sees else "", self.prompts.reader)
        return answer_key(question, self.plain.store, *names)


def only_until(within: Span | None, material: Material) -> Material:
    """The material without rows that tell of what comes after the end of `within`."""
    if within is None:
        return material

    def kept(hits: tuple[Hit, ...]) -> tuple[Hit, ...]:
        return tuple(hit for hit in hits if not reaches_beyond(hit.memory, within))

    return replace(
        material,
        hits=kept(material.hits),
        rows=tuple(row for row in material.rows if not reaches_beyond(row, within)),
        anchors=kept(material.anchors),
        options=tuple(kept(group) for group in material.options),
    )


def reaches_beyond(row: Memory, within: Span | None) -> bool:
    """Whether a row covers time after the end of `within`."""
    return within is not None and row.span.end > within.end
