"""Homes that tests of commands start from: one with a video, and one without any."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.library import backtrail, ferry, scripted_home


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home with one video."""
    folder = tmp_path_factory.mktemp("library")
    with scripted_home(folder):
        assert backtrail("ingest", ferry(folder)).code == 0
        yield folder


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Path]:
    """A home without any."""
    with scripted_home(tmp_path):
        yield tmp_path
