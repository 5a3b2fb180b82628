"""The planner without a model: what it plans is what was said, and it refuses the rest by name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.act.plan import PlanGraph
from agents.act.planner.embedded import EmbeddedPlanner
from agents.act.planner.reading import NotPlanned
from tests.agents.act.planner.goals import (
    ALL,
    CAT,
    DOG,
    LOGO,
    SONG,
    chain,
    goal,
    problems,
    registry,
)

REGISTRY = registry()


def planned(text: str, *media: object, before: PlanGraph | None = None) -> PlanGraph:
    return EmbeddedPlanner().plan(goal(text, *media, before=before), REGISTRY)  # pyright: ignore


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('trim 0:05-0:12 of dog.mp4, slow it to half speed, add the text "Fetch"',
         ["trim dog.mp4 5 12", "speed <trim_1 0.5", "overlay_text <speed_1 Fetch"]),
        ("Please keep the first 10 seconds, then reverse it.",
         ["trim dog.mp4 0 10", "reverse <trim_1"]),
        ("keep the last 5 s and mute it", ["trim dog.mp4 25 30", "mute <trim_1"]),
        ("remove the last 5 seconds of dog.mp4", ["remove dog.mp4 25 30"]),
        ("cut out 5-7 seconds", ["remove dog.mp4 5 7"]),
        ("cut dog.mp4 to 0:05-0:12", ["trim dog.mp4 5 12"]),
        ("trim dog.mp4 to the first 5 seconds", ["trim dog.mp4 0 5"]),
        ("keep from 0:10 to the end", ["trim dog.mp4 10 30"]),
        ("keep 0:00:05.5 to 0:00:07", ["trim dog.mp4 5.5 7"]),
        ("play it at 1.5x", ["speed dog.mp4 1.5"]),
        ("speed it up by 2x", ["speed dog.mp4 2"]),
        ("slow it down by 2x", ["speed dog.mp4 0.5"]),
        ("slow dog.mp4 to 50%", ["speed dog.mp4 0.5"]),
        ("slow 0:02-0:04 to quarter speed", ["speed dog.mp4 0.25 2 4"]),
        ("slow motion from 0:02 to 0:04", ["speed dog.mp4 0.5 2 4"]),
        ("play it backwards", ["reverse dog.mp4"]),
        ("make it black and white", ["grey dog.mp4"]),
        ('paint a picture of "a red fox", then animate it with "it looks up" for 3 seconds',
         ["generate_image a red fox", "animate_image <generate_image_1 it looks up 3"]),
        ('make dog.mp4 look like "a watercolour"', ["restyle_video dog.mp4 a watercolour"]),
        ('restyle it as "a cartoon" and mute it', ["restyle_video dog.mp4 a cartoon",
         "mute <restyle_video_1"]),
        ("describe dog.mp4", ["describe dog.mp4"]),
        ("describe what happens from 0:02 to 0:04, then reverse it",
         ["describe dog.mp4 2 4", "reverse dog.mp4"]),
        ("describe the moment when the cat jumps",
         ["describe dog.mp4 memory(the cat jumps).start memory(the cat jumps).end"]),
        ("make it vertical", ["crop_aspect dog.mp4 9:16"]),
        ("pad it to 16:9", ["pad dog.mp4 16:9"]),
        ("crop to 9:16 and make a gif of 0:01-0:03",
         ["crop_aspect dog.mp4 9:16", "gif <crop_aspect_1 1 3"]),
        ("resize to 720p", ["resize dog.mp4 0 720"]),
        ("resize to 640x360", ["resize dog.mp4 640 360"]),
        ("rotate by 90 degrees counterclockwise", ["rotate dog.mp4 -90"]),
        ("mirror it", ["flip dog.mp4 horizontal"]),
        ("flip it vertically", ["flip dog.mp4 vertical"]),
        ("fade in and out over 2 seconds", ["fade dog.mp4 2 2"]),
        ("normalise the loudness to -16 LUFS", ["loudness dog.mp4 -16"]),
        ("make it quieter by 6 dB", ["volume dog.mp4 -6"]),
        ("remove the silences", ["remove_silence dog.mp4"]),
        ("remove the sound", ["mute dog.mp4"]),
        ("extract the sound", ["extract_sound dog.mp4"]),
        ("stabilise it, denoise it", ["stabilise dog.mp4", "denoise <stabilise_1"]),
        ("freeze at 0:04 for 2 seconds", ["freeze dog.mp4 4 2"]),
        ("extract the frame at 0:03", ["frame dog.mp4 3"]),
        ("make a contact sheet", ["contact_sheet dog.mp4"]),
        ('write "Hello, world; then mute it" at the top left in red from 0:01 to 0:03',
         ["overlay_text dog.mp4 Hello, world; then mute it top left red 1 3"]),
        ('add the title "Fetch" in red for 3 seconds', ["title dog.mp4 Fetch red 3"]),
        ('add a lower third "Rex" at 0:02', ["lower_third dog.mp4 Rex 2"]),
        ("blur all faces", ["blur_faces dog.mp4"]),
        ("make a contact sheet of the shots",
         ["find_cuts dog.mp4", "contact_sheet dog.mp4 <find_cuts_1"]),
        ("remove the burned-in captions", ["remove_text dog.mp4 0.5"]),
        ("follow the red car in 9:16",
         ["find_things dog.mp4 car red", "follow dog.mp4 <find_things_1 9:16"]),
        ("crop it to 9:16 and follow the dog",
         ["find_things dog.mp4 dog", "follow dog.mp4 <find_things_1 9:16"]),
        ("with calm music", ["music_bed 30 calm", "mix dog.mp4 <music_bed_1"]),
        ('say "Three days." over it', ["speech Three days.", "mix dog.mp4 <speech_1"]),
        ("it should begin with a title \"Go\"", ["title dog.mp4 Go"]),
        ("make it twice as fast", ["speed dog.mp4 2"]),
        ("turn it up by 6 dB", ["volume dog.mp4 6"]),
        ("leave only the first 5 seconds", ["trim dog.mp4 0 5"]),
        ("burn in the captions", ["transcribe dog.mp4", "burn_subtitles dog.mp4 <transcribe_1"]),
        ("keep every dog",
         ["trim memory(dog).video memory(dog).start memory(dog).end", "concatenate <trim_1"]),
        ('keep every moment with "the blue car" in dog.mp4',
         ["trim memory(the blue car).video memory(the blue car).start memory(the blue car).end",
          "concatenate <trim_1"]),
        ("keep the moment when the cat appears",
         ["trim dog.mp4 memory(the cat appears).start memory(the cat appears).end"]),
        ("keep from the moment the cat appears to 0:20",
         ["trim dog.mp4 memory(the cat appears).start 20"]),
        ('trim from $memory("The Cat") to when the door opens',
         ["trim dog.mp4 memory(The Cat).start memory(the door opens).start"]),
    ],
)  # fmt: skip
def test_what_is_said_is_planned(text: str, expected: list[str]) -> None:
    plan = planned(text)
    assert chain(plan) == expected
    assert problems(plan) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("join dog.mp4 and cat.mp4 with a crossfade of 1 second",
         ["transition dog.mp4 cat.mp4 fade 1"]),
        ("join dog.mp4, cat.mp4", ["concatenate dog.mp4 cat.mp4"]),
        ('animate logo.png with "it spins"', ["animate_image logo.png it spins"]),
        ("put dog.mp4 and cat.mp4 side by side", ["split_screen dog.mp4 cat.mp4 side"]),
        ("make a slideshow of logo.png with 3 seconds each", ["slideshow logo.png 3"]),
        ("keep 0:01-0:03 of dog.mp4, keep 0:02-0:05 of cat.mp4, join them, add song.mp3 as music",
         ["trim dog.mp4 1 3", "trim cat.mp4 2 5", "concatenate <trim_1 <trim_2",
          "mix <concatenate_1 song.mp3"]),
        ("mute dog.mp4, add cat.mp4 at the end", ["mute dog.mp4", "concatenate <mute_1 cat.mp4"]),
        ("mute dog.mp4, add cat.mp4 at the start", ["mute dog.mp4", "concatenate cat.mp4 <mute_1"]),
        ("add logo.png to dog.mp4 in the bottom left corner from 0:01 to 0:05",
         ["overlay_image dog.mp4 logo.png bottom left 1 5"]),
        ("burn in the captions from talk.srt in dog.mp4", ["burn_subtitles dog.mp4 talk.srt"]),
        ("add subtitles from talk.srt to dog.mp4", ["add_subtitles dog.mp4 talk.srt"]),
        ("replace the sound of dog.mp4 with song.mp3", ["replace_sound dog.mp4 song.mp3"]),
        ("put song.mp3 under the speech of dog.mp4", ["duck dog.mp4 song.mp3"]),
        ("put the person in dog.mp4 in front of logo.png",
         ["find_things dog.mp4 person", "segment dog.mp4 <find_things_1",
          "replace_background dog.mp4 <segment_1 image logo.png"]),
        ("find every shot like logo.png in dog.mp4 and join them",
         ["find_like dog.mp4 logo.png", "keep_moments dog.mp4 <find_like_1"]),
        ("put dog.mp4 after cat.mp4", ["concatenate cat.mp4 dog.mp4"]),
        ("add music to dog.mp4", ["mix dog.mp4 song.mp3"]),
        ("make a slideshow of logo.png, "
         "narrate it with \"I walked a very long way to be here with you today.\"",
         ["slideshow logo.png 5", "speech I walked a very long way to be here with you today.",
          "mix <slideshow_1 <speech_1"]),
    ],
)  # fmt: skip
def test_several_files_are_told_apart(text: str, expected: list[str]) -> None:
    plan = planned(text, *ALL)
    assert chain(plan) == expected
    assert problems(plan) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("cut 0:05-0:12", "it may mean keeping or removing"),
        ("trim the first 5 seconds", "it may mean keeping or removing"),
        ("take 0:05-0:12 out of it", "not understood"),
        ("remove the subtitles", "subtitles may be beside the pictures or burned into them"),
        ("show all of it as a grid", "not understood"),
        ("keep 0:05-0:12 where the dog jumps", "the times and a moment are said"),
        ("follow the dog", "of which shape the frame is is not said"),
        ("make it double", "not understood"),
        ('say "' + 60 * "many words " + '"', "the video lasts 30.0 s"),
        ("keep 5 to 12", "5 and 12 have no unit"),
        ("keep 0:12-0:05", "0:05 is not after 0:12"),
        ("slow it down", "how slow is not said"),
        ("flip it", "which way is not said"),
        ("rotate by 90 degrees", "which way it is turned is not said"),
        ("add a title", "which text is not said"),
        ("make it look awesome", "not understood: 'make it look awesome'"),
        ("mute it, make it pop, reverse it", "not understood: 'make it pop'"),
        ("make a 20-second highlight of the dog", "not understood"),
        ("delete /etc/passwd", "not understood: 'delete /etc/passwd'"),
        ("trim 0:01-0:02; rm -rf /", "not understood: 'rm -rf /'"),
        ("mute it, keep the moment when the cat appears", "memory knows the videos"),
        ("", "there is no operation"),
    ],
)  # fmt: skip
def test_what_is_not_clear_is_refused_by_name(text: str, told: str) -> None:
    with pytest.raises(NotPlanned) as error:
        planned(text)
    assert told in str(error.value) and error.value.hint


@pytest.mark.parametrize(
    ("text", "media", "told"),
    [
        ("mute it", (DOG, CAT), "which of dog.mp4, cat.mp4 is meant is not clear"),
        ("mute it", (SONG,), "no video was given"),
        ("resize song.mp3 to 720p", (DOG, SONG), "song.mp3 is sound, no video"),
        ("join them", (DOG,), "there are no two videos to join"),
        ("put dog.mp4 under the speech", (DOG, LOGO), "which sound is meant is not clear"),
    ],
)
def test_no_file_is_guessed(text: str, media: tuple[object, ...], told: str) -> None:
    with pytest.raises(NotPlanned, match=told):
        planned(text, *media)


def test_a_tool_that_is_not_there_is_named() -> None:
    with pytest.raises(NotPlanned, match="the tool speed, which is not here") as error:
        tools = {n: t for n, t in REGISTRY.tools.items() if n != "speed"}
        EmbeddedPlanner().plan(goal("play it at 2x"), type(REGISTRY)(tools))
    assert "backtrail tools" in error.value.hint


def test_a_file_that_is_named_again_is_meant_as_it_was_given() -> None:
    plan = planned("mute dog.mp4, reverse dog.mp4")
    assert chain(plan) == ["mute dog.mp4", "reverse dog.mp4"] and len(plan.outputs) == 2
    assert plan.notes == (
        "dog.mp4 is meant as it was given; what was made of it would be called it",
    )


FETCH = 'keep 0:05-0:12 of dog.mp4, slow it to half speed, write "Fetch" in red'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("now without the slow motion", ["trim dog.mp4 5 12", "overlay_text <trim_1 Fetch red"]),
        ("now make the text blue",
         ["trim dog.mp4 5 12", "speed <trim_1 0.5", "overlay_text <speed_1 Fetch blue"]),
        ("now without the text, and mute it",
         ["trim dog.mp4 5 12", "speed <trim_1 0.5", "mute <speed_1"]),
        ("now reverse it",
         ["trim dog.mp4 5 12", "speed <trim_1 0.5", "overlay_text <speed_1 Fetch red",
          "reverse <overlay_text_1"]),
    ],
)  # fmt: skip
def test_the_next_request_refers_to_what_was_made(text: str, expected: list[str]) -> None:
    plan = planned(text, before=planned(FETCH))
    assert chain(plan) == expected
    assert plan.parent == "act_1" and len(plan.outputs) == 1
    assert problems(plan) == []


def test_music_goes_and_leaves_no_step_behind() -> None:
    before = planned("mute dog.mp4, add song.mp3 as music", DOG, SONG)
    after = planned("now without the music", DOG, SONG, before=before)
    assert chain(after) == ["mute dog.mp4"]


def test_what_the_run_before_did_not_have_cannot_be_left_out() -> None:
    with pytest.raises(NotPlanned, match="not understood: 'without the music'"):
        planned("now without the music", before=planned(FETCH))
    twice = planned('write "a", write "b"')
    with pytest.raises(NotPlanned, match="2 steps of the run before may be meant by 'text'"):
        planned("now without the text", before=twice)


@given(st.text(max_size=80))
def test_any_text_is_planned_or_refused(text: str) -> None:
    try:
        plan = planned(text)
    except NotPlanned as error:
        assert str(error)
    else:
        assert problems(plan) == []


WORDS = (
    "cut trim keep remove 0:05 0:12 - to the first last 5 seconds slow half speed dog.mp4 it of "
    'and then , mute join reverse in red "Fetch" title every when from at 2x'
).split()


@given(st.lists(st.sampled_from(WORDS), max_size=9))
def test_any_words_are_planned_or_refused(words: list[str]) -> None:
    test_any_text_is_planned_or_refused.hypothesis.inner_test(" ".join(words))  # pyright: ignore
