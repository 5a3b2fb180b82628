from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream

from agents.models.ports import SAMPLE_RATE, Sound
from agents.perception.media.probe import probe
from agents.perception.media.sound import audio, is_silent, mono
from agents.perception.records import StreamChoice
from memory.records import SECOND, Span
from tests.media import plain, steady, tone, write_sound, write_video

GREY = [(plain((90, 90, 90)), 6.0)]


def loud(sound: Sound) -> list[bool]:
    """Per tenth of a second, whether it sounds."""
    blocks = sound[: sound.size // 1600 * 1600].reshape(-1, 1600)
    return [float(np.sqrt((block**2).mean())) > 0.1 for block in blocks]


def beeps() -> np.ndarray:
    """Six seconds of silence with a beep in the second that begins at 2 s."""
    sound = np.zeros(6 * SAMPLE_RATE, np.float32)
    sound[2 * SAMPLE_RATE : 3 * SAMPLE_RATE] = tone(1.0)
    return sound


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
@pytest.mark.parametrize("starts_at", [0.0, 3.0])
def test_sound_lies_where_the_pictures_are(tmp_path: Path, name: str, starts_at: float) -> None:
    path = write_video(
        tmp_path / name, steady(GREY), sounds=[beeps()], starts_at=starts_at, sound_at=starts_at
    )
    found = probe(path, StreamChoice())
    for span in (Span(0, 6 * SECOND), Span(1_500_000, 3_500_000), Span(2_500_000, 6 * SECOND)):
        sound = audio(found, span)
        assert (sound.dtype, sound.size) == (np.float32, span.length * SAMPLE_RATE // SECOND)
        expected = [
            2 * SECOND <= span.start + tenth * 100_000 < 3 * SECOND
            for tenth in range(sound.size // 1600)
        ]
        wrong = [a != b for a, b in zip(loud(sound), expected, strict=True)]
        assert sum(wrong) <= 1


def test_sound_that_begins_late_leaves_silence_before_it(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mkv", steady(GREY), sounds=[tone(2.0)], sound_at=2.5)
    sound = audio(probe(path, StreamChoice()), Span(0, 6 * SECOND))
    assert loud(sound) == pytest.approx([25 <= tenth < 45 for tenth in range(60)])


def test_windows_joined_are_the_whole(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.wav", tone(5.0, 300))
    found = probe(path, StreamChoice())
    whole = audio(found, Span(0, 5 * SECOND))
    parts = [audio(found, Span(i * SECOND, (i + 1) * SECOND)) for i in range(5)]
    assert np.abs(np.concatenate(parts) - whole).max() < 1e-3
    assert np.abs(whole).max() == pytest.approx(0.5, abs=0.01)


def test_the_chosen_stream_is_heard(tmp_path: Path) -> None:
    path = write_video(
        tmp_path / "a.mkv", steady(GREY), sounds=[np.zeros(96_000, np.float32), tone(6.0)]
    )
    span = Span(0, SECOND)
    assert is_silent(audio(probe(path, StreamChoice(audio=0)), span))
    assert not is_silent(audio(probe(path, StreamChoice(audio=1)), span))


def test_no_sound_is_empty_and_silence_is_silent(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", steady(GREY))
    assert audio(probe(path, StreamChoice()), Span(0, SECOND)).size == 0
    assert is_silent(np.zeros(0, np.float32))
    noise = np.random.default_rng(0).normal(0, 1e-4, 50_000).astype(np.float32)
    assert is_silent(noise)
    noise[30_000:31_000] += tone(1000 / SAMPLE_RATE)
    assert not is_silent(noise)


@pytest.mark.parametrize("layout", ["stereo", "mono"])
def test_channels_that_cancel_out_are_heard(tmp_path: Path, layout: str) -> None:
    path = tmp_path / "interview.wav"
    with av.open(path, "w") as output:
        stream = output.add_stream("pcm_s16le", rate=16_000)
        assert isinstance(stream, AudioStream)
        stream.layout = layout
        left = np.round(tone(2.0) * 32767).astype(np.int16)
        samples = np.stack([left, -left], axis=1) if layout == "stereo" else left[:, None]
        frame = AudioFrame.from_ndarray(samples.reshape(1, -1), "s16", layout)
        frame.sample_rate = 16_000
        output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    assert not is_silent(audio(probe(path), Span(0, SECOND)))


def test_a_silent_channel_beside_a_loud_one_is_averaged() -> None:
    loud = tone(1.0)
    assert mono(np.stack([loud, np.zeros_like(loud)])) == pytest.approx(loud / 2)
    assert mono(np.stack([loud, -loud])) == pytest.approx(loud)


@pytest.mark.shared
def test_the_inverted_channel_of_the_evaluation_data(odd: Path) -> None:
    found = probe(odd / "phase_inverted" / "interview.mkv")
    assert not is_silent(audio(found, Span(0, found.duration)))
