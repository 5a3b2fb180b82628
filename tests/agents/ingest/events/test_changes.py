"""What appears, disappears or is replaced: one row per instant, and none for what only runs on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from agents.ingest.events.changes import change_rows
from agents.ingest.file import ingest_file, silent
from agents.perception.records import Sample
from memory.details import Step
from memory.records import SECOND, Kind, Memory, Owner, Scope
from tests.end_to_end.scripted_bench import colours, scripted_bench, with_parameters
from tests.rows import KEY, TENANT, VIDEO, row, speech, text, thing

OWNER = Owner(TENANT, VIDEO, KEY)
STILL, MOVING = 0.0, 0.1


def samples(seconds: int, motion: float = STILL, dark: range = range(0)) -> list[Sample]:
    """Two a second, black in the seconds of `dark`."""
    times = range(2 * seconds)
    return [
        Sample(t * SECOND // 2, 0.0 if t // 2 in dark else 0.5, motion, ("grey",)) for t in times
    ]


def changes(
    rows: Sequence[Memory],
    seconds: int = 30,
    cuts: Sequence[float] = (),
    looks: Sequence[Sample] | None = None,
) -> list[Memory]:
    made = samples(seconds) if looks is None else looks
    times = [round(cut * SECOND) for cut in cuts]
    return change_rows(rows, times, made, seconds * SECOND, OWNER)


def told(rows: Sequence[Memory]) -> list[tuple[str, float, float]]:
    return [(each.text or "", *each.span.seconds) for each in rows]


def test_a_slide_gives_way_to_the_next() -> None:
    slides = [
        text(0, 10, "Harbour museum\nOpen to all"),
        text(10, 30, "Opening hours\nMonday 9-17"),
    ]
    found = changes(slides)
    assert told(found) == [("the slide 'Harbour museum' is replaced by 'Opening hours'", 9.5, 10.5)]
    assert found[0].kind is Kind.CHANGE
    assert set(found[0].source_ids) == {slide.memory_id for slide in slides}


def test_it_is_known_when_what_it_was_read_from_is_over() -> None:
    found = changes([text(0, 10, "Harbour museum"), text(10, 30, "Opening hours")])
    assert found[0].details.get("known_at") == 30 * SECOND


def test_text_over_moving_pictures_is_no_slide() -> None:
    rows = [text(0, 10, "Harbour museum"), text(10, 30, "Opening hours")]
    found = changes(rows, looks=samples(30, MOVING))
    assert found[0].text == "the text 'Harbour museum' is replaced by 'Opening hours'"


def test_texts_come_and_go() -> None:
    found = changes([text(5, 12, "Exit only"), text(5, 30, "Gate three")])
    assert told(found) == [
        ("the texts 'Exit only' and 'Gate three' appear", 4.5, 5.5),
        ("the text 'Exit only' disappears", 11.5, 12.5),
    ]


def test_what_lasts_from_start_to_end_does_not_change() -> None:
    assert changes([text(0.3, 29.8, "Harbour museum")]) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [("Frame 124", "Frame 125"), ("Opening hours", "Openlng hours"), ("17", "18"), ("ab", "xy")],
)
def test_counters_doubt_and_scraps_are_no_changes(before: str, after: str) -> None:
    assert changes([text(0, 10, before), text(10, 30, after)]) == []


def test_an_unsure_line_is_not_told_of() -> None:
    lines = [{"text": "HFINE", "confidence": 0.6, "box": [0.1, 0.1, 0.5, 0.3]}]
    assert changes([row(Kind.SCREEN_TEXT, 5, 12, "HFINE", details={"lines": lines})]) == []


def test_subtitles_go_with_what_is_said_and_are_no_changes_but_slides_that_are_read_out_are() -> (
    None
):
    said = [speech(4, 7, "the ferry leaves at noon"), speech(7, 9, "from the old harbour")]
    shown = [text(4, 7, "The ferry leaves at noon"), text(7, 9, "From the old harbour")]
    kinds = {
        each["what"] for row in changes([*said, *shown]) for each in row.details.get("changes", [])
    }
    assert kinds == {"voice"}
    slide = changes([*said, text(4, 30, "The ferry leaves at noon")])
    assert "appears" in (slide[0].text or "")


def test_a_cut_tells_what_it_shows_and_what_no_longer() -> None:
    rows = [thing(0, 10, "train; vehicle"), thing(10, 30, "printer; device")]
    found = changes(rows, cuts=[10])
    assert told(found) == [("the picture cuts from a train to a printer", 9.5, 10.5)]
    assert changes(rows) == []
    assert changes([thing(0, 10, "train"), thing(10, 30, "train")], cuts=[10]) == []


def test_what_happens_at_one_instant_is_one_row() -> None:
    rows = [thing(0, 10, "train"), thing(10, 30, "printer"), text(10.4, 30, "Guess the sound")]
    found = changes(rows, cuts=[10], looks=samples(30, MOVING))
    assert told(found) == [
        (
            "the picture cuts from a train to a printer; the text 'Guess the sound' appears",
            9.5,
            10.9,
        )
    ]


def test_a_voice_begins_after_silence_and_stops_before_it() -> None:
    rows = [speech(5, 8, "Good evening to you."), speech(9, 12, "The launch was moved.")]
    assert told(changes(rows)) == [
        ("somebody begins to speak", 4.5, 5.5),
        ("nobody speaks any more", 11.5, 12.5),
    ]
    assert changes([speech(1, 29, "All the time.")]) == []


def test_music_begins_and_stops_within_the_video() -> None:
    rows = [row(Kind.AUDIO, 5, 12, "music plays"), row(Kind.AUDIO, 20, 30, "somebody sings")]
    assert [text for text, _, _ in told(changes([*rows, row(Kind.AUDIO, 12, 18, "silence")]))] == [
        "music begins",
        "the music stops",
        "somebody begins to sing",
    ]


def test_a_picture_turns_black_and_comes_up_again() -> None:
    found = changes([], looks=samples(30, dark=range(10, 12)))
    assert told(found) == [
        ("the picture turns black", 9.5, 10.5),
        ("the picture comes up from black", 11.5, 12.5),
    ]


def test_coming_going_and_stopping_are_changes_and_ways_are_not() -> None:
    steps: list[Step] = [
        {"at": 5 * SECOND, "how": "enters from the left"},
        {"at": 5 * SECOND, "how": "moves to the right"},
        {"at": 12 * SECOND, "how": "stops"},
    ]
    way = row(Kind.MOTION, 5, 20, "...", details={"name": "red car", "steps": steps})
    assert told(changes([way])) == [
        ("a red car enters from the left", 4.5, 5.5),
        ("a red car stops", 11.5, 12.5),
    ]


@pytest.mark.parametrize("asked", [True, False])
def test_an_ingest_writes_them_unless_it_is_told_not_to(tmp_path: Path, asked: bool) -> None:
    bench = with_parameters(scripted_bench(tmp_path / "bench"), changes=asked)
    report = ingest_file(bench, colours(tmp_path / "colours.mp4"), silent)
    assert report.video is not None
    scope = Scope(bench.spec.tenant, (report.video.video_id,), kinds=(Kind.CHANGE,))
    found = [row.text for row in bench.store.memories(scope)]
    assert ("the picture cuts from a tram to a whale" in found) == asked
    assert bool(found) == asked
