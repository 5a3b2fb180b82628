"""The default recogniser and ConSE on real photographs that come inside scikit-image."""

from __future__ import annotations

from importlib.metadata import distribution
from pathlib import Path

import cv2
import numpy as np
import pytest

from agents.models.embedded.conse import ConseEncoder
from agents.models.embedded.efficientnet import EfficientNetRecogniser
from agents.models.embedded.minilm import MiniLMEncoder
from agents.models.ports import Image, Recognition

SEEN = {"chelsea.png": "cat", "coffee.png": "coffee", "motorcycle_left.png": "motorcycle"}
UNKNOWN = ("brick.png", "grass.png", "hubble_deep_field.jpg", "color.png")


def photo(name: str) -> Image:
    path = distribution("scikit-image").locate_file(f"skimage/data/{name}")
    picture = cv2.imread(str(path))
    assert picture is not None
    return np.ascontiguousarray(picture[:, :, ::-1]).astype(np.uint8)


@pytest.fixture(scope="module")
def recogniser(models_cache: Path) -> EfficientNetRecogniser:
    return EfficientNetRecogniser(models_cache, 2)


@pytest.fixture(scope="module")
def recognitions(recogniser: EfficientNetRecogniser) -> dict[str, Recognition]:
    names = (*SEEN, *UNKNOWN)
    return dict(zip(names, recogniser.recognise([photo(n) for n in names]), strict=True))


@pytest.mark.parametrize(("name", "word"), SEEN.items())
def test_a_person_would_say_so_too(
    recognitions: dict[str, Recognition], name: str, word: str
) -> None:
    first = recognitions[name].labels[:2]  # what is found and what the whole picture shows
    assert any(word in label.words for label in first)


@pytest.mark.parametrize("name", UNKNOWN)
def test_pictures_of_nothing_known_get_no_label(
    recognitions: dict[str, Recognition], name: str
) -> None:
    assert recognitions[name].labels == ()


def test_text_finds_the_picture(
    recogniser: EfficientNetRecogniser, recognitions: dict[str, Recognition], models_cache: Path
) -> None:
    encoder = ConseEncoder(recogniser, MiniLMEncoder(models_cache, 2), models_cache)
    names = list(recognitions)
    pictures = [photo(name) for name in names]
    made = encoder.encode(pictures, [recognitions[name] for name in names])
    space = np.stack([vectors.text_aligned for vectors in made])
    queries = {"a kitten": "chelsea.png", "espresso": "coffee.png", "bike": "motorcycle_left.png"}
    scores = encoder.encode_query(list(queries)) @ space.T
    assert [names[i] for i in scores.argmax(axis=1)] == list(queries.values())
    assert scores.max(axis=1).min() > 0.3


def test_class_vectors_are_kept_and_used(
    recogniser: EfficientNetRecogniser,
    recognitions: dict[str, Recognition],
    models_cache: Path,
    tmp_path: Path,
) -> None:
    texts = MiniLMEncoder(models_cache, 2)
    recognition = recognitions["chelsea.png"]
    encoder = ConseEncoder(recogniser, texts, models_cache)
    first = encoder.encode([photo("chelsea.png")], [recognition])
    kept = encoder.prepare()
    np.save(tmp_path / kept.name, -np.load(kept))
    again = ConseEncoder(recogniser, texts, tmp_path).encode([photo("chelsea.png")], [recognition])
    np.testing.assert_allclose(again[0].text_aligned, -first[0].text_aligned, atol=1e-5)


def test_glances_must_match_the_pictures(
    recogniser: EfficientNetRecogniser,
    recognitions: dict[str, Recognition],
    models_cache: Path,
    tmp_path: Path,
) -> None:
    encoder = ConseEncoder(recogniser, MiniLMEncoder(models_cache, 2), tmp_path)
    with pytest.raises(ValueError, match="2 pictures, but 1 recognitions"):
        encoder.encode([photo("coffee.png")] * 2, [recognitions["coffee.png"]])
