"""The ingest flow: probe, then one task per window, then the tree and its summaries."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from prefect import flow, get_run_logger
from prefect.futures import wait
from prefect.task_runners import ThreadPoolTaskRunner
from prefect.utilities.annotations import quote

from agents.ingest import Job, known_job, prepare
from agents.workbench import Workbench
from flows.artifacts import WindowProgress, ingest_table
from flows.ingesting import KNOWN_ERRORS, FileReport, conclude, error_json, settle
from flows.wiring import media_files, workbench
from tasks.ingest import perceive_window


@flow(
    name="ingest",
    flow_run_name="ingest {paths}",
    task_runner=ThreadPoolTaskRunner(max_workers=1),
    persist_result=False,
)
def ingest(
    paths: list[str],
    workspace: str | None = None,
    preset: str = "balanced",
    new_only: bool = False,
) -> dict[str, Any]:
    """Remember videos, images and folders of them.

    Args:
        paths: Files and folders to ingest.
        workspace: Tenant whose memory is written; the configured one when empty.
        preset: How much is perceived: quick, balanced or thorough.
        new_only: Pass over files that are already remembered in any form (for schedules).
    """
    bench = workbench(workspace, preset=preset)
    files = media_files([Path(path) for path in paths])
    if new_only:
        known = {path for v in bench.store.videos(bench.spec.tenant) for path in v.paths}
        files = [file for file in files if str(file.resolve()) not in known]
    reports = [_ingest_file(bench, file) for file in files]
    ingest_table(reports)
    return {"videos": [report.to_json() for report in reports]}


def _ingest_file(bench: Workbench, path: Path) -> FileReport:
    """One file; its failure is reported and the others go on."""
    report = FileReport(path)
    began = time.monotonic()
    try:
        spec = bench.spec
        known = known_job(bench.store, path, spec.tenant, spec.parameters, bench.models)
        if known is not None:
            settle(bench, report, known, "unchanged")
        else:
            job = prepare(bench.store, path, spec.tenant, spec.parameters, bench.models)
            _perceive(bench, job)
            conclude(bench, report, job)
    except KNOWN_ERRORS as error:
        report.error = error_json(error)
        get_run_logger().error("%s: %s", path, error)
    report.seconds = time.monotonic() - began
    return report


def _perceive(bench: Workbench, job: Job) -> None:
    """All open windows as tasks, with a progress artifact."""
    name = job.video.name
    progress = WindowProgress(name, len(job.open_windows))
    futures = [
        perceive_window.submit(quote(bench.spec), quote(job), window.index, name)
        for window in job.open_windows
    ]
    for future in futures:
        wait([future])
        progress.step()
        future.result()
