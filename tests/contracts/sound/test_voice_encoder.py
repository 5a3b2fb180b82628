"""What everything that tells voices apart promises."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.errors import ModelMissing
from agents.models.embedded import voices
from agents.models.embedded.voices import Ge2eVoices, is_installed, mel
from agents.models.ports import Sound, VoiceEncoder, Voiceless
from agents.models.scripted import ScriptedVoices
from tests.media import tone
from tests.voice import noise, silence, speak

LINES = (
    "The printer is on the third floor, next to the kitchen.",
    "We will meet at the harbour museum at half past nine.",
    "Nobody told me that the coffee machine was broken again.",
)
needs_extra = pytest.mark.skipif(
    not is_installed(), reason="the extra `voices` is not installed (make setup-dev)"
)


@pytest.fixture(params=[pytest.param("embedded", marks=needs_extra), "scripted", "none"])
def encoder(request: pytest.FixtureRequest) -> VoiceEncoder:
    made = {"embedded": Ge2eVoices, "scripted": ScriptedVoices, "none": Voiceless}
    return made[request.param]()


def higher(sound: Sound, factor: float) -> Sound:
    """The voice of a smaller speaker: pitch and formants raised alike."""
    at = np.arange(0, len(sound) - 1, factor)
    return np.interp(at, np.arange(len(sound)), sound).astype(np.float32)


def test_vectors_are_of_unit_length_or_nothing_one_per_sound(encoder: VoiceEncoder) -> None:
    sounds = [tone(2.0), silence(2), silence(0), noise(0.1), tone(5.0, 880.0)]
    found = encoder.encode(sounds)
    assert encoder.name
    assert len(found) == len(sounds) and found.dtype == np.float32
    lengths = np.linalg.norm(found, axis=1)
    assert all(abs(length - 1) < 1e-5 or length == 0 for length in lengths)
    assert lengths[1] == lengths[2] == 0, "silence has no voice"
    assert np.array_equal(encoder.encode(sounds), found)
    assert len(encoder.encode([])) == 0


def test_a_sound_is_heard_the_same_alone_and_among_others(encoder: VoiceEncoder) -> None:
    one, other = tone(2.0), tone(4.0, 880.0)
    np.testing.assert_allclose(encoder.encode([other, one])[1], encoder.encode([one])[0], atol=1e-5)


@needs_extra
def test_a_voice_is_more_like_itself_than_like_another() -> None:
    spoken = [speak(line) for line in LINES] + [higher(speak(line), 1.25) for line in LINES]
    found = Ge2eVoices().encode(spoken)
    alike = found @ found.T
    within = [alike[n, m] for n in range(6) for m in range(n) if n // 3 == m // 3]
    across = alike[:3, 3:]
    assert min(within) > 0.75 > float(across.mean())
    assert min(within) > float(across.max())


@needs_extra
def test_quiet_speech_is_raised() -> None:
    loud = speak(LINES[0])
    one, other = Ge2eVoices().encode([loud * np.float32(0.1), loud * np.float32(0.01)])
    assert float(one @ other) > 0.999


@needs_extra
def test_the_network_computes_what_onnxruntime_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same weights as a graph of operators LSTM, whose gates lie in another order."""
    own = Ge2eVoices()
    spectra = np.random.default_rng(0).random((3, voices.STRETCH, voices.BANDS), "f4")
    last = _by_onnxruntime(own._weights, spectra)
    shown = np.maximum(last @ own._weights["linear.weight"].T + own._weights["linear.bias"], 0)
    expected = shown / np.linalg.norm(shown, axis=1, keepdims=True)
    np.testing.assert_allclose(own._directions(spectra), expected, atol=1e-5)


def _by_onnxruntime(weights: dict[str, NDArray[np.float32]], spectra: NDArray[np.float32]) -> Any:
    onnx = pytest.importorskip("onnx", reason="needs the extra `graphs`")
    helper, numbers = onnx.helper, onnx.numpy_helper.from_array

    def turned(values: NDArray[np.float32]) -> NDArray[np.float32]:
        taken, kept, new, out = np.split(values, 4)
        return np.concatenate([taken, out, kept, new])

    given, n, nodes, known = "x", 0, [], [numbers(np.array([1]), "axis")]
    for n in range(voices.LAYERS):
        layer = {name: turned(weights[f"lstm.{name}_l{n}"]) for name in voices._LSTM}
        bias = np.concatenate([layer["bias_ih"], layer["bias_hh"]])[None]
        known += [numbers(layer["weight_ih"][None], f"w{n}"), numbers(bias, f"b{n}")]
        known += [numbers(layer["weight_hh"][None], f"r{n}")]
        names = [given, f"w{n}", f"r{n}", f"b{n}"]
        nodes += [helper.make_node("LSTM", names, [f"y{n}", f"h{n}"], hidden_size=voices.UNITS)]
        nodes += [helper.make_node("Squeeze", [f"y{n}", "axis"], [f"s{n}"])]
        given = f"s{n}"
    kind = onnx.TensorProto.FLOAT
    x = helper.make_tensor_value_info("x", kind, [voices.STRETCH, len(spectra), voices.BANDS])
    h = helper.make_tensor_value_info(f"h{n}", kind, [1, len(spectra), voices.UNITS])
    graph = helper.make_graph(nodes, "ge2e", [x], [h], known)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    import onnxruntime

    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    last: Any = session.run([f"h{n}"], {"x": spectra.transpose(1, 0, 2)})[0]
    return last[0]


def test_the_spectrum_is_that_of_the_package_s_code() -> None:
    """librosa's filters, as faster-whisper also computes them, and a tone in the right band."""
    from faster_whisper.feature_extractor import FeatureExtractor

    theirs = FeatureExtractor.get_mel_filters(16_000, 400, n_mels=voices.BANDS)
    np.testing.assert_allclose(voices.filters(), theirs, atol=1e-7)
    powers = mel(tone(1.0, 1000.0))
    assert powers.shape == (101, voices.BANDS)
    centre = theirs @ np.linspace(0, 8000, 201) / theirs.sum(axis=1)
    assert abs(centre[powers[50].argmax()] - 1000) < 60


def test_without_the_extra_it_is_told_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voices, "is_installed", lambda: False)
    with pytest.raises(ModelMissing, match="Resemblyzer is not installed") as caught:
        Ge2eVoices()
    assert "--no-deps" in caught.value.hint
