"""Sound: levels measured again, places of bursts, packets of pictures untouched, words kept."""

from __future__ import annotations

import re
from pathlib import Path

import av
import numpy as np
import pytest

from agents.tools import ffmpeg
from agents.tools.assets import asset_of
from agents.tools.base import Asset, Place, ToolFailed
from tests.agents.tools.bench import (
    Bench,
    Sound,
    bursts_of,
    clicks,
    counting,
    frames_of,
    number_of,
    numbers_of,
    sound_of,
)
from tests.media import tone, write_sound
from tests.voice import lay_out, noise, speak

pytest.importorskip("imageio_ffmpeg", reason="needs the extra `edit`")


def picture_packets(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


def loudness_of(path: Path) -> tuple[float, float]:
    """Integrated loudness and true peak, by FFmpeg's own measure of the written file."""
    told = ffmpeg.measured(
        [ffmpeg.Input(path)],
        ["-filter_complex", "[0:a]ebur128=peak=true[a]", "-map", "[a]"],
        Place(path.parent, {}),
    )
    summary = told[told.rindex("Summary:") :]
    values = re.findall(r"(?:I|Peak):\s+(-?[\d.]+)", summary)
    return float(values[0]), float(values[1])


def level(sound: Sound, rate: int, start: float, end: float) -> float:
    """dB of a stretch."""
    part = sound[round(start * rate) : round(end * rate)]
    return 20 * float(np.log10(np.sqrt(np.square(part).mean()) + 1e-9))


def test_mute_copies_pictures(bench: Bench, video: Asset) -> None:
    [made] = bench.run("mute", [video], video=video.asset_id)
    assert picture_packets(made.path) == picture_packets(video.path)
    assert not made.facts.has_sound


def test_volume_changes_level_and_not_time(bench: Bench, video: Asset) -> None:
    [made] = bench.run("volume", [video], video=video.asset_id, gain_db=-6)
    assert picture_packets(made.path) == picture_packets(video.path)
    assert bursts_of(made.path) == pytest.approx([0.5, 2.0, 3.0], abs=0.01)
    (old, rate), (new, made_rate) = sound_of(video.path), sound_of(made.path)
    change = level(new, made_rate, 0.5, 0.52) - level(old, rate, 0.5, 0.52)
    assert change == pytest.approx(-6, abs=0.7)


@pytest.mark.parametrize("lufs", [-23.0, -16.0])
def test_loudness_is_within_one_unit(bench: Bench, tmp_path: Path, lufs: float) -> None:
    quiet = 0.05 * noise(4, 0.5) + clicks(4, [1.0, 3.0])
    asset = asset_of(counting(tmp_path / "l.mp4", sounds=[quiet.astype(np.float32)]))
    [made] = bench.run("loudness", [asset], video=asset.asset_id, lufs=lufs)
    found, peak = loudness_of(made.path)
    assert found == pytest.approx(lufs, abs=1.0)
    assert peak <= -0.5
    assert picture_packets(made.path) == picture_packets(asset.path)


def test_silence_has_no_loudness(bench: Bench, tmp_path: Path) -> None:
    asset = asset_of(counting(tmp_path / "s.mp4", 1.0, sounds=[clicks(1, [])]))
    with pytest.raises(ToolFailed, match="silent"):
        bench.run("loudness", [asset], video=asset.asset_id)


def test_fades_reach_black_and_silence(bench: Bench, tmp_path: Path) -> None:
    asset = asset_of(counting(tmp_path / "f.mp4", 2.0, sounds=[tone(2.0)]))
    [made] = bench.run("fade", [asset], video=asset.asset_id, into=0.4, out=0.4)
    frames, (sound, rate) = frames_of(made.path), sound_of(made.path)
    means = [float(frame.mean()) for frame in frames]
    assert means[0] < 3 < 40 < means[20] > means[45] > means[49]
    assert level(sound, rate, 0, 0.02) < level(sound, rate, 1, 1.2) - 20
    [heard] = bench.run("fade", [asset], video=asset.asset_id, into=0.4, out=0, what="sound")
    assert picture_packets(heard.path) == picture_packets(asset.path)
    with pytest.raises(ToolFailed, match="do not fit"):
        bench.run("fade", [asset], video=asset.asset_id, into=1.5, out=1)


@pytest.mark.parametrize("form", ["wav", "flac", "mp3", "m4a"])
def test_sound_comes_out_in_place(bench: Bench, video: Asset, form: str) -> None:
    [made] = bench.run("extract_sound", [video], video=video.asset_id, format=form)
    assert bursts_of(made.path) == pytest.approx(
        [0.5, 2.0, 3.0], abs=0.06 if form == "mp3" else 0.01
    )
    assert made.facts.seconds == pytest.approx(4.0, abs=0.06)


def test_another_sound_takes_the_place_of_the_first(
    bench: Bench, video: Asset, tmp_path: Path
) -> None:
    other = asset_of(write_sound(tmp_path / "o.wav", clicks(1.0, [0.2])))
    [made] = bench.run(
        "replace_sound", [video, other], video=video.asset_id, sound=other.asset_id, start=1.0
    )
    assert bursts_of(made.path) == pytest.approx([1.2], abs=0.01)
    [again] = bench.run(
        "replace_sound", [video, other], video=video.asset_id, sound=other.asset_id, loop=True
    )
    assert bursts_of(again.path) == pytest.approx([0.2, 1.2, 2.2, 3.2], abs=0.01)
    assert picture_packets(again.path) == picture_packets(video.path)


def test_two_sounds_are_heard_together(bench: Bench, video: Asset, tmp_path: Path) -> None:
    other = asset_of(write_sound(tmp_path / "o.wav", clicks(1.0, [0.2])))
    [made] = bench.run(
        "mix", [video, other], video=video.asset_id, sound=other.asset_id, start=1.0, gain_db=-3
    )
    assert bursts_of(made.path) == pytest.approx([0.5, 1.2, 2.0, 3.0], abs=0.01)
    assert picture_packets(made.path) == picture_packets(video.path)
    mute = asset_of(counting(tmp_path / "m.mp4", 2.0))
    [made] = bench.run("mix", [mute, other], video=mute.asset_id, sound=other.asset_id)
    assert bursts_of(made.path) == pytest.approx([0.2], abs=0.01)


def test_the_bed_goes_down_under_speech(bench: Bench, tmp_path: Path) -> None:
    voice = np.zeros(6 * 16_000, np.float32)
    voice[2 * 16_000 : 4 * 16_000] = tone(2.0, 3000)
    asset = asset_of(counting(tmp_path / "v.mp4", 6.0, 10, sounds=[voice]))
    bed = asset_of(write_sound(tmp_path / "bed.wav", tone(2.0, 300)))
    [made] = bench.run(
        "duck",
        [asset, bed],
        video=asset.asset_id,
        sound=bed.asset_id,
        gain_db=-6,
        duck_db=12,
    )
    sound, rate = sound_of(made.path)

    def low(start: float, end: float) -> float:
        part = sound[round(start * rate) : round(end * rate)]
        spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part))))
        return 20 * float(np.log10(spectrum[round(300 * (end - start))]))

    assert low(0.5, 1.5) - low(2.5, 3.5) == pytest.approx(12, abs=1)
    assert low(0.5, 1.5) == pytest.approx(low(4.8, 5.8), abs=1)


def test_pauses_go_and_words_stay(bench: Bench, tmp_path: Path) -> None:
    from agents.models.embedded.whisper import WhisperTranscriber

    lines = ["The harbour opens at nine.", "Please bring a ticket.", "Thank you for waiting."]
    spoken = [speak(line) for line in lines]
    parts, at = [], 1.0
    for sound in spoken:
        parts.append((at, sound))
        at += len(sound) / 16_000 + 1.5
    sound = lay_out(parts, at) + noise(at, 0.0005)
    asset = asset_of(counting(tmp_path / "t.mp4", len(sound) / 16_000, 25, sounds=[sound]))
    [made], told = bench.run_fully("remove_silence", [asset], video=asset.asset_id)
    gone = asset.facts.seconds - made.facts.seconds
    assert gone > 1.0 + 3 * 1.5 - 6 * 0.25
    assert told.notes == (f"{gone:.1f} s of silence were taken out",)
    heard, rate = sound_of(made.path)
    assert abs(len(heard) / rate - len(numbers_of(made.path)) / 25) < 0.02
    transcriber = WhisperTranscriber()

    def words(path: Path) -> str:
        from scipy.signal import resample_poly

        samples, rate = sound_of(path)
        given = resample_poly(samples, 16_000, rate).astype(np.float32)
        return " ".join(each.text for each in transcriber.transcribe(given).utterances)

    assert words(made.path) == words(asset.path)


def test_pictures_stay_beside_their_sound_without_pauses(bench: Bench, tmp_path: Path) -> None:
    times = [1.0, 3.0, 5.0, 7.0, 9.0]
    asset = asset_of(counting(tmp_path / "c.mp4", 10.0, sounds=[_bursts(10.0, times)]))
    [made] = bench.run("remove_silence", [asset], video=asset.asset_id)
    frames = frames_of(made.path)
    found = bursts_of(made.path)
    shown = [number_of(frames[round(time * 25 + 0.01)]) for time in found]
    assert shown == [round(time * 25) for time in times]
    assert made.facts.seconds < 5 * 0.7


def _bursts(seconds: float, times: list[float]) -> Sound:
    made = np.zeros(round(seconds * 16_000), np.float32)
    for time in times:
        made[round(time * 16_000) : round((time + 0.2) * 16_000)] = tone(0.2)
    return made
