"""What every image encoder must do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from agents.models.embedded.conse import ConseEncoder
from agents.models.embedded.efficientnet import EfficientNetRecogniser
from agents.models.embedded.minilm import MiniLMEncoder
from agents.models.open_clip import OpenClipEncoder
from agents.models.ports import Image, ImageEncoder, Label, Recogniser
from agents.models.scripted import ScriptedImageEncoder, ScriptedRecogniser, ScriptedTextEncoder
from tests.clip_checkpoint import needs_open_clip, write_tiny

Pair = tuple[ImageEncoder, Recogniser]
RNG = np.random.default_rng(1)
PICTURES: list[Image] = [
    np.full((90, 160, 3), (200, 10, 10), dtype=np.uint8),
    RNG.integers(0, 255, (64, 80, 3), dtype=np.uint8),
    np.zeros((2, 300, 3), dtype=np.uint8),
]


@pytest.fixture(
    params=["embedded", pytest.param("open_clip", marks=needs_open_clip), "scripted"],
    scope="module",
)
def pair(
    request: pytest.FixtureRequest, models_cache: Path, tmp_path_factory: pytest.TempPathFactory
) -> Pair:
    if request.param == "embedded":
        recogniser = EfficientNetRecogniser(models_cache, 2)
        texts = MiniLMEncoder(models_cache, 2)
        return ConseEncoder(recogniser, texts, models_cache), recogniser
    scripted = ScriptedRecogniser({(192, 0, 0): (Label("red car", ("red car", "vehicle"), 0.9),)})
    if request.param == "open_clip":
        folder = write_tiny(tmp_path_factory.mktemp("clip") / "tiny")
        return OpenClipEncoder("", folder, 2), scripted
    return ScriptedImageEncoder(ScriptedTextEncoder(), scripted), scripted


def test_two_normalised_vectors_per_picture(pair: Pair) -> None:
    encoder, recogniser = pair
    made = encoder.encode(PICTURES, recogniser.recognise(PICTURES))
    assert len(made) == len(PICTURES)
    for vectors in made:
        assert vectors.image.shape == (encoder.image_dimension,)
        assert vectors.text_aligned.shape == (encoder.aligned_dimension,)
        for vector in (vectors.image, vectors.text_aligned):
            assert vector.dtype == np.float32
            assert float(np.linalg.norm(vector)) == pytest.approx(1.0, abs=1e-4)


def test_glances_may_be_left_out(pair: Pair) -> None:
    encoder, recogniser = pair
    given = encoder.encode(PICTURES, recogniser.recognise(PICTURES))
    looked = encoder.encode(PICTURES, [])
    for one, other in zip(given, looked, strict=True):
        np.testing.assert_allclose(one.image, other.image, atol=1e-4)
        np.testing.assert_allclose(one.text_aligned, other.text_aligned, atol=1e-4)


def test_queries_live_in_the_aligned_space(pair: Pair) -> None:
    encoder, _ = pair
    vectors = encoder.encode_query(["a red car", "something else", ""])
    assert vectors.shape == (3, encoder.aligned_dimension)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-4)
    assert encoder.encode_query([]).shape == (0, encoder.aligned_dimension)


def test_no_pictures_no_vectors(pair: Pair) -> None:
    assert pair[0].encode([], []) == []


def test_a_picture_is_nearest_to_itself(pair: Pair) -> None:
    encoder, recogniser = pair
    brighter = [np.clip(p.astype(np.int16) + 6, 0, 255).astype(np.uint8) for p in PICTURES]
    one = np.stack([v.image for v in encoder.encode(PICTURES, recogniser.recognise(PICTURES))])
    two = np.stack([v.image for v in encoder.encode(brighter, recogniser.recognise(brighter))])
    assert (one @ two.T).argmax(axis=1).tolist() == [0, 1, 2]
