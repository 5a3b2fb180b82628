"""One looker, two ways of perceiving: what is known, the source of frames, the budget, the rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
import pytest

from agents.ask.executor.look import Looker, Perceiver, counted
from agents.ask.executor.perceivers import EmbeddedPerceiver, ModelPerceiver, sampled
from agents.budget import Budget, Meter
from agents.errors import BudgetExhausted
from agents.perception.media.source import Footage
from agents.perception.records import Frame, Percept
from memory.backtrack import Segment
from memory.records import SECOND, Kind, Level, Span, Video
from tests.agents.ask.conftest import Bench, prompts
from tests.agents.perception.roles.slides import BULLETS, TITLE, shown


@dataclass
class Counting:
    """Footage and source in one, that tells how often frames were asked for."""

    steps: list[int | None] = field(default_factory=list[int | None])
    reachable: bool = True

    def open(self, video: Video) -> tuple[Footage | None, str]:
        return (self, "") if self.reachable else (None, "the disk is away")

    def frames(self, span: Span, step: int | None, max_side: int) -> Iterator[Frame]:
        self.steps.append(step)
        for at in range(span.start, span.end, step or SECOND // 20):
            yield Frame(Span(at, at + 1), np.full((36, 64, 3), 90, np.uint8))


@pytest.fixture(params=["embedded", "model"])
def perceiver(request: pytest.FixtureRequest, bench: Bench) -> Perceiver:
    if request.param == "embedded":
        return EmbeddedPerceiver(bench.plain.models, 4.0, 1280)
    return ModelPerceiver(bench.model, prompts().captioner, "everything")


def looker(bench: Bench, perceiver: Perceiver, source: Counting) -> Looker:
    return Looker(bench.plain.store, bench.plain.models.text_encoder, perceiver, source)


def segment(bench: Bench, start: float = 46, end: float = 49) -> Segment:
    return Segment(bench.video.video_id, Level.SHOT, Span.of_seconds(start, end))


def test_frames_come_from_the_source_and_only_once(bench: Bench, perceiver: Perceiver) -> None:
    source, meter = Counting(), Meter(Budget())
    own = looker(bench, perceiver, source)
    first = own.look("t", segment(bench), meter)
    again = own.look("t", segment(bench), meter)
    assert len(source.steps) == 1
    assert (first.cached, again.cached, meter.looks, meter.cached_looks) == (False, True, 1, 1)
    assert first.frames == meter.frames > 0
    assert {row.memory_id for row in again.rows} == {row.memory_id for row in first.rows}


def test_every_row_of_a_look_can_be_searched_for(bench: Bench, perceiver: Perceiver) -> None:
    rows = looker(bench, perceiver, Counting()).look("t", segment(bench), Meter(Budget())).rows
    caption = next(row for row in rows if row.kind is Kind.CAPTION)
    assert caption.span == segment(bench).span
    assert all(row.text_vector is not None for row in rows if row.text)
    assert {row.instruction for row in rows} == {perceiver.instruction(segment(bench))}


def test_lines_that_a_look_read_have_roles(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    page = shown(46, 49, TITLE, *BULLETS)
    read = Percept(Kind.SCREEN_TEXT, Level.SHOT, page.span, page.text, "test", details=page.details)
    own = EmbeddedPerceiver(bench.plain.models, 4.0, 1280)
    monkeypatch.setattr(EmbeddedPerceiver, "perceive", lambda *_: [read])
    [row] = looker(bench, own, Counting()).look("t", segment(bench), Meter(Budget())).rows
    told = [line.get("role") for line in row.details.get("lines", [])]
    assert told == ["title", "item", "item", "wrapped", "item"]


def test_no_more_frames_than_the_budget_allows(bench: Bench, perceiver: Perceiver) -> None:
    meter = Meter(Budget(frames=3))
    looker(bench, perceiver, Counting()).look("t", segment(bench), meter)
    assert meter.frames == 3
    with pytest.raises(BudgetExhausted):
        looker(bench, perceiver, Counting()).look("t", segment(bench, 60, 64), meter)
    assert meter.looks == 1


def test_a_video_that_is_away_is_told_and_costs_nothing(bench: Bench, perceiver: Perceiver) -> None:
    meter = Meter(Budget())
    source = Counting(reachable=False)
    seen = looker(bench, perceiver, source).look("t", segment(bench), meter)
    assert (seen.rows, seen.note, meter.looks) == ((), "the disk is away", 0)


def test_the_steps_without_a_model_look_through_their_source(bench: Bench) -> None:
    source = Counting()
    steps = replace(bench.plain, source=source)
    plan = steps.plan(bench.question("what is on the table?"))
    seen = steps.look(plan, replace(segment(bench), level=Level.FRAME), Meter(Budget()))
    assert source.steps == [None], "at frame level every frame is wanted"
    assert seen.frames == 60


def test_counting_stops_where_the_first_limit_is_reached() -> None:
    frames = list(Counting().frames(Span(0, SECOND), None, 64))
    for budget, most, left in ((None, None, 20), (5, None, 5), (5, 3, 3), (None, 3, 3), (0, 3, 0)):
        meter = Meter(Budget(frames=budget))
        assert len(list(counted(frames, meter, most))) == meter.frames == left


@pytest.mark.parametrize("length", [1, 4, 5, 16, 100])
def test_a_sample_is_spread_evenly(length: int) -> None:
    frames = list(Counting().frames(Span(0, length * SECOND), SECOND, 64))
    few: list[Frame] = []
    assert list(sampled(frames, few, 4)) == frames
    numbers = [frame.span.start // SECOND for frame in few]
    gaps = {b - a for a, b in pairwise(numbers)}
    assert numbers[0] == 0 and len(gaps) <= 1
    assert min(length, 3) <= len(few) <= 4
