"""What is made out of words and pictures: titles read back, speech heard again, slides in order."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from agents.models.embedded.rapid_ocr import RapidOcrReader
from agents.tools.assets import asset_of
from agents.tools.base import Asset
from tests.agents.tools.bench import (
    Bench,
    bursts_of,
    frames_of,
    numbers_of,
    psnr,
    sound_of,
    sound_packets,
)
from tests.media import plain, scene, write_image

pytest.importorskip("imageio_ffmpeg", reason="needs the extra `edit`")


@pytest.fixture(scope="module")
def reader() -> RapidOcrReader:
    return RapidOcrReader()


def test_a_card_is_read_back(bench: Bench, reader: RapidOcrReader) -> None:
    [made] = bench.run(
        "title_card",
        [],
        text="Harbour Museum: it's open",
        subtitle="every day",
        seconds=1.0,
        width=640,
        height=360,
        background="#202060",
    )
    frames = frames_of(made.path)
    assert len(frames) == 25
    lines = [line.text for line in reader.read(frames[12])]
    assert " ".join(lines) == "Harbour Museum: it's open every day"
    assert np.abs(frames[3][5, 5].astype(int) - (32, 32, 96)).max() < 6


def test_a_title_comes_before_the_video(bench: Bench, video: Asset, reader: RapidOcrReader) -> None:
    [made] = bench.run(
        "title", [video], video=video.asset_id, text="FETCH", seconds=1.2, color="red"
    )
    frames = frames_of(made.path)
    assert [line.text for line in reader.read(frames[15])] == ["FETCH"]
    reddish = frames[15][(frames[15].max(axis=2) > 150)].mean(axis=0)
    assert reddish[0] > 200 > 60 > reddish[1]
    assert numbers_of(made.path)[30:] == list(range(100))
    assert bursts_of(made.path) == pytest.approx([1.7, 3.2, 4.2], abs=0.01)


def test_a_name_stands_low_on_the_left_for_its_time(
    bench: Bench, reader: RapidOcrReader, tmp_path: Path
) -> None:
    from tests.media import Shown, write_video

    frames = [Shown(plain((90, 120, 90), 640, 360), n / 25) for n in range(50)]
    asset = asset_of(write_video(tmp_path / "v.mp4", frames, sounds=[np.zeros(32_000, "f4")]))
    [made] = bench.run(
        "lower_third",
        [asset],
        video=asset.asset_id,
        text="Ada Lovelace",
        subtitle="Mathematician",
        start=0.4,
        seconds=1.2,
    )
    after = frames_of(made.path)
    [name, line] = reader.read(after[25])
    assert (name.text, line.text) == ("Ada Lovelace", "Mathematician")
    assert name.box[0] < 0.2 and name.box[1] > 0.6
    changed = [psnr(frames[0].picture, frame) < 35 for frame in after]
    assert not any(changed[:10]) and all(changed[14:38]) and not any(changed[40:])
    assert sound_packets(made.path) == sound_packets(asset.path)


@pytest.mark.parametrize("pan", [False, True])
def test_slides_follow_each_other(bench: Bench, tmp_path: Path, pan: bool) -> None:
    pictures = [scene(n, 400, 400) for n in (1, 2, 3)]
    images = [asset_of(write_image(tmp_path / f"{n}.png", p)) for n, p in enumerate(pictures)]
    [made] = bench.run(
        "slideshow",
        images,
        images=[image.asset_id for image in images],
        seconds=1.0,
        fade=0.2,
        pan=pan,
        width=320,
        height=320,
        fps=10,
    )
    frames = frames_of(made.path)
    assert len(frames) == 3 * 10 - 2 * 2
    import cv2

    small = [
        cv2.resize(p, (320, 320), interpolation=cv2.INTER_AREA).astype(np.uint8) for p in pictures
    ]
    likest = [
        int(np.argmax([psnr(s, f) for s in small])) for f in (frames[3], frames[12], frames[22])
    ]
    assert likest == [0, 1, 2]
    is_moving = psnr(frames[0], frames[7]) < 30
    assert is_moving == pan


def test_speech_is_understood_again(bench: Bench) -> None:
    pytest.importorskip("hibari", reason="needs the extra `voice`")
    from scipy.signal import resample_poly

    from agents.models.embedded.whisper import WhisperTranscriber

    text = "The museum opens at nine in the morning."
    [made] = bench.run("speech", [], text=text)
    samples, rate = sound_of(made.path)
    given = resample_poly(samples, 16_000, rate).astype(np.float32)
    heard = " ".join(u.text for u in WhisperTranscriber().transcribe(given).utterances)
    words = {"museum", "opens", "morning"}
    assert words <= set(heard.lower().replace(".", "").split())


def test_a_bed_has_its_length_and_repeats_itself(bench: Bench) -> None:
    [one] = bench.run("music_bed", [], seconds=5, mood="bright", seed=3)
    [two] = bench.run("music_bed", [], seconds=5, mood="bright", seed=3)
    [other] = bench.run("music_bed", [], seconds=5, mood="dark", seed=3)
    assert one.asset_id == two.asset_id != other.asset_id
    samples, rate = sound_of(one.path)
    assert len(samples) == 5 * rate
    assert 0.45 < np.abs(samples).max() <= 0.51
    assert np.abs(samples[:50]).max() < 0.01
