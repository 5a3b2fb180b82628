from __future__ import annotations

from itertools import pairwise

import pytest
from rapidfuzz import fuzz

from memory.records import Span
from tests.benchmarks.quality.writer import RATE
from tests.benchmarks.questions.drawn import SIZE, _pictures, _spoken, picture
from tests.benchmarks.questions.scenario import scenario
from tests.benchmarks.questions.values import Split


@pytest.mark.parametrize("split", ["fit", "held_out"])
def test_cards_are_drawn_so_that_they_can_be_read(split: Split) -> None:
    from agents.models.embedded.rapid_ocr import RapidOcrReader

    reader = RapidOcrReader()
    asked = read = 0
    for number in range(2):
        cards = [s for s in scenario(number, split).segments if s.card]
        for segment in cards[:3]:
            image = picture(segment, segment.span.length, [])
            assert image.shape == (SIZE[1], SIZE[0], 3)
            lines = "\n".join(line.text for line in reader.read(image)).lower()
            for piece in segment.card.pieces if segment.card else ():
                asked += 1
                read += fuzz.partial_ratio(piece.text.lower(), lines) >= 85
    assert asked > 20
    assert read / asked > 0.9


def test_pictures_fill_the_whole_world_and_change_where_lines_come_in() -> None:
    world = scenario(5, "fit")
    frames = [count for _, count in _pictures(world)]
    assert sum(frames) == round(world.span.length / 1e6 * 25)
    late = [s for s in world.segments if s.card and any(p.delay for p in s.card.pieces)]
    assert len(frames) >= len(world.segments) + sum(1 for _ in late)


def test_spoken_lines_follow_each_other_at_the_times_they_take() -> None:
    world = next(w for n in range(20) if len((w := scenario(n, "fit")).spoken) > 2)
    lines = _spoken(world)
    spans: list[Span] = [line.span for line, _ in lines]
    assert lines
    assert all(one.end < other.start for one, other in pairwise(spans))
    assert all(abs(len(sound) / RATE - line.span.length / 1e6) < 0.01 for line, sound in lines)
    assert all(world.span.contains(span) for span in spans)
