"""What a window hears, follows and tells where that is asked for, and what takes its place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from agents.models.ports import Detection, HeardSound, Image, Models, Utterance
from agents.models.scripted import ScriptedFaces, ScriptedPoses, ScriptedTagger, ScriptedVoices
from agents.perception.media.probe import probe
from agents.perception.records import Parameters, StreamChoice
from agents.perception.window import perceive
from memory.records import SECOND, Kind, Span
from tests.agents.perception.window.perceivers import (
    RED,
    ByColour,
    Ear,
    NoText,
    Texts,
    kit,
    of,
    textured,
)
from tests.agents.perception.window.perceivers import film as film
from tests.media import steady, write_video


def test_subtitles_stand_in_for_hearing(film: Path) -> None:
    models, _, ear = kit()
    media = probe(film, StreamChoice())
    said = [
        Utterance(Span(3_500_000, 4_500_000), "before", 1.0),
        Utterance(Span(5 * SECOND, 9 * SECOND), "inside", 1.0),
        Utterance(Span(8 * SECOND, 9 * SECOND), "after", 1.0),
    ]
    found = perceive(media, Span(4 * SECOND, 8 * SECOND), models, Parameters(), subtitles=said)
    spoken = of(found, Kind.SPEECH)
    assert [(p.text, p.model, p.span) for p in spoken] == [("inside", "subtitles", said[1].span)]
    assert ear.heard == 0


def test_an_utterance_belongs_to_one_window_only(film: Path) -> None:
    media = probe(film, StreamChoice())
    windows = [Span(0, 9_200_000), Span(9_200_000, media.duration)]
    spoken = [of(perceive(media, w, kit()[0], Parameters()), Kind.SPEECH) for w in windows]
    assert [len(percepts) for percepts in spoken] == [1, 0]
    assert spoken[0][0].span.end > windows[0].end


def test_silence_is_not_transcribed(film: Path) -> None:
    models, _, ear = kit()
    found = perceive(probe(film, StreamChoice()), Span(0, 3 * SECOND), models, Parameters())
    assert ear.heard == 0
    assert "silent" in " ".join(found.notes)


def test_what_no_subtitle_covers_is_heard(film: Path) -> None:
    media = probe(film, StreamChoice())
    whole = Span(0, media.duration)
    forced = [Utterance(Span(SECOND, 2 * SECOND), "a sign", 1.0)]
    models, _, ear = kit()
    spoken = of(perceive(media, whole, models, Parameters(), subtitles=forced), Kind.SPEECH)
    assert [percept.text for percept in spoken] == ["a sign", "a beep"]
    assert ear.heard == 1


def test_what_subtitles_cover_is_not_heard_again(film: Path) -> None:
    media = probe(film, StreamChoice())
    whole = Span(0, media.duration)
    full = [
        Utterance(Span(n * SECOND, (n + 2) * SECOND), f"line {n}", 1.0) for n in range(0, 12, 3)
    ]
    models, _, ear = kit()
    perceive(media, whole, models, Parameters(), subtitles=full)
    assert ear.heard == 0
    gap = [Utterance(Span(9 * SECOND, 10 * SECOND), "a beep that is written", 1.0)]
    spoken = of(perceive(media, whole, models, Parameters(), subtitles=gap), Kind.SPEECH)
    assert [percept.text for percept in spoken] == ["a beep that is written"]


@pytest.mark.parametrize(("asked", "told"), [(True, [("music plays", 9, 12)]), (False, [])])
def test_sounds_are_told_apart_where_that_is_asked_for(
    film: Path, asked: bool, told: list[tuple[str, float, float]]
) -> None:
    music = ScriptedTagger((HeardSound(Span.of_seconds(9, 12), "music"),))
    models = replace(kit()[0], sound_tagger=music)
    media = probe(film, StreamChoice())
    found = perceive(media, Span(0, media.duration), models, Parameters(sounds=asked))
    rows = [(p.text, *p.span.seconds) for p in of(found, Kind.AUDIO) if p.text != "silence"]
    assert rows == told


@pytest.mark.parametrize(("asked", "count"), [(True, 1), (False, 0)])
def test_voices_are_heard_where_that_is_asked_for(film: Path, asked: bool, count: int) -> None:
    said = [
        Utterance(Span.of_seconds(7.5, 11), "a beep", 1.0),
        Utterance(Span.of_seconds(9.2, 10), "too short to tell", 1.0),
        Utterance(Span.of_seconds(3, 6), "where nothing sounds", 1.0),
    ]
    models = replace(kit()[0], voice_encoder=ScriptedVoices())
    media = probe(film, StreamChoice())
    whole = Span(0, media.duration)
    found = perceive(media, whole, models, Parameters(voices=asked), subtitles=said)
    assert [each.span for each in found.voices] == [said[0].span][:count]


@pytest.mark.parametrize(("asked", "count"), [(True, 1), (False, 0)])
def test_faces_are_told_where_that_is_asked_for(film: Path, asked: bool, count: int) -> None:
    everywhere = ScriptedFaces({True: [((10, 10, 20, 30), 0.9)]}, key=lambda _: True)
    models = replace(kit()[0], face_finder=everywhere)
    media = probe(film, StreamChoice())
    found = perceive(media, Span(0, media.duration), models, Parameters(faces=asked))
    assert bool(of(found, Kind.FACES)) == bool(count)
    assert all(percept.details.get("count") == count for percept in of(found, Kind.FACES))


@pytest.mark.parametrize("asked", [True, False])
def test_poses_are_told_where_that_is_asked_for(tmp_path: Path, asked: bool) -> None:
    class Somebody(ByColour):
        def find(self, image: Image) -> tuple[Detection, ...]:
            return (Detection("person", ("person",), 0.9, (0.0, 0.0, 1.0, 1.0)),)

    up = np.full((17, 3), (0.5, 0.5, 0.9), np.float32)
    up[:5, 1], up[9:11, 1] = 0.3, 0.1  # hands above the head, and that above the shoulders
    seen, ear = Somebody(), Ear()
    models = Models(NoText(), ear, seen, Texts(), seen, pose_reader=ScriptedPoses(up))
    film = write_video(tmp_path / "up.mp4", steady([(textured(RED, 1), 2.0)]))
    media = probe(film, StreamChoice())
    found = perceive(media, Span(0, media.duration), models, Parameters(poses=asked))
    told = ["a person raises both hands above the shoulders"]
    assert [percept.text for percept in of(found, Kind.POSES)] == (told if asked else [])


@pytest.mark.parametrize(("seconds", "told"), [(0.5, ["a red bus moves to the right"]), (0.0, [])])
def test_a_thing_that_moves_is_followed_where_that_is_asked_for(
    tmp_path: Path, seconds: float, told: list[str]
) -> None:
    ground = textured((60, 60, 60), 3)
    pictures: list[tuple[Image, float]] = []
    for place in range(24):
        image = ground.copy()
        image[60:120, 20 + 8 * place : 80 + 8 * place] = RED
        pictures.append((image, 0.25))
    models, _, _ = kit()
    media = probe(write_video(tmp_path / "bus.mp4", steady(pictures)), StreamChoice())
    found = perceive(media, Span(0, media.duration), models, Parameters(motion_seconds=seconds))
    assert [percept.text for percept in of(found, Kind.MOTION)] == told
