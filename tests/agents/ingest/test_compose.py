"""Captions and summaries compose what was perceived, and nothing else."""

from __future__ import annotations

from agents.ingest.compose import caption, sample_values, samples_of, summary
from agents.perception.records import Sample
from agents.text.clock import clock
from memory.records import SECOND, Kind
from tests.rows import row, shots, speech, text, thing

(SHOT,) = shots(0.0, 10.0)


def test_a_caption_says_what_is_seen_read_heard_and_how_it_looks() -> None:
    rows = [thing(0, 10, "tabby; cat"), text(0, 4, "Exit\nGate 3"), speech(1, 3, "Mind the gap!")]
    samples = [Sample(SECOND, 0.1, 0.1, ("red", "blue"))]
    assert caption(SHOT, rows, samples) == (
        "Shows: tabby, cat. On screen: Exit / Gate 3. Said: Mind the gap! "
        "Picture: red, blue, dark, moving."
    )


def test_a_caption_tells_ways_through_the_picture_and_leaves_instants_alone() -> None:
    rows = [
        row(Kind.MOTION, 2, 6, "a red car enters from the left, stops"),
        row(Kind.CHANGE, 5, 6, "a red car stops"),
    ]
    assert caption(SHOT, rows, []) == "Happens: a red car enters from the left, stops."


def test_the_narrow_and_likely_word_comes_first_and_time_counts() -> None:
    rows = [thing(0, 4, "tram; streetcar; vehicle"), thing(4, 10, "tabby; cat; animal")]
    line = caption(SHOT, rows, [])
    assert line.startswith("Shows: tabby, tram, cat,")
    assert caption(SHOT, [thing(0, 5, "zebra; animal")], []) == "Shows: zebra, animal."


def test_nothing_perceived_gives_nothing_said() -> None:
    assert caption(SHOT, [], []) == ""
    assert summary(SHOT, [], 40) == ""


def test_rows_of_other_times_do_not_count() -> None:
    assert caption(SHOT, [text(10, 12, "Later")], []) == ""


def test_a_summary_keeps_to_its_length_and_to_the_order_of_time() -> None:
    rows = [speech(i, i + 1, f"sentence number {i} has six words") for i in range(10)]
    said = summary(SHOT, rows, 24)
    assert said.count("sentence") == 2
    assert len(said.split()) <= 24
    numbers = [int(word) for word in said.split() if word.isdigit()]
    assert numbers == sorted(numbers)


def test_clock_shows_tenths_and_hours_only_when_there_are_any() -> None:
    assert [clock(round(t * SECOND)) for t in (0, 61.25, 3599.96)] == [
        *("0:00.0", "1:01.2", "1:00:00.0"),
    ]


def test_samples_survive_the_ledger() -> None:
    samples = [Sample(5, 0.5, 0.25, ("red",))]
    assert samples_of({"samples": sample_values(samples)}) == samples
