"""What the contract suites share."""

from __future__ import annotations

from pathlib import Path

import pytest

from memory.lance.store import LanceStore
from memory.store import Store
from tests.default_models import models_cache
from tests.store_rows import IMAGE, TEXT

__all__ = ["models_cache"]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return LanceStore.open(
        str(tmp_path / "store"), text=TEXT, image=IMAGE, thumbnails=tmp_path / "thumbnails"
    )
