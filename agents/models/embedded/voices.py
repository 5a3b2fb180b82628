"""Turns speech into a vector of the voice that speaks it: GE2E, weights of Resemblyzer (an extra).

Wan et al., "Generalized End-to-End Loss for Speaker Verification" (2018): three LSTMs over 1.6 s of
sound, their last state made a direction, and the mean over such stretches. The package's code wants
torch, librosa and webrtcvad and is never imported; what it does (Resemblyzer 0.1.4) is done here in
numpy: some tenths of a second per minute of speech. Weights and code are Apache-2.0.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from agents.errors import ModelMissing
from agents.models.embedded import weights
from agents.models.embedded.weights import PackagedWeights, read_verified
from agents.models.ports import SAMPLE_RATE, Sound
from memory.records import Vector

VOICES = PackagedWeights(
    package="Resemblyzer",
    file="pretrained.pt",
    sha256="39373b86598fa3da9fcddee6142382efe09777e8d37dc9c0561f41f0070f134e",
)
LAYERS, UNITS, BANDS = 3, 256, 40
WINDOW, HOP = SAMPLE_RATE // 40, SAMPLE_RATE // 100
"""Samples of one spectrum, and from one to the next."""
STRETCH, STEP = 160, 77
"""Spectra of a stretch (1.6 s), and from one stretch to the next (1.3 a second)."""
LEAST = 0.75
"""Share of a last stretch that must be sound."""
LOUDNESS = 10 ** (-30 / 20)
"""Root of the mean square, of full scale, up to which quiet speech is raised (-30 dB)."""


def is_installed() -> bool:
    """Whether the extra is there."""
    return weights.is_installed(VOICES)


class Ge2eVoices:
    """Vectors of voices. The weights are loaded at the first use.

    Raises:
        ModelMissing: the extra `voices` is not installed.
    """

    dimension = UNITS

    def __init__(self) -> None:
        if not is_installed():
            raise ModelMissing(
                "the package Resemblyzer is not installed",
                "install the extra `voices` (make setup-dev, or pip install --no-deps "
                "Resemblyzer==0.1.4), or set BACKTRAIL_PERCEPTION__VOICES=false",
            )
        self.name = f"ge2e@{VOICES.sha256[:8]}"

    def encode(self, sounds: Sequence[Sound]) -> Vector:
        """One vector per sound, shape (len(sounds), 256); zeros for one without any sound.

        Raises:
            ModelMissing: the weights are other than expected.
        """
        parts = [_stretches(_raised(sound)) for sound in sounds]
        made = np.zeros((len(sounds), UNITS), np.float32)
        if not sounds:
            return made
        told = self._directions(np.concatenate(parts))
        at = np.cumsum([0, *(len(part) for part in parts)])
        for number, sound in enumerate(sounds):
            if np.any(sound):
                made[number] = _unit(told[at[number] : at[number + 1]].mean(axis=0))
        return made

    def _directions(self, spectra: Vector) -> Vector:
        """One direction per stretch: (n, frames, bands) to (n, units)."""
        own = self._weights
        passed = np.ascontiguousarray(spectra.transpose(1, 0, 2))
        for layer in range(LAYERS):
            passed = _lstm(passed, *(own[f"lstm.{name}_l{layer}"] for name in _LSTM))
        last = passed[-1] @ own["linear.weight"].T + own["linear.bias"]
        return _unit(np.maximum(last, 0.0))

    @cached_property
    def _weights(self) -> dict[str, Vector]:
        from agents.models.export.tensors import read_torch

        found = read_torch(read_verified(VOICES), "model_state")
        return {name: np.array(each, np.float32) for name, each in found.items()}


_LSTM = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def _lstm(given: Vector, inputs: Vector, state: Vector, one: Vector, other: Vector) -> Vector:
    """All states of a layer, shape (time, n, units); gates lie as torch writes them: i, f, g, o."""
    steps, count, width = given.shape
    gates = (given.reshape(-1, width) @ inputs.T + (one + other)).reshape(steps, count, -1)
    turned = np.ascontiguousarray(state.T)
    hidden, cell = np.zeros((2, count, UNITS), np.float32)
    made = np.empty((steps, count, UNITS), np.float32)
    for step in range(steps):
        taken, kept, new, shown = np.split(gates[step] + hidden @ turned, 4, axis=1)
        cell = _sigmoid(kept) * cell + _sigmoid(taken) * np.tanh(new)
        hidden = _sigmoid(shown) * np.tanh(cell)
        made[step] = hidden
    return made


def _sigmoid(values: Vector) -> Vector:
    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * values), np.float32)


def _unit(values: Vector) -> Vector:
    length = np.linalg.norm(values, axis=-1, keepdims=True)
    return (values / np.maximum(length, 1e-9)).astype(np.float32)


def _raised(sound: Sound) -> Sound:
    """Speech that is quieter than what the model was trained on, made as loud."""
    loud = float(np.sqrt(np.mean(np.square(sound, dtype=np.float64)))) if len(sound) else 0.0
    return sound * np.float32(LOUDNESS / loud) if 0 < loud < LOUDNESS else sound


def _stretches(sound: Sound) -> Vector:
    """Spectra of stretches of 1.6 s, shape (n, frames, bands); at least one, filled by silence."""
    frames = -(-(len(sound) + 1) // HOP)
    starts = list(range(0, max(1, frames - STRETCH + STEP + 1), STEP))
    left = (len(sound) - starts[-1] * HOP) / (STRETCH * HOP)
    if left < LEAST and len(starts) > 1:
        starts.pop()
    missing = max(0, (starts[-1] + STRETCH) * HOP - len(sound))
    spectra = mel(np.pad(sound, (0, missing)))
    return np.stack([spectra[start : start + STRETCH] for start in starts])


def mel(sound: Sound) -> Vector:
    """Mel spectrum in powers, not logarithms, as librosa's defaults make it: (frames, bands)."""
    padded = np.pad(sound.astype(np.float32), WINDOW // 2)
    count = 1 + len(sound) // HOP
    pieces = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP][:count]
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)
    powers = np.abs(np.fft.rfft(pieces * hann.astype(np.float32), axis=1)) ** 2
    return (powers @ filters().T).astype(np.float32)


def filters() -> NDArray[np.float64]:
    """Triangles of equal area on Slaney's mel scale, 0 to 8 kHz: shape (bands, bins)."""
    edges = _hertz(np.linspace(0.0, _mels(SAMPLE_RATE / 2), BANDS + 2))
    bins = np.linspace(0, SAMPLE_RATE / 2, WINDOW // 2 + 1)
    below = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    above = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    return np.maximum(0, np.minimum(below, above)) * (2 / (edges[2:] - edges[:-2]))[:, None]


_LINEAR = 200 / 3
"""Hertz per mel below 1 kHz (Slaney's Auditory Toolbox, 1998); above, a mel is a factor."""
_FACTOR = float(np.log(6.4)) / 27


def _mels(hertz: float) -> float:
    return 1000 / _LINEAR + float(np.log(hertz / 1000)) / _FACTOR


def _hertz(mels: NDArray[np.float64]) -> NDArray[np.float64]:
    knee = 1000 / _LINEAR
    return np.where(mels < knee, mels * _LINEAR, 1000 * np.exp(_FACTOR * (mels - knee)))
