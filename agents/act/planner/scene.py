"""What a plan is made of while clauses are read: files, steps, and what "it" and "them" mean."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agents.act.hands import Goal
from agents.act.plan import PlanGraph, Ref, Step, leaves
from agents.act.planner.reading import MEDIA, NotPlanned, Read
from agents.act.validate import Limits, examine
from agents.tools.assets import Asset, Facts, MediaKind
from agents.tools.registry import Registry

ANYTHING = Limits(seconds=float("inf"), usd=float("inf"), bytes=2**62)


@dataclass(slots=True)
class Scene:
    """A plan in the making; copied before an attempt, so that a failed one leaves nothing."""

    goal: Goal
    registry: Registry
    reading: Read
    steps: list[Step] = field(default_factory=list[Step])
    current: str | Ref | None = None
    """What "it" means: an asset id, or an output."""
    ends: list[Ref] = field(default_factory=list[Ref])
    """Outputs that no step uses yet, in order."""
    notes: list[str] = field(default_factory=list[str])

    def copy(self) -> Scene:
        """The same, to try something on."""
        lists = list(self.steps), self.current, list(self.ends), list(self.notes)
        return Scene(self.goal, self.registry, self.reading, *lists)

    @property
    def plan(self) -> PlanGraph:
        """The plan so far."""
        outputs = tuple(self.ends)
        notes = tuple(self.notes)
        return PlanGraph(self.goal.text, tuple(self.steps), outputs, self.goal.parent, notes=notes)

    def add(self, tool: str, expect: str, each: str = "", /, **arguments: Any) -> Ref:  # noqa: ANN401
        """Use a tool; what it gives is what "it" means from then on.

        Raises:
            NotPlanned: there is no such tool here.
        """
        known = self.registry.get(tool)
        if known is None or known.missing:
            why = known.missing if known else "`backtrail tools` lists those that there are"
            raise NotPlanned(f"this needs the tool {tool}, which is not here", why)
        taken = {step.step_id for step in self.steps}
        name = tool.replace(".", "_")[:36]
        number = next(n for n in range(1, 1000) if f"{name}_{n}" not in taken)
        step = Step(f"{name}_{number}", tool, arguments, each, expect)
        self.steps.append(step)
        used = {ref.step for ref in step.refs}
        self.ends = [ref for ref in self.ends if ref.step not in used]
        made = Ref(step.step_id, known.gives[0].name)
        self.ends.append(made)
        self.current = made
        return made

    def video(self, things: list[str]) -> str | Ref:
        """The video that words mean: the named one, "it", or the only one there is.

        Raises:
            NotPlanned: there is none, or more than one.
        """
        for thing in things:
            numbers = re.findall(MEDIA, thing)
            if len(numbers) > 1:
                raise NotPlanned(f"{self.reading.shown(thing)} are several files", "name one")
            if numbers:
                asset = self.file(int(numbers[0]), MediaKind.VIDEO)
                self._note_again(asset)
                return asset.asset_id
        if self.current is not None:
            return self.current
        found = self.given(MediaKind.VIDEO)
        if len(found) != 1:
            names = ", ".join(a.name for a in found)
            said = f"which of {names} is meant is not clear" if found else "no video was given"
            raise NotPlanned(said, "name the file")
        return found[0].asset_id

    def _note_again(self, asset: Asset) -> None:
        """Tell that a file which was changed already is meant as it was given."""
        used = any(asset.asset_id in leaves(step.arguments) for step in self.steps)
        note = f"{asset.name} is meant as it was given; what was made of it would be called it"
        if used and note not in self.notes:
            self.notes.append(note)

    def given(self, *kinds: MediaKind) -> list[Asset]:
        """All files of some kinds, named or not."""
        return [asset for asset in self.goal.media if asset.kind in kinds]

    def file(self, number: int, *kinds: MediaKind) -> Asset:
        """The file of a mark.

        Raises:
            NotPlanned: it is of another kind.
        """
        asset = self.goal.media[number]
        if kinds and asset.kind not in kinds:
            wanted = " or ".join(map(str, kinds))
            raise NotPlanned(f"{asset.name} is {asset.kind}, no {wanted}", "name another file")
        return asset

    def files(self, things: list[str], *kinds: MediaKind) -> list[Asset]:
        """The files that are named."""
        numbers = [int(n) for thing in things for n in re.findall(MEDIA, thing)]
        return [self.file(number, *kinds) for number in numbers]

    def several(self, things: list[str], kind: MediaKind = MediaKind.VIDEO) -> list[str | Ref]:
        """What "them" means: the named files, else what no step uses yet, else all of a kind."""
        named: list[str | Ref] = [asset.asset_id for asset in self.files(things, kind)]
        if named:
            return named
        if len(self.ends) > 1:
            return list(self.ends)
        return [asset.asset_id for asset in self.given(kind)]

    def facts(self, value: str | Ref) -> Facts:
        """What is known, or foreseen, of a file."""
        if isinstance(value, str):
            return next(a.facts for a in self.goal.media if a.asset_id == value)
        assets = {asset.asset_id: asset for asset in self.goal.media}
        _, forecast = examine(self.plan, self.registry, assets, ANYTHING)
        made = forecast.made.get(value.step, {}).get(value.output, ())
        return made[0].facts if made else Facts()


def is_backwards(arguments: Mapping[str, Any]) -> bool:
    """Whether a stretch ends before it starts; grammars see to it themselves."""
    start, end = arguments.get("start"), arguments.get("end")
    if not isinstance(start, int | float) or not isinstance(end, int | float):
        return False
    return end <= start
