"""What every recogniser must do."""

from __future__ import annotations

from importlib.metadata import distribution
from pathlib import Path

import cv2
import numpy as np
import pytest

from agents.models.embedded.efficientnet import ENSEMBLE, EfficientNetRecogniser
from agents.models.ports import Detection, Image, Label, Recogniser
from agents.models.scripted import ScriptedRecogniser

RED = np.full((90, 160, 3), (200, 10, 10), dtype=np.uint8)
NOISE = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
WIDE = np.zeros((2, 300, 3), dtype=np.uint8)
DOT = np.full((1, 1, 3), 255, dtype=np.uint8)
PICTURES: list[Image] = [RED, NOISE, WIDE, DOT, RED[::-1, ::-1]]


@pytest.fixture(params=["embedded", "ensemble", "scripted"], scope="module")
def recogniser(request: pytest.FixtureRequest, models_cache: Path) -> Recogniser:
    if request.param in ("embedded", ENSEMBLE):
        return EfficientNetRecogniser(models_cache, 2, ensemble=request.param == ENSEMBLE)
    table = {(192, 0, 0): (Label("fire engine", ("fire engine", "vehicle"), 0.9),)}
    things = {(192, 0, 0): (Detection("fire engine", ("fire engine",), 0.9, (0.1, 0.2, 0.3, 0.4)),)}
    return ScriptedRecogniser(table, things=things)


def test_one_glance_per_picture_of_any_size(recogniser: Recogniser) -> None:
    recognitions = recogniser.recognise(PICTURES)
    assert len(recognitions) == len(PICTURES)
    for recognition in recognitions:
        assert recognition.class_scores.shape == (len(recogniser.class_names),)
        assert recognition.class_scores.dtype == recognition.features.dtype == np.float32
        assert float(recognition.class_scores.sum()) == pytest.approx(1.0, abs=1e-4)
        assert float(np.linalg.norm(recognition.features)) == pytest.approx(1.0, abs=1e-5)


def test_no_pictures_no_glances(recogniser: Recogniser) -> None:
    assert recogniser.recognise([]) == []


def test_labels_are_sorted_words_with_confidence(recogniser: Recogniser) -> None:
    for recognition in recogniser.recognise(PICTURES):
        confidences = [label.confidence for label in recognition.labels]
        assert confidences == sorted(confidences, reverse=True)
        for label in recognition.labels:
            assert 0.0 < label.confidence <= 1.0
            assert label.words[0] == label.name


def test_batches_do_not_change_a_glance(recogniser: Recogniser) -> None:
    together = recogniser.recognise(PICTURES * 3)
    for picture, recognition in zip(PICTURES, together, strict=False):
        alone = recogniser.recognise([picture])[0]
        np.testing.assert_allclose(alone.class_scores, recognition.class_scores, atol=1e-4)
        np.testing.assert_allclose(alone.features, recognition.features, atol=1e-4)


def test_class_names_are_distinct(recogniser: Recogniser) -> None:
    assert len(set(recogniser.class_names)) == len(recogniser.class_names)


def test_places_alone_are_those_of_a_glance_and_doubtful_ones(recogniser: Recogniser) -> None:
    path = distribution("scikit-image").locate_file("skimage/data/astronaut.png")
    astronaut = cv2.imread(str(path))
    assert astronaut is not None
    pictures = [*PICTURES, np.ascontiguousarray(astronaut[:, :, ::-1], np.uint8)]
    seen = 0
    for picture, recognition in zip(pictures, recogniser.recognise(pictures), strict=True):
        found = recogniser.find(picture)
        assert set(recognition.found) <= set(found)
        assert [each.confidence for each in found] == sorted(
            (each.confidence for each in found), reverse=True
        )
        for each in found:
            left, top, right, bottom = each.box
            assert 0 <= left < right <= 1 and 0 <= top < bottom <= 1
            assert each.words[0] == each.name
        seen += len(found)
    assert seen
