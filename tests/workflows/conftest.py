"""A home of its own for each module of workflows, with the product's own models."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.workflows.desk import Desk

pytest.importorskip("imageio_ffmpeg", reason="needs the extra `edit`")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BACKTRAIL_HOME", str(folder / "store"))
        for name in [n for n in os.environ if n.startswith(("BACKTRAIL_LLM", "BACKTRAIL_VLM"))]:
            patch.delenv(name)
        for name in ("PREFECT_API_URL", "BACKTRAIL_API_URL", "BACKTRAIL_PRESET"):
            patch.delenv(name, raising=False)
        yield Desk(folder)


@pytest.fixture
def clip(shared: Path) -> Path:
    """The folder of the evaluation clips."""
    return shared
