"""Hits become moments: one stretch of a video is one hit, whatever levels and kinds told of it."""

from __future__ import annotations

from agents.ask.search import moments
from memory.records import SECOND, Hit, Kind, Level, Memory, Producer, Span


def hit(
    name: str, kind: Kind, start: float, end: float, level: Level = Level.SHOT, video: str = "v"
) -> Hit:
    span = Span(round(start * SECOND), round(end * SECOND))
    row = Memory(name, "t", video, "k", "w", "n", level, kind, span, name, Producer("p"))
    return Hit(row, 1.0)


def joined(*hits: Hit, shots: tuple[Span, ...] = ()) -> list[list[str]]:
    found = moments(hits, {"v": shots})
    return [[m.hit.memory.memory_id, *(row.memory_id for row in m.joined)] for m in found]


def test_rows_about_one_time_are_one_moment_and_the_best_leads() -> None:
    found = joined(
        hit("said", Kind.SPEECH, 7, 9),
        hit("seen", Kind.OBJECTS, 6, 17),
        hit("later", Kind.SPEECH, 40, 44),
        hit("scene", Kind.SUMMARY, 0, 60, Level.SCENE),
        hit("whole", Kind.SUMMARY, 0, 600, Level.VIDEO),
        hit("elsewhere", Kind.SPEECH, 7, 9, video="w"),
    )
    assert found == [["said", "seen", "scene", "whole"], ["later"], ["elsewhere"]]


def test_a_summary_stands_for_itself_only_where_nothing_finer_was_found() -> None:
    whole = hit("whole", Kind.SUMMARY, 0, 600, Level.VIDEO)
    scene = hit("scene", Kind.SUMMARY, 60, 120, Level.SCENE)
    said = hit("said", Kind.SPEECH, 300, 302)
    assert joined(whole, scene, said) == [["scene"], ["said", "whole"]]
    assert joined(whole) == [["whole"]]


def test_parts_of_what_lasts_long_are_moments_of_their_own() -> None:
    slide = hit("slide", Kind.SCREEN_TEXT, 0, 300)
    first, second = hit("first", Kind.SPEECH, 10, 14), hit("second", Kind.SPEECH, 200, 204)
    assert joined(slide, first, second) == [["slide"], ["first"], ["second"]]


def test_keyframes_of_a_shot_are_one_moment_and_of_two_shots_two() -> None:
    frames = [hit(f"f{at}", Kind.KEYFRAME, at, at + 0.1, Level.FRAME) for at in (1, 8, 15)]
    shots = (Span(0, 10 * SECOND), Span(10 * SECOND, 20 * SECOND))
    assert joined(*frames, shots=shots) == [["f1", "f8"], ["f15"]]
    long = (Span(0, 600 * SECOND),)
    far = hit("far", Kind.KEYFRAME, 300, 300.1, Level.FRAME)
    assert joined(frames[0], far, shots=long) == [["f1"], ["far"]]
