from __future__ import annotations

import json
import math
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from memory.records import Memory, Span
from tests.benchmarks.blind import long
from tests.benchmarks.blind.folds import FOLDS, folds_of
from tests.benchmarks.blind.measures import (
    area_under_risk,
    auc,
    calibration_error,
    over_clips,
    reliability,
    risk_coverage,
)
from tests.benchmarks.blind.protocol import (
    NothingFitted,
    load_fitting,
    read_records,
    run_folds,
    scored,
)
from tests.benchmarks.blind.rivals import distinct
from tests.benchmarks.blind.run import own_items
from tests.benchmarks.blind.table import MEASURES, fold_mean, tables
from tests.benchmarks.quality.clips import Clip, Question, load_clips
from tests.benchmarks.questions.items import Item
from tests.rows import text


def item(number: int, fold: int = 0, answerable: bool = True) -> Item:
    spans = (Span.of_seconds(10, 12), Span.of_seconds(30, 32)) if answerable else ()
    answers = (("red",),) if answerable else ()
    name = f"clip{number}"
    return Item(f"i{number}", name, fold, "own", "What?", spans, answers, "ocr", answerable)


def result(start: float, answer: str | None = "a red car", **more: Any) -> dict[str, Any]:
    rows = [{"start": start, "end": start + 1}]
    return {"answer": answer, "evidence": rows, "status": "answered", "confidence": 0.9, **more}


def test_a_moment_is_right_when_it_is_any_of_the_right_ones() -> None:
    assert scored(item(1), "x", result(30.5), 0).hit
    assert not scored(item(1), "x", result(20), 0).hit
    five = [{"start": at, "end": at + 1} for at in (1, 20, 31, 40)]
    record = scored(item(1), "x", result(30.5, moments=five), 0)
    assert (record.hit, record.five) == (False, True)
    late = [{"start": at, "end": at + 1} for at in (1, 2, 3, 4, 5, 31)]
    assert not scored(item(1), "x", result(0, moments=late), 0).five


def test_right_means_words_where_they_are_known() -> None:
    assert scored(item(1), "x", result(20), 0).right
    assert not scored(item(1), "x", result(30.5, "a car"), 0).right
    assert not scored(item(2, answerable=False), "x", result(30.5), 0).right


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"answer": None, "status": "abstained"}, True),
        ({"status": "likely", "confidence": 0.2}, True),
        ({"status": "likely", "confidence": 0.4}, False),
        ({"status": "answered", "confidence": 0.2}, False),
    ],
)
def test_an_unlikely_guess_is_a_refusal(changes: dict[str, Any], refused: bool) -> None:
    record = scored(item(1, answerable=False), "x", result(1) | changes, 0)
    assert record.is_refused is refused


class Remembering:
    """A fitting that tells which clips it was fitted on, and under which numbers it was asked."""

    def __init__(self) -> None:
        self.now: Mapping[str, Any] = {}

    def fit(self, items: Sequence[Item]) -> Mapping[str, Any]:
        return {"clips": sorted({each.clip for each in items})}

    @contextmanager
    def using(self, numbers: Mapping[str, Any]) -> Generator[None]:
        self.now = numbers
        yield
        self.now = {}


def test_no_clip_is_asked_by_what_was_fitted_on_it(tmp_path: Path) -> None:
    items = [item(number, number % FOLDS) for number in range(10)]
    fitting = Remembering()
    asked: list[str] = []

    def ask(one: Item) -> dict[str, Any]:
        assert fitting.now["clips"]
        assert one.clip not in fitting.now["clips"]
        asked.append(one.clip)
        return result(10)

    def others(fold: int) -> list[Item]:
        return [each for each in items if each.fold != fold]

    keep = tmp_path / "records.jsonl"
    records = run_folds(items, others, {"product": (ask, fitting)}, keep)
    assert sorted(asked) == sorted(each.clip for each in items)
    assert read_records(keep) == records
    assert len(json.loads(keep.read_text().splitlines()[0])) > 8


def test_what_is_known_of_others_stays_and_ones_own_is_replaced(tmp_path: Path) -> None:
    keep, items = tmp_path / "r.jsonl", [item(1), item(2)]
    nothing = NothingFitted()
    run_folds(items, lambda _: [], {"search": (lambda _: result(20), nothing)}, keep)
    run_folds(items, lambda _: [], {"product": (lambda _: result(20), nothing)}, keep)
    again = run_folds(items[:1], lambda _: [], {"product": (lambda _: result(10), nothing)}, keep)
    told = [(r.who, r.item_id, r.hit) for r in again]
    assert told == [("search", "i1", False), ("product", "i1", True)]
    assert read_records(keep) == again


def test_an_error_of_the_product_is_an_abstention_that_is_told(tmp_path: Path) -> None:
    from agents.errors import QuestionError

    def ask(_: Item) -> dict[str, Any]:
        raise QuestionError("no", "hint")

    people = {"product": (ask, NothingFitted())}
    (record,) = run_folds([item(1)], lambda _: [], people, tmp_path / "r.jsonl")
    assert (record.status, record.answer, record.hit) == ("error", None, False)


def test_a_fitting_is_named_by_its_module_and_class() -> None:
    assert isinstance(load_fitting(""), NothingFitted)
    found = load_fitting("tests.benchmarks.blind.protocol:NothingFitted")
    assert found.fit([]) == {}
    with pytest.raises(AttributeError):
        load_fitting("tests.benchmarks.blind.protocol:Nobody")


def test_perfect_calibration_has_no_error_and_overconfidence_has_its_gap() -> None:
    sure = [0.25] * 4 + [0.75] * 4
    right = [True, False, False, False, True, True, True, False]
    assert calibration_error(sure, right) == pytest.approx(0)
    assert calibration_error([0.95] * 4, [True, False, False, False]) == pytest.approx(0.7)
    assert [part.number for part in reliability([0.0, 1.0, 1.0], [False, True, True])] == [1, 2]
    assert math.isnan(calibration_error([], []))


def test_auc_counts_pairs() -> None:
    assert auc([0.9, 0.8, 0.1], [True, True, False]) == 1
    assert auc([0.5, 0.5], [True, False]) == 0.5
    assert auc([0.1, 0.9], [True, False]) == 0
    assert math.isnan(auc([0.4], [True]))


def test_risk_falls_when_only_the_surest_answers_are_given() -> None:
    curve = risk_coverage([0.9, 0.8, 0.4, 0.3], [True, True, False, False])
    assert curve == [(0.25, 0), (0.5, 0), (0.75, pytest.approx(1 / 3)), (1, 0.5)]
    assert risk_coverage([0.5, 0.5], [True, False]) == [(1, 0.5)]
    good = area_under_risk([0.9, 0.1], [True, False])
    assert good < area_under_risk([0.1, 0.9], [True, False])


def test_intervals_draw_whole_clips() -> None:
    values = [1.0] * 20 + [0.0] * 20
    together = ["a"] * 20 + ["b"] * 20

    def mean(at: Sequence[int]) -> float:
        return sum(values[i] for i in at) / len(at)

    clustered = over_clips(mean, together)
    single = over_clips(mean, [str(n) for n in range(40)])
    assert clustered.value == single.value == 0.5
    assert clustered.high - clustered.low > single.high - single.low
    assert (clustered.low, clustered.high) == (0, 1)


def test_near_duplicates_are_one_moment() -> None:
    rows: list[Memory] = [text(0, 4, "a"), text(1, 4, "b"), text(3.5, 9, "c"), text(20, 21, "d")]
    assert [row.text for row in distinct(rows)] == ["a", "c", "d"]
    assert len(distinct(rows, most=2)) == 2


def test_sources_stay_together_and_folds_are_even() -> None:
    def clip(number: int) -> Clip:
        asked = tuple(
            Question(f"{number}_{n}", str(number), "?", "ocr", Span(0, 1)) for n in range(3)
        )
        source = str(number // 2)
        return Clip(str(number), Path("x"), 9, False, "", "", "", source, asked)

    clips = [clip(number) for number in range(30)]
    dealt = folds_of(clips)
    assert all(dealt[str(n)] == dealt[str(n + 1)] for n in range(0, 30, 2))
    sizes = [list(dealt.values()).count(fold) for fold in range(FOLDS)]
    assert max(sizes) - min(sizes) <= 2
    assert dealt == folds_of(list(reversed(clips)))


def test_tables_tell_means_over_folds() -> None:
    records = [scored(item(n, n % 2), "product", result(10 if n else 20), 0) for n in range(4)]
    records += [scored(item(9, 1, answerable=False), "product", result(10, None), 0)]
    assert fold_mean(records, MEASURES["first moment"]) == pytest.approx(0.75)
    assert MEASURES["absent refused"](records) == 1
    assert MEASURES["coverage of answered"](records) == 1
    lengthy = [scored(item(1), "x", result(10, "red " * 13), 0)]
    assert (MEASURES["words"](lengthy), MEASURES["words, in brief"](lengthy)) == (1, 0)
    assert MEASURES["words, in brief"](records) == 1
    shown = tables(records)
    assert "4 questions with an answer and 1 without, 5 clips." in shown
    assert "| product | 75 % [" in shown


@pytest.mark.shared
def test_every_question_of_the_clips_is_asked_in_the_fold_of_its_clip(shared: Path) -> None:
    clips = load_clips(shared)
    items, folds = own_items(clips), folds_of(clips)
    assert sum(each.answerable for each in items) == sum(len(clip.questions) for clip in clips)
    assert all(each.fold == folds[each.clip] for each in items)
    assert {each.fold for each in items} == set(range(FOLDS))


def test_a_long_video_is_not_asked_of_a_reader_that_was_fitted_on_its_clips(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clips = [Clip(f"clip{n}", Path("x"), 9, False, "", "", "", f"source{n}", ()) for n in range(6)]

    def items(_: str, fold: int) -> list[Item]:
        return [item(n, n % 5) for n in range(6) if n % 5 != fold]

    monkeypatch.setattr(long, "load_items", items)
    fitted_on = [{each.clip for each in long.other_half(clips, side)} for side in (0, 1)]
    assert fitted_on[0].isdisjoint(fitted_on[1])
    assert set.union(*fitted_on) == {clip.clip_id for clip in clips}
