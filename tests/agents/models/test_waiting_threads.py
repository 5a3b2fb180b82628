"""Threads of a model that wait for work must sleep: spinning doubles the price of reading text."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# onnxruntime and rapidocr ship without (whole) type information.

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from agents.models.embedded.graphs import (
    DETECTOR_GRAPH,
    IMAGE_GRAPH,
    TEXT_GRAPH,
    open_session,
    require,
)
from agents.models.embedded.rapid_ocr import RapidOcrReader
from tests.default_models import models_cache as models_cache

SPINNING = "session.intra_op.allow_spinning"


def entry(session: Any) -> str:
    return session.get_session_options().get_session_config_entry(SPINNING)


def test_exported_graphs_wait_asleep(models_cache: Path) -> None:
    for name in (TEXT_GRAPH, IMAGE_GRAPH, DETECTOR_GRAPH):
        assert entry(open_session(require(models_cache, name), 2)) == "0"


def test_the_text_reader_waits_asleep() -> None:
    reader = RapidOcrReader(threads=2)
    picture = np.full((64, 200, 3), 255, np.uint8)
    reader.read(picture, boxes=[(0.1, 0.1, 0.9, 0.9)])
    reader.find(picture)
    engine: Any = reader._engine  # pyright: ignore[reportPrivateUsage]
    for used in (engine.text_det, engine.text_rec):
        assert entry(used.session.session) == "0"
        assert used.session.session.get_session_options().intra_op_num_threads == 2


def running() -> int:
    """Threads of this process."""
    return sum(1 for _ in Path("/proc/self/task").iterdir())


def test_sessions_bring_no_more_threads_than_they_are_given(models_cache: Path) -> None:
    """The calling thread is one of them, and models run one after the other: what a session
    adds sleeps while another works."""
    paths = [require(models_cache, name) for name in (TEXT_GRAPH, IMAGE_GRAPH, DETECTOR_GRAPH)]
    open_session(paths[0], 1)
    for threads in (1, 2, 3):
        before = running()
        sessions = [open_session(path, threads) for path in paths]
        assert running() - before == len(sessions) * (threads - 1)
        del sessions
