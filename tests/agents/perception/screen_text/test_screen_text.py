"""Text on screen over synthetic pictures: what the real reader makes of it, from when to when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
import pytest

from agents.models.embedded.rapid_ocr import _clean
from agents.models.ports import Image, TextLine
from agents.perception.media.decode import frames
from agents.perception.media.probe import probe
from agents.perception.records import Frame, Parameters
from agents.perception.screen_text import TextTracker, read_closely
from agents.perception.text_change import Patch, State, to_grey
from agents.perception.text_lines import is_same_line, rows
from memory.records import SECOND, Span
from tests.agents.perception.screen_text.pages import (
    STEP,
    Box,
    Counting,
    blobs,
    follow,
    page,
    reader,
    told,
)

Rows = list[dict[str, Any]]


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
