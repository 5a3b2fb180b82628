"""Windows of a video: their cuts, samples and keyframes, and how they join."""

from __future__ import annotations

import itertools
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.models.ports import ImageVectors, Label
from agents.perception.keyframes import Keyframe, things
from agents.perception.measures import colours_of, perceptual_hash
from agents.perception.media.probe import probe
from agents.perception.records import Parameters, StreamChoice
from agents.perception.window import perceive
from memory.records import SECOND, Kind, Level, Span
from tests.agents.perception.window.perceivers import BLUE, GREEN, RED, kit, of, textured
from tests.agents.perception.window.perceivers import film as film
from tests.media import Shown, plain, scene, steady, tone, write_image, write_sound, write_video


def test_a_whole_video_in_one_window(film: Path) -> None:
    models, _, _ = kit()
    media = probe(film, StreamChoice())
    found = perceive(media, Span(0, media.duration), models, Parameters())
    assert [round(cut / SECOND, 2) for cut in found.cuts] == [4.0, 8.0]
    assert [percept.text for percept in of(found, Kind.OBJECTS)] == [
        "red; colour",
        "green; colour",
        "blue; colour",
    ]
    starts = [percept.span.start for percept in of(found, Kind.OBJECTS)]
    assert starts == [0, *found.cuts]
    assert len(found.samples) == 24
    assert found.samples[0].colours[0] == "red"
    assert found.samples[8].motion == 0
    assert found.end == media.duration
    assert [percept.text for percept in of(found, Kind.SPEECH)] == ["a beep"]
    assert of(found, Kind.SPEECH)[0].span.start == pytest.approx(9 * SECOND, abs=SECOND // 10)


def test_keyframes_carry_what_memory_needs(film: Path) -> None:
    models, seen, _ = kit()
    media = probe(film, StreamChoice())
    found = perceive(media, Span(0, media.duration), models, Parameters(speech=False))
    keyframes = of(found, Kind.KEYFRAME)
    assert [round(k.span.start / SECOND, 1) for k in keyframes] == [0.0, 4.0, 8.0]
    for keyframe in keyframes:
        assert keyframe.level is Level.FRAME
        assert keyframe.text is None
        assert keyframe.image is not None
        assert max(keyframe.image.shape[:2]) <= 320
        assert keyframe.image_vector is not None
        assert keyframe.text_aligned_vector is not None
        assert len(keyframe.image_hash or "") == 16
        assert {"labels", "colours"} <= set(keyframe.details)
    assert seen.calls == [3]


def test_windows_join_to_what_one_window_gives(film: Path) -> None:
    media = probe(film, StreamChoice())
    whole = perceive(media, Span(0, media.duration), kit()[0], Parameters(speech=False))
    edges = [0, 4 * SECOND, 6 * SECOND, media.duration]
    parts = [
        perceive(media, Span(a, b), kit()[0], Parameters(speech=False))
        for a, b in itertools.pairwise(edges)
    ]
    assert [cut for part in parts for cut in part.cuts] == list(whole.cuts)
    times = [sample.time for part in parts for sample in part.samples]
    assert times == [sample.time for sample in whole.samples]
    for part, start, end in zip(parts, edges, edges[1:], strict=False):
        assert part.percepts
        assert all(start <= p.span.start and p.span.end <= end for p in part.percepts)


def test_the_same_window_gives_the_same_percepts(film: Path) -> None:
    media = probe(film, StreamChoice())
    one, other = (
        perceive(media, Span(2 * SECOND, 9 * SECOND), kit()[0], Parameters()) for _ in range(2)
    )
    assert (one.cuts, one.samples, one.notes) == (other.cuts, other.samples, other.notes)
    for mine, theirs in zip(one.percepts, other.percepts, strict=True):
        bare = {"image": None, "image_vector": None, "text_aligned_vector": None}
        assert replace(mine, **bare) == replace(theirs, **bare)  # pyright: ignore[reportArgumentType]


def test_a_still_shot_gets_a_keyframe_now_and_then(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", steady([(textured(RED, 1), 9.0)], fps=5))
    media = probe(path, StreamChoice())
    few = perceive(media, Span(0, media.duration), kit()[0], Parameters(keyframe_seconds=60))
    many = perceive(media, Span(0, media.duration), kit()[0], Parameters(keyframe_seconds=3))
    assert len(of(few, Kind.KEYFRAME)) == 1
    assert len(of(many, Kind.KEYFRAME)) == 3
    assert len(of(many, Kind.OBJECTS)) == 1
    assert of(many, Kind.OBJECTS)[0].span == Span(0, media.duration)


def test_a_picture_that_slowly_becomes_another_gets_a_keyframe(tmp_path: Path) -> None:
    one, other = textured(RED, 1), textured(BLUE, 2)
    mixed = [(one * (1 - i / 60) + other * (i / 60)).astype(np.uint8) for i in range(61)]
    shown = [Shown(picture, i / 10) for i, picture in enumerate([*mixed, *[other] * 20])]
    media = probe(write_video(tmp_path / "a.mp4", shown), StreamChoice())
    found = perceive(media, Span(0, media.duration), kit()[0], Parameters(keyframe_seconds=8))
    assert found.cuts == ()
    assert len(of(found, Kind.KEYFRAME)) >= 2


def test_a_blank_beginning_is_passed_over_for_the_keyframe(tmp_path: Path) -> None:
    path = write_video(
        tmp_path / "a.mp4", steady([(plain((0, 0, 0)), 0.6), (textured(GREEN, 1), 3.0)])
    )
    media = probe(path, StreamChoice())
    found = perceive(media, Span(0, media.duration), kit()[0], Parameters())
    names = [dict(k.details)["colours"][0][0] for k in of(found, Kind.KEYFRAME)]  # pyright: ignore[reportIndexIssue, reportUnknownVariableType]
    assert names[-1] == "green"


def test_black_all_along_still_has_a_keyframe(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", steady([(plain((0, 0, 0)), 0.5)]))
    media = probe(path, StreamChoice())
    found = perceive(media, Span(0, media.duration), kit()[0], Parameters())
    assert len(of(found, Kind.KEYFRAME)) == 1


def test_images_and_sound_alone(tmp_path: Path) -> None:
    image = probe(write_image(tmp_path / "a.png", textured(BLUE, 3)), StreamChoice())
    found = perceive(image, Span(0, SECOND), kit()[0], Parameters())
    assert [p.span for p in of(found, Kind.KEYFRAME)] == [Span(0, SECOND)]
    assert of(found, Kind.OBJECTS)[0].text == "blue; colour"
    sound = probe(write_sound(tmp_path / "a.wav", tone(2.0)), StreamChoice())
    found = perceive(sound, Span(0, 2 * SECOND), kit()[0], Parameters())
    assert [p.kind for p in found.percepts] == [Kind.SPEECH]
    assert found.end == 2 * SECOND


def test_a_stream_that_breaks_off_says_where(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", steady([(scene(i), 1.0) for i in range(6)]), gop=5)
    raw = bytearray(path.read_bytes())
    begin = raw.find(b"mdat") + 4
    end = begin + int.from_bytes(raw[begin - 8 : begin - 4], "big") - 8
    raw[(begin + end) // 2 : end] = bytes(end - (begin + end) // 2)
    path.write_bytes(bytes(raw))
    media = probe(path, StreamChoice())
    found = perceive(media, Span(0, 6 * SECOND), kit()[0], Parameters())
    assert SECOND < found.end < 5 * SECOND
    assert any("breaks off" in note for note in found.notes)
    assert all(percept.span.end <= found.end for percept in found.percepts)


def test_memory_does_not_grow_with_the_window(tmp_path: Path) -> None:
    picture = textured(RED, 1, (640, 360))
    path = write_video(tmp_path / "a.mp4", steady([(picture, 40.0)], fps=5))
    media = probe(path, StreamChoice())
    peaks: list[int] = []
    for seconds in (5, 40):
        models = kit()[0]
        tracemalloc.start()
        perceive(media, Span(0, seconds * SECOND), models, Parameters(keyframe_seconds=60))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.3 + 2_000_000


def test_colours_and_hashes() -> None:
    named: dict[str, tuple[int, int, int]] = {
        "red": (220, 20, 20),
        "green": (20, 160, 40),
        "blue": (30, 60, 220),
        "white": (250, 250, 250),
        "black": (10, 10, 10),
        "grey": (128, 128, 128),
        "yellow": (250, 230, 30),
        "orange": (250, 140, 20),
        "purple": (130, 30, 160),
        "pink": (250, 150, 190),
        "brown": (110, 65, 30),
    }
    for name, colour in named.items():
        assert colours_of(plain(colour))[0] == (name, 1.0)
    halves = plain(named["red"])
    halves[:, 160:] = named["blue"]
    assert colours_of(halves, (0.6, 0.0, 1.0, 1.0)) == [("blue", 1.0)]
    same = np.clip(scene(1).astype(int) + 12, 0, 255).astype(np.uint8)

    def differing(other: NDArray[np.uint8]) -> int:
        return (int(perceptual_hash(scene(1)), 16) ^ int(perceptual_hash(other), 16)).bit_count()

    assert differing(same) <= 8
    assert differing(scene(2)) > 16


def test_the_same_thing_in_more_words_is_one_percept() -> None:
    def kept(at: int, name: str, *words: str) -> Keyframe:
        vector = np.ones(2, np.float32)
        labels = (Label(name, words, 0.5), Label("dust", ("dust",), 0.1))
        span = Span(at * SECOND, at * SECOND + 1)
        return Keyframe(span, scene(1), labels, ImageVectors(vector, vector), "0" * 16, [], [])

    keyframes = [kept(0, "cat", "cat"), kept(2, "cat", "cat", "pet"), kept(4, "dog", "dog")]
    found = things([*keyframes, kept(6, "dog", "dog")], [6 * SECOND], Span(0, 8 * SECOND), "m")
    assert [(p.text, p.span.seconds) for p in found] == [
        ("cat; pet", (0.0, 4.0)),
        ("dog", (4.0, 6.0)),
        ("dog", (6.0, 8.0)),
    ]
