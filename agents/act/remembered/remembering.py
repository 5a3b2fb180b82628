"""Planning with what a workspace remembers: earlier runs, recipes, and its people's preferences.

The planner is asked as ever; around it stand what it is shown, what serves where its grammar fails,
and what is filled in where the goal leaves it open. Each part can be off.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from agents.act.act import Progress
from agents.act.actor import Planner
from agents.act.hands import Goal
from agents.act.plan import ActStatus, PlanGraph
from agents.act.planner.grammar.operations import Ambiguous
from agents.act.planner.reading import NotPlanned
from agents.act.planner.shortlist import Encode
from agents.act.remembered.experience import Earlier, ended, nearest, shown, vectors_of
from agents.act.remembered.preferences import (
    HOW,
    applied,
    concerns,
    keep_stated,
    preferences,
    told,
)
from agents.act.remembered.recipes import Recipe, recipes
from agents.act.remembered.retrieved import Unaccounted, not_planned, refilled, suggestion
from agents.act.remembered.stated import Heard, Stated, heard_in, masked
from agents.act.remembered.things import THINGS, takes
from agents.tools.registry import Registry
from memory.organise.records import Preference, RecipeMark, plain
from memory.store import Store

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Switches:
    """Which memories are used."""

    experience: bool = True
    """Earlier runs are shown to models, and serve where the grammar fails."""
    recipes: bool = True
    preferences: bool = True


@dataclass(slots=True)
class Remembered:
    """The memories of one workspace, for one run."""

    store: Store
    tenant: str
    encode: Encode
    encoder: str
    """Name of what makes the vectors."""
    switches: Switches = field(default_factory=Switches)
    learns: bool = True
    """Whether preferences are read from goals: not from those that a model may have written.
    Whoever makes a memory says so, and it stays."""
    stated: tuple[Stated, ...] = ()
    """What the goal that is being planned states."""
    _runs: list[Earlier] | None = None
    _is_kept: bool = False

    @property
    def runs(self) -> list[Earlier]:
        """The runs that ended, read once."""
        if self._runs is None:
            self._runs = ended(self.store, self.tenant)
        return self._runs

    def recipes(self) -> list[Recipe]:
        """The recipes, none where they are off."""
        if not self.switches.recipes:
            return []
        return recipes(self.runs, self.store.notebook.find(RecipeMark, self.tenant))

    def preferences(self) -> list[Preference]:
        """The preferences, none where they are off."""
        return preferences(self.store, self.tenant) if self.switches.preferences else []

    def nearest(self, goal: Goal, registry: Registry) -> list[Earlier]:
        """The nearest two runs that worked and one that failed; none where they are off."""
        if not self.switches.experience or not self.runs:
            return []
        vectors = vectors_of(self.store, self.tenant, self.runs, self.encode, self.encoder)
        names = [asset.name for asset in goal.media]
        return nearest(goal.text, names, self.runs, vectors, self.encode, registry)

    def shown(self, goal: Goal, registry: Registry) -> tuple[str, ...]:
        """Lines for a model that plans."""
        lines = shown(self.nearest(goal, registry))
        words = f" {plain(goal.text)} "
        named = [one for one in self.recipes() if f" {plain(one.name)} " in words]
        for one in named:
            steps = one.to_json()
            lines.append(f"Recipe {one.name}: {steps['steps']}, open: {steps['slots']}")
        liked = [told(one) for one in self.preferences()]
        if liked:
            lines.append(f"Preferences, for what the goal leaves open: {'; '.join(liked)}")
        return tuple(lines)

    def only_told(self, goal: Goal, registry: Registry) -> PlanGraph | None:
        """The empty plan of a goal that states preferences and asks for nothing; else None.

        Raises:
            NotPlanned: what it says cannot be kept.
        """
        heard = self.heard(goal, registry, passing=False)
        if goal.before is not None or heard.rest or not heard.stated:
            return None
        self.stated = heard.stated
        notes = tuple(f"remembered: {one}" for one in heard.stated)
        return PlanGraph(goal.text, (), (), notes=notes)

    def keep(self, run_id: str, status: ActStatus) -> None:
        """Keep what the goal stated, once, when its run begins; not where nothing is done."""
        if status in (ActStatus.REFUSED, ActStatus.DECLINED) or self._is_kept:
            return
        self._is_kept = True
        keep_stated(self.store, self.tenant, self.stated, run_id)

    def heard(self, goal: Goal, registry: Registry, *, passing: bool) -> Heard:
        """What a goal states; nothing where preferences are off.

        Raises:
            NotPlanned: no tool takes what it states.
        """
        if not (self.switches.preferences and self.learns):
            return Heard((), goal.text)
        heard = heard_in(goal.text, [asset.name for asset in goal.media], passing=passing)
        for one in heard.stated:
            tools = THINGS[one.thing].tools
            if not any(takes(registry, t, one.argument, one.read) for t in tools):
                raise NotPlanned(f"{one} is not possible", HOW)
        return heard


@dataclass(frozen=True, slots=True)
class RetrievingPlanner:
    """A planner without a model; where it fails, an earlier plan with its slots refilled."""

    planner: Planner
    memory: Remembered

    def plan(self, goal: Goal, registry: Registry) -> PlanGraph:
        """The plan of a goal.

        Raises:
            NotPlanned: it is not understood, and no earlier run accounts for every word of it; the
                hint names the nearest one.
        """
        known = {plain(one.name): one for one in self.memory.recipes()}
        goal = replace(goal, recipes=known)
        try:
            return self.planner.plan(goal, registry)
        except Ambiguous:
            raise  # what may mean two things is for the person to say
        except NotPlanned as error:
            near = [] if goal.before else self.memory.nearest(goal, registry)
            plan = _retrieved(goal, registry, near)
            if plan is None:
                raise not_planned(error, suggestion(goal, near)) from error
            return plan

    def replan(self, goal: Goal, registry: Registry, state: Progress) -> PlanGraph | None:
        """As the planner does."""
        return self.planner.replan(goal, registry, state)


@dataclass(frozen=True, slots=True)
class RememberingPlanner:
    """A planner that is shown what memory holds, and whose plans get what people prefer."""

    planner: Planner
    memory: Remembered

    def plan(self, goal: Goal, registry: Registry) -> PlanGraph:
        """The plan of a goal, with preferences in what it leaves open.

        Raises:
            NotPlanned: see the planner.
        """
        inner = replace(goal, told=self.memory.shown(goal, registry))
        attempts = [self.memory.heard(goal, registry, passing=passing) for passing in (True, False)]
        for heard in attempts[attempts[0] == attempts[1] :]:
            is_last = heard is attempts[1]
            try:
                plan = self._planned(replace(inner, text=heard.rest), registry)
            except NotPlanned as error:
                if not is_last:
                    continue
                lost = [f"{one!r} is no preference either: {HOW}" for one in heard.unclear[:1]]
                raise not_planned(error, "".join(lost)) from error
            # "subtitles in yellow" may ask for some: it is a preference where there are subtitles
            if is_last or all(concerns(plan, one) for one in heard.stated if one.is_passing):
                self.memory.stated = heard.stated
                return self._liked(plan, goal, registry, goal.before)
        raise AssertionError("the last attempt gives a plan or an error")

    def replan(self, goal: Goal, registry: Registry, state: Progress) -> PlanGraph | None:
        """As the planner does, with preferences in what is new."""
        inner = replace(goal, told=self.memory.shown(goal, registry))
        plan = self.planner.replan(inner, registry, state)
        return None if plan is None else self._liked(plan, goal, registry, state.plan)

    def _planned(self, goal: Goal, registry: Registry) -> PlanGraph:
        """A plan by the planner; the one before where nothing but preferences is said."""
        if goal.before is not None and not goal.text:
            return goal.before
        return self.planner.plan(goal, registry)

    def _liked(
        self, plan: PlanGraph, goal: Goal, registry: Registry, before: PlanGraph | None
    ) -> PlanGraph:
        """The plan under its whole goal, with preferences, and notes of what is remembered."""
        memory = self.memory
        words = masked(goal.text, [asset.name for asset in goal.media])
        words = words if plan.planner == "model" else ""
        plan = replace(plan, goal=goal.text)
        new = applied(plan, memory.preferences(), memory.stated, registry, before, words)
        notes = tuple(f"remembered: {one}" for one in memory.stated)
        return replace(new, notes=tuple(dict.fromkeys((*new.notes, *notes))))


def _retrieved(goal: Goal, registry: Registry, near: Sequence[Earlier]) -> PlanGraph | None:
    """The nearest earlier plan that accounts for every word of a goal."""
    for one in near:
        if one.worked:
            try:
                return refilled(goal, registry, one)
            except Unaccounted as why:
                log.info("the run %s does not serve: %s", one.action.run_id, why)
    return None
