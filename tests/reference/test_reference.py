"""The stored numbers and the graphs beside PyTorch itself, where that is installed."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from agents.models.embedded import graphs
from agents.models.export import reference
from tests.clip_checkpoint import needs_open_clip
from tests.default_models import models_cache as models_cache
from tests.reference import write

needs_litert = pytest.mark.skipif(
    find_spec("ai_edge_litert") is None,
    reason="the extra `poses` is not installed (make setup-all)",
)


@needs_litert
def test_stored_logarithms_are_those_of_tensorflow_lite() -> None:
    with np.load(reference.REFERENCE) as stored:
        wanted = stored["log_probabilities"]
    np.testing.assert_allclose(write.quantised()["log_probabilities"], wanted, atol=0.2)


@pytest.fixture(scope="module")
def torch_models() -> write.TorchModels:
    return write.torch_models()


@needs_open_clip
def test_stored_numbers_are_those_of_torch(torch_models: write.TorchModels) -> None:
    with np.load(reference.REFERENCE) as stored:
        for name, values in write.compute(torch_models).items():
            np.testing.assert_allclose(stored[name], values, atol=1e-5)


@needs_open_clip
@pytest.mark.parametrize(("texts", "tokens"), [(1, 1), (2, 30), (5, 256)])
def test_any_number_of_texts_of_any_length(
    torch_models: write.TorchModels, models_cache: Path, texts: int, tokens: int
) -> None:
    rng = np.random.default_rng(tokens)
    ids = rng.integers(5, 30000, (texts, tokens))
    lengths = rng.integers(1, tokens + 1, texts)
    mask = (np.arange(tokens) < lengths[:, None]).astype(np.int64)
    inputs = {"ids": ids, "mask": mask}
    graph = models_cache / graphs.FOLDER / graphs.TEXT_GRAPH
    reference.compare(graph, inputs, torch_models.texts(inputs))


@needs_open_clip
@pytest.mark.parametrize("pictures", [1, 3])
def test_any_number_of_pictures(
    torch_models: write.TorchModels, models_cache: Path, pictures: int
) -> None:
    rng = np.random.default_rng(pictures)
    inputs = {"pictures": rng.uniform(-1, 1, (pictures, 3, 224, 224)).astype(np.float32)}
    graph = models_cache / graphs.FOLDER / graphs.IMAGE_GRAPH
    reference.compare(graph, inputs, torch_models.pictures(inputs))
