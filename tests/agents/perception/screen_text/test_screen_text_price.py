"""How much of a picture is searched for text, how often, and how many lines are read."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

import agents.perception.screen_text as screen_text
import agents.perception.text_change as text_change
from agents.models.ports import Image
from agents.perception.records import Frame, Parameters
from agents.perception.screen_text import Aim, TextTracker, read_closely
from agents.perception.text_change import found_in
from memory.records import SECOND, Kind, Level, Span
from tests.agents.perception.screen_text.pages import (
    HEIGHT,
    STEP,
    WIDTH,
    Counting,
    blobs,
    follow,
    page,
    reader,
    told,
)
from tests.benchmarks.senses import screen_text as benchmark


def test_static_text_is_one_percept_and_read_once() -> None:
    percepts, counting = follow(lambda _: page(("Hello world", 60, 100), ("Room 42", 60, 200)), 10)
    assert told(percepts) == [("Hello world\nRoom 42", 0.0, 10.0)]
    [percept] = percepts
    assert (percept.kind, percept.level, percept.model) == (
        Kind.SCREEN_TEXT,
        Level.SHOT,
        "counting",
    )
    assert percept.confidence > 0.9
    lines = percept.details.get("lines", [])
    assert [line["text"] for line in lines] == ["Hello world", "Room 42"]
    tops = [line.get("box", [])[1] for line in lines]
    assert tops[0] < 100 / HEIGHT < tops[1]
    assert len(counting.finds) == 1
    assert counting.lines == 2


def test_a_counter_costs_no_more_than_one_line_a_second() -> None:
    percepts, counting = follow(lambda t: page((f"Frame {int(t * 25):04}", 60, 180)), 10)
    assert len(percepts) >= 7
    assert all(percept.span.length <= SECOND for percept in percepts)
    assert counting.lines <= 12
    assert len(counting.finds) <= 5


def test_a_label_over_a_moving_picture_is_kept_at_little_cost() -> None:
    percepts, counting = follow(
        lambda t: page(("Channel Five", 60, 330), ground=blobs(int(t * 2))), 15
    )
    assert told(percepts)[0][0] == "Channel Five"
    assert percepts[0].span.length >= 13 * SECOND
    assert counting.lines <= 9


def test_textless_motion_is_looked_at_ever_more_rarely(monkeypatch: pytest.MonkeyPatch) -> None:
    percepts, counting = follow(lambda t: blobs(int(t * 2)), 14)
    assert percepts == []
    assert len(counting.finds) <= 5
    monkeypatch.setattr(screen_text, "LONGEST_PAUSE", SECOND)
    _, without_back_off = follow(lambda t: blobs(int(t * 2)), 14)
    assert len(without_back_off.finds) > 9


def test_without_the_gate_the_price_explodes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cost test above fails when unchanged pictures are taken for changed ones."""
    monkeypatch.setattr(screen_text, "is_still", lambda *_: False)
    monkeypatch.setattr(TextTracker, "_aim", lambda *_: Aim())
    _, counting = follow(lambda _: page(("Hello world", 60, 100)), 5)
    assert len(counting.finds) == 10


def shares(counting: Counting) -> list[float]:
    """The share of a picture that was searched, at each detection."""
    return [image.shape[0] * image.shape[1] / (HEIGHT * WIDTH) for image in counting.finds]


def test_only_what_changed_is_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    def picture(t: float) -> Image:
        return page(("Always here", 60, 100), *[("New line", 60, 320)] if t >= 3 else [])

    percepts, counting = follow(picture, 6)
    assert told(percepts) == [("Always here", 0.0, 6.0), ("New line", 3.0, 6.0)]
    assert shares(counting)[0] == 1.0
    assert sum(shares(counting)[1:]) < 0.5
    monkeypatch.setattr(text_change, "MOST", 0.0)
    percepts, counting = follow(picture, 6)
    assert told(percepts) == [("Always here", 0.0, 6.0), ("New line", 3.0, 6.0)]
    assert sum(shares(counting)[1:]) > 0.5


def test_changes_far_apart_are_searched_apart() -> None:
    def picture(t: float) -> Image:
        late = [("Upper", 20, 60), ("Lower", 480, 340)] if t >= 3 else []
        return page(("Always here", 220, 200), *late)

    percepts, counting = follow(picture, 6)
    assert {line for text, *_ in told(percepts) for line in text.split("\n")} == {
        *("Always here", "Upper", "Lower")
    }
    assert sum(shares(counting)[1:]) < 0.5


def test_a_line_that_goes_on_beyond_its_part_is_found_whole() -> None:
    image = page(("A long line of many words", 60, 180))
    [whole] = found_in(reader(), image, [(0.0, 0.0, 1.0, 1.0)])
    assert found_in(reader(), image, [(0.0, 0.3, 0.4, 0.7)]) == [whole]
    [box] = found_in(reader(), image, [(0.0, 0.3, 0.99, 0.7)])
    np.testing.assert_allclose(box, whole, atol=0.02)


def test_what_comes_last_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    def picture(t: float) -> Image:
        return page(("Always here", 60, 100), *[("The last", 60, 300)] if t >= 3 else [])

    rarely = Parameters(text_seconds=10.0)
    percepts, _ = follow(picture, 6, parameters=rarely)
    assert told(percepts) == [("Always here", 0.0, 6.0), ("The last", 3.0, 6.0)]
    monkeypatch.setattr(TextTracker, "_look_last", lambda *_: None)
    percepts, _ = follow(picture, 6, parameters=rarely)
    assert told(percepts) == [("Always here", 0.0, 6.0)]


def test_faint_text_is_found_now_and_then_beside_what_changes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def picture(t: float) -> Image:
        image = page((f"Frame {int(t * 2):04}", 60, 60))
        if 3 <= t < 13:
            cv2.putText(
                image, "Faint words", (60, 300), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (204, 204, 204), 2
            )
        return image

    percepts, counting = follow(picture, 15)
    [faint] = [percept for percept in percepts if percept.text == "Faint words"]
    assert faint.span.end == 13 * SECOND
    assert sum(shares(counting)) < 2.0
    monkeypatch.setattr(screen_text, "WHOLE_EVERY", 100 * SECOND)
    percepts, _ = follow(picture, 15)
    assert "Faint words" not in [percept.text for percept in percepts]


def big(image: Image) -> Image:
    return np.asarray(cv2.resize(image, (1280, 720), interpolation=cv2.INTER_CUBIC), np.uint8)


def test_a_close_look_at_moving_pictures_is_mostly_small() -> None:
    counting = Counting()
    frames = [Frame(Span(i * STEP, (i + 1) * STEP), big(blobs(i))) for i in range(16)]
    read_closely(frames, counting)
    assert len(counting.finds) == 16
    assert sum(max(image.shape) > 640 for image in counting.finds) == 4


def test_a_close_look_at_one_still_picture_reads_once() -> None:
    counting = Counting()
    noise = np.random.default_rng(1).integers(0, 3, (8, 720, 1280, 3)).astype(np.uint8)
    slide = np.clip(big(page(("Hello world", 60, 100))), 3, 255)
    frames = [Frame(Span(i * STEP, (i + 1) * STEP), slide - noise[i]) for i in range(8)]
    assert told(read_closely(frames, counting)) == [("Hello world", 0.0, 4.0)]
    assert len(counting.finds) == 1


@pytest.mark.shared
def test_real_slides_and_captions_are_found_at_a_bounded_price(shared: Path) -> None:
    entries = json.loads((shared / "INDEX.json").read_text(encoding="utf-8"))["entries"]
    texts: list[bool] = []
    for entry in entries:
        if entry["id"] not in ("ekarton_stars", "llavanext_stage_pocket"):
            continue
        counting = benchmark.Counting(reader())
        percepts, seconds = benchmark.follow(shared / entry["file"], entry["cuts_s"], counting)
        texts += [benchmark.is_found(text, percepts) for text in entry["on_screen_text"]]
        assert counting.finds / seconds <= 1.0
        assert counting.lines / seconds <= 1.5
    assert sum(texts) >= 0.8 * len(texts)


def test_a_moving_picture_is_not_read_for_having_begun() -> None:
    _, counting = follow(lambda t: blobs(round(t * 2)), 1.0)
    assert len(counting.finds) <= 1
