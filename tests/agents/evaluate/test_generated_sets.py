"""Generated sets through real stores: they tell what a part is worth, and what it is not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agents.evaluate.cases import Evaluation, Unit
from agents.evaluate.runner import Record, Request
from agents.evaluate.searching import BM25
from agents.evaluate.sets import stages, stream, timeline
from agents.evaluate.sets.books import BOOKS
from agents.evaluate.transcripts import Session, Transcript, place_of, remember_all, spoken
from agents.runtime import open_runtime
from memory.records import Kind, Level, Scope
from tests.agents.evaluate.evaluation_bench import mean, run, spec


def of(evaluation: Evaluation, *units: Unit[Any]) -> Evaluation:
    def load(data: Path | None) -> Iterable[Unit[Any]]:
        del data
        return units

    return replace(evaluation, load=load)


@pytest.fixture(scope="module")
def streamed(tmp_path_factory: pytest.TempPathFactory) -> list[Record]:
    unit = stream.unit_of(12_000, "known wordings", stream.FIT, ["prose"] * 200)
    folder = tmp_path_factory.mktemp("stream")
    return run(of(stream.STREAM, unit), folder, Request(without=("facts",), limit=80))


def test_facts_tell_what_holds_where_search_tells_stale_values(streamed: list[Record]) -> None:
    off = "without facts"
    assert mean(streamed, "right", "conflict") >= 0.95
    assert mean(streamed, "right", "as of") >= 0.95
    assert mean(streamed, "stale") == 0
    assert mean(streamed, "right", "conflict", off) <= mean(streamed, "right", "conflict") - 0.3
    assert mean(streamed, "stale", "", off) > 0
    assert mean(streamed, "right", "long range") > mean(streamed, "right", "long range", BM25)


def test_a_label_is_learned_from_examples(streamed: list[Record]) -> None:
    assert mean(streamed, "right", "learning") > 0.5
    assert mean(streamed, "right", "learning", "latest") <= 0.25


def test_wordings_that_the_grammar_does_not_know_are_told_apart(tmp_path: Path) -> None:
    unit = stream.unit_of(2_000, "held-out wordings", stream.HELD_OUT, ["prose"] * 200)
    records = run(of(stream.STREAM, unit), tmp_path, Request())
    assert {record.group for record in records} >= {"conflict, held-out wordings", "learning"}
    assert mean(records, "right", "conflict") < 0.95


@pytest.mark.slow
def test_a_timeline_needs_dates_names_and_facts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timeline, "DAYS", 7)
    monkeypatch.setattr(timeline, "THINGS", 4)
    (unit, *_) = timeline.load(None)
    parts = ("facts", "entities", "time_scope")
    records = run(of(timeline.TIMELINE, unit), tmp_path, Request(without=parts))
    assert mean(records, "right", "now") == mean(records, "right", "on a day") == 1
    assert mean(records, "stale") == 0 < mean(records, "stale", "", "without facts")
    assert mean(records, "recall", "stretch") == mean(records, "precision", "stretch") == 1
    assert mean(records, "precision", "stretch", "without time_scope") < 0.8
    assert mean(records, "precision", "stretch", "without entities") < 0.8
    assert mean(records, "precision", "stretch", BM25) < 0.8


def fewer(unit: Unit[Any]) -> Unit[Any]:
    """All updates, and one case in four of the rest."""
    updates = [case for case in unit.cases if case.group.startswith("update")]
    rest = [case for case in unit.cases if case not in updates]
    return replace(unit, cases=(*updates, *rest[::4]))


def test_stages_are_counted_apart(tmp_path: Path) -> None:
    units = list(stages.load(None))
    some = [fewer(unit) for unit in units[:: stages.DIALOGUES]]  # one of each kind of wording
    records = run(of(stages.STAGES, *some), tmp_path, Request(without=("facts",)))
    assert mean(records, "extracted", "extraction, known") == 1
    assert mean(records, "extracted", "extraction, wordings known since") == 1
    assert mean(records, "extracted", "extraction, held-out") < 1
    assert mean(records, "extracted", "extraction", "without facts") == 0
    assert mean(records, "invented", "no fact", stages.EVERYTHING) == 1
    assert mean(records, "invented", "no fact", "without facts") == 0
    assert mean(records, "right", "update, known") == 1
    assert mean(records, "stale", "update, known") == 0
    assert mean(records, "stale", "update, known", BM25) > 0
    assert {"never told"} <= {record.group for record in records}


def test_the_order_of_passages_is_found_again(tmp_path: Path) -> None:
    words = [f"word{n % 977}x{n}" for n in range(3_000)]
    book = tmp_path / "book.txt"
    book.write_text(" ".join(words), encoding="utf-8")
    records = run(BOOKS, tmp_path, Request(data=book, limit=16))
    assert mean(records, "right", "within 2,500 words, verbatim") == 1
    assert 0.2 < mean(records, "right", "", "as given") < 0.8


def test_a_transcript_is_remembered_as_any_other_video(tmp_path: Path) -> None:
    turns = (
        "Ann: The code of the cellar is 12.",
        "Ben: Thanks.",
        "Ann: The code of the cellar is 12.",
    )
    sessions = (Session("8 May, 2023", turns), Session("9 May, 2023", ("Ben: Anna came by.",)))
    runtime = open_runtime(replace(spec(tmp_path), uri=str(tmp_path / "store")))
    remember_all(runtime, [Transcript("talk", sessions, "2023-05-08T10:00:00")])
    (video,) = runtime.store.videos("evaluation")
    assert (video.name, video.recorded_at) == ("talk.txt", "2023-05-08T10:00:00")
    rows = runtime.store.memories(spoken("evaluation"))
    assert [place_of(row) for row in rows] == [0, 1, 2, 3]
    assert rows[2].superseded_by == rows[0].memory_id, "what repeats is consolidated"
    nodes = runtime.store.nodes("evaluation", video.video_id)
    assert [n.span.seconds for n in nodes if n.level is Level.CHAPTER] == [(0, 15), (15, 20)]
    kinds = {row.kind for row in runtime.store.memories(Scope("evaluation"))}
    assert {Kind.SUMMARY, Kind.CAPTION, Kind.METADATA} <= kinds
    before = runtime.store.memories(Scope("evaluation"))
    remember_all(runtime, [Transcript("talk", sessions, "2023-05-08T10:00:00")])
    assert runtime.store.memories(Scope("evaluation")) == before
