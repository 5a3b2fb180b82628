"""Preferences of a workspace: kept, changed, deleted, and applied to what a goal leaves open."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from agents.act.plan import PlanGraph, Step
from agents.act.remembered.stated import Stated, described, statement
from agents.act.remembered.things import THINGS, says, takes
from agents.errors import UsageError
from agents.tools.registry import Registry
from memory.errors import UnknownMemory
from memory.organise.records import Preference, now
from memory.records import content_id
from memory.store import Store

MOST_SURE = 0.99
"""Most confidence that saying something again gives; only a command is sure."""
HOW = 'say it like "titles in red"; preferences are of ' + ", ".join(THINGS)


def preferences(store: Store, tenant: str) -> list[Preference]:
    """The preferences of a workspace, by thing and argument."""
    found = store.notebook.find(Preference, tenant)
    return sorted(found, key=lambda one: (one.thing, one.argument))


def told(one: Preference | Stated) -> str:
    """A preference as people read it: `titles: color red`."""
    return f"{one.thing}: {one.argument} {json.loads(one.value)}"


def preference_json(one: Preference) -> dict[str, Any]:
    """The documented object."""
    row = asdict(one)
    del row["tenant"], row["video_id"]
    return {**row, "value": json.loads(one.value), "told": told(one)}


def keep_stated(
    store: Store, tenant: str, stated: Sequence[Stated], run_id: str
) -> list[Preference]:
    """Keep what a goal stated.

    What is said again is surer than before; another value takes the place of one that is not surer.

    Returns:
        Those that were kept.
    """
    known = {one.preference_id: one for one in preferences(store, tenant)}
    kept: list[Preference] = []
    for one in stated:
        made = _made(tenant, one, "goal", run_id)
        before = known.get(made.preference_id)
        if before is not None and before.value == made.value:
            sure = 1 - (1 - before.confidence) * (1 - made.confidence)
            made = replace(before, confidence=max(before.confidence, min(sure, MOST_SURE)))
        elif before is not None and before.confidence > made.confidence:
            continue
        kept.append(made)
    store.notebook.put(kept)
    return kept


def prefer(store: Store, tenant: str, words: str, registry: Registry) -> list[Preference]:
    """Set preferences by hand, in words; they are sure.

    Raises:
        UsageError: the words are not understood whole, or no tool takes the value.
    """
    text = " ".join(words.lower().split()).rstrip(".!")
    stated = statement(f"always {text}") or statement(text)
    if not stated:
        raise UsageError(f"{words!r} is not understood as a preference", HOW)
    return _set(store, tenant, stated, registry)


def edit(
    store: Store, tenant: str, reference: str, words: str, registry: Registry
) -> list[Preference]:
    """Change a preference: `edit("titles", "blue")`.

    Raises:
        UnknownMemory: none, or more than one, answers to the reference.
        UsageError: the words say nothing of what that preference is about.
    """
    one = named(store, tenant, reference)
    text = " ".join(words.lower().split())
    stated = described(text) or described(f"{one.thing} {text}")
    if [(s.thing, s.argument) for s in stated] != [(one.thing, one.argument)]:
        raise UsageError(f"{words!r} says nothing of the {one.argument} of {one.thing}", HOW)
    return _set(store, tenant, stated, registry)


def named(store: Store, tenant: str, reference: str) -> Preference:
    """The preference of an id, of the beginning of one, or of a thing.

    Raises:
        UnknownMemory: none, or more than one, answers to it.
    """
    known = preferences(store, tenant)
    word = reference.lower().strip()
    found = [p for p in known if word and p.preference_id.startswith(word)]
    found = found or [p for p in known if word in (p.thing, f"{p.thing}: {p.argument}")]
    if len(found) != 1:
        what = "no preference" if not found else f"{len(found)} preferences"
        hint = "give the id: `backtrail preferences` lists them"
        raise UnknownMemory(f"{what} can be meant by {reference!r}", hint)
    return found[0]


def delete(store: Store, tenant: str, references: Sequence[str]) -> list[Preference]:
    """Delete preferences; all of them are found before one goes.

    Raises:
        UnknownMemory: none, or more than one, answers to a reference.
    """
    gone = [named(store, tenant, reference) for reference in references]
    store.notebook.delete(Preference, tenant, [one.preference_id for one in gone])
    return gone


def applied(
    plan: PlanGraph,
    kept: Sequence[Preference],
    stated: Sequence[Stated],
    registry: Registry,
    before: PlanGraph | None = None,
    words: str = "",
) -> PlanGraph:
    """The plan with preferences in what its goal leaves open, and a note of each that was used.

    What the goal says of a step always stands. Steps of the run before change only where this goal
    states a preference anew. `words` are those of the goal where a model planned: of what they
    speak nothing is filled in, since the model may have left it out on purpose.
    """
    now_said = {(one.thing, one.argument): one for one in stated}
    wanted = [*now_said.values()]
    wanted += [one for one in kept if (one.thing, one.argument) not in now_said]
    old = {step.step_id: step for step in before.steps} if before else {}
    steps, notes = list(plan.steps), list(plan.notes)
    for one in wanted:
        if isinstance(one, Preference) and words and says(words, one.argument):
            continue
        new = [_with(step, one, registry, old) for step in steps]
        if new != steps:
            notes.append(_note(one))
        steps = new
    return replace(plan, steps=tuple(steps), notes=tuple(dict.fromkeys(notes)))


def concerns(plan: PlanGraph, one: Stated) -> bool:
    """Whether a plan makes such a thing."""
    return any(step.tool in THINGS[one.thing].tools for step in plan.steps)


def _with(step: Step, one: Preference | Stated, registry: Registry, old: dict[str, Step]) -> Step:
    is_old = old.get(step.step_id) == step
    if step.tool not in THINGS[one.thing].tools:
        return step
    if is_old and isinstance(one, Preference):
        return step
    value = json.loads(one.value)
    if one.argument in step.arguments and not is_old:
        return step
    if not takes(registry, step.tool, one.argument, value):
        return step
    return replace(step, arguments={**step.arguments, one.argument: value})


def _note(one: Preference | Stated) -> str:
    if isinstance(one, Stated):
        return f"{told(one)}, as this goal says of all of them"
    by = "said" if one.source == "goal" else "set"
    return (
        f"{told(one)}, as you prefer ({by} {one.at[:10]}, confidence {one.confidence:.2g}, "
        f"{one.preference_id})"
    )


def _set(
    store: Store, tenant: str, stated: Sequence[Stated], registry: Registry
) -> list[Preference]:
    for one in stated:
        value = json.loads(one.value)
        if not any(takes(registry, t, one.argument, value) for t in THINGS[one.thing].tools):
            raise UsageError(f"{one.thing} cannot have {one.argument} {value}", HOW)
    made = [_made(tenant, replace(one, confidence=1.0), "command", "") for one in stated]
    store.notebook.put(made)
    return made


def _made(tenant: str, one: Stated, source: str, run_id: str) -> Preference:
    key = content_id("p", tenant, one.thing, one.argument)
    told_as = one.thing, one.argument, one.value
    return Preference(key, tenant, "", *told_as, source, run_id, one.confidence, now())
