"""Words, numbers, sentences, coverage and times."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.ask.plan import Relation
from agents.ask.planner.times import find_time, seconds_of
from agents.text.words import coverage, normalised, numbers, sentences, stems, words


def test_words_keep_compounds_and_drop_possessives() -> None:
    text = "The slide’s image‑text pairs at 12:04:11, 1,042 of them"
    assert words(text)[:4] == ("the", "slide", "image-text", "pairs")
    assert words(text)[5:7] == ("12:04:11", "1,042")


def test_normalised_drops_what_cannot_be_seen() -> None:
    assert normalised("a\u200b b\x00c \ue000\n“d”") == 'a b c "d"'


def test_stems_join_forms_and_drop_stop_words() -> None:
    assert stems("The trains were crossing") == stems("a train crosses")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1,042 cups", ["1042"]),
        ("twenty-five", ["25"]),
        ("two hundred and five", ["205"]),
        ("three thousand forty", ["3040"]),
        ("two three", ["2", "3"]),
        ("413M pairs", ["413"]),
        ("3.50 and 007", ["3.5", "7"]),
        ("2,5 s", ["2.5"]),
        ("17/09/07", ["17", "9", "7"]),
        ("zero, one", ["0", "1"]),
        ("MP3 player", []),
        ("a hundred and a half", ["100"]),
        ("five million people", ["5000000"]),
    ],
)
def test_numbers(text: str, expected: list[str]) -> None:
    assert list(numbers(text)) == expected


def test_sentences_end_at_stops_but_not_at_abbreviations() -> None:
    text = "Dr. Who paid 3.5 pounds. Why? J. Smith knows!\nnext line"
    assert sentences(text) == ("Dr. Who paid 3.5 pounds.", "Why?", "J. Smith knows!", "next line")


@pytest.mark.parametrize(
    ("wanted", "text", "share"),
    [
        (["crossings"], "the train is crossing", 1.0),
        (["crossing"], "KEEPCROSSINGCLEAR", 1.0),
        (["crossing"], "KEEPCROSSlNGCLEAR", 1.0),
        (["printer"], "a prlnter", 1.0),
        (["train"], "under great strain", 0.0),
        (["cat"], "concatenate", 0.0),
        (["five"], "5 bottles", 1.0),
        (["1042"], "1,042 cups", 1.0),
        (["12345"], "12346", 0.0),
        (["image-text"], "pairs of image and text", 1.0),
        (["pick-up"], "a white pickup", 1.0),
        (["job a"], "Job A runs", 1.0),
        (["job a"], "a job", 0.0),
        (["red", "bus"], "a red car", 0.5),
        ([], "anything", 1.0),
        (["red"], "", 0.0),
    ],
)
def test_coverage(wanted: list[str], text: str, share: float) -> None:
    assert coverage(wanted, text) == share


def test_coverage_is_quick() -> None:
    text = " ".join(f"word{i}x" for i in range(5_000))
    started = time.process_time()
    for _ in range(10):
        coverage(["printer", "crossing", "five", "missing"], text)
    assert time.process_time() - started < 3.0


@given(st.text(max_size=300), st.text(max_size=30))
@settings(max_examples=200, deadline=None)
def test_any_text_is_read(text: str, wanted: str) -> None:
    assert 0.0 <= coverage([wanted], text) <= 1.0
    assert coverage(words(text), text) == 1.0
    assert "".join(sentences(text)).count(".") == text.count(".")
    assert all(number[0].isdigit() for number in numbers(text))
    seconds_of(text)
    find_time(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        *(("1:23", 83), ("1:02:03.5", 3723.5), ("5 s", 5), ("two minutes", 120), ("1m20s", 80)),
        *(("half a second", 0.5), ("a minute and a half", 90), ("two and a half minutes", 150)),
        *(("an hour", 3600), ("1 min 20 s", 80), ("250 ms", 0.25), ("minute 3", 180)),
        *(("0:90", None), ("soon", None)),
    ],
)
def test_seconds_of(text: str, seconds: float | None) -> None:
    assert seconds_of(text) == seconds


INSTANT = 0.000001


@pytest.mark.parametrize(
    ("text", "relation", "start", "end", "from_end"),
    [
        ("at 5.0 s", "at", 5, 5 + INSTANT, False),
        ("at t = 5", "at", 5, 5 + INSTANT, False),
        ("at the 30 second mark", "at", 30, 30 + INSTANT, False),
        ("ten seconds into the clip", "at", 10, 10 + INSTANT, False),
        ("two minutes in", "at", 120, 120 + INSTANT, False),
        ("around 7.5 s", "at", 6.5, 8.5, False),
        ("after 30 seconds", "after", 30, 30 + INSTANT, False),
        ("by 17 s", "before", 17, 17 + INSTANT, False),
        ("until minute 3", "before", 180, 180 + INSTANT, False),
        ("between 28 and 31 s", "between", 28, 31, False),
        ("between 2 and 3 minutes", "between", 120, 180, False),
        ("from 0:10 to 0:20", "between", 10, 20, False),
        ("28-31 s", "between", 28, 31, False),
        ("in the first half second", "at", 0, 0.5, False),
        ("in the first few seconds", "at", 0, 3, False),
        ("in the last second", "at", 0, 1, True),
        ("five seconds before the end", "at", 5, 5 + INSTANT, True),
        ("at the very end", "at", 0, 3, True),
        ("at the start of the clip", "at", 0, 3, False),
    ],
)
def test_find_time(text: str, relation: str, start: float, end: float, from_end: bool) -> None:
    found = find_time(f"what is shown {text}")
    assert found is not None
    anchor, _, rest = found
    assert anchor is not None and anchor.span is not None
    assert (anchor.relation, anchor.from_end) == (Relation(relation), from_end)
    assert anchor.span.seconds == (pytest.approx(start), pytest.approx(end))
    assert rest.strip() == "what is shown"


@pytest.mark.parametrize(
    "text",
    [
        "for 10 seconds",
        "at the end of the street",
        "a tenth of a second",
        "at 5",
        "in 1990",
    ],
)
def test_lengths_and_places_are_not_times(text: str) -> None:
    assert find_time(text) is None


def test_a_time_that_depends_on_something_else_is_named() -> None:
    assert find_time("halfway through the video") == (None, "halfway through the video", " ")
    assert find_time("5 seconds after the crash") == (None, "5 seconds after", " after the crash")
