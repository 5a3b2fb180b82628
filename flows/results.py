"""What flows come to, for the programs that run them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from agents.ask.result.run_record import result_from
from agents.errors import AgentsError
from flows.wiring import runtime_of
from memory.errors import UnknownMemory

if TYPE_CHECKING:
    from prefect.client.schemas.objects import State

    from agents.act.result import ActResult
    from agents.ask.answer import Result
    from agents.ingest.report import FileReport


class IngestFailed(AgentsError):
    """Not all of every file is remembered; `report` is the documented object of ingest."""

    code = "ingest_failed"

    def __init__(self, message: str, report: dict[str, Any]) -> None:
        super().__init__(message, "`ingest` again retries what failed")
        self.report = report


class ActFailed(AgentsError):
    """A goal was not reached; `result` says why, and what is finished."""

    code = "act_failed"

    def __init__(self, message: str, result: ActResult) -> None:
        super().__init__(message, f"go on with the run {result.run_id} when the cause is gone")
        self.result = result


def ingest_report(state: State[dict[str, Any]]) -> dict[str, Any]:
    """The documented object of a run of `ingest(..., return_state=True)`, failed or not.

    Raises:
        Exception: what ended the run before it was through with its files.
    """
    found = state.result(raise_on_failure=False)
    if isinstance(found, IngestFailed):
        return found.report
    if isinstance(found, BaseException):
        raise found
    return found


def ingest_message(reports: Sequence[FileReport]) -> str:
    """What became of files, as the message of a flow run's state."""
    if not reports:
        return "nothing new"
    lost = [report for report in reports if not report.fine]
    if not lost:
        names = ", ".join(report.path.name for report in reports)
        return f"{len(reports)} of {len(reports)} files remembered: {names}"
    told = "; ".join(f"{report.path.name}: {_reason(report)}" for report in lost)
    return f"{len(lost)} of {len(reports)} files failed in part or whole: {told}"


def _reason(report: FileReport) -> str:
    """Why a file is not remembered, or not all of it."""
    if report.error:
        return report.error["message"]
    counts = {name: report.windows[name] for name in ("failed", "degraded")}
    told = " and ".join(f"{n} windows {name}" for name, n in counts.items() if n)
    return "; ".join(filter(None, [told, *report.notes]))


def kept_result(run: object, workspace: str | None = None) -> Result:
    """The result of a question, by its `run_id` or by the id of its flow run.

    A deployment's caller gets with it what `ask` gives:
    `kept_result(run_deployment("ask/ask", parameters={"question": "..."}).id)`. That program finds
    the server by `PREFECT_API_URL` and the memory by `BACKTRAIL_HOME`, in its own environment.

    Raises:
        UnknownMemory: no such run in the workspace; it may have been forgotten with its video.
    """
    runtime = runtime_of(workspace)
    for kept in reversed(runtime.store.runs(runtime.spec.tenant)):
        if str(run) in (kept.run_id, kept.result["flow_run_id"]):
            return result_from(kept.result)
    raise UnknownMemory(
        f"the workspace {runtime.spec.tenant!r} keeps no run {run}",
        "it may have been forgotten with its video, or belong to another workspace",
    )
