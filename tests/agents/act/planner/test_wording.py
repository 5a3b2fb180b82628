"""Usual ways to say what the operations say, and what must not be taken for any of them."""

from __future__ import annotations

import pytest

from agents.act.planner.embedded import EmbeddedPlanner
from agents.act.planner.reading import NotPlanned
from tests.agents.act.planner.goals import ALL, DOG, chain, goal, problems, registry


def planned(text: str) -> list[str]:
    media = ALL if "cat.mp4" in text or "logo.png" in text else (DOG,)
    plan = EmbeddedPlanner().plan(goal(text, *media), registry())
    assert problems(plan) == []
    return chain(plan)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I want it muted", ["mute dog.mp4"]),
        ("I'd like dog.mp4 to be reversed, please", ["reverse dog.mp4"]),
        ("The video should be rotated by ninety degrees clockwise", ["rotate dog.mp4 90"]),
        ("dog.mp4 needs to be slowed down to half speed", ["speed dog.mp4 0.5"]),
        ("Would you mind muting it?", ["mute dog.mp4"]),
        ("start by reversing it, then mute it", ["reverse dog.mp4", "mute <reverse_1"]),
        ("go ahead and mute it for me", ["mute dog.mp4"]),
        ("make sure to keep the first ten seconds", ["trim dog.mp4 0 10"]),
        ("omit the last five seconds", ["remove dog.mp4 25 30"]),
        ("keep the first two and a half seconds", ["trim dog.mp4 0 2.5"]),
        ("I only want the last 4 seconds", ["trim dog.mp4 26 30"]),
        ("remove everything after 0:10", ["remove dog.mp4 10 30"]),
        ("keep everything before 0:10", ["trim dog.mp4 0 10"]),
        ("keep the rest from 0:20 on", ["trim dog.mp4 20 30"]),
        ("keep the second half", ["trim dog.mp4 15 30"]),
        ("remove the first half", ["remove dog.mp4 0 15"]),
        ("keep seconds 5 to 9", ["trim dog.mp4 5 9"]),
        ("remove from the 5 second mark to the 9 second mark", ["remove dog.mp4 5 9"]),
        ("keep 5 s to 0m20s", ["trim dog.mp4 5 20"]),
        ("turn the sound off", ["mute dog.mp4"]),
        ("switch off its audio", ["mute dog.mp4"]),
        ("make it louder by six decibels", ["volume dog.mp4 6"]),
        ("desaturate it", ["grey dog.mp4"]),
        ("take the colour out of dog.mp4", ["grey dog.mp4"]),
        ("steady the video", ["stabilise dog.mp4"]),
        ("censor the faces", ["blur_faces dog.mp4"]),
        ("grab a frame at 0:05", ["frame dog.mp4 5"]),
        ("splice dog.mp4 and cat.mp4 together", ["concatenate dog.mp4 cat.mp4"]),
        ("watermark dog.mp4 with logo.png at the top left",
         ["overlay_image dog.mp4 logo.png top left"]),
    ],
)  # fmt: skip
def test_what_is_usually_said_is_understood(text: str, expected: list[str]) -> None:
    assert planned(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "I want it cut from 0:05 to 0:10",  # kept or gone
        "chop it",
        "remove everything except the dog",
        "remove everything except 0:05-0:10",  # one word from its opposite
        "remove everything",
        "I want the music removed from the middle on",
        "lose it",
        "kill the sound in one part",
        "mute it until the dog barks",
        "don't mute it",
        "never remove the first ten seconds",
        "would you mind not muting it",
        "keep two of them",
        "remove half of it",
        "make it twice as loud",
        "keep the other half",
    ],
)
def test_what_is_not_sure_is_refused(text: str) -> None:
    with pytest.raises(NotPlanned):
        planned(text)


def test_quotations_are_never_reworded() -> None:
    assert planned('write "I want it muted, two seconds" on it') == [
        "overlay_text dog.mp4 I want it muted, two seconds"
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I'd like dog.mp4 to play twice as fast", ["speed dog.mp4 2"]),
        ("make it so that dog.mp4 plays backwards", ["reverse dog.mp4"]),
        ("give me dog.mp4 in black and white", ["grey dog.mp4"]),
        ("I want the video without the sound", ["mute dog.mp4"]),
        ("I need dog.mp4 from 0:05 to 0:10", ["trim dog.mp4 5 10"]),
        ("in dog.mp4, blur the faces", ["blur_faces dog.mp4"]),
        ("take dog.mp4, mute it and reverse it", ["mute dog.mp4", "reverse <mute_1"]),
        ("put the two videos dog.mp4 and cat.mp4 one after the other",
         ["concatenate dog.mp4 cat.mp4"]),
        ("put my logo.png in the upper right corner of dog.mp4",
         ["overlay_image dog.mp4 logo.png top right"]),
        ("convert dog.mp4 to a vertical video for TikTok", ["crop_aspect dog.mp4 9:16"]),
        ("mute dog.mp4 because it is too loud", ["mute dog.mp4"]),
        ("fade dog.mp4 in from black and out at the end", ["fade dog.mp4 1 1"]),
        ("play it twice as slow", ["speed dog.mp4 0.5"]),
        ("make it 3 times faster", ["speed dog.mp4 3"]),
        ("make it 25% slower", ["speed dog.mp4 0.75"]),
        ("make it smaller, 480 pixels high", ["resize dog.mp4 0 480"]),
        ("resize it to 640 pixels wide", ["resize dog.mp4 640 0"]),
        ("remove 5 seconds from 0:10", ["remove dog.mp4 10 15"]),
        ("keep the video from 0:10 for 5 seconds", ["trim dog.mp4 10 15"]),
        ("extract the sound as mp3", ["extract_sound dog.mp4 mp3"]),
        ("show all of it as a grid of thumbnails", ["contact_sheet dog.mp4"]),
    ],
)  # fmt: skip
def test_words_may_come_in_another_order(text: str, expected: list[str]) -> None:
    assert planned(text) == expected


def test_a_piece_that_is_no_clause_belongs_to_the_one_before() -> None:
    assert planned("slow it down, to half speed, then mute it") == [
        "speed dog.mp4 0.5",
        "mute <speed_1",
    ]
    assert planned('write "Fetch" on it, in red, from 0:02 to 0:04') == [
        "overlay_text dog.mp4 Fetch red 2 4"
    ]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("juggle dog.mp4, mute it", "juggle dog.mp4"),
        ("mute it, juggle it, reverse it", "juggle it"),
        ("take dog.mp4", "what is to be done with the file"),
    ],
)
def test_nothing_is_left_out_to_understand_the_rest(text: str, named: str) -> None:
    with pytest.raises(NotPlanned, match=named):
        planned(text)


@pytest.mark.parametrize(
    "text",
    [
        "cut everything after 0:10",
        "cut the second half",
        "cut the part where the dog barks",
        "cut 5 seconds from 0:10",
        "trim everything before 0:05",
        "trim the first half",
    ],
)
def test_cutting_a_part_may_mean_both_whatever_says_which_part(text: str) -> None:
    with pytest.raises(NotPlanned, match="keeping or removing"):
        planned(text)


def test_what_memory_is_asked_for_ends_before_the_name_of_the_file() -> None:
    said = goal("keep when the dog barks in dog.mp4", DOG)
    [step] = EmbeddedPlanner().plan(said, registry()).steps
    assert {recall.query for recall in step.recalls} == {"the dog barks"}
