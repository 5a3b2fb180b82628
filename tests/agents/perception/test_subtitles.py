from __future__ import annotations

from pathlib import Path

import pytest

from agents.perception.media.probe import probe
from agents.perception.records import Probe, StreamChoice
from agents.perception.subtitles import from_stream, read, sidecar_files, subtitles
from memory.records import SECOND, Span
from tests.media import scene, steady, write_video

SRT = """1
00:00:00,500 --> 00:00:01,500
<i>Good</i> morning
everyone &amp; all

2
00:00:01,800 --> 00:00:09,000
The end
"""
VTT = """WEBVTT

00:00.200 --> 00:01.000
<v Ann>Hello <b>there</b>
"""


@pytest.fixture
def film(tmp_path: Path) -> Probe:
    return probe(write_video(tmp_path / "film.mp4", steady([(scene(1), 2.0)])), StreamChoice())


def beside(film: Probe, name: str, content: str | bytes) -> Path:
    path = film.path.with_name(name)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_which_files_belong_to_a_film(film: Probe) -> None:
    names = ["film.srt", "film.de.vtt", "film.en.srt"]
    files = {name: beside(film, name, SRT) for name in [*names, "film2.srt", "other.srt"]}
    assert sidecar_files(film.path) == [files[name] for name in names]


def test_brackets_in_a_name_are_no_pattern(film: Probe) -> None:
    path = film.path.with_name("a [x](1).mp4")
    side = beside(film, "a [x](1).srt", SRT)
    assert sidecar_files(path) == [side]


def test_srt_is_cleaned_and_clipped_to_the_video(film: Probe) -> None:
    beside(film, "film.srt", SRT)
    said = subtitles(film)
    assert [one.text for one in said] == ["Good morning everyone & all", "The end"]
    assert said[0].span == Span(500_000, 1_500_000)
    assert said[1].span == Span(1_800_000, film.duration)


def test_vtt_with_a_speaker(film: Probe) -> None:
    beside(film, "film.en.vtt", VTT)
    assert [(one.text, one.span) for one in subtitles(film)] == [
        ("Hello there", Span(200_000, SECOND))
    ]


def test_times_shift_with_the_first_picture(tmp_path: Path) -> None:
    found = probe(
        write_video(tmp_path / "film.mkv", steady([(scene(1), 2.0)]), starts_at=5.0),
        StreamChoice(),
    )
    beside(found, "film.srt", SRT)
    assert subtitles(found)[0].span.start == pytest.approx(500_000, abs=2000)


def test_another_encoding_is_read_and_told(film: Probe) -> None:
    beside(film, "film.srt", SRT.replace("Good", "Café").encode("cp1252"))
    found = read(film)
    assert found.utterances[0].text.startswith("Café")
    assert any("Windows-1252" in note for note in found.notes)
    beside(film, "film.srt", SRT.encode("utf-16"))
    assert read(film).utterances[0].text.startswith("Good")


def test_what_cannot_be_read_is_told_and_the_next_is_used(film: Probe) -> None:
    beside(film, "film.srt", bytes(range(128, 256)) * 4)
    beside(film, "film.en.srt", SRT)
    found = read(film)
    assert any("film.srt cannot be read" in note for note in found.notes)
    assert len(found.utterances) == 2


def test_no_subtitles(film: Probe) -> None:
    assert list(subtitles(film)) == []


@pytest.mark.shared
def test_subtitles_inside_a_file(shared: Path) -> None:
    found = from_stream(probe(shared / "bad_inputs/auto-editor/mov_text.mp4", StreamChoice()))
    assert [one.text for one in found.utterances] == ["oop", "boop"]
    starts = [one.span.start / SECOND for one in found.utterances]
    ends = [one.span.end / SECOND for one in found.utterances]
    assert starts == pytest.approx([0.52, 1.52], abs=0.03)
    assert ends == pytest.approx([1.02, 1.92], abs=0.03)
