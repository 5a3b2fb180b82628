"""What every text encoder must do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from agents.models.embedded.minilm import MiniLMEncoder
from agents.models.openai_compatible.embeddings import EndpointTextEncoder
from agents.models.openai_compatible.endpoint import Endpoint
from agents.models.ports import TextEncoder
from agents.models.scripted import ScriptedTextEncoder
from tests.simulator.server import serving
from tests.simulator.world import world_of

TEXTS = ["a red car on the road", "", "???", "two words", "word " * 900, "naïve café 東京"]


@pytest.fixture(params=["embedded", "scripted", "endpoint"], scope="module")
def encoder(
    request: pytest.FixtureRequest, models_cache: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TextEncoder]:
    if request.param == "embedded":
        yield MiniLMEncoder(models_cache, 2)
    elif request.param == "scripted":
        yield ScriptedTextEncoder()
    else:
        with serving(world_of({"name": "w", "seconds": 1})) as server:
            own = EndpointTextEncoder(Endpoint(server.url, "words"), tmp_path_factory.mktemp("v"))
            yield own
            own.close()


def test_vectors_are_normalised_float32_rows(encoder: TextEncoder) -> None:
    vectors = encoder.encode(TEXTS)
    assert vectors.shape == (len(TEXTS), encoder.dimension)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_nothing_gives_an_empty_array(encoder: TextEncoder) -> None:
    assert encoder.encode([]).shape == (0, encoder.dimension)


def test_order_and_company_do_not_matter(encoder: TextEncoder) -> None:
    together = encoder.encode(TEXTS)
    for text, vector in zip(TEXTS, together, strict=True):
        np.testing.assert_allclose(encoder.encode([text])[0], vector, atol=1e-5)
    np.testing.assert_allclose(encoder.encode(TEXTS[::-1])[::-1], together, atol=1e-5)


def test_similar_texts_are_nearer(encoder: TextEncoder) -> None:
    car, same, other = encoder.encode(
        ["a red car on the road", "the red car is on a road", "five minutes of boiling eggs"]
    )
    assert float(car @ same) > float(car @ other) + 0.3


def test_name_tells_encoders_apart(encoder: TextEncoder) -> None:
    assert encoder.name
    assert encoder.name != type(encoder).__name__
