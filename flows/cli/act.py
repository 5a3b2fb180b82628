"""`act`, `trace`, `replay`, timelines and `tools`: plain steps, or the flow with a server."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agents.act.actor import Approver
from agents.act.plan import ActStatus
from agents.act.request import ActRequest, act_request
from agents.tools.registry import schema_of
from configs.settings import prefect_api
from flows.cli.prefect_server import ready_server, watched
from flows.cli.shell import DONE, FAILED, print_json
from flows.equipment import equipment_of
from flows.output.acting import (
    again_line,
    approved_by_terminal,
    result_lines,
    tool_lines,
    trace_lines,
)
from flows.output.terminal import say
from flows.wiring import runtime_of
from memory.file_names import storable

if TYPE_CHECKING:
    from agents.act.result import ActResult

FINE = (ActStatus.COMPLETED, ActStatus.PLANNED)


def run_act(request: ActRequest, workspace: str | None, as_json: bool) -> int:
    """Act, and print the files that came of it."""
    result = acted(request, workspace, approved_by_terminal, as_json)
    if as_json:
        print_json(result.to_json())
    else:
        for line in result_lines(result):
            say(line)
        if result.status is not ActStatus.PLANNED:
            say(f"  run {result.run_id}: go on with --continue {result.run_id}", err=True)
    return DONE if result.status in FINE else FAILED


def acted(request: ActRequest, workspace: str | None, approver: Approver, quiet: bool) -> ActResult:
    """The result: through the flow where a Prefect server is configured, else in this process."""
    if prefect_api():
        return _through_flow(request, workspace, quiet)
    runtime = runtime_of(workspace)
    equipment = equipment_of(runtime, learns=not request.by_id)
    return act_request(runtime, request, equipment, approver)


def _through_flow(request: ActRequest, workspace: str | None, as_json: bool) -> ActResult:
    """Run the flow, so that the plan shows in the UI and can be approved there."""
    server = ready_server()
    from flows.act import act
    from flows.results import ActFailed

    try:
        return watched(act, server, as_json)(
            request.goal,
            media=[_absolute(reference) for reference in request.media],
            workspace=workspace,
            budget=request.budget,
            confirm=request.confirm,
            dry_run=request.dry_run,
            continues=request.continues,
            by_id=request.by_id,
        )
    except ActFailed as error:
        return error.result


def _absolute(reference: str) -> str:
    """A path as seen from anywhere; ids and names stay."""
    path = Path(reference)
    return storable(str(path.absolute()) if path.exists() else reference)


def run_trace(reference: str, html: Path | None, workspace: str | None, as_json: bool) -> int:
    """Print how an artefact came to be, or write it as a page."""
    from agents.act.history.graph import history_of, is_run
    from agents.act.history.trace import trace_of

    runtime = runtime_of(workspace)
    store, tenant = runtime.store, runtime.spec.tenant
    if html is not None:
        from flows.output.trace.page import write_trace

        told = write_trace(store, tenant, reference, html)
        if as_json:
            print_json({"page": str(html), "steps": len(told.steps)})
        else:
            say(str(html))
        return DONE
    wanted = [reference]
    if is_run(reference):
        wanted = [row.artefact_id for row in history_of(store, tenant, reference).wanted]
    traces = [trace_of(store, tenant, one) for one in wanted]
    if as_json:
        told = [trace.to_json() for trace in traces]
        print_json({"run": reference, "traces": told} if is_run(reference) else told[0])
    else:
        for line in [line for trace in traces for line in trace_lines(trace)]:
            say(line)
    return DONE


def run_replay(reference: str, workspace: str | None, as_json: bool) -> int:
    """Do steps again, and say which gave the same bytes; different ones are a failure."""
    from agents.act.history.replay import Again, replay

    def tell(again: Again) -> None:
        if not as_json:
            say(again_line(again))

    runtime = runtime_of(workspace)
    equipment = equipment_of(runtime)
    done = replay(runtime, reference, equipment.registry, equipment.limits, tell)
    if as_json:
        print_json(done.to_json())
    return DONE if done.is_good else FAILED


def run_timeline(
    reference: str, files: Mapping[str, Path], workspace: str | None, as_json: bool
) -> int:
    """Write an edit as timelines, and name what each of them holds as finished pictures only."""
    from agents.act.timeline.export import export_edit

    made = export_edit(runtime_of(workspace), reference, files)
    if as_json:
        print_json({"files": [one.to_json() for one in made]})
        return DONE
    for one in made:
        say(str(one.path))
        for loss in one.losses:
            say(f"  not as clips of what was given in {one.path.name}: {loss}", err=True)
    return DONE


def run_tools(workspace: str | None, as_json: bool) -> int:
    """Print the capability table."""
    registry = equipment_of(runtime_of(workspace)).registry
    tools: list[Any] = list(registry.tools.values())
    if as_json:
        more = [
            {
                "family": t.family,
                "missing": t.missing,
                "version": t.version,
                "models": registry.players(t),
            }
            for t in tools
        ]
        told = [schema_of(t) | m for t, m in zip(tools, more, strict=True)]
        print_json({"tools": told})
        return DONE
    for line in tool_lines(registry):
        say(line)
    return DONE
