"""Speaks lines for tests: hibari's English voice at 16 kHz, alone or over other sound."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from agents.models.ports import SAMPLE_RATE, Sound


@cache
def _speaker() -> Any:
    from hibari import Hibari

    return Hibari()


@cache
def speak(line: str, speed: float = 1.0) -> Sound:
    """`line` spoken, float32 mono at 16 kHz, peak 0.5."""
    return _at_16_khz(_speaker()(line, speed=speed, seed=1))


def speak_sounds(phonemes: str) -> Sound:
    """Speaks IPA: stands in for a language that no voice here knows."""
    return _at_16_khz(_speaker().from_phonemes(phonemes, seed=1))


def _at_16_khz(audio: Any) -> Sound:
    from scipy.signal import resample_poly

    made = resample_poly(np.asarray(audio), 2, 3).astype(np.float32)
    # the voice breathes before and after: without it, times are those of the words
    loud = np.flatnonzero(np.abs(made) > 0.02 * np.abs(made).max())
    made = made[loud[0] : loud[-1] + 1] if len(loud) else made
    return made * np.float32(0.5 / max(float(np.abs(made).max()), 1e-6))


def silence(seconds: float) -> Sound:
    return np.zeros(round(seconds * SAMPLE_RATE), np.float32)


def noise(seconds: float, level: float = 0.05) -> Sound:
    generator = np.random.default_rng(7)
    return (level * generator.standard_normal(round(seconds * SAMPLE_RATE))).astype(np.float32)


def tune(seconds: float) -> Sound:
    """Chords with decay, two a second: music without a voice."""
    at = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    steps = [(0, 4, 7), (5, 9, 12), (7, 11, 14), (0, 4, 7)]
    made = np.zeros_like(at)
    for beat in range(int(seconds * 2)):
        inside = (at >= beat / 2) & (at < (beat + 1) / 2)
        fade = np.exp(-5 * (at[inside] - beat / 2))
        for step in steps[beat % len(steps)]:
            pitch = 220 * 2 ** (step / 12)
            for partial in (1, 2, 3):
                made[inside] += fade * np.sin(2 * np.pi * pitch * partial * at[inside]) / partial
    return (0.1 * made).astype(np.float32)


def lay_out(parts: Sequence[tuple[float, Sound]], seconds: float) -> Sound:
    """Sounds at their times (seconds) in a silence of `seconds`."""
    made = silence(seconds)
    for start, sound in parts:
        first = round(start * SAMPLE_RATE)
        last = min(len(made), first + len(sound))
        made[first:last] += sound[: last - first]
    return made


def over(voice: Sound, other: Sound, snr: float) -> Sound:
    """`voice` over `other` (repeated to its length) at a signal-to-noise ratio in dB."""
    ground = np.resize(other, len(voice))
    loud = np.abs(voice) > 0.02
    power = float((voice[loud] ** 2).mean()) if loud.any() else 1e-6
    gain = np.sqrt(power / max(float((ground**2).mean()), 1e-12) / 10 ** (snr / 10))
    return np.clip(voice + gain * ground, -1, 1).astype(np.float32)
