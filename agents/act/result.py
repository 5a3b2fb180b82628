"""What acting comes to: the documented object."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents.act.act import Progress
from agents.act.fusing import last_of
from agents.act.hands import Done
from agents.act.plan import ActStatus, PlanGraph, plan_json
from agents.act.purse import Purse
from agents.act.validate import Forecast
from agents.budget import Meter
from agents.tools.assets import Asset
from memory.artefacts import Artefact


@dataclass(frozen=True, slots=True)
class Output:
    """One file that the person gets."""

    name: str
    """`step.output`."""
    kind: str
    path: Path
    asset_id: str
    artefact_id: str
    """What `backtrail trace` takes."""
    seconds: float
    width: int
    height: int
    bytes: int


@dataclass(frozen=True, slots=True)
class StepReport:
    """How a step went."""

    step_id: str
    tool: str
    status: str
    """`done`, `reused`, `failed` or `not run`."""
    seconds: float = 0.0
    usd: float = 0.0
    notes: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ActResult:
    """What became of a goal."""

    run_id: str
    goal: str
    status: ActStatus
    reason: str
    """Why it did not complete; empty when it did."""
    plan: PlanGraph
    outputs: tuple[Output, ...]
    steps: tuple[StepReport, ...]
    problems: tuple[str, ...]
    repairs: tuple[str, ...]
    """What failed on the way and was done otherwise."""
    forecast: dict[str, Any]
    usage: dict[str, Any]
    inputs: tuple[Asset, ...] = ()
    parent: str = ""
    root: str = ""
    flow_run_id: str | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that the person gets."""
        return tuple(output.path for output in self.outputs)

    def to_json(self) -> dict[str, Any]:
        """The documented object."""
        return {
            "run_id": self.run_id,
            "goal": self.goal,
            "status": str(self.status),
            "reason": self.reason,
            "parent": self.parent,
            "root": self.root,
            "flow_run_id": self.flow_run_id,
            "plan": plan_json(self.plan),
            "inputs": [
                {"asset_id": a.asset_id, "kind": str(a.kind), "name": a.name, "path": str(a.path)}
                for a in self.inputs
            ],
            "outputs": [
                {name: getattr(one, name) for name in Output.__slots__} | {"path": str(one.path)}
                for one in self.outputs
            ],
            "steps": [
                {name: getattr(one, name) for name in StepReport.__slots__}
                | {"notes": list(one.notes), "evidence": list(one.evidence)}
                for one in self.steps
            ],
            "problems": list(self.problems),
            "repairs": list(self.repairs),
            "forecast": self.forecast,
            "usage": self.usage,
        }


def outputs_of(state: Progress, tenant: str) -> tuple[Output, ...]:
    """The files of the plan's outputs, of the steps that are finished."""
    made: list[Output] = []
    for ref in state.plan.outputs:
        done = state.done.get(ref.step)
        if done is None:
            continue
        names = [ref.output] if ref.output else list(done.outputs)[:1]
        for name in names:
            found = enumerate(done.outputs[name])
            made += [_output(tenant, done, name, number, asset) for number, asset in found]
    return tuple(made)


def _output(tenant: str, done: Done, name: str, number: int, asset: Asset) -> Output:
    facts = asset.facts
    return Output(
        f"{done.step.step_id}.{name}",
        str(asset.kind),
        asset.path,
        asset.asset_id,
        Artefact.id_of(tenant, done.key, name, number),
        round(facts.seconds, 3),
        facts.width,
        facts.height,
        facts.bytes,
    )


def reports_of(state: Progress) -> tuple[StepReport, ...]:
    """How each step of the plan went."""
    failed = {f.step.step_id for f in state.failures}
    reports: list[StepReport] = []
    for step in state.plan.steps:
        done = state.done.get(step.step_id)
        if done is None:
            status = "failed" if step.step_id in failed else "not run"
            reports.append(StepReport(step.step_id, step.tool, status, notes=step.notes))
            continue
        notes = tuple(dict.fromkeys((*step.notes, *done.notes)))
        last = last_of(done, state.done) or done
        status = "reused" if last.is_reused else "done"
        spent = round(done.seconds, 3), done.usd
        reports.append(StepReport(step.step_id, step.tool, status, *spent, notes, step.evidence))
    return tuple(reports)


def reason_of(state: Progress) -> str:
    """Why a run did not complete, on one line."""
    if state.status is ActStatus.COMPLETED:
        return ""
    if state.problems:
        return "; ".join(map(str, state.problems))
    if state.status is ActStatus.DECLINED:
        return "the plan was not approved"
    if state.failures:
        last = state.failures[-1]
        hint = f" ({last.hint})" if last.hint else ""
        return f"step {last.step.step_id} ({last.step.tool}): {last.reason}{hint}"
    return ""


def usage_of(state: Progress, purse: Purse, meter: Meter | None = None) -> dict[str, Any]:
    """What a run took; `models` is what planning by models cost, by role."""
    reused = sum((last_of(one, state.done) or one).is_reused for one in state.done.values())
    return {
        "seconds": round(purse.seconds, 3),
        "usd": round(purse.usd, 6),
        "bytes": purse.bytes,
        "steps_run": len(state.done) - reused,
        "steps_reused": reused,
        "models": meter.usage()["roles"] if meter else {},
    }


def forecast_of(forecast: Forecast) -> dict[str, Any]:
    """What a plan was foreseen to take."""
    return {
        "seconds": round(forecast.seconds, 1),
        "usd": round(forecast.usd, 6),
        "bytes": forecast.bytes,
        "effects": [str(effect) for effect in forecast.effects],
    }
