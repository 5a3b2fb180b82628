"""The ingest flow: probe, then one task per window, then the tree and its summaries."""

from __future__ import annotations

from logging import ERROR, INFO
from pathlib import Path
from typing import Any

from prefect import flow, get_run_logger
from prefect.runtime import flow_run
from prefect.utilities.annotations import quote

from agents.ingest.describe import Captioner
from agents.ingest.folders import listing
from agents.ingest.windows import Job
from agents.runtime import Runtime
from configs.settings import Preset
from flows.failures import KNOWN_ERRORS
from flows.ingesting import Progress, ingest_file
from flows.language import forget_retries
from flows.output.artifacts import WindowProgress, ingest_table
from flows.runs import tag_run
from flows.wiring import new_files, runtime_with_streams
from tasks.ingest import perceive_window


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
        paths: Files and folders to ingest.
        workspace: Whose memory is written; the configured workspace when empty.
        preset: How much is perceived: quick, balanced or thorough; the configured one when empty.
        new_only: Pass over files that are already remembered in any form (for schedules).
        video_stream: Which video stream to use where a file has several, from 0.
        audio_stream: Which audio stream to use where a file has several, from 0.
        subtitle_stream: Which subtitle stream to use where a file has several, from 0.
    """
    log = get_run_logger()
    runtime = runtime_with_streams(workspace, preset, (video_stream, audio_stream, subtitle_stream))
    found = listing([Path(path) for path in paths])
    for said in found.told():
        log.log(INFO, "%s", said)
    files = new_files(runtime, list(found.files)) if new_only else found.files
    reports = [ingest_file(runtime, file, _unseen, _perceive) for file in files]
    for report in reports:
        said = report.error["message"] if report.error else f"{sum(report.memories.values())} rows"
        log.log(INFO if report.fine else ERROR, "%s %s: %s", report.status, report.path, said)
    forget_retries(str(flow_run.get_id() or "") or None)
    tag_run(runtime.spec.tenant, [report.video.video_id for report in reports if report.video])
    if reports:
        ingest_table(reports)
    return {"videos": [report.to_json() for report in reports], "skipped": found.to_json()}


def _unseen(name: str, stage: str, done: int, total: int) -> None:
    """The UI shows windows by their tasks and a progress artifact."""


def _perceive(runtime: Runtime, job: Job, progress: Progress, captioner: Captioner | None) -> None:
    """All open windows as tasks, with a progress artifact."""
    del progress
    counter = WindowProgress(job.video.name, len(job.open_windows))
    for window in job.open_windows:
        title = f"window {window.index + 1} of {len(job.windows)}, {job.video.name}"
        state = perceive_window(
            quote(runtime.spec),
            quote(job),
            window.index,
            title,
            quote(captioner),
            return_state=True,
        )
        failure = state.result(raise_on_failure=False)
        if isinstance(failure, KNOWN_ERRORS):
            raise failure
        counter.step()
