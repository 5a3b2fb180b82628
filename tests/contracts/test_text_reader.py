"""What every text reader promises, on pictures with known text."""

from __future__ import annotations

import logging
from functools import cache

import cv2
import numpy as np
import pytest

import agents.models.embedded.rapid_ocr as rapid_ocr
from agents.models.embedded.rapid_ocr import RapidOcrReader
from agents.models.ports import Image, TextReader


@cache
def reader() -> TextReader:
    return RapidOcrReader()


def sign(*lines: tuple[str, int, int]) -> Image:
    image = np.full((300, 640, 3), 240, np.uint8)
    for text, x, y in lines:
        cv2.putText(image, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (0, 0, 0), 2, cv2.LINE_AA)
    return image


PAGE = (("Opening hours", 40, 60), ("Monday to Friday 9:30", 40, 150), ("Room 7", 40, 240))


def test_lines_come_in_reading_order_with_their_spaces() -> None:
    lines = reader().read(sign(*PAGE))
    assert [line.text for line in lines] == [text for text, _, _ in PAGE]
    assert all(line.confidence > 0.9 for line in lines)


def test_boxes_are_fractions_that_hold_the_text() -> None:
    [(left, top, right, bottom)] = reader().find(sign(("Room 7", 320, 150)))
    assert 0.45 < left < 0.52
    assert top < 140 / 300 < bottom
    assert 0.6 < right < 0.75


def test_finding_is_the_first_half_of_reading() -> None:
    image = sign(*PAGE)
    boxes = reader().find(image)
    assert [line.box for line in reader().read(image)] == boxes
    [line] = reader().read(image, boxes[1:2])
    assert line.text == PAGE[1][0]
    assert reader().read(image, []) == []


def test_a_smaller_picture_gives_the_same_places() -> None:
    image = sign(*PAGE)
    small = np.asarray(cv2.resize(image, (400, 188), interpolation=cv2.INTER_AREA), np.uint8)
    found = reader().find(small)
    assert np.allclose(found, reader().find(image), atol=0.04)


@pytest.mark.parametrize("shape", [(200, 300), (6, 10), (1, 1), (40, 900), (900, 40)])
def test_a_picture_without_text_gives_nothing(shape: tuple[int, int]) -> None:
    image = np.full((*shape, 3), 90, np.uint8)
    assert reader().find(image) == []
    assert reader().read(image) == []


def test_noise_gives_nothing() -> None:
    image = np.random.default_rng(3).integers(0, 255, (50, 50, 3)).astype(np.uint8)
    assert reader().read(image) == []


def test_colours_are_red_green_blue(monkeypatch: pytest.MonkeyPatch) -> None:
    image = np.zeros((60, 60, 3), np.uint8)
    image[..., 0] = 200
    assert rapid_ocr._bgr(image)[0, 0].tolist() == [0, 0, 200]


def test_what_is_illegible_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    blurred = np.asarray(cv2.GaussianBlur(sign(("Illegible text", 40, 150)), (0, 0), 9), np.uint8)
    box = (0.05, 0.35, 0.45, 0.55)
    assert reader().read(blurred, [box]) == []
    monkeypatch.setattr(rapid_ocr, "_is_legible", lambda _: True)
    assert reader().read(blurred, [box]) != []


def test_nothing_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        reader().read(np.zeros((100, 100, 3), np.uint8))
    assert not caplog.records


def test_the_name_tells_the_model() -> None:
    assert "PP-OCRv6" in reader().name


TEXTS = ("Harbour market 42", "Silver bridge", "KX-7315", "Opening hours")


def turned(text: str, way: float) -> tuple[Image, tuple[float, float, float, float]]:
    """A picture of a line that is turned clockwise about its middle, and the box around it."""
    (width, height), deep = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 0.9, 2)
    image = np.full((480, 640, 3), 235, np.uint8)
    at = (320 - width // 2, 240 + height // 2)
    cv2.putText(image, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.9, (10, 10, 40), 2, cv2.LINE_AA)
    turn = cv2.getRotationMatrix2D((320, 240), -way, 1.0)
    image = cv2.warpAffine(image, turn, (640, 480), borderValue=(235, 235, 235))
    rows, columns = np.nonzero(image.min(axis=2) < 200)
    edge = deep // 2
    sides = (columns.min() - edge, rows.min() - edge, columns.max() + edge, rows.max() + edge)
    left, top, right, bottom = (float(side) for side in sides)
    return np.asarray(image, np.uint8), (left / 640, top / 480, right / 640, bottom / 480)


@pytest.mark.parametrize("way", [90, 270, 180, 15, -20])
def test_turned_text_is_read_the_right_way_round(way: int) -> None:
    for text in TEXTS:
        image, box = turned(text, way)
        [line] = reader().read(image, [box])
        assert line.text.replace(" ", "") == text.replace(" ", ""), (text, way)
        assert line.confidence > 0.9
        assert line.box == box


def test_without_a_second_reading_turned_text_is_misread(monkeypatch: pytest.MonkeyPatch) -> None:
    boxed = [turned(text, way) for text in TEXTS for way in (270, 180, -20)]
    right = [[line.text for line in reader().read(image, [box])] for image, box in boxed]
    monkeypatch.setattr(rapid_ocr, "_turned", lambda crop, first: [])
    assert sum([line.text for line in reader().read(i, [b])] != t
               for (i, b), t in zip(boxed, right, strict=True)) >= len(boxed) // 2  # fmt: skip


def test_what_is_read_surely_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    pictures: list[int] = []
    read = RapidOcrReader._recognised

    def counted(self: RapidOcrReader, crops: list[Image]) -> list[tuple[str, float]]:
        pictures.append(len(crops))
        return read(self, crops)

    monkeypatch.setattr(RapidOcrReader, "_recognised", counted)
    reader().read(sign(*PAGE))
    assert sum(pictures) == len(PAGE)
    image, box = turned(TEXTS[0], 90)
    pictures.clear()
    reader().read(image, [box])
    assert sum(pictures) == 2
