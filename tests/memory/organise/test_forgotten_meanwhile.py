"""Whoever takes something from a video that is forgotten meanwhile leaves nothing behind."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from memory.organise import consolidate, organise
from memory.organise.consolidate import stand_ins
from memory.organise.lifecycle import history
from memory.organise.parts import ALL_ON, Merging
from memory.organise.records import Assertion, Mention
from memory.organise.telling import assertions_of
from memory.records import Memory
from tests.memory.organise.library import TENANT, film, open_at, said, shown


def test_no_fact_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_at(tmp_path)
    video = film(store, said(0, "The code of the cellar is zebrafinch."))
    film(store, said(0, "The code of the attic is 12.", "v2"))

    def taken(rows: Sequence[Memory]) -> list[Assertion]:
        store.forget(TENANT, video.video_id)
        return assertions_of(rows)

    monkeypatch.setattr(organise, "assertions_of", taken)
    done = organise.organise_video(store, video, ALL_ON)
    assert done["facts"] == 0
    assert {one.video_id for one in store.notebook.find(Assertion, TENANT)} == {"v2"}
    assert not store.notebook.find(Mention, TENANT, video_id="v1")
    files = [path for path in (tmp_path / "store").rglob("*") if path.is_file()]
    assert not [path for path in files if b"zebrafinch" in path.read_bytes()]


def test_no_entry_of_the_log_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_at(tmp_path)
    rows = [shown(2 * n, 2 * n + 2, ("Opens at noon", 0.1)) for n in range(3)]
    video = film(store, *rows)

    def chosen(found: Sequence[Memory], merging: Merging) -> dict[str, str]:
        store.forget(TENANT, video.video_id)
        return stand_ins(found, merging)

    monkeypatch.setattr(consolidate, "stand_ins", chosen)
    consolidate.consolidate_video(store, TENANT, video.video_id, "near")
    assert history(store, TENANT) == []
    assert store.videos(TENANT) == []
