"""What an ingest is said to take: from decoding, from earlier windows, and as busy as it is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agents.ingest import pace
from agents.ingest.pace import Past, busy_now, bytes_of, decoding_cost, seconds_of, total
from agents.perception.media.probe import probe
from agents.perception.records import Parameters, Probe, StreamChoice
from tests.media import scene, steady, write_image, write_video

OWN = Parameters()


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Probe:
    frames = steady([(scene(n), 5.0) for n in range(4)])
    path = write_video(tmp_path_factory.mktemp("pace") / "v.mp4", frames)
    return probe(path, StreamChoice())


def test_without_a_past_it_is_a_multiple_of_decoding(
    found: Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert 0 < decoding_cost(found) < 2
    monkeypatch.setattr(pace, "decoding_cost", lambda _: 0.1)
    least, likely, most = seconds_of(found, OWN, Past(), 1.0)
    cores = min(pace.AT_ONCE, os.cpu_count() or 1)
    assert likely == pytest.approx(0.1 * pace.SEEN * 20 / cores, rel=0.15)
    assert least < likely / 1.5 and most > likely * 1.5
    assert "written and said" in Past().basis(1.0)


def test_earlier_windows_are_taken_instead_and_few_make_it_wide(found: Probe) -> None:
    few, many = Past((0.1, 0.2)), Past((0.1, 0.2) * 10)
    narrow, wide = seconds_of(found, OWN, many, 1.0), seconds_of(found, OWN, few, 1.0)
    assert narrow[1] == wide[1] == pytest.approx(0.15 * 20, rel=0.2)
    assert wide[0] < narrow[0] and narrow[2] < wide[2]
    assert "few" in few.basis(1.0) and "few" not in many.basis(1.0)
    busy = seconds_of(found, OWN, many, 4.0)
    assert busy == pytest.approx((narrow[0], 2 * narrow[1], 4 * narrow[2]))
    assert "4.0 times slower" in many.basis(4.0)


def test_a_picture_costs_what_a_picture_costs(tmp_path: Path) -> None:
    still = probe(write_image(tmp_path / "p.png", scene(1)), StreamChoice())
    assert seconds_of(still, OWN, Past(windows=(0.1,) * 20), 1.0) == pace.STILL
    assert seconds_of(still, OWN, Past(stills=(0.5,) * 20), 1.0)[1] == 0.5
    assert bytes_of(still)[1] >= 500_000


def test_sums_and_how_busy_the_machine_is() -> None:
    assert total([(1, 2, 3), (1, 1, 1)], (0, 1, 2)) == (2, 4, 6)
    assert 1.0 <= busy_now() < 200
