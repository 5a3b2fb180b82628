"""A recipe that a goal names: `use the recipe "trim-speed" on cat.mp4 with 0:02-0:04`.

Everything that is said after the name must fill a slot, and every slot must be filled.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from agents.act.plan import Ref, replaced
from agents.act.planner.options import COLOURS, PATTERNS
from agents.act.planner.reading import MEDIA, QUOTE, NotPlanned
from agents.act.planner.scene import Scene, is_backwards
from agents.act.planner.times import FACTOR, TIME, factor_of, seconds_of, span_of
from agents.tools.assets import MediaKind
from memory.organise.records import plain

if TYPE_CHECKING:
    from agents.act.remembered.recipes import Recipe, Slot

_NAME = rf"(?:{QUOTE}|(?P<word>[\w-]+))"
_RECIPE = re.compile(
    rf"(?:use|apply|run|follow|do|repeat|make)(?: the| my| a)? recipe (?:called |named )?{_NAME}"
    r"(?: (?P<rest>.+))?"
)
_GLUE = re.compile(r"(?:on|to|of|for|with|and|in|at|from|as|&|the|again)(?= |$) ?")
_IT = re.compile(r"(?:it|this|that|the (?:video|clip|result))(?= |$) ?")
_VALUE = re.compile(
    rf"(?:(?P<quote>{QUOTE})|(?P<span>{PATTERNS['span']})|(?P<factor>{FACTOR}(?: speed)?)|"
    rf"(?P<level>[+-]?\d+(?:\.\d+)? ?(?:db|lufs))|(?P<time>{TIME})|(?P<number>-?\d+(?:\.\d+)?)|"
    rf"(?P<colour>{'|'.join(COLOURS)}|#[0-9a-f]{{6}})|(?P<yes>true|false|yes|no)|"
    r"(?P<text>[a-z]+(?: (?:left|right))?))(?=\s|$)"
)
HINT = "`backtrail recipes` lists them"


def by_recipe(clause: str, scene: Scene, known: Mapping[str, Recipe]) -> Scene | None:
    """The scene with a recipe that a clause names; None for other clauses.

    Raises:
        NotPlanned: there is no such recipe, a slot is open, or something fills none.
    """
    found = _RECIPE.fullmatch(clause)
    if found is None:
        return None
    name = scene.reading.quotes[int(found[1])] if found[1] else found["word"]
    recipe = known.get(plain(name))
    if recipe is None:
        raise NotPlanned(f"there is no recipe {name!r}", HINT)
    filling = _Filling(scene.copy(), recipe)
    filling.read(found["rest"] or "")
    return filling.placed(scene.reading.shown(clause))


class _Filling:
    """A recipe whose slots are being filled."""

    def __init__(self, scene: Scene, recipe: Recipe) -> None:
        self.scene, self.recipe = scene, recipe
        self.values: dict[str, Any] = {}
        self.files: dict[str, str | Ref] = {}

    def read(self, rest: str) -> None:
        """Fill slots with everything that is said."""
        while rest := rest.strip():
            slot = self._named(rest)
            if slot is not None:
                rest = re.sub(r"^(?:=|is|of|to|:)? ?", "", rest[len(slot.name) :].strip())
            if slot is None and (glue := _GLUE.match(rest) or self._it(rest)):
                rest = rest[glue.end() :]
            elif slot is None and (mark := re.match(MEDIA, rest)):
                self._file(int(mark[1]))
                rest = rest[mark.end() :]
            elif value := _VALUE.match(rest):
                self._value(value, slot)
                rest = rest[value.end() :]
            else:
                raise self._left_over(rest)

    def placed(self, told: str) -> Scene:
        """The scene with the recipe's steps.

        Raises:
            NotPlanned: a slot or a file is open.
        """
        scene, recipe = self.scene, self.recipe
        for slot in (f for f in recipe.files if f.key not in self.files):
            if slot.kind != MediaKind.VIDEO:
                raise NotPlanned(f"the recipe {recipe.name!r} needs a file: {slot.kind}", "name it")
            if any(f.kind == MediaKind.VIDEO for f in recipe.files if f is not slot):
                raise NotPlanned(f"the recipe {recipe.name!r} takes several videos", "name them")
            self.files[slot.key] = scene.video([])
        if open_slots := [s for s in recipe.slots if s.name not in self.values]:
            names = ", ".join(f"{s.name} (as {s.examples[-1]!r})" for s in open_slots)
            raise NotPlanned(f"the recipe {recipe.name!r} needs {names}", "say: with NAME VALUE")
        made: dict[str, str] = {}

        def real(leaf: Any) -> Any:  # noqa: ANN401
            if isinstance(leaf, Ref):
                return Ref(made[leaf.step], leaf.output)
            return self.files.get(leaf, leaf) if isinstance(leaf, str) else leaf

        for step in recipe.plan.steps:
            arguments = {name: replaced(value, real) for name, value in step.arguments.items()}
            own = [slot for slot in recipe.slots if slot.step == step.step_id]
            arguments |= {slot.argument: self.values[slot.name] for slot in own}
            if is_backwards(arguments):
                said = f"{arguments['end']} is not after {arguments['start']}"
                raise NotPlanned(said, "write the earlier time first")
            made[step.step_id] = scene.add(step.tool, told, **arguments).step
        scene.notes.append(f"by the recipe {recipe.name!r}, from {len(recipe.runs)} runs")
        return scene

    def _named(self, rest: str) -> Slot | None:
        """The slot whose name stands first; of two names that begin alike the longer."""
        found = [s for s in self.recipe.slots if re.match(rf"{re.escape(s.name)}(?![\w])", rest)]
        return max(found, key=lambda slot: len(slot.name), default=None)

    def _it(self, rest: str) -> re.Match[str] | None:
        found = _IT.match(rest)
        if found is not None and self.scene.current is not None:
            video = [f for f in self.recipe.files if f.kind == MediaKind.VIDEO]
            free = next((f for f in video if f.key not in self.files), None)
            if free is not None:
                self.files[free.key] = self.scene.current
        return found

    def _file(self, number: int) -> None:
        asset = self.scene.file(number)
        for slot in self.recipe.files:
            if slot.key not in self.files and slot.kind == asset.kind:
                self.files[slot.key] = asset.asset_id
                return
        raise NotPlanned(f"the recipe {self.recipe.name!r} takes no more {asset.kind}", HINT)

    def _value(self, found: re.Match[str], slot: Slot | None) -> None:
        """Put a value into the slot that is named, else into the first open one of its sort."""
        if found["span"] and slot is None:
            first, last = re.findall(TIME, found["span"])[:2]
            times = span_of(first, last)
            if times is None:
                raise NotPlanned(f"{first} and {last} have no unit", "write 0:05-0:12, or 5-12 s")
            self._put("start", times[0])
            self._put("end", times[1])
            return
        value = self._read(found)
        if slot is not None:
            if not _alike(value, slot):
                raise NotPlanned(f"{slot.name} is no {found[0]!r}", f"as {slot.examples[-1]!r}")
            self._keep(slot, value)
            return
        free = [s for s in self.recipe.slots if s.name not in self.values and _alike(value, s)]
        if len({s.argument for s in free}) != 1:
            raise self._left_over(found[0])
        self._keep(free[0], value)

    def _put(self, argument: str, value: float) -> None:
        free = (s for s in self.recipe.slots if s.argument == argument)
        slot = next((s for s in free if s.name not in self.values), None)
        if slot is None:
            said = f"the recipe {self.recipe.name!r} has no open {argument}"
            raise NotPlanned(said, HINT)
        self._keep(slot, value)

    def _keep(self, slot: Slot, value: object) -> None:
        if slot.name in self.values:
            raise NotPlanned(f"{slot.name} is said twice", "say it once")
        self.values[slot.name] = value

    def _read(self, found: re.Match[str]) -> object:
        """The value that is written."""
        if found["quote"]:
            mark = re.match(QUOTE, found["quote"])
            return self.scene.reading.quotes[int(mark[1])] if mark else ""
        if found["factor"]:
            return factor_of(found["factor"].removesuffix(" speed"))
        if found["time"]:
            return seconds_of(found["time"], "s")
        if number := found["level"] or found["number"]:
            return float(re.sub(r"[ a-z]", "", number))
        if found["yes"]:
            return found["yes"] in ("true", "yes")
        return found[0]

    def _left_over(self, rest: str) -> NotPlanned:
        told = self.scene.reading.shown(rest)
        names = ", ".join(slot.name for slot in self.recipe.slots) or "no slots"
        said = f"{told!r} fills no slot of the recipe {self.recipe.name!r}"
        return NotPlanned(said, f"it has {names}; say: with NAME VALUE")


def _alike(value: object, slot: Slot) -> bool:
    """Whether a value is of the sort that a slot has had."""
    last = slot.examples[-1]
    if isinstance(last, bool) or isinstance(value, bool):
        return isinstance(last, bool) and isinstance(value, bool)
    if isinstance(last, int | float):
        return isinstance(value, int | float)
    return isinstance(value, str) and isinstance(last, str)
