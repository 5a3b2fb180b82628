"""A bench and a numbered video for tests of tools."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.tools.assets import asset_of
from agents.tools.base import Asset
from tests.agents.tools.bench import Bench, clicks, counting


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture
def video(tmp_path: Path) -> Asset:
    """Four seconds at 25 frames a second, with sound at 0.5, 2 and 3 s."""
    return asset_of(counting(tmp_path / "-y a.mp4", sounds=[clicks(4, [0.5, 2.0, 3.0])]))


@pytest.fixture
def short(tmp_path: Path) -> Asset:
    """Half a second with sound."""
    return asset_of(counting(tmp_path / "short.mp4", 0.48, sounds=[clicks(0.48, [0.1])]))
