"""The loop's steps with models: plan, read, navigate and look; each failure is survived and told.

One object serves one question: it holds the meter, and what the question learned so far.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from agents.ask.answer import Context, Draft, Observation, Question
from agents.ask.executor.answer_cache import (
    answer_key,
    keep_answer,
    keep_nothing,
    kept_answer,
    similar_answers,
)
from agents.ask.executor.context import shown_rows
from agents.ask.executor.embedded import EmbeddedSteps
from agents.ask.executor.look import Looker
from agents.ask.executor.navigate import pays_to_look
from agents.ask.executor.navigate_by_model import Guide
from agents.ask.executor.perceivers import Detail, ModelPerceiver
from agents.ask.executor.read_by_model import OBJECTS, Reader, says_same
from agents.ask.executor.recall import Recall
from agents.ask.executor.segment_text import known_before, lies_in, told_in
from agents.ask.executor.segments import (
    HINTED,
    RELEVANT,
    closer,
    limit_of,
    onward,
    opened,
    pointed,
    proposals,
    scaled,
    unseen,
)
from agents.ask.executor.until import only_until, reaches_beyond
from agents.ask.plan import Asked, Plan
from agents.ask.planner.by_model import understand
from agents.ask.verify import verify
from agents.budget import Meter
from agents.errors import BudgetExhausted, ModelError
from agents.models.cache import ReplyCache
from agents.models.chat import ModelRoles
from agents.prompting.prompts import Prompts, aim
from agents.text.words import coverage
from memory.backtrack import Branch, Segment
from memory.records import SECOND, Hit, Kind, Level, Memory, Scope

log = logging.getLogger(__name__)

HOPS = 4
"""Most searches for what the reader misses."""
ASIDES = 16
"""Most rows that such a search adds to what is read."""
FORMER = 0.8
"""What a hit of the first search counts where a newer one is known."""
READINGS = 4
"""Most readings of the same rows, after answers that the verifier rejects."""
GUIDED_ROUNDS, MET_ROUNDS = 3, 2
"""How often the navigator may pick when what it picked is used up, and when what was asked about
has been met."""
AGAIN = 0.85
"""What a later pick counts beside an earlier one."""
LEAST = 0.25
"""Score below which a segment is not worth a look."""
SEVERAL = (Asked.COUNT, Asked.ORDER)
"""Questions that need more than one moment."""


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
    question: Question | None = field(default=None, init=False)
    fresh: list[Memory] = field(default_factory=list[Memory], init=False)
    """Rows that this question's looks brought."""
    look_for: int = field(default=1, init=False)
    _plan: Plan | None = field(default=None, init=False)
    _kept: Draft | None = field(default=None, init=False)
    _searched: list[str] = field(default_factory=list[str], init=False)
    """What the reader missed and was searched for."""
    _asides: list[Memory] = field(default_factory=list[Memory], init=False)
    """Rows that those searches brought."""
    _sought: list[Hit] = field(default_factory=list[Hit], init=False)
    """Their hits, until they were navigated by."""
    _guided: int = field(default=0, init=False)
    """How often the model has picked."""
    _picks: int = field(default=0, init=False)
    """How many segments it picked in all."""
    _picked: set[Segment] = field(default_factory=set[Segment], init=False)
    """What it picked last."""
    _met: bool = field(default=False, init=False)
    """What was asked about has been seen: looking elsewhere promises less."""
    _doubted: set[str] = field(default_factory=set[str], init=False)
    """Rows that a rejected answer rested on."""
    _looked: set[Segment] = field(default_factory=set[Segment], init=False)
    _blind: set[Segment] = field(default_factory=set[Segment], init=False)
    """Segments at which a look failed: their pieces are worth another."""
    _places: set[Segment] = field(default_factory=set[Segment], init=False)
    """Segments that a count must not be made without."""
    _settled: bool = field(default=False, init=False)
    """No more is to be looked at."""
    _failed: bool = field(default=False, init=False)
    """A model failed on the way, so that nothing found does not mean nothing there."""
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
                else understand(question, self.roles, self.prompts, self.meter)
            )
        return self._plan

    def recall(self, question: Question, plan: Plan) -> Context:
        """Search the memories; what a kept answer cites is among them."""
        context = only_until(question.within, self.plain.recall(question, plan))
        if self._kept is None:
            return context
        return context.with_rows(tuple(item.memory for item in self._kept.cited))

    def answer(self, plan: Plan, context: Context) -> Draft:
        """Read the context; an unproven draft tells what failed on the way to it.

        What the reader misses is searched for at once, and read with the rest. A count waits until
        every place that was picked for it has been looked at.
        """
        if self._places and self.fresh:
            return Draft(None, reason="first the other places, then the count")
        context = context.with_rows(tuple(self._asides))
        draft = self._drafted(plan, context)
        while self._follows(draft, context):
            context = context.with_rows(tuple(self._asides))
            draft = self._drafted(plan, context)
        self._settled = self._settled or draft.proven
        if self._notes and not draft.proven:
            draft = replace(draft, reason="; ".join([*self._notes, draft.reason]))
        self._notes.clear()
        return draft

    def navigate(self, plan: Plan, context: Context, at: Segment | None) -> list[Branch]:
        """Where to look next: retrieval proposes, the model picks by number."""
        if self._settled or not pays_to_look(plan):
            return []
        found: list[Branch] = []
        if at is not None:
            limit = limit_of(context.video(at.video_id), self.asked.within) or at.span
            seen = [row for row in self.fresh if lies_in(row, at)]
            score = self._scores.get(at, 0.5)
            coarse = known_before(at, context)
            found = onward(at, score, limit, self._longest, seen, plan.terms, coarse)
            if at in self._blind:
                found += closer(at, score, (), plan.terms)
        if at is not None and coverage(plan.terms, told_in(self.fresh, at)) >= RELEVANT:
            self._met = True
        rounds = MET_ROUNDS if self._met else GUIDED_ROUNDS
        used_up = self._picked <= self._looked and self._guided < rounds
        if at is None or self._sought or used_up:
            found += self._chosen(plan, context, at is None or used_up)
        found = [branch for branch in found if branch.score >= LEAST]
        for branch in found:
            self._scores.setdefault(branch.segment, branch.score)
        if at is None:
            return found
        within = self.asked.within
        return found + unseen(context.videos, self._looked, self._longest, within, LEAST)

    def conclude(self, plan: Plan, context: Context, draft: Draft) -> Draft:
        """Count what was found, if that was put off; keep that nothing was found."""
        if self._places:
            self._places.clear()
            draft = self.answer(plan, context)
        nothing = not (draft.proven or draft.spent or self._failed or self._settled)
        if nothing and self.cache is not None:
            key = self._answer_key(self.asked)
            keep_nothing(self.cache, key, draft, self.asked, self.plain.store)
        return draft

    def look(self, plan: Plan, segment: Segment, meter: Meter) -> Observation:
        """Look with the model that sees, or with the embedded ones where there is none."""
        looker = self.looker(self.look_for)
        if looker is None:
            seen = self.plain.look(plan, segment, meter)
        else:
            seen = self._survived(looker, segment, meter)
        self.fresh += seen.rows
        self._looked.add(segment)
        self._places.discard(segment)
        if seen.note:
            self._failed = True
            self._blind.add(segment)
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

    def reader(self) -> Reader:
        """A reader for the question in hand."""
        return Reader(self.asked, self.roles, self.prompts, self.meter, self.check)

    def _drafted(self, plan: Plan, context: Context) -> Draft:
        kept, self._kept = self._kept, None
        if kept is not None and (not kept.proven or verify(kept, context).proven):
            self._settled = True
            return kept
        rows = shown_rows(plan, context, (*reversed(self.fresh), *self._asides))
        try:
            draft = self._undoubted(plan, rows, context)
        except ModelError as error:
            self._failed = True
            return Draft(None, reason=f"the reader failed: {error}")
        except BudgetExhausted as limit:
            if self.fresh:
                raise
            return Draft(None, reason=str(limit), spent=True)
        if draft.proven and self.cache is not None:
            key = self._answer_key(self.asked)
            keep_answer(self.cache, key, draft, self.asked, self.plain.store)
        return draft

    def _undoubted(self, plan: Plan, rows: Sequence[Memory], context: Context) -> Draft:
        """A reading; what a rejected answer rested on is set aside, and the rest read again."""
        draft = Draft(None)
        for _ in range(READINGS):
            kept = [row for row in rows if row.memory_id not in self._doubted]
            draft = self.reader().read(kept, context)
            if plan.asked in SEVERAL or not draft.reason.startswith(OBJECTS):
                break
            cited = [item.memory for item in draft.cited]
            self._doubted |= {r.memory_id for r in rows if any(says_same(r, c) for c in cited)}
        return draft

    def _follows(self, draft: Draft, context: Context) -> bool:
        """Search for what the reader misses; whether that brought anything new."""
        wanted = draft.missing
        if draft.proven or not wanted or wanted in self._searched or len(self._searched) >= HOPS:
            return False
        self._searched.append(wanted)
        own = self.plain
        question = self.asked
        scope = Scope(question.tenant, question.video_ids, within=question.within)
        hits = Recall(own.store, own.models, own.parameters.recall).search(wanted, scope)
        hits = [hit for hit in hits if not reaches_beyond(hit.memory, question.within)]
        known = {row.memory_id for row in (*context.rows, *self._asides)}
        self._sought = list(hits)
        self._asides += [h.memory for h in hits[:ASIDES] if h.memory.memory_id not in known]
        return bool(hits)

    def _chosen(self, plan: Plan, context: Context, everywhere: bool) -> list[Branch]:
        """Branches that the model picks among the hits' places that were not looked at yet.

        When its picks are used up it is asked again. What it never picks comes when it picks none,
        or when it has picked no more than one in each round: then retrieval knows better.
        """
        found: list[Branch] = []
        if everywhere:
            hinted = self.plain.navigate(plan, context, None)
            found = [replace(branch, score=branch.score * HINTED) for branch in hinted]
            found += pointed(context.hits, self._longest, FORMER if self._sought else 1.0)
        found += pointed(self._sought, self._longest)
        within = self.asked.within
        coarse = self._guided + 1 >= GUIDED_ROUNDS
        offered = proposals(
            found, context.videos, context.nodes, self._longest, within, coarse=coarse
        )
        offered = [branch for branch in offered if branch.segment not in self._looked]
        guided = self._guide(offered, plan, context)
        self._sought.clear()
        self._picks += len(self._picked)
        stubborn = self._guided + 1 >= GUIDED_ROUNDS and self._picks <= GUIDED_ROUNDS
        last = stubborn or not self._picked
        kept = guided if last else [b for b in guided if b.segment in self._picked]
        share = AGAIN**self._guided
        self._guided += 1
        made = [replace(b, score=b.score * share) for b in opened(kept, self._longest)]
        self._picked = {branch.segment for branch in made}
        return made

    def _guide(self, branches: list[Branch], plan: Plan, context: Context) -> list[Branch]:
        branches = scaled(branches, 1.0)
        self._picked = set()
        if len(branches) < 2:
            return branches
        guide = Guide(self.asked, self.roles, self.prompts, self.meter)
        hits = [hit.memory for hit in (*self._sought, *context.hits)]
        rows = [row for row in context.rows if row.kind != Kind.KEYFRAME]
        known = [*self._summaries(), *hits, *self._asides, *rows, *self.fresh]
        every = plan.asked in SEVERAL
        missing = self._searched[-1] if self._searched else ""
        try:
            choice = guide.choose(branches, known, context, every=every, missing=missing)
        except (ModelError, BudgetExhausted) as error:
            self._failed = True
            log.warning("navigated by retrieval alone: %s", error)
            self._notes.append(f"navigated by retrieval alone: {error}")
            return branches
        self.look_for = choice.look_for
        self._picked = set(choice.picked)
        if plan.asked is Asked.COUNT:
            wanted = [b for b in choice.branches if b.segment in choice.picked]
            self._places |= {branch.segment for branch in opened(wanted, self._longest)}
        return choice.branches

    def _summaries(self) -> list[Memory]:
        """What captions and summaries say of the videos, stretch by stretch."""
        kinds, levels = (Kind.SUMMARY, Kind.CAPTION), (Level.SHOT, Level.SCENE, Level.CHAPTER)
        scope = Scope(self.asked.tenant, self.asked.video_ids, kinds, levels, self.asked.within)
        rows = self.plain.store.memories(scope)
        return [row for row in rows if not reaches_beyond(row, self.asked.within)]

    def _survived(self, looker: Looker, segment: Segment, meter: Meter) -> Observation:
        before = meter.frames
        try:
            return looker.look(self.plain.tenant, segment, meter)
        except ModelError as error:
            log.warning("a look failed: %s", error)
            return Observation((), cached=False, frames=meter.frames - before, note=str(error))

    def _remembered(self, question: Question) -> Draft | None:
        if self.cache is None:
            return None
        store, encoder = self.plain.store, self.plain.models.text_encoder
        kept = kept_answer(self.cache, self._answer_key(question), question, store)
        if kept is not None:
            return kept
        for draft in similar_answers(self.cache, question, store, encoder):
            if self._agreed(draft, question):
                keep_answer(self.cache, self._answer_key(question), draft, question, store)
                return replace(draft, reason="answered before, in other words; checked again")
        return None

    def _agreed(self, draft: Draft, question: Question) -> bool:
        """Whether the verifier takes the answer to a similar question for this one's too."""
        store = self.plain.store
        videos = tuple(store.video(question.tenant, v) for v in question.video_ids)
        rows = tuple(item.memory for item in draft.cited)
        try:
            return self.reader().agrees(draft, Context((), rows, videos=videos))
        except (ModelError, BudgetExhausted) as error:
            log.info("a kept answer could not be checked for another question: %s", error)
            return False

    def _answer_key(self, question: Question) -> str:
        sees = self.roles.captioner
        names = (self.roles.of("reader").name, sees.name if sees else "", self.prompts.reader)
        return answer_key(question, self.plain.store, *names, self.plain.parameters.max_looks)
