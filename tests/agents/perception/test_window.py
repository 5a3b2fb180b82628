from __future__ import annotations

import itertools
import tracemalloc
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.models.ports import (
    Detection,
    HeardSound,
    Image,
    ImageVectors,
    Label,
    Models,
    Recognition,
    TextLine,
    Transcript,
    Utterance,
)
from agents.models.scripted import ScriptedFaces, ScriptedPoses, ScriptedTagger, ScriptedVoices
from agents.perception.keyframes import Keyframe, things
from agents.perception.measures import colours_of, perceptual_hash
from agents.perception.media.probe import probe
from agents.perception.records import Parameters, Percept, StreamChoice, WindowPercepts
from agents.perception.window import perceive
from memory.records import SECOND, Kind, Level, Span, Vector
from tests.media import (
    Shown,
    plain,
    scene,
    steady,
    tone,
    write_image,
    write_sound,
    write_video,
)


class NoText:
    """A reader for pictures without text."""

    name = "no text"

    def read(
        self, image: Image, boxes: Sequence[tuple[float, float, float, float]] | None = None
    ) -> list[TextLine]:
        return []

    def find(self, image: Image) -> list[tuple[float, float, float, float]]:
        return []


class ByColour:
    """Recognises a picture by its most frequent colour: small, real, right on plain pictures."""

    name = "by colour"
    class_names = ("red", "green", "blue")
    dimension = image_dimension = aligned_dimension = 3

    def __init__(self) -> None:
        self.largest = 0
        self.calls: list[int] = []

    def recognise(self, images: Sequence[Image]) -> list[Recognition]:
        self.calls.append(len(images))
        self.largest = max([self.largest, *(max(image.shape[:2]) for image in images)])
        return [self._glance(image) for image in images]

    def find(self, image: Image) -> tuple[Detection, ...]:
        """The red part of a picture, where it is no more than a part."""
        height, width = image.shape[:2]
        red = (image[..., 0] > 150) & (image[..., 1] < 100) & (image[..., 2] < 100)
        rows, columns = np.flatnonzero(red.any(1)), np.flatnonzero(red.any(0))
        if not len(rows) or red.mean() > 0.5:
            return ()
        box = (columns[0] / width, rows[0] / height, columns[-1] / width, rows[-1] / height)
        return (Detection("bus", ("bus", "vehicle"), 0.9, box),)

    def _glance(self, image: Image) -> Recognition:
        mean = image.reshape(-1, 3).mean(0).astype(np.float32)
        name, share = colours_of(image)[0]
        vector = mean / max(1.0, float(np.linalg.norm(mean)))
        return Recognition(
            (Label(name, (name, "colour"), share), Label("dust", ("dust",), 0.05)), vector, vector
        )

    def encode(
        self, images: Sequence[Image], recognitions: Sequence[Recognition]
    ) -> list[ImageVectors]:
        assert len(images) == len(recognitions)
        return [
            ImageVectors(recognition.features, recognition.features) for recognition in recognitions
        ]

    def encode_query(self, texts: Sequence[str]) -> Vector:
        return np.zeros((len(texts), 3), np.float32)


class Texts:
    name = "lengths"
    dimension = 1

    def encode(self, texts: Sequence[str]) -> Vector:
        return np.array([[len(text)] for text in texts], np.float32)


class Ear:
    """Hears the seconds at which sound begins."""

    name = "ear"

    def __init__(self) -> None:
        self.heard = 0

    def transcribe(self, sound: np.ndarray) -> Transcript:
        self.heard += 1
        loud = np.flatnonzero(np.abs(sound) > 0.1)
        if loud.size == 0:
            return Transcript((), "en")
        begin = int(loud[0] * SECOND / 16_000)
        said = Utterance(Span(begin, begin + SECOND // 2), "a beep", 0.9)
        return Transcript((said,), "en")


def kit() -> tuple[Models, ByColour, Ear]:
    seen, ear = ByColour(), Ear()
    return Models(NoText(), ear, seen, Texts(), seen), seen, ear


def of(found: WindowPercepts, kind: Kind) -> list[Percept]:
    return [percept for percept in found.percepts if percept.kind is kind]


def textured(colour: tuple[int, int, int], seed: int, size: tuple[int, int] = (320, 180)) -> Image:
    """One colour with a little structure, so that it is not blank and has edges of its own."""
    return np.clip(scene(seed, *size) * 0.25 + np.array(colour) * 0.75, 0, 255).astype(np.uint8)


RED, GREEN, BLUE = (230, 20, 20), (20, 200, 30), (20, 30, 230)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Red 4 s, green 4 s, blue 4 s; a beep at 9 s."""
    sound = np.zeros(12 * 16_000, np.float32)
    sound[9 * 16_000 : 10 * 16_000] = tone(1.0)
    pictures = [(textured(c, i), 4.0) for i, c in enumerate((RED, GREEN, BLUE))]
    path = tmp_path_factory.mktemp("w") / "film.mp4"
    return write_video(path, steady(pictures), sounds=[sound], b_frames=2)


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
