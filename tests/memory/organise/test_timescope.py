"""Words about wall-clock time to ranges, and when a video was recorded."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from agents.evaluate.sets import ranges
from memory.organise.parts import ALL_ON
from memory.organise.timescope import (
    WallRange,
    recorded_at,
    time_range,
    time_score,
    when_recorded,
)
from memory.organise.verbs import videos_within
from memory.records import Kind, Level, Video
from tests.memory.organise.library import TENANT, film, open_at, said, told

NOW = datetime(2026, 11, 27, 7, 30)
"""A Friday."""


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("what happened last Tuesday?", "2026-11-24", "2026-11-25"),
        ("on Monday", "2026-11-23", "2026-11-24"),
        ("last Friday", "2026-11-20", "2026-11-21"),
        ("yesterday morning", "2026-11-26T05", "2026-11-26T12"),
        ("last night", "2026-11-26T20", "2026-11-27T05"),
        ("last weekend", "2026-11-21", "2026-11-23"),
        ("this week", "2026-11-23", "2026-11-30"),
        ("two days ago", "2026-11-25", "2026-11-26"),
        ("in the past 3 weeks", "2026-11-06T07:30", "2026-11-27T07:30"),
        ("between May 3, 2026, and May 9, 2026", "2026-05-03", "2026-05-10"),
        ("from 3 May to 9 May 2026", "2026-05-03", "2026-05-10"),
        ("in late May 2026", "2026-05-21", "2026-06-01"),
        ("in 2025", "2025-01-01", "2026-01-01"),
        ("since May 3, 2026", "2026-05-03", "2026-11-27T07:30"),
        ("in the 2 weeks before 2026-05-15", "2026-05-01", "2026-05-15"),
        ("during the late evening of January 11, 2026", "2026-01-11T18", "2026-01-12"),
    ],
)
def test_words_mean_ranges(text: str, start: str, end: str) -> None:
    found = time_range(text, NOW)
    assert found == WallRange(datetime.fromisoformat(start), datetime.fromisoformat(end))


@pytest.mark.parametrize(
    "text", ["the price of tea", "20 minutes after the start", "at 1:23", "room 2026", ""]
)
def test_other_words_mean_none(text: str) -> None:
    assert time_range(text, NOW) is None


def test_the_score_fades_with_the_distance() -> None:
    day = WallRange(datetime(2026, 5, 3), datetime(2026, 5, 4))
    later = [WallRange(datetime(2026, 5, d), datetime(2026, 5, d, 1)) for d in (3, 4, 6, 28)]
    scores = [time_score(span, day) for span in later]
    assert scores[0] == 1 and scores[1] == pytest.approx(0.25)
    assert scores == sorted(scores, reverse=True) and scores[3] == pytest.approx(-0.5, abs=0.001)


@pytest.mark.parametrize(
    ("name", "when"),
    [
        ("VID_20260301_142233.mp4", "2026-03-01T14:22:33"),
        ("2026-11-20 09.30.15.mov", "2026-11-20T09:30:15"),
        ("party-2024-05-12.mkv", "2024-05-12T00:00:00"),
        ("clip 4.mp4", ""),
        ("2021-02-31.mp4", ""),
        ("1080p_20201301.mp4", ""),
    ],
)
def test_a_name_may_say_when_it_was_recorded(name: str, when: str) -> None:
    video = Video("v", "t", "d", (f"/films/2020-01-01/{name}",), 1, 1, {}, "k")
    assert recorded_at(video, []) == when


def test_the_container_knows_better_and_a_clock_that_was_never_set_does_not() -> None:
    video = Video("v", "t", "d", ("/films/2024-05-12.mp4",), 1, 1, {}, "k")
    for stamp, when in (("2023-06-01T10:00:00.000000Z", "2023-06-01T10:00:00"),
                        ("1904-01-01T00:00:00.000000Z", "2024-05-12T00:00:00")):  # fmt: skip
        row = told(Kind.METADATA, 0, 1, f"Title: x\nCreation time: {stamp}", level=Level.VIDEO)
        assert recorded_at(video, [row]) == when


def test_videos_are_dated_and_found_by_when_they_were_recorded(tmp_path: Path) -> None:
    store = open_at(tmp_path)
    tag = told(Kind.METADATA, 0, 9, "Creation time: 2026-11-24T09:00:00.000000Z", level=Level.VIDEO)
    film(store, tag)
    film(store, said(0, "hello", "v2"))
    tuesday = time_range("last Tuesday", NOW)
    assert tuesday is not None
    assert [v.video_id for v in videos_within(store.videos(TENANT), tuesday)] == ["v1"]
    assert when_recorded(store.video(TENANT, "v2")) is None
    store.date_video(TENANT, "v2", "2026-11-24T20:00:00")
    assert [v.video_id for v in videos_within(store.videos(TENANT), tuesday)] == ["v1", "v2"]
    film(store, tag)
    assert store.video(TENANT, "v1").recorded_at == "2026-11-24T09:00:00", "it is kept"


def test_off_dates_nothing(tmp_path: Path) -> None:
    store = open_at(tmp_path)
    tag = told(Kind.METADATA, 0, 9, "Date: 2026-11-24", level=Level.VIDEO)
    film(store, tag, parts=replace(ALL_ON, time_scope=False))
    assert store.video(TENANT, "v1").recorded_at == ""


@pytest.mark.shared
def test_ranges_of_labelled_questions(shared: Path) -> None:
    folder = shared.parents[1] / "text" / "memory_t1"
    if not folder.is_dir():
        pytest.skip(f"Memory-T1 is not at {folder}")
    asked = ranges.labelled(folder / ranges.FILE)
    told = [ranges.scored(one, time_range(one.text, ranges.NOW)).scores for one in asked]
    fitted, other = (
        [sum(one[name] for one in told[half::2]) / len(told[half::2]) for name in ranges.MEASURES]
        for half in (0, 1)
    )
    assert fitted[0] >= 0.92 and fitted[1] >= 0.94
    assert other[0] >= 0.88 and other[1] >= 0.91
