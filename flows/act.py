"""The act flow: a goal becomes a checked plan, each step of it a task, its files and a trace."""

from __future__ import annotations

from dataclasses import replace

from agents.act.plan import ActStatus, PlanGraph
from agents.act.request import ActRequest, act_request
from agents.act.result import ActResult
from agents.act.validate import Forecast
from agents.runtime import Runtime
from configs.settings import load_settings, prefect_api
from flows.engine import flow, flow_run, get_run_logger
from flows.equipment import equipment_of
from flows.output.acting import approved_by_terminal, plan_lines, step_line
from flows.output.trace.artifacts import StepProgress, trace_artifacts
from flows.results import ActFailed
from flows.runs import awaitable, completed, failed, log_progress, tag_run
from flows.wiring import runtime_of
from memory.file_names import restored
from memory.records import content_id
from tasks.act import step
from tasks.titled import titled

ENDED_BADLY = (ActStatus.REFUSED, ActStatus.FAILED)


def _run_name() -> str:
    """The goal, as far as it fits into a list of runs."""
    goal = " ".join(str(flow_run.parameters["goal"]).split()) or "go on"
    return f"act: {goal if len(goal) <= 80 else goal[:79] + '…'}"


@flow(name="act", flow_run_name=_run_name, persist_result=False)
def act(
    goal: str,
    media: list[str] | None = None,
    workspace: str | None = None,
    budget: str = "",
    confirm: bool = False,
    dry_run: bool = False,
    continues: str = "",
    by_id: bool = False,
) -> ActResult:
    """Reach a goal over videos, pictures and sounds: plan, check, run, verify.

    Args:
        goal: What to do, in English; empty to go on with a run that was stopped.
        media: Paths, ids or names of videos, or ids of artefacts; files that the goal names need
            not be repeated.
        workspace: Whose memory it is; the configured workspace when empty.
        budget: Hard limits, e.g. `seconds=60,usd=0.5,bytes=1e9`.
        confirm: Wait for approval of the plan, in the UI or the terminal.
        dry_run: Give the plan and its forecast; do nothing.
        continues: Id of the run to go on from, or `last`.
        by_id: Open nothing but what memory and the workspace hold, whatever paths are named.
    """
    runtime = runtime_of(workspace)
    given = tuple(restored(media or []))
    request = ActRequest(goal, given, budget, confirm, dry_run, continues, by_id)
    log = get_run_logger()
    equipment = equipment_of(runtime, log_progress(log), learns=not by_id)
    result = act_request(
        runtime,
        request,
        replace(equipment, tell=StepProgress(log.warning)),
        _approved,
        titled(step),  # each step of the plan, under its own name
        str(flow_run.get_id() or "") or None,
    )
    _show(runtime, result)
    if result.status in ENDED_BADLY:
        return failed(ActFailed(f"{result.status}: {result.reason}", result))
    return completed(result, f"{result.status}: {result.reason or ', '.join(_names(result))}")


def _approved(plan: PlanGraph, forecast: Forecast) -> bool:
    """Ask in the UI of the server where there is one, else in the terminal."""
    if not prefect_api():
        return approved_by_terminal(plan, forecast)
    from prefect.flow_runs import pause_flow_run
    from prefect.input import RunInput

    class Approval(RunInput):
        approve: bool = False

    for line in plan_lines(plan, forecast):
        get_run_logger().info("%s", line)
    described = Approval.with_initial_data(
        description="\n".join(f"- {line}" for line in plan_lines(plan, forecast)), approve=True
    )
    wait = load_settings().act.approval_seconds
    return bool(pause_flow_run(wait_for_input=described, timeout=wait).approve)


def _show(runtime: Runtime, result: ActResult) -> None:
    """Tags, an artifact and log lines of a run."""
    log, tenant = get_run_logger(), runtime.spec.tenant
    about = [(content_id("v", tenant, one.asset_id), one.name) for one in result.inputs]
    tag_run(tenant, [str(result.status)], about)
    trace_artifacts(runtime, result)
    for report in result.steps:
        log.info("%s", step_line(report))


def _names(result: ActResult) -> list[str]:
    return [output.name for output in result.outputs]


aact = awaitable(act)
"""`act` for async callers: `result = await aact("...")`."""
