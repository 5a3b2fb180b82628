"""Where tests find the exported graphs: those of the set-up, or exported here once."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.models.export.run import export, is_current

SET_UP = Path(__file__).resolve().parent.parent / "data" / "cache" / "models"


@pytest.fixture(scope="session")
def models_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if is_current(SET_UP):
        return SET_UP
    cache = tmp_path_factory.mktemp("models")
    export(cache)
    return cache
