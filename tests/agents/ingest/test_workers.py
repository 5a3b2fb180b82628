"""Windows in processes beside this one: the same memory, and nothing lost when one of them ends."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agents.ingest.file import ingest_file, silent
from agents.ingest.report import FileReport
from agents.ingest.windows import run_window
from agents.ingest.workers import pool
from agents.runtime import Runtime, open_runtime
from configs.settings import load_settings
from flows import wiring
from tests.end_to_end.scripted_bench import colours, remembered, scripted_bench


def bench(folder: Path, workers: int) -> Runtime:
    """A store of its own, on models that any process can make."""
    return open_runtime(replace(scripted_bench(folder).spec, workers=workers))


def ingested(folder: Path, video: Path, workers: int) -> tuple[FileReport, dict[str, Any]]:
    runtime = bench(folder, workers)
    report = ingest_file(runtime, video, silent)
    return report, remembered(runtime)


@pytest.fixture
def video(tmp_path: Path) -> Path:
    return colours(tmp_path / "colours.mp4")


def _refuse(*_: object) -> None:
    raise AssertionError("this process perceived a window")


def test_workers_remember_what_one_process_does(
    tmp_path: Path, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, alone = ingested(tmp_path / "alone", video, 1)
    monkeypatch.setattr("agents.perception.window.perceive", _refuse)
    report, together = ingested(tmp_path / "together", video, 3)
    assert report.status == "ingested" and report.windows["done"] >= 2
    assert together == alone


@pytest.mark.parametrize(
    "command", [(sys.executable, "-c", "pass"), (sys.executable, "-c", "print('no pickle')")]
)
def test_what_a_worker_did_not_finish_is_done_here(
    tmp_path: Path,
    video: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    command: Sequence[str],
) -> None:
    monkeypatch.setattr(pool, "COMMAND", command)
    with caplog.at_level(logging.WARNING):
        report, _ = ingested(tmp_path / "home", video, 2)
    assert report.status == "ingested"
    assert "a worker ended at window 0" in caplog.text


def test_workers_are_gone_when_an_ingest_stops(
    tmp_path: Path, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = pool._started
    children = []

    def counted() -> object:
        children.append(started())
        return children[-1]

    def stopped(*given: object) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr(pool, "_started", counted)
    monkeypatch.setattr("agents.ingest.file.run_window", stopped)
    with pytest.raises(KeyboardInterrupt):
        ingested(tmp_path / "home", video, 2)
    assert len(children) == 2
    assert all(child.poll() is not None for child in children)
    monkeypatch.setattr("agents.ingest.file.run_window", run_window)
    report, _ = ingested(tmp_path / "home", video, 1)
    assert report.status == "ingested"


def test_the_number_of_workers_is_a_setting_and_by_default_what_there_is_room_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BACKTRAIL_WORKERS", "5")
    assert wiring.runtime_spec(settings=load_settings()).workers == 5
    monkeypatch.delenv("BACKTRAIL_WORKERS")
    pages = {"SC_PAGE_SIZE": 4096, "SC_AVPHYS_PAGES": 6_000_000_000 // 4096}
    monkeypatch.setattr(os, "sysconf", pages.__getitem__)
    for cores, workers in ((1, 1), (2, 1), (4, 2), (64, 2)):
        monkeypatch.setattr(os, "cpu_count", lambda cores=cores: cores)
        assert wiring.room_for_workers() == workers
    assert wiring.runtime_spec(settings=load_settings()).workers == 2
