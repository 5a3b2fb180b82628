from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from memory.records import Span
from tests.benchmarks.quality.clips import load_clips
from tests.benchmarks.questions.collecting import Collector
from tests.benchmarks.questions.items import load_items
from tests.benchmarks.questions.real import about_text
from tests.benchmarks.questions.real.clip_items import clip_items
from tests.benchmarks.questions.real.reading import Found, _runs, cached
from tests.benchmarks.questions.topics import clip_wordings


def found(text: str, start: float = 0, end: float = 2, times: int = 5) -> Found:
    span = Span.of_seconds(start, end)
    return Found(text, span.start, span.end, 0.95, times)


def test_a_line_gives_its_number_or_its_rest() -> None:
    asker = Collector("c", "fit", random.Random(1))
    about_text.line(asker, found("Crew Morale 17%"))
    assert [(i.kind, i.answers) for i in asker.items][-1] == ("number_near", (("17",),))
    asker = Collector("c", "fit", random.Random(1))
    about_text.line(asker, found("New ways to see and understand the world"))
    assert asker.items[-1].answers == (("understand",),)


def test_lines_that_the_index_has_or_that_were_seen_once_are_left_out() -> None:
    lines = [
        found("Heart of Gold"),
        found("Reply to Claude", times=1),
        found("Power Distribution"),
        found("Power Distributi0n", 5, 6),
    ]
    fresh = about_text.fresh_lines(lines, ["The starship Heart of Gold"])
    assert [line.text for line in fresh] == ["Power Distribution"]


def test_a_thing_lasts_as_long_as_it_is_found_in_every_picture() -> None:
    rows = [(Span.of_seconds(n, n + 0.1), 1, 0.6, ("red",)) for n in (0, 1, 2, 7, 9, 10)]
    runs = _runs("dog", rows, 20_000_000)
    assert [run.span.seconds for run in runs] == [(0, 3), (9, 11)]


def test_wordings_of_clips_are_disjoint() -> None:
    one, other = clip_wordings("fit"), clip_wordings("held_out")
    assert one.keys() == other.keys()
    assert not {t for group in one.values() for t in group} & {
        t for group in other.values() for t in group
    }


@pytest.mark.shared
def test_items_lie_in_their_clips_and_no_fold_or_question_is_shared(shared: Path) -> None:
    lengths = {clip.clip_id: Span.of_seconds(0, clip.seconds + 0.5) for clip in load_clips(shared)}
    fit, report = load_items("fit", fold=2), load_items("report", fold=2)
    for item in (*fit, *report):
        assert item.answerable == bool(item.spans)
        if item.clip in lengths:
            assert all(lengths[item.clip].contains(span) for span in item.spans), item
            assert (item.fold == 2) == (item in report)
    assert not {item.clip for item in fit} & {item.clip for item in report}
    assert not {item.question for item in fit} & {item.question for item in report}
    assert clip_items("fit") == clip_items("fit")
    assert len(clip_items("fit")) >= 400


@pytest.mark.shared
def test_what_is_foreign_is_not_in_the_clip(shared: Path) -> None:
    clips = {clip.clip_id: clip for clip in load_clips(shared)}
    for item in clip_items("held_out"):
        if item.capability == "absent":
            reading = cached(clips[item.clip])
            seen = {thing.text for thing in reading.things} if reading else set[str]()
            asked = item.question.lower()
            assert not any(re.search(rf"\b{name}\b", asked) for name in seen), item
