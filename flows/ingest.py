"""The ingest flow: probe, then one task per window, then the tree and its summaries."""

from __future__ import annotations

from collections.abc import Sequence
from logging import ERROR, INFO
from pathlib import Path
from typing import Any

from agents.errors import KNOWN_ERRORS
from agents.ingest.describe import Captioner
from agents.ingest.file import IngestChain, Progress, ingest_file, silent
from agents.ingest.report import FileReport
from agents.ingest.sources.folders import listing
from agents.ingest.windows import Job
from agents.ingest.workers.pool import Ready, perceived_ahead
from agents.runtime import Runtime
from configs.settings import Preset, load_settings
from flows.endpoints import forget_retries
from flows.engine import flow, flow_run, get_run_logger, quote
from flows.output.artifacts import WindowProgress, ingest_table
from flows.results import IngestFailed, ingest_message
from flows.runs import IDLE, completed, drop_idle_runs, failed, tag_run
from flows.watch import watch
from flows.wiring import fetched, new_files, runtime_with_streams
from memory.file_names import displayed, restored
from memory.standing.watches import watches
from tasks.ingest import finish, perceive_window, prepare
from tasks.titled import titled


def _run_name() -> str:
    """Names the first file or folder, and says how many more there are."""
    paths = [Path(path).name for path in flow_run.parameters["paths"]] or ["nothing"]
    more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
    return f"ingest {paths[0]}{more}"


@flow(name="ingest", flow_run_name=_run_name, persist_result=False)
def ingest(
    paths: list[str],
    workspace: str | None = None,
    preset: Preset | None = None,
    new_only: bool = False,
    video_stream: int | None = None,
    audio_stream: int | None = None,
    subtitle_stream: int | None = None,
) -> dict[str, Any]:
    """Remember videos, images and folders of them.

    Args:
        paths: Files, folders and URLs to ingest.
        workspace: Whose memory is written; the configured workspace when empty.
        preset: How much is perceived: quick, balanced or thorough; the configured one when empty.
        new_only: Pass over files that are already remembered in any form (for schedules).
        video_stream: Which video stream to use where a file has several, from 0.
        audio_stream: Which audio stream to use where a file has several, from 0.
        subtitle_stream: Which subtitle stream to use where a file has several, from 0.

    Raises:
        IngestFailed: not all of every file is remembered; its `report` is what is returned
            otherwise. Not where the setting `failed_files` is `report`.
    """
    runtime = runtime_with_streams(workspace, preset, (video_stream, audio_stream, subtitle_stream))
    here, unfetched = fetched([restored(path) for path in paths])
    found = listing(here)
    for said in found.told():
        get_run_logger().info("%s", displayed(said))
    files = new_files(runtime, list(found.files)) if new_only else list(found.files)
    if new_only and not files:
        tag_run(runtime.spec.tenant, [IDLE], [])
        drop_idle_runs()

    chain = IngestChain(
        prepare=titled(prepare),  # planner: probe the file, cut it into windows
        perceive=_perceive,  # executor: one task per window
        finish=titled(finish),  # executor: the tree, captions and summaries
    )
    reports = unfetched + [ingest_file(runtime, file, silent, chain) for file in files]

    _show(runtime, reports)
    _tidy(runtime, reports)
    done: dict[str, Any] = {
        "videos": [report.to_json() for report in reports],
        "skipped": found.to_json(),
        **_watched(runtime, workspace),
    }
    return _ended(done, reports)


def _ended(done: dict[str, Any], reports: Sequence[FileReport]) -> Any:  # noqa: ANN401
    """The end of the run: Failed where anything was lost, unless the settings want a report."""
    message = ingest_message(reports)
    if all(report.fine for report in reports) or load_settings().failed_files == "report":
        return completed(done, message)
    return failed(IngestFailed(message, done))


def _show(runtime: Runtime, reports: Sequence[FileReport]) -> None:
    """Log lines, tags and a table of what became of each file."""
    log = get_run_logger()
    for report in reports:
        said = report.error["message"] if report.error else f"{sum(report.memories.values())} rows"
        line = displayed(f"{report.status} {report.path}: {said}")
        log.log(INFO if report.fine else ERROR, "%s", line)
    about = [
        (report.video.video_id if report.video else "", report.path.name) for report in reports
    ]
    tag_run(runtime.spec.tenant, sorted({report.status for report in reports}), about)
    if reports:
        ingest_table(reports)


def _tidy(runtime: Runtime, reports: Sequence[FileReport]) -> None:
    """Compact the store once, after all files, and drop what was kept for retries of this run."""
    if any(report.status in ("ingested", "partial") for report in reports):
        runtime.store.optimise()
    forget_retries(str(flow_run.get_id() or "") or None)


def _watched(runtime: Runtime, workspace: str | None) -> dict[str, Any]:
    """What standing questions come to in what is new, where there are any; as a run of its own.

    What goes wrong there is no failure of the ingest: that run says it, and the next one tries.
    """
    if not watches(runtime.store, runtime.spec.tenant):
        return {}
    state = watch(workspace, return_state=True)
    done = state.result(raise_on_failure=False)
    if isinstance(done, BaseException):
        get_run_logger().error("standing questions: %s", done)
        return {}
    return {"watch": done}


def _perceive(runtime: Runtime, job: Job, progress: Progress, captioner: Captioner | None) -> None:
    """All open windows as tasks, with a progress artifact."""
    del progress
    with perceived_ahead(runtime, job) as ready:
        _perceive_each(runtime, job, ready, captioner)


def _perceive_each(runtime: Runtime, job: Job, ready: Ready, captioner: Captioner | None) -> None:
    counter = WindowProgress(job.video.name, len(job.open_windows))
    for window in job.open_windows:
        title = f"window {window.index + 1} of {len(job.windows)}, {displayed(job.video.name)}"
        state = perceive_window(
            quote(runtime.spec),
            quote(ready(window.index)),
            window.index,
            title,
            quote(captioner),
            return_state=True,
        )
        failure = state.result(raise_on_failure=False)
        if isinstance(failure, KNOWN_ERRORS):
            raise failure
        counter.step()
