"""Uses of rows: counted from what answers cited, fading, and taken back with what is forgotten."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from memory.organise.verbs import uses
from memory.records import Run
from memory.store import Store
from tests.memory.organise.library import TENANT, film, open_at, said

NOW = datetime(2026, 11, 27, tzinfo=UTC)


def asked(store: Store, name: str, day: str, *cited: tuple[str, str], tenant: str = TENANT) -> None:
    evidence = [{"memory_id": row, "video_id": video} for row, video in cited]
    videos = tuple(dict.fromkeys(video for _, video in cited))
    store.put_run(Run(name, tenant, videos, "?", {"evidence": evidence}, f"{day}T00:00:00+00:00"))


def test_uses_are_counted_and_fade_by_half(tmp_path: Path) -> None:
    store = open_at(tmp_path)
    film(store, said(0, "hello"))
    film(store, said(0, "hello", "v2"))
    asked(store, "r1", "2026-11-27", ("m_new", "v1"))
    asked(store, "r2", "2026-10-28", ("m_old", "v1"), ("m_old2", "v2"))
    asked(store, "r3", "2026-10-28", ("m_old", "v1"))
    asked(store, "r4", "2026-11-27", ("m_new", "v1"), tenant="elsewhere")
    found = {use.memory_id: use for use in uses(store, TENANT, NOW)}
    assert [found[key].uses for key in ("m_new", "m_old", "m_old2")] == [1, 2, 1]
    assert found["m_new"].strength == pytest.approx(1.0)
    assert found["m_old"].strength == pytest.approx(2 * 0.5), "thirty days are a half-life"
    assert found["m_old2"].strength == pytest.approx(0.5)
    assert found["m_old"].last == "2026-10-28T00:00:00+00:00"
    store.forget(TENANT, "v2")
    assert {use.memory_id: use.uses for use in uses(store, TENANT, NOW)} == {"m_new": 1, "m_old": 1}
