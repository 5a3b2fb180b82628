"""Text on screen over synthetic pictures, read by the real reader, with the price counted."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
import pytest

import agents.perception.screen_text as screen_text
import agents.perception.text_change as text_change
from agents.models.embedded.rapid_ocr import RapidOcrReader, _clean
from agents.models.ports import Image, TextLine
from agents.perception.media.decode import frames
from agents.perception.media.probe import probe
from agents.perception.records import Frame, Parameters, Percept
from agents.perception.screen_text import Aim, TextTracker, read_closely
from agents.perception.text_change import Patch, State, found_in, to_grey
from agents.perception.text_lines import is_same_line, rows
from memory.records import SECOND, Kind, Level, Span
from tests.benchmarks.senses import screen_text as benchmark

Box = tuple[float, float, float, float]
Rows = list[dict[str, Any]]
HEIGHT, WIDTH = 360, 640
STEP = SECOND // 2


@cache
def reader() -> RapidOcrReader:
    return RapidOcrReader()


@dataclass
class Counting:
    """The real reader, counting what it is asked to do."""

    name: str = "counting"
    finds: list[Image] = field(default_factory=list)
    lines: int = 0

    def find(self, image: Image) -> list[Box]:
        self.finds.append(image)
        return reader().find(image)

    def read(self, image: Image, boxes: Sequence[Box] | None = None) -> list[TextLine]:
        assert boxes is not None
        self.lines += len(boxes)
        return reader().read(image, boxes)


def page(*lines: tuple[str, int, int], ground: Image | None = None) -> Image:
    image = np.full((HEIGHT, WIDTH, 3), 235, np.uint8) if ground is None else ground.copy()
    for text, x, y in lines:
        cv2.putText(
            image, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (20, 20, 60), 2, cv2.LINE_AA
        )
    return image


def blobs(index: int) -> Image:
    """Soft shapes that move: an ordinary textless picture."""
    generator = np.random.default_rng(index)
    small = generator.integers(60, 200, (9, 16, 3)).astype(np.uint8)
    return np.asarray(cv2.resize(small, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC), np.uint8)


def follow(
    picture: Callable[[float], Image],
    seconds: float,
    cuts: Sequence[float] = (),
    parameters: Parameters | None = None,
) -> tuple[list[Percept], Counting]:
    counting = Counting()
    tracker = TextTracker(counting, parameters or Parameters())
    for index in range(round(seconds * 2)):
        start = index * STEP
        is_cut = any(start - STEP < cut * SECOND <= start for cut in cuts)
        tracker.see(Frame(Span(start, start + STEP), picture(start / SECOND)), is_cut)
    return tracker.finish(round(seconds * SECOND)), counting


def told(percepts: Sequence[Percept]) -> list[tuple[str, float, float]]:
    return [(percept.text or "", *percept.span.seconds) for percept in percepts]


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


def test_text_that_comes_and_goes_is_timed_to_a_sample() -> None:
    percepts, _ = follow(lambda t: page(*[("Exit ahead", 150, 180)] if 3 <= t < 7 else []), 10)
    assert told(percepts) == [("Exit ahead", 3.0, 7.0)]


def test_onset_is_found_although_reading_had_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    def picture(t: float) -> Image:
        return page(*[("First", 60, 100)], *[("Second", 60, 200)] if t >= 0.5 else [])

    percepts, _ = follow(picture, 6, parameters=Parameters(text_seconds=3.0))
    assert ("Second", 0.5, 6.0) in told(percepts) or told(percepts) == [("First\nSecond", 0.0, 6.0)]
    monkeypatch.setattr(TextTracker, "_appeared", lambda self, _: self._history[-1].span.start)
    late, _ = follow(picture, 6, parameters=Parameters(text_seconds=3.0))
    assert told(late) != told(percepts)


def test_bullets_that_come_later_are_percepts_of_their_own() -> None:
    bullets = [("Agenda", 60, 60, 0), ("Budget review", 60, 150, 3), ("New office", 60, 240, 6)]
    percepts, _ = follow(
        lambda t: page(*[(text, x, y) for text, x, y, since in bullets if t >= since]), 9
    )
    assert told(percepts) == [
        ("Agenda", 0.0, 9.0),
        ("Budget review", 3.0, 9.0),
        ("New office", 6.0, 9.0),
    ]


def test_words_replaced_every_second_are_short_percepts() -> None:
    words = ["Alpha", "Bravo", "Charlie", "Delta", "Golf", "Hotel"]
    percepts, _ = follow(lambda t: page((words[int(t)], 220, 190)), len(words))
    assert told(percepts) == [(word, float(at), at + 1.0) for at, word in enumerate(words)]


def test_typed_text_is_one_percept_with_all_of_it() -> None:
    text = "Please subscribe now"
    percepts, _ = follow(lambda t: page((text[: 6 + int(t * 4)], 60, 180)), 7)
    assert told(percepts) in ([(text, 0.0, 7.0)], [(text, 0.5, 7.0)])


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


def test_text_after_a_cut_is_found_at_once() -> None:
    percepts, _ = follow(
        lambda t: page(("The End", 200, 180)) if 8 <= t < 9 else blobs(int(t * 2)), 10, [8.0, 9.0]
    )
    assert told(percepts) == [("The End", 8.0, 9.0)]


def test_a_single_picture_is_read() -> None:
    percepts, _ = follow(lambda _: page(("Still", 60, 100)), 0.5)
    assert told(percepts) == [("Still", 0.0, 0.5)]


def test_label_and_value_on_one_row_become_one_line() -> None:
    lines = [
        TextLine("50 sec", 0.9, (0.6, 0.50, 0.7, 0.55)),
        TextLine("Average time", 0.8, (0.1, 0.51, 0.4, 0.56)),
        TextLine("Title", 1.0, (0.1, 0.1, 0.3, 0.2)),
        TextLine("far away", 1.0, (0.85, 0.1, 0.99, 0.2)),
    ]
    assert [line.text for line in rows(lines)] == ["Title", "far away", "Average time  50 sec"]


def test_other_digits_are_another_line() -> None:
    box = (0.1, 0.1, 0.5, 0.2)
    clock = TextLine("Time 12:04:11", 0.9, box)
    assert not is_same_line(clock, TextLine("Time 12:04:12", 0.9, box))
    assert is_same_line(clock, TextLine("Tirne 12:04:11", 0.9, box))


def test_a_patch_tells_same_changed_and_gone() -> None:
    def grey(*lines: tuple[str, int, int]) -> np.ndarray:
        return to_grey(page(*lines), 640)

    text = grey(("Total 128", 60, 180))
    [box] = reader().find(page(("Total 128", 60, 180)))
    patch = Patch.of(text, box)
    dimmed = np.asarray(text // 2 + 60, np.uint8)
    assert patch.state(dimmed) is State.SAME
    assert patch.state(grey(("Total 129", 60, 180))) is State.CHANGED
    assert patch.state(grey()) is State.GONE


def test_a_close_look_times_every_frame_and_finds_small_text() -> None:
    def picture(index: int) -> Image:
        image = np.zeros((126, 224, 3), np.uint8)
        cv2.putText(
            image, f"{index}", (90, 70), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (255,) * 3, 1, cv2.LINE_AA
        )
        return image

    frames = [Frame(Span(i * 40_000, (i + 1) * 40_000), picture(120 + i // 2)) for i in range(12)]
    percepts = read_closely(iter(frames), reader())
    assert told(percepts) == [
        (str(120 + at), round(at * 0.08, 2), round(at * 0.08 + 0.08, 2)) for at in range(6)
    ]


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


def test_joined_lines_keep_their_columns_and_colours() -> None:
    image = page(("Fuel", 40, 80), ("Crew", 240, 80))
    image[200:280, 200:440] = (20, 160, 40)
    cv2.putText(image, "START", (250, 255), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (250, 250, 250), 3)
    told = read_closely([Frame(Span(0, SECOND), image)], reader())
    lines = [line for percept in told for line in cast("Rows", percept.details.get("lines"))]
    joined = next(line for line in lines if "Fuel" in line["text"])
    assert [part["text"] for part in joined["parts"]] == ["Fuel", "Crew"]
    assert joined["parts"][0]["box"][2] < joined["parts"][1]["box"][0]
    button = next(line for line in lines if line["text"] == "START")
    assert button["colours"] == ["green", "white"] and "parts" not in button


@pytest.mark.parametrize(
    "lines",
    [
        ("I will be there at six.", "I will be there at ten.", "He will be here at ten."),
        ("STEP ONE", "STEP TWO", "STEP THREE"),
        ("She has it", "He has it", "We had it"),
    ],
)
def test_lines_of_similar_shape_are_lines_of_their_own(lines: tuple[str, ...]) -> None:
    shown = [page((line, 120, 200)) for line in lines]
    found, _ = follow(lambda t: shown[int(t // 3)], 9.0)
    assert told(found) == [(line, 3.0 * n, 3.0 * n + 3) for n, line in enumerate(lines)]


def test_a_longer_line_is_not_read_in_the_box_of_the_one_before() -> None:
    before = page(("Coffee break", 100, 120), ("20 minutes", 100, 200))
    after = page(("Safety rules", 100, 120), ("Wear a helmet", 100, 200))
    found, _ = follow(lambda t: before if t < 3 else after, 6.0)
    assert [percept.text for percept in found] == [
        "Coffee break\n20 minutes",
        "Safety rules\nWear a helmet",
    ]


@pytest.mark.parametrize("cuts", [(), (0.5,)])
def test_a_slide_of_a_single_picture_is_read(cuts: tuple[float, ...]) -> None:
    first, second = page(("Locker 4471", 100, 120)), page(("Welcome", 100, 240))
    found, _ = follow(lambda t: first if t < 0.5 else second, 5.0, cuts)
    assert told(found) == [("Locker 4471", 0.0, 0.5), ("Welcome", 0.5, 5.0)]


def test_a_moving_picture_is_not_read_for_having_begun() -> None:
    _, counting = follow(lambda t: blobs(round(t * 2)), 1.0)
    assert len(counting.finds) <= 1


def test_values_are_kept_as_shown(odd: Path) -> None:
    found = probe(odd / "numbers_units" / "lab.mp4")
    tracker = TextTracker(reader(), Parameters())
    for frame in frames(found, Span(0, found.duration), step=STEP):
        tracker.see(frame, is_cut=False)
    said = "\n".join(percept.text or "" for percept in tracker.finish(found.duration))
    assert {"Area: 25 m²", "Cells: 10⁶ per ml", "Ratio: 1½ cups"} <= set(said.split("\n"))


def test_compatibility_forms_are_not_replaced() -> None:
    assert _clean("  10⁶ per  ml, 1½ cu\u0301p ") == "10⁶ per ml, 1½ cúp"


@dataclass
class Blind(Counting):
    """Finds lines as the real reader does, and cannot read them: their script is unknown."""

    def read(self, image: Image, boxes: Sequence[Box] | None = None) -> list[TextLine]:
        return []


def test_lines_that_cannot_be_read_are_told() -> None:
    tracker = TextTracker(Blind(), Parameters())
    for index in range(8):
        shown = page(("Hello to all of you", 60, 100), ("E", 60, 220))
        tracker.see(Frame(Span(index * STEP, (index + 1) * STEP), shown), is_cut=False)
    assert tracker.finish(8 * STEP) == []
    assert tracker.note.startswith("a line of text on screen could not be read")


@pytest.mark.parametrize(
    ("name", "is_told"),
    [("arabic", True), ("cyr", True), ("hindi", True), ("german", False)],
)
def test_scripts_that_are_not_known_are_told(odd: Path, name: str, is_told: bool) -> None:
    found = probe(odd / "other_scripts" / f"{name}.mp4")
    tracker = TextTracker(reader(), Parameters())
    for frame in frames(found, Span(0, found.duration), step=STEP):
        tracker.see(frame, is_cut=False)
    tracker.finish(found.duration)
    assert bool(tracker.note) is is_told
