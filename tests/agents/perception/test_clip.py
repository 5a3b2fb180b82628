from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from agents.errors import UnreadableMedia
from agents.perception.media.clip import cut
from agents.perception.media.decode import frame_at
from agents.perception.media.probe import probe
from agents.perception.media.sound import audio
from agents.perception.records import StreamChoice
from memory.records import SECOND, Span
from tests.media import scene, steady, tone, turned, write_image, write_sound, write_video


def test_a_moment_of_a_video_with_its_sound(tmp_path: Path) -> None:
    sound = np.zeros(4 * 16_000, np.float32)
    sound[2 * 16_000 : 3 * 16_000] = tone(1.0)
    path = write_video(
        tmp_path / "a.mp4", steady([(scene(i), 1.0) for i in range(4)]), sounds=[sound]
    )
    source = probe(path, StreamChoice())
    made = probe(cut(source, Span(1_500_000, 3_500_000), tmp_path / "out.mp4"), StreamChoice())
    assert made.duration == pytest.approx(2 * SECOND, abs=150_000)
    for time in (200_000, 900_000, 1_800_000):
        ours, theirs = frame_at(made, time), frame_at(source, time + 1_500_000)
        assert ours is not None
        assert theirs is not None
        assert np.abs(ours.image.astype(int) - theirs.image).mean() < 12
    heard = audio(made, Span(0, 2 * SECOND))
    assert np.abs(heard[:6_000]).max() < 0.1 < np.abs(heard[12_000:20_000]).max()


def test_a_turned_video_comes_out_upright(tmp_path: Path) -> None:
    path = turned(write_video(tmp_path / "a.mp4", steady([(scene(1), 1.0)])), 90)
    made = probe(cut(probe(path, StreamChoice()), Span(0, SECOND), tmp_path / "o"), StreamChoice())
    assert (made.width, made.height, made.rotation) == (180, 320, 0)


def test_odd_sizes_and_sound_and_images(tmp_path: Path) -> None:
    small = write_video(
        tmp_path / "s.mkv", steady([(scene(1, 33, 17), 1.0)]), codec="ffv1", pixel_format="bgr0"
    )
    made = cut(probe(small, StreamChoice()), Span(0, SECOND), tmp_path / "x" / "odd.mp4")
    assert probe(made, StreamChoice()).width == 32
    heard = probe(write_sound(tmp_path / "a.wav", tone(3.0)), StreamChoice())
    made = cut(heard, Span(SECOND, 2 * SECOND), tmp_path / "o.mp4")
    assert made.suffix == ".wav"
    assert probe(made, StreamChoice()).duration == pytest.approx(SECOND, abs=1000)
    still = probe(write_image(tmp_path / "a.jpg", scene(1)), StreamChoice())
    assert cut(still, Span(0, SECOND), tmp_path / "o.mp4").suffix == ".png"


def test_what_cannot_be_cut(tmp_path: Path) -> None:
    source = probe(write_video(tmp_path / "a.mp4", steady([(scene(1), 1.0)])), StreamChoice())
    with pytest.raises(UnreadableMedia, match="nothing at"):
        cut(source, Span(5 * SECOND, 6 * SECOND), tmp_path / "o.mp4")
    with pytest.raises(UnreadableMedia, match="source itself"):
        cut(source, Span(0, SECOND), tmp_path / "a.mp4")
    assert not (tmp_path / "o.mp4").exists()
