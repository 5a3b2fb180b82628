"""What the algorithm asks for: who plans, approves, runs, checks and repairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from agents.act.plan import PlanGraph, Step
from agents.act.validate import Forecast, Outputs, Problem
from agents.tools.assets import Asset, Assets
from agents.tools.base import Arguments, Estimate, Made, Tool

if TYPE_CHECKING:
    from agents.act.act import Progress
    from agents.act.purse import Spending
    from agents.act.remembered.recipes import Recipe


@dataclass(frozen=True, slots=True)
class Goal:
    """What a person wants, and of what."""

    text: str
    media: tuple[Asset, ...] = ()
    """The files that were given, in order."""
    before: PlanGraph | None = None
    """The plan that this goes on from."""
    parent: str = ""
    """Id of the run of that plan."""
    told: tuple[str, ...] = ()
    """What memory tells a model that plans, line by line: earlier runs, recipes, preferences."""
    recipes: Mapping[str, Recipe] = field(default_factory=dict[str, "Recipe"], hash=False)
    """Recipes that it may name, by name in plain words."""


@dataclass(frozen=True, slots=True)
class Task:
    """A step that is ready: its inputs are there."""

    step: Step
    tool: Tool[Any]
    arguments: Arguments
    assets: Assets
    """The assets of its arguments."""
    key: str
    estimate: Estimate
    into: str = ""
    """The step that goes on with it, where it is put off (`agents/act/fusing.py`)."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a tool wrote, probed, before it counts."""

    folder: Path
    made: Made
    outputs: Outputs
    seconds: float


@dataclass(frozen=True, slots=True)
class Done:
    """What a step gave."""

    step: Step
    key: str
    outputs: Outputs
    is_reused: bool
    """Whether it was made by an earlier run of the same step."""
    seconds: float = 0.0
    usd: float = 0.0
    bytes: int = 0
    notes: tuple[str, ...] = ()
    into: str = ""
    """The step that goes on with it, where it was put off: it has no files until that one has."""


class Hands(Protocol):
    """What acting needs; the workshop and the doubles of tests implement it."""

    def plan(self, goal: Goal) -> PlanGraph:
        """Plan a goal, with moments in the place of memories, as far as memory has them.

        Raises:
            NotPlanned: a clause cannot be placed; nothing is guessed.
        """
        ...

    def examine(self, plan: PlanGraph) -> tuple[Sequence[Problem], Forecast]:
        """Hold a plan against the registry."""
        ...

    def approve(self, plan: PlanGraph, forecast: Forecast) -> bool:
        """Have a plan approved, where it needs to be."""
        ...

    def begin(self, state: Progress) -> None:
        """Note a plan that is about to run, so that a crash can be gone on from."""
        ...

    def task(self, step: Step, done: Mapping[str, Done]) -> Task:
        """A step with its inputs."""
        ...

    def known(self, task: Task) -> Done | None:
        """What the same step made before, if that is all still there."""
        ...

    def run(self, task: Task, spending: Spending) -> Draft:
        """Do a step; what it writes lies apart until it is kept."""
        ...

    def check(self, task: Task, draft: Draft) -> list[str]:
        """What is wrong with what a step wrote."""
        ...

    def keep(self, task: Task, draft: Draft) -> Done:
        """Put files into their places, and then their rows."""
        ...

    def repair(self, state: Progress) -> PlanGraph | None:
        """The plan with its unfinished part changed; None when nothing is left to try."""
        ...

    def cancel(self) -> None:
        """Stop what runs."""
        ...
