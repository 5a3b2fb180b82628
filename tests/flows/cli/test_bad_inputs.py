"""Odd and broken files of the evaluation data through the command line, on the real models."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.default_models import models_cache as models_cache
from tests.flows.library import backtrail

pytestmark = pytest.mark.shared

REFUSED = {"bad_zero_bytes_webm": "is empty (0 bytes)", "bad_no_moov_20_bytes": "cannot be opened"}
NOTED = {
    "bad_corrupt_frames": "",
    "odd_no_duration_webm": "gives no duration",
    "odd_non_square_pixels": "not square",
}
SLOW = {"odd_long_black_av1", "odd_10x6_pixels_64s"}
"""Minutes of picture and sound: the tests of decoding have them."""


@pytest.fixture(scope="module")
def entries(
    shared: Path, models_cache: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, tuple[dict[str, Any], int]]]:
    """What `ingest` says of every odd or broken file, with its exit code."""
    home = tmp_path_factory.mktemp("odd")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BACKTRAIL_HOME", str(home / "store"))
        patch.setenv("BACKTRAIL_CACHE", str(models_cache.parent))
        patch.delenv("PREFECT_API_URL", raising=False)
        said: dict[str, tuple[dict[str, Any], int]] = {}
        for name, path in _files(shared).items():
            told = backtrail("ingest", "--preset", "quick", path, "--json")
            said[name] = told.object["videos"][0], told.code
        yield said


def test_every_odd_file_is_remembered_or_refused_clearly(
    entries: dict[str, tuple[dict[str, Any], int]],
) -> None:
    assert len(entries) >= 15
    for name, (entry, code) in entries.items():
        if name in REFUSED:
            assert code == 2, name
            assert REFUSED[name] in entry["error"]["message"]
            assert entry["error"]["hint"]
        else:
            assert (code, entry["status"]) == (0, "ingested"), (name, entry)
            assert entry["memories"]["keyframe"] >= 1
            assert entry["memories"].get("summary", 0) <= 3


def test_what_is_odd_is_noted(entries: dict[str, tuple[dict[str, Any], int]]) -> None:
    for name, words in NOTED.items():
        entry, _ = entries[name]
        assert any(words in note for note in entry["notes"]), (name, entry["notes"])


def test_subtitles_inside_a_file_are_its_speech(
    entries: dict[str, tuple[dict[str, Any], int]],
) -> None:
    entry, _ = entries["odd_embedded_mov_text"]
    assert entry["memories"]["speech"] == 2


def test_nothing_is_read_or_named_in_noise(
    entries: dict[str, tuple[dict[str, Any], int]],
) -> None:
    entry, _ = entries["odd_noise_50x50"]
    assert "screen_text" not in entry["memories"]
    assert "speech" not in entry["memories"]


def _files(shared: Path) -> dict[str, Path]:
    index = json.loads((shared / "INDEX.json").read_text(encoding="utf-8"))
    found: dict[str, Path] = {}
    for entry in _entries(index):
        name = str(entry.get("id", ""))
        if name.startswith(("bad_", "odd_")) and name not in SLOW:
            found[name] = shared / str(entry.get("file") or entry.get("path"))
    return found


def _entries(index: Any) -> list[dict[str, Any]]:
    if isinstance(index, list):
        return [entry for entry in index if isinstance(entry, dict)]
    return [entry for part in index.values() if isinstance(part, list) for entry in _entries(part)]
