"""What a window's edge cut in two becomes one row again, line by line, once and for all."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from agents.ingest.stitch import stitched
from agents.models.ports import TextLine
from agents.perception.text_lines import Shown, as_percept, together
from memory.records import SECOND, Kind, Memory, Span
from tests.rows import row, text, thing

EDGE = 60 * SECOND


def joined(rows: Sequence[Memory], *edges: int) -> list[tuple[str, float, float]]:
    """Text and times of all rows after joining; asserts that doing it again changes nothing."""
    after = applied(rows, edges or (EDGE,))
    assert applied(after, edges or (EDGE,)) == after
    return [(r.text or "", *r.span.seconds) for r in after]


def applied(rows: Sequence[Memory], edges: Sequence[int]) -> list[Memory]:
    made, parts = stitched(rows, edges)
    gone = {part.memory_id for part in parts}
    kept = [r for r in rows if r.memory_id not in gone]
    return sorted(kept + made, key=lambda r: (r.span, r.memory_id))


def test_a_text_that_goes_on_becomes_one_row() -> None:
    rows = [text(50, 60, "Harbour museum"), text(60, 70, "Harbour museum")]
    assert joined(rows) == [("Harbour museum", 50, 70)]


def test_lines_that_came_one_by_one_are_joined_with_the_group_after_the_edge() -> None:
    rows = [
        row(Kind.SCREEN_TEXT, 10, 60, "First point", details=_at(("First point", 0.1))),
        row(Kind.SCREEN_TEXT, 30, 60, "Second point", details=_at(("Second point", 0.3))),
        row(
            Kind.SCREEN_TEXT,
            60,
            90,
            "First point\nSecond point\nThird point",
            details=_at(("First point", 0.1), ("Second point", 0.3), ("Third point", 0.5)),
        ),
    ]
    assert joined(rows) == [
        ("First point", 10, 90),
        ("Second point", 30, 90),
        ("Third point", 60, 90),
    ]


def test_a_group_whose_lines_end_apart_after_the_edge_is_taken_apart() -> None:
    rows = [
        text(50, 60, "Departs at noon\nPlatform seven"),
        row(Kind.SCREEN_TEXT, 60, 65, "Departs at noon", details=_at(("Departs at noon", 0.0))),
        row(Kind.SCREEN_TEXT, 60, 80, "Platform seven", details=_at(("Platform seven", 0.1))),
    ]
    assert joined(rows) == [("Departs at noon", 50, 65), ("Platform seven", 50, 80)]


def test_a_line_that_ends_at_the_edge_keeps_its_time() -> None:
    rows = [text(50, 60, "Stays here\nGoes away"), text(60, 80, "Stays here")]
    assert joined(rows) == [("Goes away", 50, 60), ("Stays here", 50, 80)]


def test_a_text_over_several_windows_becomes_one_row() -> None:
    rows = [text(10, 20, "News"), text(20, 40, "News"), text(40, 60, "News"), text(60, 70, "News")]
    edges = [20 * SECOND, 40 * SECOND, EDGE]
    assert joined(rows, *edges) == [("News", 10, 70)]


def test_other_digits_another_place_or_a_gap_are_other_texts() -> None:
    numbers = [text(50, 60, "Page 1 of 9"), text(60, 70, "Page 2 of 9")]
    gap = [text(50, 58, "Goodbye"), text(60, 70, "Goodbye")]
    moved = [
        text(50, 60, "Goodbye"),
        row(Kind.SCREEN_TEXT, 60, 70, "Goodbye", details=_at(("Goodbye", 0.8))),
    ]
    for rows in (numbers, gap, moved):
        assert len(joined(rows)) == 2


def test_the_surer_reading_wins() -> None:
    unsure = _at(("Harbour musevm", 0.0), confidence=0.5)
    worse = row(Kind.SCREEN_TEXT, 50, 60, "Harbour musevm", details=unsure)
    assert joined([worse, text(60, 70, "Harbour museum")]) == [("Harbour museum", 50, 70)]


def test_things_are_joined_by_their_words_and_speech_never() -> None:
    things = [thing(50, 60, "tabby; cat"), thing(60, 70, "tabby; cat"), thing(60, 70, "tram")]
    assert joined(things) == [("tabby; cat", 50, 70), ("tram", 60, 70)]
    said = [row(Kind.SPEECH, 50, 60, "yes"), row(Kind.SPEECH, 60, 70, "yes")]
    assert len(joined(said)) == 2


LINES = ("Alpha centre", "Bravo office", "Cargo terminal", "Dance school")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(LINES), st.integers(0, 11), st.integers(1, 12)),
        min_size=1,
        max_size=4,
        unique_by=lambda each: each[0],
    )
)
def test_windows_of_any_cut_give_what_one_window_would_have_given(
    shown: list[tuple[str, int, int]],
) -> None:
    """Lines with random times, cut at every edge into rows per window, come back whole."""
    times = [(name, start, start + length) for name, start, length in shown]
    edges = [4 * SECOND, 8 * SECOND, 12 * SECOND, 16 * SECOND]
    walls = [0, *edges, 40 * SECOND]
    pieces: list[Memory] = []
    for start, end in pairwise(walls):
        pieces += _rows_of(times, Span(start, end))
    whole = _rows_of(times, Span(0, 40 * SECOND))
    assert sorted(joined(pieces, *edges)) == sorted((r.text or "", *r.span.seconds) for r in whole)


def _rows_of(times: Sequence[tuple[str, int, int]], window: Span) -> list[Memory]:
    seen: list[Shown] = []
    for name, start, end in times:
        part = Span(start * SECOND, end * SECOND).clipped(window)
        if part is not None:
            top = 0.1 + 0.2 * LINES.index(name)
            seen.append(Shown(TextLine(name, 0.9, (0.1, top, 0.9, top + 0.05)), part))
    made: list[Memory] = []
    for group in together(seen, 0):
        percept = as_percept(group, "test")
        start, end = percept.span.seconds
        made.append(row(Kind.SCREEN_TEXT, start, end, percept.text or "", details=percept.details))
    return made


def _at(*lines: tuple[str, float], confidence: float = 0.9) -> dict[str, object]:
    return {
        "lines": [
            {"text": line[0], "confidence": confidence, "box": [0.1, line[1], 0.9, line[1] + 0.05]}
            for line in lines
        ]
    }


def way(start: float, end: float, hows: Sequence[str], left: float, name: str = "bus") -> Memory:
    steps = [{"at": round(start * SECOND), "how": how} for how in hows]
    places = [(round(at * SECOND), [left, 0.4, left + 0.2, 0.6]) for at in (start, end)]
    details = {"thing": name, "name": f"red {name}", "steps": steps, "places": places}
    return row(Kind.MOTION, start, end, f"a red {name} {', '.join(hows)}", details=details)


def test_a_way_that_goes_on_behind_the_edge_is_one_way() -> None:
    rows = [
        way(55, 60, ["enters from the left", "moves to the right"], 0.4),
        way(60, 64, ["moves to the right", "leaves to the right"], 0.45),
    ]
    words = "a red bus enters from the left, moves to the right, leaves to the right"
    assert joined(rows) == [(words, 55, 64)]


def test_another_thing_or_another_place_is_another_way() -> None:
    first = way(55, 60, ["moves to the right"], 0.4)
    for other in (way(60, 64, ["stops"], 0.4, "car"), way(60, 64, ["stops"], 0.7)):
        assert len(joined([first, other])) == 2


def test_music_that_goes_on_behind_the_edge_is_one_row() -> None:
    rows = [row(Kind.AUDIO, 50, 60, "music plays"), row(Kind.AUDIO, 60, 70, "music plays")]
    assert joined(rows) == [("music plays", 50, 70)]
    assert len(joined([rows[0], row(Kind.AUDIO, 60, 70, "silence")])) == 2


def test_as_many_faces_behind_the_edge_are_one_row_and_others_another() -> None:
    def faces(start: float, end: float, count: int) -> Memory:
        return row(Kind.FACES, start, end, f"{count} faces", details={"count": count})

    rows = [faces(50, 60, 2), faces(60, 70, 2)]
    assert joined(rows) == [("2 faces", 50, 70)]
    other = [faces(50, 60, 2), faces(60, 70, 3)]
    assert joined(other) == [("2 faces", 50, 60), ("3 faces", 60, 70)]


def test_a_pose_that_goes_on_behind_the_edge_is_one_row_and_another_is_another() -> None:
    def posed(start: float, end: float, pose: str) -> Memory:
        return row(Kind.POSES, start, end, f"somebody {pose}s", details={"count": 1, "pose": pose})

    assert joined([posed(50, 60, "sit"), posed(60, 70, "sit")]) == [("somebody sits", 50, 70)]
    assert len(joined([posed(50, 60, "lie"), posed(60, 70, "lift")])) == 2
