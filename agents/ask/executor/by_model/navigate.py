"""Navigation by model: retrieval proposes segments, the model picks some, and looks lead on."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace

from agents.ask.answer import Context
from agents.ask.executor.by_model.follow_up import FollowUp
from agents.ask.executor.by_model.history import Failures, Looks
from agents.ask.executor.by_model.pick import Picker
from agents.ask.executor.embedded import EmbeddedSteps
from agents.ask.executor.navigate import needs_several
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
from agents.ask.plan import Asked, Plan
from agents.errors import BudgetExhausted, ModelError
from agents.text.words import coverage
from memory.backtrack import Branch, Segment
from memory.records import SECOND, Kind, Level, Memory, Scope, Span

log = logging.getLogger(__name__)

FORMER = 0.8
"""What a hit of the first search counts where a newer one is known."""
ROUNDS, MET_ROUNDS = 3, 2
"""How often the model may pick when what it picked is used up, and when what was asked about has
been met."""
AGAIN = 0.85
"""What a later pick counts beside an earlier one."""
LEAST = 0.25
"""Score below which a segment is not worth a look."""


@dataclass(slots=True)
class ModelNavigator:
    """Leads one question through its videos."""

    plain: EmbeddedSteps
    picker: Picker
    looks: Looks
    follow_up: FollowUp
    failures: Failures
    look_for: int = 1
    """Number of what the next looks are to look for, as the model chose it."""
    awaited: set[Segment] = field(default_factory=set[Segment])
    """Segments that a count must not be made without."""
    _rounds: int = 0
    """How often the model has picked."""
    _picks: int = 0
    """How many segments it picked in all."""
    _picked: set[Segment] = field(default_factory=set[Segment])
    """What it picked last."""
    _met: bool = False
    """What was asked about has been seen: looking elsewhere promises less."""
    _scores: dict[Segment, float] = field(default_factory=dict[Segment, float])

    def navigate(self, plan: Plan, context: Context, at: Segment | None) -> list[Branch]:
        """Where to look next, from the start (`at` is None) or from where a look just was."""
        found = [] if at is None else self._led_on(plan, context, at)
        rounds = MET_ROUNDS if self._met else ROUNDS
        used_up = self._picked <= self.looks.segments and self._rounds < rounds
        if at is None or self.follow_up.hits or used_up:
            found += self._chosen(plan, context, everywhere=at is None or used_up)
        found = [branch for branch in found if branch.score >= LEAST]
        for branch in found:
            self._scores.setdefault(branch.segment, branch.score)
        if at is None:
            return found
        looked = self.looks.segments
        return found + unseen(context.videos, looked, self._longest, self._within, LEAST)

    @property
    def _longest(self) -> int:
        return round(self.plain.parameters.span_seconds * SECOND)

    @property
    def _within(self) -> Span | None:
        return self.picker.question.within

    def _led_on(self, plan: Plan, context: Context, at: Segment) -> list[Branch]:
        """Where a look leads: closer where it was relevant or failed, and beside it."""
        limit = limit_of(context.video(at.video_id), self._within) or at.span
        score = self._scores.get(at, 0.5)
        rows = self.looks.rows
        seen = [row for row in rows if lies_in(row, at)]
        before = known_before(at, context)
        found = onward(at, score, limit, self._longest, seen, plan.terms, before)
        if at in self.looks.failed:
            found += closer(at, score, (), plan.terms)
        if coverage(plan.terms, told_in(rows, at)) >= RELEVANT:
            self._met = True
        return found

    def _chosen(self, plan: Plan, context: Context, *, everywhere: bool) -> list[Branch]:
        """Branches that the model picks among the hits' places that were not looked at yet.

        When its picks are used up it is asked again. What it never picks comes when it picks none,
        or when it has picked no more than one in each round: then retrieval knows better.
        """
        offered = self._offered(plan, context, everywhere=everywhere)
        ranked = self._picked_among(offered, plan, context)
        self.follow_up.hits.clear()
        self._picks += len(self._picked)
        stubborn = self._rounds + 1 >= ROUNDS and self._picks <= ROUNDS
        if self._picked and not stubborn:
            ranked = [branch for branch in ranked if branch.segment in self._picked]
        share = AGAIN**self._rounds
        self._rounds += 1
        made = [replace(b, score=b.score * share) for b in opened(ranked, self._longest)]
        self._picked = {branch.segment for branch in made}
        return made

    def _offered(self, plan: Plan, context: Context, *, everywhere: bool) -> list[Branch]:
        """What the model may choose from: places of hits, and stretches all over the videos."""
        newer, longest = self.follow_up.hits, self._longest
        found: list[Branch] = []
        if everywhere:
            hinted = self.plain.navigate(plan, context, None)
            found = [replace(branch, score=branch.score * HINTED) for branch in hinted]
            found += pointed(context.hits, longest, FORMER if newer else 1.0)
        found += pointed(newer, longest)
        coarse = self._rounds + 1 >= ROUNDS
        videos, nodes = context.videos, context.nodes
        offered = proposals(found, videos, nodes, longest, self._within, coarse=coarse)
        looked = self.looks.segments
        return scaled([branch for branch in offered if branch.segment not in looked], 1.0)

    def _picked_among(self, branches: list[Branch], plan: Plan, context: Context) -> list[Branch]:
        """The branches as the model ranks them; as retrieval does where it cannot be asked."""
        self._picked = set()
        if len(branches) < 2:
            return branches
        known, missing = self._known(context), self.follow_up.missing
        every = needs_several(plan)
        try:
            choice = self.picker.pick(branches, known, context, every=every, missing=missing)
        except (ModelError, BudgetExhausted) as error:
            log.warning("navigated by retrieval alone: %s", error)
            self.failures.add(f"navigated by retrieval alone: {error}")
            return branches
        self.look_for = choice.look_for
        self._picked = set(choice.picked)
        if plan.asked is Asked.COUNT:
            wanted = [branch for branch in choice.branches if branch.segment in choice.picked]
            self.awaited |= {branch.segment for branch in opened(wanted, self._longest)}
        return choice.branches

    def _known(self, context: Context) -> list[Memory]:
        """Rows that tell the model what is where."""
        follow_up = self.follow_up
        hits = [hit.memory for hit in (*follow_up.hits, *context.hits)]
        rows = [row for row in context.rows if not row.kind.is_picture]
        return [*self._summaries(), *hits, *follow_up.rows, *rows, *self.looks.rows]

    def _summaries(self) -> list[Memory]:
        """What captions and summaries say of the videos, stretch by stretch."""
        asked = self.picker.question
        kinds = tuple(kind for kind in Kind if kind.is_description)
        levels = (Level.SHOT, Level.SCENE, Level.CHAPTER)
        scope = Scope(asked.tenant, asked.video_ids, kinds, levels, asked.within)
        return self.plain.store.memories(scope)
