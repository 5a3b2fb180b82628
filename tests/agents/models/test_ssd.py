"""The detector: single things and people, with their places, which no classifier gives."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import distribution
from pathlib import Path

import cv2
import numpy as np
import pytest

from agents.models.embedded import weights
from agents.models.embedded.efficientnet import EfficientNetRecogniser, joined
from agents.models.embedded.ssd import FLOOR, SIDE, SsdDetector
from agents.models.export.ssd import opencv_network
from agents.models.ports import Detection, Image, Label


def photograph(name: str) -> Image:
    path = distribution("scikit-image").locate_file(f"skimage/data/{name}")
    picture = cv2.imread(str(path))
    assert picture is not None
    return np.ascontiguousarray(picture[:, :, ::-1], np.uint8)


@pytest.fixture(scope="module")
def recogniser(models_cache: Path) -> EfficientNetRecogniser:
    return EfficientNetRecogniser(models_cache, 2)


@pytest.mark.parametrize(
    ("name", "thing", "wider"),
    [("astronaut.png", "person", "people"), ("coffee.png", "cup", "tableware"),
     ("motorcycle_left.png", "motorcycle", "vehicle"), ("chelsea.png", "cat", "animal")],
)  # fmt: skip
def test_it_finds_things_and_says_what_they_are(
    recogniser: EfficientNetRecogniser, name: str, thing: str, wider: str
) -> None:
    recognition = recogniser.recognise([photograph(name)])[0]
    best = recognition.found[0]
    assert best.name == thing and wider in best.words and best.confidence >= 0.8
    left, top, right, bottom = best.box
    assert 0 <= left < right <= 1 and 0 <= top < bottom <= 1
    assert thing in [label.name for label in recognition.labels]


def test_it_says_where(recogniser: EfficientNetRecogniser) -> None:
    photo = photograph("coffee.png")
    beside = np.concatenate([np.zeros_like(photo), photo], axis=1)
    found = {f.name: f for f in recogniser.recognise([beside])[0].found}
    assert found["cup"].box[0] > 0.5


def test_two_things_are_two(recogniser: EfficientNetRecogniser) -> None:
    photo = photograph("chelsea.png")
    twice = np.concatenate([photo, photo[:, ::-1]], axis=1)
    found = recogniser.recognise([twice])[0].found
    assert [f.name for f in found].count("cat") == 2


@pytest.mark.parametrize("shape", [(1, 1, 3), (2, 300, 3), (300, 2, 3)])
def test_odd_pictures_hold_nothing(
    recogniser: EfficientNetRecogniser, shape: tuple[int, int, int]
) -> None:
    assert recogniser.recognise([np.zeros(shape, np.uint8)])[0].found == ()


def test_a_name_is_said_once_and_surely() -> None:
    found = [Detection("cat", ("cat", "pet"), 0.7, (0, 0, 1, 1))] * 2
    labels = [Label("tabby", ("tabby", "cat"), 0.6), Label("cat", ("cat",), 0.9)]
    names = [(label.name, label.confidence) for label in joined(found, labels)]
    assert names == [("cat", 0.9), ("tabby", 0.6)]


def test_it_finds_what_opencv_finds_with_the_same_weights(
    models_cache: Path, recogniser: EfficientNetRecogniser
) -> None:
    network, detector = opencv_network(), SsdDetector(models_cache, 1)
    for name in ("astronaut.png", "coffee.png", "motorcycle_left.png", "chelsea.png"):
        photo = photograph(name)
        picture = np.concatenate([photo, photo[::-1, ::-1]], axis=1)
        network.setInput(cv2.dnn.blobFromImage(picture, size=(SIDE, SIDE)))
        rows = [row for row in network.forward()[0, 0] if row[2] >= FLOOR]
        found = detector.detect(picture, recogniser.vocabulary)
        assert len(found) == len(rows) >= 1
        for thing, row in zip(found, sorted(rows, key=lambda row: -row[2]), strict=True):
            np.testing.assert_allclose(thing.confidence, row[2], atol=1e-4)
            np.testing.assert_allclose(thing.box, np.clip(row[3:], 0, 1), atol=1e-3)


def test_its_weights_are_verified() -> None:
    assert len(weights.read_verified(weights.SSD_GRAPH)) > 60_000_000
    assert weights.SSD_GRAPH.sha256[:8] in EfficientNetRecogniser.space


def test_several_questions_may_look_at_once(recogniser: EfficientNetRecogniser) -> None:
    names = ("astronaut.png", "coffee.png", "motorcycle_left.png", "chelsea.png") * 4
    pictures = [photograph(name) for name in names]
    alone = [recogniser.recognise([picture])[0].found for picture in pictures]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda p: recogniser.recognise([p])[0].found, pictures))
    assert together == alone
