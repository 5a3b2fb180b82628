"""The steps that led to something that was made, each once, inputs first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agents.act.history.trace import artefact_of
from memory.artefacts import Action, Artefact
from memory.errors import UnknownMemory
from memory.store import Store

LATEST = "last"
"""What the latest run is called."""


@dataclass(frozen=True, slots=True)
class Given:
    """A file that a person gave."""

    asset_id: str
    name: str
    path: Path | None = None
    """Where it lay; None where no run that is kept says so."""


@dataclass(frozen=True, slots=True)
class StepMade:
    """A step that was done, and the files that it gave."""

    rows: tuple[Artefact, ...]

    @property
    def first(self) -> Artefact:
        """A row that tells of the step: all of its rows do."""
        return self.rows[0]

    @property
    def key(self) -> str:
        """What the step is found by."""
        return self.first.key


@dataclass(frozen=True, slots=True)
class History:
    """How things were made: a graph without circles."""

    wanted: tuple[Artefact, ...]
    """What was asked about."""
    steps: tuple[StepMade, ...]
    """Each after those whose files it uses."""
    given: tuple[Given, ...]
    maker: Mapping[str, StepMade]
    """The step that made a file, by asset id; files that were given have none."""
    run: Action | None = None
    """The run that was asked about."""

    def row(self, asset_id: str) -> Artefact | None:
        """The row of a file that was made."""
        step = self.maker.get(asset_id)
        return next((r for r in step.rows if r.asset_id == asset_id), None) if step else None


def run_of(store: Store, tenant: str, reference: str) -> Action:
    """The run that an id, or its unique beginning, means; `last` is the latest.

    Raises:
        UnknownMemory: none, or more than one, does.
    """
    known = store.actions(tenant)
    if reference == LATEST and known:
        return known[-1]
    found = [one for one in known if one.run_id.startswith(reference)]
    if len(found) != 1:
        what = "no run" if not found else "more than one run"
        raise UnknownMemory(f"{what} begins with {reference!r}", "give the id of one, or `last`")
    return found[0]


def is_run(reference: str) -> bool:
    """Whether a reference means a run rather than something that was made."""
    return reference == LATEST or reference.startswith("act_")


def history_of(store: Store, tenant: str, reference: str) -> History:
    """The history of a run's files, or of one artefact.

    Raises:
        UnknownMemory: nothing, or more than one thing, answers to the reference.
    """
    rows = store.artefacts(tenant)
    if not is_run(reference):
        return _walked([artefact_of(store, tenant, reference)], rows, store.actions(tenant))
    run = run_of(store, tenant, reference)
    given = {one["artefact_id"] for one in run.result["outputs"]}
    mine = [row for row in rows if row.artefact_id in given or row.run_id == run.run_id]
    wanted = [row for row in mine if row.artefact_id in given] or mine
    return _walked(wanted, rows, store.actions(tenant), run)


def _walked(
    wanted: Sequence[Artefact],
    rows: Sequence[Artefact],
    actions: Iterable[Action],
    run: Action | None = None,
) -> History:
    """All steps behind what is wanted, by a walk from each file to its sources."""
    by_key: dict[str, list[Artefact]] = {}
    for row in rows:
        by_key.setdefault(row.key, []).append(row)
    # a step that gave back its input is no maker of it: nothing is its own source
    makers = [*wanted, *rows]
    first = {r.asset_id: r for r in reversed(makers) if r.asset_id not in r.inputs}
    steps: dict[str, StepMade] = {}
    maker: dict[str, StepMade] = {}
    given: dict[str, None] = {}
    waiting = [(row, False) for row in reversed(wanted)]
    above: set[str] = set()
    while waiting:
        row, is_left = waiting.pop()
        if is_left:
            above.discard(row.key)
            steps[row.key] = StepMade(tuple(by_key[row.key]))
            own = [one.asset_id for one in by_key[row.key] if one.asset_id not in row.inputs]
            maker |= dict.fromkeys(own, steps[row.key])
        elif row.key not in steps and row.key not in above:
            above.add(row.key)
            waiting.append((row, True))
            found = [(one, first.get(one)) for one in reversed(row.inputs)]
            given |= {one: None for one, made in found if made is None or made.key in above}
            waiting += [(made, False) for _, made in found if made is not None]
    known = {
        one["asset_id"]: Given(one["asset_id"], one["name"], Path(one["path"]))
        for action in actions
        for one in action.result["inputs"]
    }
    told = tuple(known.get(one, Given(one, one[:12])) for one in given if one not in maker)
    return History(tuple(wanted), tuple(steps.values()), told, maker, run)
