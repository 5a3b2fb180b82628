"""Earlier runs of a workspace: the nearest to a new goal, two that worked and one that failed.

After G-Memory (two successes, one failure) and Synapse (a goal's vector finds exemplars). The runs
are the rows that acting keeps anyway; beside them only the vector of each goal is kept, made when
it is first needed and again for another encoder.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agents.act.plan import ActStatus, PlanGraph, plan_json, plan_of
from agents.act.planner.shortlist import Encode, shortlist
from agents.act.remembered.stated import masked
from agents.prompting.evidence import quoted
from agents.tools.registry import Registry
from memory.artefacts import Action
from memory.organise.records import Experience
from memory.store import Store

SUCCESSES, FAILURES = 2, 1
"""How many of each are shown."""
HINTS = 5
"""Tools that a goal is taken to speak of: those nearest to it."""
LONGEST = 2_000
"""Characters of a plan; a longer one teaches no more and fills the prompt."""

WORKED = (ActStatus.COMPLETED,)
FAILED = (ActStatus.FAILED, ActStatus.REFUSED, ActStatus.BUDGET_EXHAUSTED)


@dataclass(frozen=True, slots=True)
class Earlier:
    """A run that ended, and how near its goal is."""

    action: Action
    plan: PlanGraph
    score: float = 0.0

    @property
    def worked(self) -> bool:
        """Whether it reached its goal."""
        return self.action.status in WORKED

    @property
    def root(self) -> str:
        """The first run of its rounds."""
        return str(self.action.result["root"])

    @property
    def files(self) -> dict[str, str]:
        """Names of the files that were given, by asset id."""
        return {one["asset_id"]: one["name"] for one in self.action.result["inputs"]}


def ended(store: Store, tenant: str) -> list[Earlier]:
    """The runs of plans that reached their goal or failed, oldest first."""
    found = [a for a in store.actions(tenant) if a.status in (*WORKED, *FAILED)]
    runs = [Earlier(action, plan_of(action.result["plan"])) for action in found]
    return [one for one in runs if one.plan.steps and one.action.goal]


def nearest(
    goal: str,
    names: Sequence[str],
    runs: Sequence[Earlier],
    vectors: dict[str, np.ndarray],
    encode: Encode,
    registry: Registry,
) -> list[Earlier]:
    """Two runs that worked and one that failed, the nearest of each first.

    Nearness is the mean of the cosine of the goals and of the share of a run's tools that the new
    goal speaks of. Of runs with the same words and tools the latest stands for all.
    """
    if not runs:
        return []
    own = encode([bare(goal, names)])[0]
    hints = set(shortlist(goal, registry, encode, HINTS))
    latest: dict[tuple[str, tuple[str, ...], bool], Earlier] = {}
    for one in runs:
        tools = [step.tool for step in one.plan.steps]
        match = len(hints & set(tools)) / len(set(tools))
        score = (float(vectors[one.action.run_id] @ own) + match) / 2
        words = bare(one.action.goal, list(one.files.values()))
        latest[words, tuple(tools), one.worked] = Earlier(one.action, one.plan, score)
    ranked = sorted(latest.values(), key=lambda one: (-one.score, one.action.run_id))
    return [
        *[one for one in ranked if one.worked][:SUCCESSES],
        *[one for one in ranked if not one.worked][:FAILURES],
    ]


def vectors_of(
    store: Store, tenant: str, runs: Sequence[Earlier], encode: Encode, encoder: str
) -> dict[str, np.ndarray]:
    """The vector of each run's goal; what is missing, or of another encoder, is made and kept."""
    rows = {row.run_id: row for row in store.notebook.find(Experience, tenant)}
    known = {
        key: np.asarray(row.vector, np.float32)
        for key, row in rows.items()
        if row.encoder == encoder
    }
    new = [one for one in runs if one.action.run_id not in known]
    if new:
        made = encode([bare(one.action.goal, list(one.files.values())) for one in new])
        found = {one.action.run_id: v for one, v in zip(new, made, strict=True)}
        store.notebook.put([
            Experience(key, tenant, "", encoder, tuple(float(x) for x in vector))
            for key, vector in found.items()
        ])  # fmt: skip
        known |= found
    return known


def bare(goal: str, names: Sequence[str]) -> str:
    """The words of a goal without what stands in quotation marks and without names of files."""
    return " ".join(masked(goal, names).replace("\ue000", "").lower().split())


def shown(runs: Sequence[Earlier]) -> list[str]:
    """Runs as lines for a model that plans; files by their names, none by its path."""
    lines: list[str] = []
    for one in runs:
        steps = plan_json(one.plan)["steps"]
        text = json.dumps([{"tool": s["tool"], "arguments": s["arguments"]} for s in steps])
        for asset_id, name in one.files.items():
            text = text.replace(asset_id, json.dumps(f"<{name}>")[1:-1])
        if len(text) > LONGEST:
            continue
        how = "worked" if one.worked else f"failed, {quoted(str(one.action.result['reason']))}"
        lines.append(f"- {how}: {quoted(one.action.goal)}: {text}")
    return ["Earlier runs here, as examples only:", *lines] if lines else []
