"""Preferences and recipes as people read them, and as objects."""

from __future__ import annotations

from collections.abc import Sequence

from agents.act.remembered.preferences import preference_json, told
from agents.act.remembered.recipes import Recipe
from flows.cli.shell import DONE, print_json
from flows.output.acting import plan_lines
from flows.output.terminal import say
from memory.organise.records import Preference


def tell_preferences(verb: str, found: Sequence[Preference], as_json: bool) -> int:
    """Print preferences; `verb` is what was done, and the name of their list in the object."""
    if as_json:
        print_json({verb: [preference_json(one) for one in found]})
        return DONE
    for one in found:
        done = "" if verb == "preferences" else f"{verb} "
        run_id = f", {one.run_id}" if one.run_id else ""
        say(
            f"{done}{one.preference_id}  {told(one)}  "
            f"({one.source}{run_id}, {one.at[:10]}, confidence {one.confidence:.2g})"
        )
    if not found:
        say('no preferences: say "from now on titles in red" in a goal, or `preferences set`')
    return DONE


def tell_recipes(found: Sequence[Recipe], as_json: bool) -> int:
    """Print a line per recipe."""
    if as_json:
        print_json({"recipes": [one.to_json() for one in found]})
        return DONE
    for one in found:
        say(f"{one.recipe_id}  {one.name}  {len(one.runs)} runs; {_open(one)}")
    if not found:
        say("no recipes: a chain of steps is one once two runs of `act` have it")
    return DONE


def tell_recipe(one: Recipe, as_json: bool) -> int:
    """Print a recipe whole."""
    if as_json:
        print_json(one.to_json())
        return DONE
    say(f"{one.name}  ({one.recipe_id}, {len(one.runs)} runs; {_open(one)})")
    for line in plan_lines(one.plan):
        say(f"  {line}")
    for slot in one.slots:
        say(f"  open: {slot.name} of {slot.step}, as {', '.join(map(repr, slot.examples[-3:]))}")
    for run_id, goal in list(zip(one.runs, one.goals, strict=True))[-3:]:
        say(f"  from {run_id}: {goal}")
    say(f'  use it: backtrail act "use the recipe {one.name} on FILE{_with(one)}"')
    return DONE


def _open(one: Recipe) -> str:
    slots = [*(f"{f.key} ({f.kind})" for f in one.files), *(slot.name for slot in one.slots)]
    return f"takes {', '.join(slots)}"


def _with(one: Recipe) -> str:
    slots = " and ".join(f"{slot.name} {slot.examples[-1]!r}" for slot in one.slots)
    return f" with {slots}" if slots else ""
