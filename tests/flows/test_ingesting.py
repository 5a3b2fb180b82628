"""Ingest on scripted models: what is remembered, what is done again, and what goes wrong."""

from __future__ import annotations

import errno
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agents.ask.ranking.candidates import candidates_of
from agents.errors import ModelFailed
from agents.ingest.file import ingest_file
from agents.ingest.report import FileReport
from agents.models.scripted import ScriptedTextReader
from agents.perception import window as perception
from agents.perception.records import Percept
from agents.perception.rows import embed_texts, look_rows
from agents.runtime import Runtime
from memory.lance import write
from memory.lance.connection import storage_errors
from memory.lance.store import LanceStore
from memory.records import SECOND, Kind, Level, Scope, Span
from tests.end_to_end.scripted_bench import colours, remembered, scripted_bench, with_parameters
from tests.media import scene, steady, tagged, write_video


@pytest.fixture
def bench(tmp_path: Path) -> Runtime:
    return scripted_bench(tmp_path)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return colours(tmp_path_factory.mktemp("video") / "colours.mp4")


@pytest.fixture
def video(source: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(source, tmp_path / "colours.mp4"))


def ingest(bench: Runtime, path: Path) -> FileReport:
    return ingest_file(bench, path, lambda *_: None)


def rows(bench: Runtime, *kinds: Kind) -> list[Any]:
    return bench.store.memories(Scope("t", kinds=kinds))


def test_a_second_ingest_and_a_renamed_copy_decode_nothing(
    bench: Runtime, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = ingest(bench, video)
    before = remembered(bench)
    monkeypatch.setattr(perception, "perceive", _refuse)
    monkeypatch.setattr("agents.perception.media.probe.probe", _refuse)
    assert (first.status, ingest(bench, video).status) == ("ingested", "unchanged")
    assert remembered(bench) == before
    copy = Path(shutil.copy(video, video.with_name("another name.mp4")))
    report = ingest(bench, copy)
    assert report.status == "unchanged"
    assert report.video and report.video.paths == (str(video), str(copy))


def test_other_parameters_replace_the_memory_when_complete_and_looks_survive(
    bench: Runtime, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = ingest(bench, video)
    assert report.video
    look = _look(bench, report.video.video_id)
    old = {row.memory_id for row in rows(bench) if not row.is_look}
    other = with_parameters(bench, sample_fps=1.0)
    with monkeypatch.context() as patch:
        patch.setattr(LanceStore, "activate", _disk_full)
        assert ingest(other, video).error
        assert {row.memory_id for row in rows(bench) if not row.is_look} == old
    assert ingest(other, video).status == "ingested"
    now = bench.store.video("t", report.video.video_id)
    assert now.active_key != report.video.active_key
    assert not old & {row.memory_id for row in rows(bench)}
    assert look in {row.memory_id for row in rows(bench)}
    everything = bench.store.memories(Scope("t"), perception_key=report.video.active_key)
    assert [row for row in everything if not row.is_look] == []


def test_a_new_sidecar_makes_a_new_memory(bench: Runtime, video: Path) -> None:
    ingest(bench, video)
    subtitle = "1\n00:00:01,000 --> 00:00:03,000\nMind the gap.\n"
    video.with_suffix(".srt").write_text(subtitle, encoding="utf-8")
    assert ingest(bench, video).status == "ingested"
    assert [row.text for row in rows(bench, Kind.SPEECH)] == ["Mind the gap."]
    assert ingest(bench, video).status == "unchanged"


def test_another_encoder_is_no_reason_to_perceive_again(bench: Runtime, video: Path) -> None:
    ingest(bench, video)
    encoder = replace(bench.models.image_encoder, name="another")  # type: ignore[type-var]
    other = replace(bench, models=replace(bench.models, image_encoder=encoder))
    assert ingest(other, video).status == "unchanged"


def test_a_failing_window_is_told_and_tried_again(
    bench: Runtime, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = remembered(_ingested(bench.spec.uri + "_whole", video))
    perceive = perception.perceive

    def failing(probe: Any, span: Span, *rest: Any, **named: Any) -> Any:
        if span.start == 5_000_000:
            raise ModelFailed("the reader gave up")
        return perceive(probe, span, *rest, **named)

    with monkeypatch.context() as patch:
        patch.setattr(perception, "perceive", failing)
        report = ingest(bench, video)
    assert report.status == "partial"
    assert report.windows == {"done": 2, "failed": 1}
    assert "5-10 s: the reader gave up" in report.notes
    assert report.video and report.video.active_key
    assert "whale; animal" in {row.text for row in rows(bench, Kind.OBJECTS)}
    assert ingest(bench, video).status == "ingested"
    assert remembered(bench)["videos"] == whole["videos"]


def test_an_unexpected_exception_in_a_window_is_a_failed_window_too(
    bench: Runtime, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError("no pixels")

    with monkeypatch.context() as patch:
        patch.setattr(ScriptedTextReader, "find", broken)
        patch.setattr(ScriptedTextReader, "read", broken)
        report = ingest(bench, video)
    assert report.status == "failed"
    assert report.error and "ZeroDivisionError: no pixels" in report.error["message"]
    assert rows(bench) == []


@pytest.mark.parametrize("where", ["rows", "ledger", "picture"])
def test_a_full_disk_stops_with_a_clear_error_and_is_made_good_later(
    where: str, bench: Runtime, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = remembered(_ingested(bench.spec.uri + "_whole", video))
    with monkeypatch.context() as patch:
        if where == "picture":
            patch.setattr(Path, "replace", _no_space)
        else:
            _full_after(patch, 6 if where == "rows" else 7)
        report = ingest(bench, video)
    assert report.status == "failed"
    assert report.error and report.error["code"] == "store_unavailable"
    assert "o space" in report.error["message"]
    assert "free some disk space" in report.error["hint"]
    assert rows(bench) == []
    assert not list(Path(bench.spec.uri).rglob("*.partial"))
    assert ingest(bench, video).status == "ingested"
    assert remembered(bench) == whole


def test_a_stream_that_breaks_off_keeps_what_came_before_and_says_so(
    bench: Runtime, tmp_path: Path
) -> None:
    frames = steady([(scene(i, 320, 180), 1.0) for i in range(15)], fps=5.0)
    cut = tmp_path / "cut.mkv"
    full = write_video(tmp_path / "full.mkv", frames, last_for=0.2, gop=5)
    cut.write_bytes(full.read_bytes()[: full.stat().st_size // 2])
    report = ingest(bench, cut)
    assert report.video and report.status in ("ingested", "partial")
    assert 5 < report.video.duration / 1e6 < 10
    assert report.notes
    assert report.memories["keyframe"] >= 5
    assert ingest(bench, cut).status == "unchanged"


def test_nothing_is_written_for_what_cannot_be_read(bench: Runtime, tmp_path: Path) -> None:
    empty, words = tmp_path / "empty.mp4", tmp_path / "words.mp4"
    empty.touch()
    words.write_text("these are words, not pictures\n" * 40, encoding="utf-8")
    for path in (empty, words, tmp_path / "missing.mp4", tmp_path):
        report = ingest(bench, path)
        assert report.status == "failed"
        assert report.error and report.error["code"] == "unreadable_media"
        assert report.error["hint"]
    assert not Path(bench.spec.uri).exists()


def _ingested(folder: str, video: Path) -> Runtime:
    bench = scripted_bench(Path(folder))
    assert ingest(bench, video).status == "ingested"
    return bench


def _look(bench: Runtime, video_id: str) -> str:
    found = Percept(Kind.SCREEN_TEXT, Level.SHOT, Span(0, 1_000_000), "small print", "scripted")
    kept = embed_texts(look_rows([found], "t", video_id, "read", None), bench.models.text_encoder)
    bench.store.put_memories(kept)
    return kept[0].memory_id


def _refuse(*_: Any, **__: Any) -> Any:
    raise AssertionError("this must not run")


def _no_space(*_: Any, **__: Any) -> Any:
    raise OSError(errno.ENOSPC, "No space left on device")


def _disk_full(*_: Any, **__: Any) -> Any:
    with storage_errors("the store"):
        _no_space()


def _full_after(patch: pytest.MonkeyPatch, commits: int) -> None:
    """The disk is full from the n-th commit on."""
    merge, count = write.merge, iter(range(1, 1000))

    def merging(*arguments: Any, **named: Any) -> None:
        if next(count) >= commits:
            _no_space()
        merge(*arguments, **named)

    patch.setattr(write, "merge", merging)


def test_chapters_and_what_a_file_says_of_itself_are_rows(bench: Runtime, video: Path) -> None:
    named = [(0.0, 7.0, "Opening remarks"), (7.0, 16.0, "Pricing discussion")]
    report = ingest(bench, tagged(video, named, title="Review Q3", comment="Recorded in Lisbon"))
    assert report.video is not None
    told = {(row.level, row.span.seconds, row.text) for row in rows(bench, Kind.METADATA)}
    whole = report.video.duration / SECOND
    assert told == {
        (Level.VIDEO, (0.0, whole), "Title: Review Q3\nComment: Recorded in Lisbon"),
        (Level.CHAPTER, (0.0, 7.0), "Chapter: Opening remarks"),
        (Level.CHAPTER, (7.0, whole), "Chapter: Pricing discussion"),
    }
    nodes = bench.store.nodes("t", report.video.video_id)
    assert [n.span.seconds for n in nodes if n.level is Level.CHAPTER] == [(0.0, 7.0), (7.0, whole)]
    assert ingest(bench, video).status == "unchanged"
    offered = {(each.near, each.text) for each in candidates_of(rows(bench, Kind.METADATA))}
    assert {("Comment", "Recorded in Lisbon"), ("Chapter", "Opening remarks")} < offered
