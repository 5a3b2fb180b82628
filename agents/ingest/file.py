"""Ingest without Prefect: the same steps as the flow, with a report per file."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agents.cost import charged_for_vectors
from agents.errors import KNOWN_ERRORS, UnreadableMedia, error_json
from agents.ingest.describe import captioner_of
from agents.ingest.finish import finish
from agents.ingest.locking import alone
from agents.ingest.report import FileReport, ledger, settle
from agents.ingest.windows import Job, known_video, prepare, run_window, video_id_of
from agents.ingest.workers.pool import perceived_ahead
from agents.runtime import Run, Runtime, directly
from memory.errors import UnknownVideo
from memory.file_names import displayed
from memory.organise.organise import organise_video
from memory.records import Video, WindowStatus, content_id

if TYPE_CHECKING:
    from agents.ingest.describe import Captioner

log = logging.getLogger(__name__)

Progress = Callable[[str, str, int, int], None]
"""Called with file name, stage, windows done and windows in all."""


def silent(name: str, stage: str, done: int, total: int) -> None:
    """Progress for nobody."""


Perceive = Callable[[Runtime, Job, Progress, "Captioner | None"], None]
"""Perceives the open windows of a job and lets models describe them."""


def perceive_windows(
    runtime: Runtime, job: Job, progress: Progress, captioner: Captioner | None
) -> None:
    """Window after window, in this process or ahead of it in others; described in this one."""
    with perceived_ahead(runtime, job) as ready:
        for window in job.open_windows:
            progress(job.video.name, "perceiving", window.index, len(job.windows))
            tried = ready(window.index)
            run_window(runtime.store, tried, tried.windows[window.index], runtime.models, captioner)


@dataclass(frozen=True, slots=True)
class IngestChain:
    """How the three steps of an ingest are run: in place, or as Prefect tasks.

    prepare -> perceive every open window -> finish
    """

    prepare: Run = directly
    """The planner probes the file and cuts it into windows."""
    perceive: Perceive = perceive_windows
    """The executor perceives them; models describe what they can."""
    finish: Run = directly
    """The executor derives the tree, captions and summaries from the rows of all windows."""


PLAIN = IngestChain()
"""Every step is called directly."""


def ingest_file(
    runtime: Runtime, path: Path, progress: Progress, chain: IngestChain = PLAIN
) -> FileReport:
    """Ingest one file; `chain` runs the steps.

    What goes wrong with the file is in the report.
    """
    report = FileReport(path)
    began = time.monotonic()
    with charged_for_vectors(report.meter, runtime.models):
        try:
            _ingest(runtime, report, progress, chain)
        except KNOWN_ERRORS as error:
            report.error = error_json(error)
            log.warning("%s: %s", path, error)
    report.seconds = time.monotonic() - began
    return report


def remember(runtime: Runtime, path: Path, progress: Progress, chain: IngestChain = PLAIN) -> Video:
    """The video of a file, ingested now if it was not before.

    Raises:
        UnknownVideo: it cannot be ingested.
    """
    report = ingest_file(runtime, path, progress, chain)
    if report.video is None:
        error = report.error or {"message": f"{path} could not be ingested", "hint": ""}
        raise UnknownVideo(error["message"], error["hint"])
    return report.video


def _ingest(runtime: Runtime, report: FileReport, progress: Progress, chain: IngestChain) -> None:
    spec, path, name = runtime.spec, report.path, displayed(report.path.name)
    plan = (runtime.store, path, spec.tenant, spec.parameters, runtime.models)
    progress(name, "checking", 0, 1)
    known = known_video(*plan)
    if known is not None:
        settle(runtime, report, known, "unchanged")
        return
    with alone(_lock(runtime, path), lambda: progress(name, "waiting for another ingest", 0, 1)):
        job: Job = chain.prepare(f"plan the windows of {displayed(name)}", lambda: prepare(*plan))
        if job.complete:
            settle(runtime, report, job.video, "unchanged")
            return
        captioner = captioner_of(runtime, report.meter)
        chain.perceive(runtime, job, progress, captioner)
        progress(name, "summarising", len(job.windows), len(job.windows))
        chain.finish(f"finish {displayed(name)}", lambda: conclude(runtime, report, job, captioner))


def _lock(runtime: Runtime, path: Path) -> Path:
    """The lock of a file's content in a store; an unreadable file has one that nobody shares."""
    uri = runtime.spec.uri
    store = uri if "://" in uri else str(Path(uri).expanduser().resolve())
    readable = path.is_file() and os.access(path, os.R_OK)
    content = video_id_of(path, runtime.spec.tenant) if readable else str(path.resolve())
    return Path(runtime.spec.cache) / "locks" / content_id("lock", store, content)


def conclude(
    runtime: Runtime, report: FileReport, job: Job, captioner: Captioner | None = None
) -> None:
    """Finish a job whose windows were all tried; fails when not one of them is done.

    Raises:
        UnreadableMedia: no window could be perceived.
    """
    windows = ledger(runtime, job.video, job.perception_key)
    if not any(window.status == WindowStatus.DONE for window in windows):
        reasons = "; ".join(dict.fromkeys(window.reason for window in windows))
        raise UnreadableMedia(
            f"nothing of {report.path.name} could be perceived: {reasons}",
            "play the file to see whether it is whole; the same command tries again",
        )
    video = finish(runtime.store, job, runtime.models, captioner)
    organise_video(runtime.store, video, runtime.spec.organise)
    settle(runtime, report, video, "ingested")
