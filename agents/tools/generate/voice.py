"""Sound out of nothing: speech (a voice that comes inside a package) and a music bed."""

from __future__ import annotations

import wave
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from agents.tools.base import Arguments, Assets, Estimate, Facts, Made, Place, Tool, ToolFailed
from agents.tools.registry import Powers
from agents.tools.render.needs import SOUND, without

Samples = NDArray[np.float32]
RATE = 48_000
SPOKEN = 24_000
"""Samples per second of the voice."""
A_SECOND = 14.0
"""Characters that are spoken in a second."""

Mood = Literal["calm", "bright", "dark", "lively"]
CHORDS: dict[Mood, tuple[tuple[int, ...], ...]] = {
    "calm": ((0, 4, 7, 11), (9, 12, 16, 19), (5, 9, 12, 16), (7, 11, 14, 17)),
    "bright": ((0, 4, 7), (7, 11, 14), (9, 12, 16), (5, 9, 12)),
    "dark": ((0, 3, 7), (8, 12, 15), (3, 7, 10), (10, 14, 17)),
    "lively": ((0, 4, 7), (5, 9, 12), (7, 11, 14), (5, 9, 12)),
}
"""Half tones above the ground of each bar, four bars in turn."""
BEATS: dict[Mood, float] = {"calm": 66, "bright": 96, "dark": 60, "lively": 126}
"""Beats a minute."""


class Speech(Arguments):
    """English words to be spoken."""

    text: Annotated[str, Field(min_length=1, max_length=5000)]
    speed: Annotated[float, Field(ge=0.5, le=2)] = 1.0


class MusicBed(Arguments):
    """How long, in what mood; another `seed` gives another tune."""

    seconds: Annotated[float, Field(ge=1, le=1800)] = 30.0
    mood: Mood = "calm"
    seed: Annotated[int, Field(ge=0, le=10_000)] = 0


def speech(arguments: Speech, place: Place) -> Made:
    """The words spoken by hibari's voice."""
    from importlib import import_module

    voice = import_module("hibari").Hibari(threads=1)
    made: Samples = np.asarray(voice(arguments.text, speed=arguments.speed, seed=1), np.float32)
    peak = float(np.abs(made).max()) if made.size else 0.0
    if peak < 1e-3:
        raise ToolFailed("nothing of the text could be spoken", "Write English words.")
    return Made({"sound": (saved(made * (0.7 / peak), SPOKEN, place.new("sound", ".wav")),)})


def music_bed(arguments: MusicBed, place: Place) -> Made:
    """Soft chords with a quiet tune, synthesised: nobody's music."""
    made = _bed(arguments)
    return Made({"sound": (saved(made, RATE, place.new("sound", ".wav")),)})


def saved(samples: Samples, rate: int, path: Path) -> Path:
    """Write mono sound, -1 to 1, as 16 bit WAV."""
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes((samples.clip(-1, 1) * 32767).round().astype("<i2").tobytes())
    return path


def _bed(arguments: MusicBed) -> Samples:
    """The whole bed, bar by bar, with a soft beginning and end."""
    draw = np.random.default_rng(arguments.seed)
    beat = 60 / BEATS[arguments.mood]
    count = round(arguments.seconds * RATE)
    made = np.zeros(count + round(4 * beat * RATE) + 2 * RATE, np.float32)
    ground = 110.0 * 2 ** (float(draw.integers(0, 6)) / 12)
    chords = CHORDS[arguments.mood]
    bars = int(np.ceil(arguments.seconds / (4 * beat)))
    for bar in range(bars):
        chord = chords[bar % len(chords)]
        begin = bar * 4 * beat
        for step in chord:
            _add(made, begin, _pad(ground * 2 ** (step / 12), 4 * beat))
        for quarter in range(4):
            if draw.random() < 0.7:
                step = int(draw.choice(chord)) + 12
                _add(made, begin + quarter * beat, _pluck(ground * 2 ** (step / 12), 2 * beat))
    made = made[:count]
    edge = min(RATE, count // 4)
    made[:edge] *= np.linspace(0, 1, edge, dtype=np.float32)
    made[-edge:] *= np.linspace(1, 0, edge, dtype=np.float32)
    return (made * (0.5 / max(float(np.abs(made).max()), 1e-6))).astype(np.float32)


def _add(made: Samples, at: float, part: Samples) -> None:
    begin = round(at * RATE)
    end = min(len(made), begin + len(part))
    made[begin:end] += part[: end - begin]


def _pad(hertz: float, seconds: float) -> Samples:
    """A tone that swells and goes, with softer overtones."""
    times = np.arange(round((seconds + 0.4) * RATE)) / RATE
    swell = np.minimum(1, times / 0.5) * np.minimum(1, (seconds + 0.4 - times) / 0.8)
    tone = sum(np.sin(2 * np.pi * hertz * n * times + n) / n**2 for n in (1, 2, 3))
    return (0.12 * swell * tone).astype(np.float32)


def _pluck(hertz: float, seconds: float) -> Samples:
    """A tone that is struck and dies away."""
    times = np.arange(round(seconds * RATE)) / RATE
    fall = np.exp(-3.5 * times / seconds) * np.minimum(1, times / 0.01)
    tone = np.sin(2 * np.pi * hertz * times) + 0.3 * np.sin(4 * np.pi * hertz * times)
    return (0.1 * fall * tone).astype(np.float32)


def _spoken(arguments: Speech, assets: Assets) -> Estimate:
    del assets
    seconds = len(arguments.text) / A_SECOND / arguments.speed
    return Estimate(1 + seconds / 20, round(seconds * SPOKEN * 2), outputs={})


def _played(arguments: MusicBed, assets: Assets) -> Estimate:
    del assets
    facts = Facts(seconds=arguments.seconds, has_sound=True)
    size = round(arguments.seconds * RATE * 2)
    return Estimate(0.5 + arguments.seconds / 15, size, outputs={"sound": facts})


def tools(powers: Powers) -> tuple[Tool[Any], ...]:
    """The tools of this module."""
    del powers
    return (
        Tool(
            "speech",
            "Speak an English text as a sound.",
            Speech,
            SOUND,
            speech,
            estimate=_spoken,
            extras=("voice",),
            missing=without("hibari", "voice"),
            family="generate",
        ),
        Tool(
            "music_bed",
            "Make quiet background music of a length and a mood.",
            MusicBed,
            SOUND,
            music_bed,
            estimate=_played,
            family="generate",
        ),
    )
