"""Doing steps again without the cache, and holding the bytes against those that were kept.

Each step gets the files that the traced step had, so a difference shows where it arises and not in
all that follows. Nothing is kept of it.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from agents.act.fusing import FUSED, is_fused
from agents.act.fusing import asset_of_row as pending_of_row
from agents.act.hands import Draft, Task
from agents.act.history.graph import History, StepMade, history_of
from agents.act.plan import Step, value_of
from agents.act.purse import Purse
from agents.act.validate import Limits
from agents.act.workshop import Workshop, asset_of_row, is_whole
from agents.errors import KNOWN_ERRORS, UnreadableMedia, UsageError
from agents.runtime import Runtime
from agents.tools.assets import Asset, asset_of
from agents.tools.base import Effect, Tool
from agents.tools.registry import Registry
from memory.artefacts import Artefact

PIECE = 1 << 20
"""Bytes that are compared at once."""


class Verdict(StrEnum):
    """How a step did again."""

    EQUAL = "equal"
    """The same bytes."""
    DIFFERENT = "different"
    FUSED = "fused"
    """It has no file: the bytes of the step that encodes it tell. What is known of it is equal."""
    NOT_DETERMINISTIC = "not deterministic"
    """It is not said to give the same bytes twice, so it was not done again."""
    NOT_DONE = "not done"
    """It could not be done again here."""


BAD = (Verdict.DIFFERENT, Verdict.NOT_DONE)


@dataclass(frozen=True, slots=True)
class Again:
    """A step that was done again."""

    step: str
    tool: str
    """`name@version` that made it."""
    artefact_id: str
    verdict: Verdict
    why: str = ""
    """The first difference, or why it was not done."""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Replay:
    """What came of doing steps again."""

    reference: str
    steps: tuple[Again, ...]

    @property
    def is_good(self) -> bool:
        """Whether every deterministic step gave its bytes again."""
        return not any(step.verdict in BAD for step in self.steps)

    def to_json(self) -> dict[str, Any]:
        """The documented object."""
        names = Again.__slots__
        steps = [{name: getattr(one, name) for name in names} for one in self.steps]
        return {"reference": self.reference, "equal": self.is_good, "steps": steps}


class _NotDone(Exception):
    """A step cannot be done again; its text says why."""


def replay(
    runtime: Runtime,
    reference: str,
    registry: Registry,
    limits: Limits,
    tell: Callable[[Again], None] = lambda again: None,
) -> Replay:
    """Do the steps behind a run or an artefact again, inputs first, and compare.

    Raises:
        UnknownMemory: nothing answers to the reference.
        UsageError: nothing was made, or the store has no folder for it.
        BudgetExhausted: a limit was reached.
    """
    store, tenant = runtime.store, runtime.spec.tenant
    history = history_of(store, tenant, reference)
    if store.workshop is None or not history.steps:
        raise UsageError(f"{reference} made nothing", "give a run that did, or an artefact")
    shop = Workshop(store, tenant, store.workshop, registry, "replay", "replay")
    purse, made = Purse(limits), list[Again]()
    with shop.opened():
        for step in history.steps:
            made.append(_again(step, history, shop, purse))
            tell(made[-1])
    return Replay(reference, tuple(made))


def _again(step: StepMade, history: History, shop: Workshop, purse: Purse) -> Again:
    row = step.first
    told = row.step, row.tool, row.artefact_id
    if not row.details["deterministic"]:
        return Again(*told, Verdict.NOT_DETERMINISTIC)
    try:
        task = _task(row, history, shop)
    except _NotDone as why:
        return Again(*told, Verdict.NOT_DONE, str(why))
    with purse.reserved(task.estimate) as spending:
        try:
            draft = shop.run(task, spending)
        except KNOWN_ERRORS as error:
            return Again(*told, Verdict.NOT_DONE, str(error))
    if task.into:
        shop.held.note(task, draft.outputs["video"], draft)
        return _put_off(draft, row)
    try:
        difference = _difference(draft, step.rows, shop)
    finally:
        shutil.rmtree(draft.folder, ignore_errors=True)
    if not difference:
        return Again(*told, Verdict.EQUAL, seconds=round(draft.seconds, 3))
    why = difference + _otherwise(row, task.tool, shop.registry)
    return Again(*told, Verdict.DIFFERENT, why, round(draft.seconds, 3))


def _put_off(draft: Draft, row: Artefact) -> Again:
    """A step without a file: only what is known of its video can be compared."""
    told = row.step, row.tool, row.artefact_id
    (asset,) = draft.outputs["video"]
    facts = asdict(asset.facts)
    lost = [n for n, value in row.details["facts"].items() if facts[n] != value]
    if not lost:
        return Again(*told, Verdict.FUSED, f"encoded by {row.details[FUSED]['step']}")
    return Again(*told, Verdict.DIFFERENT, _apart(asset, row) or f"another {', '.join(lost)}")


def _task(row: Artefact, history: History, shop: Workshop) -> Task:
    """The step with the very files that it had."""
    name = row.tool.split("@")[0]
    tool = shop.registry.get(name)
    if tool is None or tool.missing:
        raise _NotDone(tool.missing if tool else f"there is no tool {name!r} here")
    if tool.effect is not Effect.PURE:
        raise _NotDone(f"{name} is {tool.effect}: it is not repeated only to compare")
    assets = {one: _input(one, history, shop) for one in row.inputs}
    values: Any = value_of(row.details["arguments"])
    try:
        arguments = tool.arguments.model_validate(values)
    except ValueError as error:
        why = f"{name} takes other arguments now ({' '.join(str(error).split())[:120]})"
        raise _NotDone(why) from error
    step = Step(row.step, name, values)
    into = str(row.details[FUSED]["step"]) if is_fused(row) else ""
    return Task(step, tool, arguments, assets, row.key, tool.estimate(arguments, assets), into)


def _input(asset_id: str, history: History, shop: Workshop) -> Asset:
    """A file that a step had, if it is there with the bytes that it had."""
    made = history.row(asset_id)
    if made is not None and is_fused(made):
        if asset_id not in shop.held.tasks:
            raise _NotDone(f"{made.step}, which it is one encoding with, was not done")
        return pending_of_row(made)
    folder = shop.folder
    if made is not None:
        if not is_whole(folder / made.path, made):
            raise _NotDone(f"{made.step}.{made.output} is gone or damaged")
        return asset_of_row(made, folder)
    given = next((one for one in history.given if one.asset_id == asset_id), None)
    if given is None or given.path is None or not given.path.is_file():
        raise _NotDone(f"{given.name if given else asset_id[:12]} is not where it was")
    try:
        asset = asset_of(given.path, name=given.name)
    except UnreadableMedia as error:
        raise _NotDone(str(error)) from error
    if asset.asset_id != asset_id:
        raise _NotDone(f"{given.name} has changed")
    return asset


def _difference(draft: Draft, rows: Sequence[Artefact], shop: Workshop) -> str:
    """The first difference between what was written and what was kept; empty for none."""
    for output, assets in draft.outputs.items():
        kept = sorted((r for r in rows if r.output == output), key=lambda row: row.number)
        if len(kept) != len(assets):
            return f"{output}: {len(assets)} files instead of {len(kept)}"
        for row, asset in zip(kept, assets, strict=True):
            if row.asset_id != asset.asset_id:
                return f"{output}: {_unlike(row, asset, shop.folder)}"
    return ""


def _apart(asset: Asset, row: Artefact) -> str:
    """How the size and the length of a file differ from those of the one that was kept."""
    facts, told = row.details["facts"], list[str]()
    if asset.facts.bytes != facts["bytes"]:
        told.append(f"{asset.facts.bytes:,} bytes instead of {facts['bytes']:,}")
    if abs(asset.facts.seconds - facts["seconds"]) > 1e-6:
        told.append(f"{asset.facts.seconds:.3f} s instead of {facts['seconds']:.3f} s")
    return ", ".join(told)


def _unlike(row: Artefact, asset: Asset, folder: Path) -> str:
    """How a file differs from the one that was kept."""
    if told := _apart(asset, row):
        return told
    at, size = first_difference(asset.path, folder / row.path), row.details["facts"]["bytes"]
    return "other bytes" if at is None else f"byte {at:,} of {size:,} differs"


def first_difference(one: Path, other: Path) -> int | None:
    """The place of the first byte in which two files differ; None where one is not there."""
    if not other.is_file():
        return None
    at = 0
    with one.open("rb") as left, other.open("rb") as right:
        while True:
            a, b = left.read(PIECE), right.read(PIECE)
            if a != b:
                pairs = enumerate(zip(a, b, strict=False))
                return at + next((n for n, (x, y) in pairs if x != y), min(len(a), len(b)))
            if not a:
                return None
            at += len(a)


def _otherwise(row: Artefact, tool: Tool[Any], registry: Registry) -> str:
    """What is not as it was when the step was done, which may be why."""
    told: list[str] = []
    if f"{tool.name}@{tool.version}" != row.tool:
        told.append(f"the tool is {tool.name}@{tool.version} now")
    if registry.made_by(tool) != row.details["engine"]:
        told.append(f"made with {row.details['engine']}, now {registry.made_by(tool)}")
    return f" ({'; '.join(told)})" if told else ""
