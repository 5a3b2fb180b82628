"""The floor of search, by the real encoders: what has to do with a query is kept, noise is not."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from agents.ask.relevance import (
    ALIKE,
    RECOGNISED,
    STANDS_OUT,
    TYPICAL,
    other_things,
    readable,
    stand_out,
)
from agents.models.build import build_models
from agents.models.ports import Models, ModelSpec
from agents.models.scripted import ScriptedTextEncoder
from memory.records import Vector
from memory.retrieve import Query
from tests.default_models import models_cache as models_cache

PAIRS = tomllib.loads(Path(__file__).with_name("relevance.toml").read_text(encoding="utf-8"))
ROLES = ("text_reader", "transcriber", "recogniser", "text_encoder", "image_encoder")


@pytest.fixture(scope="module")
def models(models_cache: Path) -> Models:
    return build_models(tuple(ModelSpec(role, "embedded") for role in ROLES), models_cache, 2)


def test_a_row_stands_out_only_for_what_it_is_about(models: Models) -> None:
    encode = models.text_encoder.encode
    held_out = PAIRS["pairs"][1::2]
    rows, queries = (encode([pair[side] for pair in held_out]) for side in (0, 1))
    others = encode(other_things())
    apart = np.stack([stand_out(query, rows, others) for query in queries])
    same = np.eye(len(rows), dtype=bool)
    kept, false = (apart[same] >= STANDS_OUT).mean(), (apart[~same] >= STANDS_OUT).mean()
    assert kept >= 0.75, kept  # no word in common with the row: the words find the others
    assert false <= 0.002, false
    noise = np.stack([stand_out(query, rows, others) for query in encode(PAIRS["nonsense"])])
    assert (noise >= STANDS_OUT).any(axis=1).mean() <= 0.05


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("temperature 4471", True),
        ("Größe", True),
        ("4471", True),
        ("气温", False),
        ("поезд", False),
    ],
)
def test_words_in_a_script_that_the_encoder_cannot_read_are_searched_for_as_words_alone(
    models: Models, words: str, kept: bool
) -> None:
    vector = models.text_encoder.encode([words])[0]
    found = readable(models, Query(words, vector, vector))
    assert (found.text_vector is not None, found.aligned_vector is not None) == (kept, kept)
    other = replace(models, text_encoder=ScriptedTextEncoder())
    assert readable(other, Query(words, vector)).text_vector is not None, "it reads every text"


def test_a_photograph_is_recognised_when_cut_out_and_no_other_is(models: Models) -> None:
    skimage = pytest.importorskip("skimage.data")
    folder = Path(str(skimage.__path__[0] if hasattr(skimage, "__path__") else skimage.data_dir))
    names = sorted(path for path in folder.glob("*.[pj][np]g"))[1::2]
    pictures = [picture for name in names if (picture := _read(name)) is not None]
    assert len(pictures) >= 8
    whole, part = (_vectors(models, side) for side in (pictures, [_middle(p) for p in pictures]))
    cosines = part @ whole.T
    typical = np.minimum(np.median(cosines, axis=1), TYPICAL)
    close = (cosines - typical[:, None]) / (1 - typical[:, None])
    same = np.eye(len(whole), dtype=bool)
    assert (close[same] >= ALIKE).mean() >= 0.8
    assert (close[~same] >= RECOGNISED).mean() <= 0.01
    assert (close[~same] >= ALIKE).mean() <= 0.1


def _vectors(models: Models, pictures: list[np.ndarray]) -> Vector:
    seen = models.recogniser.recognise(pictures)
    vectors = np.stack([v.image for v in models.image_encoder.encode(pictures, seen)])
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _read(path: Path) -> np.ndarray | None:
    import cv2

    picture = cv2.imread(str(path))
    if picture is None or min(picture.shape[:2]) < 64:
        return None
    return np.ascontiguousarray(picture[:, :, ::-1])


def _middle(picture: np.ndarray) -> np.ndarray:
    height, width = picture.shape[:2]
    top, left = height // 10, width // 10
    return np.ascontiguousarray(picture[top : height - top, left : width - left])
