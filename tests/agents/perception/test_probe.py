from __future__ import annotations

import os
import time
from fractions import Fraction
from pathlib import Path

import pytest

from agents.errors import NothingToPerceive, UnreadableMedia
from agents.perception.media.probe import probe
from agents.perception.records import Chapter, StreamChoice
from memory.records import SECOND, Span
from tests.media import (
    Shown,
    scene,
    steady,
    tagged,
    tone,
    turned,
    write_image,
    write_sound,
    write_video,
)

ROOT = Path(__file__).resolve().parents[3]
DEV = Path(os.environ.get("BACKTRAIL_SHARED", ROOT.parent / "shared")) / "data" / "video" / "dev"


def real(name: str) -> Path:
    path = DEV / name
    if not path.exists():
        pytest.skip(f"{path} is not here")
    return path


def two_scenes(path: Path, **options: object) -> Path:
    return write_video(path, steady([(scene(1), 1.0), (scene(2), 1.0)]), **options)  # pyright: ignore[reportArgumentType]


def test_facts_of_an_ordinary_file(tmp_path: Path) -> None:
    found = probe(two_scenes(tmp_path / "a.mp4", sounds=[tone(2.0)]), StreamChoice())
    assert (found.media, found.width, found.height, found.codec) == ("video", 320, 180, "h264")
    assert found.duration == pytest.approx(2 * SECOND, abs=SECOND // 5)
    assert found.seekable
    assert found.audio_stream is not None
    assert found.notes == ()


def test_rotation_and_pixel_aspect_give_the_size_as_shown(tmp_path: Path) -> None:
    upright = probe(turned(two_scenes(tmp_path / "r.mp4"), 90), StreamChoice())
    assert (upright.rotation, upright.width, upright.height) == (90, 180, 320)
    wide = probe(two_scenes(tmp_path / "s.mp4", aspect=Fraction(4, 3)), StreamChoice())
    assert (wide.width, wide.height) == (427, 180)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
def test_a_still_image_is_a_video_of_one_second(tmp_path: Path, suffix: str) -> None:
    found = probe(write_image(tmp_path / f"a{suffix}", scene(3)), StreamChoice())
    assert (found.media, found.duration, found.width) == ("image", SECOND, 320)


def test_sound_alone(tmp_path: Path) -> None:
    found = probe(write_sound(tmp_path / "a.wav", tone(1.5)), StreamChoice())
    assert (found.media, found.video_stream) == ("audio", None)
    assert found.duration == pytest.approx(1.5 * SECOND, abs=SECOND // 50)


def test_times_count_from_the_first_presented_frame(tmp_path: Path) -> None:
    found = probe(two_scenes(tmp_path / "a.mkv", starts_at=7.0), StreamChoice())
    assert found.start == pytest.approx(7 * SECOND, abs=2000)
    assert found.duration == pytest.approx(2 * SECOND, abs=SECOND // 5)


def test_a_cut_off_file_ends_where_its_packets_end(tmp_path: Path) -> None:
    whole = write_video(tmp_path / "w.mkv", steady([(scene(i), 1.0) for i in range(12)]))
    cut = tmp_path / "c.mkv"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    found = probe(cut, StreamChoice())
    assert 3 * SECOND < found.duration < 9 * SECOND
    assert any("ends at" in note or "measured" in note for note in found.notes)


def test_choosing_streams(tmp_path: Path) -> None:
    path = two_scenes(tmp_path / "a.mkv", videos=2, sounds=[tone(2.0), tone(2.0, 880)])
    first, second = probe(path, StreamChoice()), probe(path, StreamChoice(video=1, audio=1))
    assert first.video_stream != second.video_stream
    assert first.audio_stream != second.audio_stream
    assert any("2 video streams" in note for note in first.notes)
    with pytest.raises(UnreadableMedia, match="no audio stream 5"):
        probe(path, StreamChoice(audio=5))


def test_the_wanted_language_is_chosen_and_told(tmp_path: Path) -> None:
    sounds = [tone(2.0), tone(2.0, 880)]
    path = two_scenes(tmp_path / "a.mkv", sounds=sounds, languages=["ger", "eng"])
    assert probe(path).streams.audio == 0
    assert probe(path, StreamChoice(language="en")).streams.audio == 1
    assert probe(path, StreamChoice(language="de")).streams.audio == 0
    assert probe(path, StreamChoice(language="fr")).streams.audio == 0
    assert probe(path, StreamChoice(audio=0, language="en")).streams.audio == 0
    note = probe(path, StreamChoice(language="en")).notes[0]
    assert "2 audio streams (ger, eng); number 1 is used, --audio-stream chooses another" in note


def test_what_is_no_media_is_refused_with_a_reason(tmp_path: Path) -> None:
    empty, text, short = tmp_path / "e.mp4", tmp_path / "t.mp4", tmp_path / "s.mp4"
    empty.touch()
    text.write_text("this is a letter, not a film\n" * 40, encoding="utf-8")
    short.write_bytes(b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42")
    cases = [
        (empty, "empty"),
        (text, "cannot be opened|holds text"),
        (short, "cannot be opened|not one frame"),
        (tmp_path, "not a file"),
        (tmp_path / "none.mp4", "does not exist"),
    ]
    for path, reason in cases:
        with pytest.raises(UnreadableMedia, match=reason) as caught:
            probe(path, StreamChoice())
        assert caught.value.hint


def test_plain_text_is_not_drawn_as_pictures(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("a letter\n" * 200, encoding="utf-8")
    with pytest.raises(UnreadableMedia):
        probe(path, StreamChoice())


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission(tmp_path: Path) -> None:
    path = two_scenes(tmp_path / "a.mp4")
    path.chmod(0)
    with pytest.raises(UnreadableMedia, match="may not be read"):
        probe(path, StreamChoice())


def test_headers_alone_are_no_proof(tmp_path: Path) -> None:
    path = two_scenes(tmp_path / "a.mp4")
    raw = bytearray(path.read_bytes())
    begin = raw.find(b"mdat") + 4
    length = int.from_bytes(raw[begin - 8 : begin - 4], "big") - 8
    raw[begin : begin + length] = bytes(length)
    path.write_bytes(bytes(raw))
    with pytest.raises(UnreadableMedia, match="not one frame"):
        probe(path, StreamChoice())


def test_subtitles_alone_are_nothing_to_perceive(tmp_path: Path) -> None:
    path = tmp_path / "a.srt"
    path.write_text("1\n00:00:00,000 --> 00:00:01,000\nHello\n", encoding="utf-8")
    with pytest.raises(NothingToPerceive):
        probe(path, StreamChoice())


@pytest.mark.shared
def test_frames_that_a_seek_would_spoil_are_noticed() -> None:
    found = probe(real("imageio/cockatoo.mp4"), StreamChoice())
    assert not found.seekable
    assert any("seek" in note for note in found.notes)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "duration", "size", "rotation"),
    [
        ("decord/unordered.mov", 0.125, (50, 50), 0),
        ("decord/video_90.mov", 0.1, (320, 568), 90),
        ("decord/video_180.mov", 0.1, (568, 320), 180),
        ("moviepy/fire2.mp4", 2.4, (1280, 720), 180),
        ("moviepy/no_duration.webm", 4.9, (1280, 720), 0),
        ("popcorn-js/trailer.mp4", 64.6, (10, 6), 0),
        ("torchcodec/av1_video.mkv", 5.0, (640, 360), 0),
        ("androidx-media/long_180p_av1.mp4", 362.8, (320, 180), 0),
        ("auto-editor/SAR-2by3.mp4", 2.0, (427, 360), 0),
        ("pixeltable/test_13_frames.mp4", 6.5, (398, 224), 0),
    ],
)
def test_odd_files(name: str, duration: float, size: tuple[int, int], rotation: int) -> None:
    found = probe(real(f"bad_inputs/{name}"), StreamChoice())
    assert found.duration / SECOND == pytest.approx(duration, abs=0.08)
    assert ((found.width, found.height), found.rotation) == (size, rotation)


@pytest.mark.shared
@pytest.mark.parametrize("name", ["moviepy/result.webm", "pixeltable/bad_video.mp4"])
def test_broken_files(name: str) -> None:
    with pytest.raises(UnreadableMedia):
        probe(real(f"bad_inputs/{name}"), StreamChoice())


def test_probing_is_quick(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", [Shown(scene(1), i / 10) for i in range(300)])
    probe(path, StreamChoice())
    begin = time.process_time()
    probe(path, StreamChoice())
    assert time.process_time() - begin < 1.0


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_a_file_tells_its_chapters_and_about_itself(tmp_path: Path, suffix: str) -> None:
    film = write_video(tmp_path / f"a{suffix}", steady([(scene(1), 6.0)]), starts_at=0.0)
    named = [(0.0, 2.0, "Opening\x1b[2J remarks"), (2.0, 6.0, "")]
    found = probe(tagged(film, named, title="Quarterly review", comment="in Lisbon"))
    first, second = found.chapters
    assert first == Chapter(Span(0, 2 * SECOND), "Opening [2J remarks")
    assert (second.span.start, second.title) == (2 * SECOND, "Chapter 2")
    assert second.span.end == pytest.approx(6 * SECOND, abs=SECOND // 10)
    assert found.tags == (("title", "Quarterly review"), ("comment", "in Lisbon"))


def test_one_chapter_is_none(tmp_path: Path) -> None:
    film = write_video(tmp_path / "a.mp4", steady([(scene(1), 6.0)]))
    assert probe(tagged(film, [(0.0, 6.0, "All of it")])).chapters == ()
