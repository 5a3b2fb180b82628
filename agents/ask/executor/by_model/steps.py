"""The loop's steps with models: plan, read, navigate and look; each failure is survived and told.

One object serves one question. What the question learns is kept by the parts that use it: the
answerer, the navigator, and the history of its looks and failures.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from agents.ask.answer import Context, Draft, Observation, Question
from agents.ask.executor.by_model.answer import ModelAnswerer
from agents.ask.executor.by_model.answer_cache import AnswerCache
from agents.ask.executor.by_model.follow_up import FollowUp
from agents.ask.executor.by_model.history import Failures, Looks
from agents.ask.executor.by_model.navigate import ModelNavigator
from agents.ask.executor.by_model.pick import Picker
from agents.ask.executor.by_model.read import Reader, Rereader
from agents.ask.executor.embedded import EmbeddedSteps
from agents.ask.executor.look import Looker
from agents.ask.executor.navigate import pays_to_look
from agents.ask.executor.perceivers import Detail, ModelPerceiver
from agents.ask.executor.recall import Recall
from agents.ask.plan import Plan
from agents.ask.planner.by_model import understand
from agents.budget import Meter
from agents.errors import ModelError
from agents.models.cache import ReplyCache
from agents.models.chat import ModelRoles
from agents.prompting.prompts import Prompts, aim
from memory.backtrack import Branch, Segment

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pursuit:
    """One question in hand, and the parts that keep what it learns."""

    question: Question
    plan: Plan
    looks: Looks
    failures: Failures
    answerer: ModelAnswerer
    navigator: ModelNavigator


@dataclass(slots=True)
class ModelSteps:
    """Steps in which models plan, read, navigate and look.

    Args:
        plain: Store, embedded models and parameters; its navigator and its looks serve where there
            is no model for them.
        roles: The models, by role.
        prompts: What they are told.
        meter: What this question may spend.
        cache: Where proven answers are kept; None keeps none.
        check: Whether a second call must agree with an answer.
    """

    plain: EmbeddedSteps
    roles: ModelRoles
    prompts: Prompts
    meter: Meter
    cache: ReplyCache | None = None
    check: bool = True
    _pursuit: Pursuit | None = field(default=None, init=False)

    def plan(self, question: Question) -> Plan:
        """Understand the question; asking twice costs nothing."""
        if self._pursuit is None or self._pursuit.question is not question:
            self._pursuit = self._begun(question)
        return self._pursuit.plan

    def recall(self, question: Question, plan: Plan) -> Context:
        """Search the memories; what a kept answer cites is among them."""
        context = self.plain.recall(question, plan)
        kept = self._pursuit.answerer.kept if self._pursuit is not None else None
        return context.with_rows(tuple(item.memory for item in kept.cited)) if kept else context

    def answer(self, plan: Plan, context: Context) -> Draft:
        """Read the context; a count waits until every place picked for it has been looked at."""
        own = self._own
        if own.navigator.awaited and own.looks.rows:
            return Draft(None, reason="first the other places, then the count")
        return own.answerer.answer(plan, context)

    def navigate(self, plan: Plan, context: Context, at: Segment | None) -> list[Branch]:
        """Where to look next: retrieval proposes, the model picks by number."""
        own = self._own
        if own.answerer.settled or not pays_to_look(plan):
            return []
        return own.navigator.navigate(plan, context, at)

    def look(self, plan: Plan, segment: Segment, meter: Meter) -> Observation:
        """Look with the model that sees, or with the embedded ones where there is none."""
        own = self._own
        looker = self.looker(own.navigator.look_for)
        if looker is None:
            seen = self.plain.look(plan, segment, meter)
        else:
            seen = self._survived(looker, segment, meter)
        own.looks.add(segment, seen)
        own.navigator.awaited.discard(segment)
        if seen.note:
            own.failures.add(f"the look failed: {seen.note}")
        return seen

    def conclude(self, plan: Plan, context: Context, draft: Draft) -> Draft:
        """Count what was found, if that was put off; keep that nothing was found."""
        own = self._own
        if own.navigator.awaited:
            own.navigator.awaited.clear()
            draft = self.answer(plan, context)
        own.answerer.keep_if_nothing(draft)
        return draft

    def looker(self, look_for: int | str, detail: Detail | None = None) -> Looker | None:
        """A looker with the model that sees; None where there is none.

        `look_for` is a number of the list of aims, or the aim itself.
        """
        captioner, own = self.roles.captioner, self.plain
        if captioner is None:
            return None
        wanted = aim(look_for) if isinstance(look_for, int) else look_for
        perceiver = ModelPerceiver(captioner, self.prompts.captioner, wanted, detail)
        return Looker(own.store, own.models.text_encoder, perceiver, own.source)

    def reader(self, question: Question) -> Reader:
        """Who reads rows for a question."""
        return Reader(question, self.roles, self.prompts, self.meter, self.check)

    @property
    def _own(self) -> Pursuit:
        assert self._pursuit is not None, "plan comes first"
        return self._pursuit

    def _begun(self, question: Question) -> Pursuit:
        """The parts for a question, wired; a kept answer needs no plan by a model."""
        plain, reader = self.plain, self.reader(question)
        answers, kept = self._answers(question), None
        if answers is not None:
            kept = answers.remembered(reader, plain.models.text_encoder)
        plan = plain.plan(question)
        if kept is None:
            plan = understand(question, plan, self.roles, self.prompts, self.meter)
        looks, failures = Looks(), Failures()
        recall = Recall(plain.store, plain.models, plain.parameters.recall)
        follow_up = FollowUp(recall, question)
        answerer = ModelAnswerer(Rereader(reader), follow_up, looks, failures, answers, kept)
        picker = Picker(question, self.roles, self.prompts, self.meter)
        navigator = ModelNavigator(plain, picker, looks, follow_up, failures)
        return Pursuit(question, plan, looks, failures, answerer, navigator)

    def _answers(self, question: Question) -> AnswerCache | None:
        if self.cache is None:
            return None
        sees = self.roles.captioner
        names = (self.roles.of("reader").name, sees.name if sees else "", self.prompts.reader)
        depends = (*names, self.plain.parameters.max_looks)
        return AnswerCache(self.cache, self.plain.store, question, depends)

    def _survived(self, looker: Looker, segment: Segment, meter: Meter) -> Observation:
        before = meter.frames
        try:
            return looker.look(self.plain.tenant, segment, meter)
        except ModelError as error:
            log.warning("a look failed: %s", error)
            return Observation((), cached=False, frames=meter.frames - before, note=str(error))
