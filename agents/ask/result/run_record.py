"""What is kept of a question that was asked: its result as an object, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agents.ask.answer import Phase, Result, Status
from agents.ask.plan import Plan
from agents.ask.result.evidence import ClosestMoment, Evidence


def record_of(result: Result) -> dict[str, Any]:
    """The documented object of a result, with its plan."""
    from pydantic import TypeAdapter

    plan = TypeAdapter(Plan).dump_python(result.plan, mode="json")
    return result.to_json() | {"plan": plan}


def result_from(record: Mapping[str, Any]) -> Result:
    """The result of a record; the plan that earlier versions did not keep is made by rules."""
    from pydantic import TypeAdapter

    from agents.ask.planner.rules import plan as plan_by_rules

    kept: dict[str, Any] = dict(record)
    plan = kept.pop("plan", None)
    planned = TypeAdapter(Plan).validate_python(plan) if plan else plan_by_rules(kept["question"])
    typed: dict[str, Any] = {
        "plan": planned,
        "status": Status(kept["status"]),
        "phase": Phase(kept["phase"]) if kept["phase"] else None,
        "evidence": tuple(map(Evidence.from_json, kept["evidence"])),
        "moments": tuple(map(ClosestMoment.from_json, kept.get("moments", ()))),
        "rounds": tuple(kept["rounds"]),
    }
    return Result(**(kept | typed))
