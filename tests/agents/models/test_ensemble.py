"""Two classifiers of pictures where a setting asks for them: their mean, under its own name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from agents.errors import ModelMissing
from agents.ingest.windows import described
from agents.models.build import ROLES, build_models, describe_models
from agents.models.embedded import graphs
from agents.models.embedded.efficientnet import ENSEMBLE, EfficientNetRecogniser, second_scores
from agents.models.embedded.everyday_words import labels_from
from agents.models.ports import Image, ModelSpec
from agents.perception.records import Parameters
from configs.settings import load_settings
from flows.wiring import model_specs
from tests.agents.models.test_default_pictures import photo

ASKED = ModelSpec("recogniser", "embedded", ENSEMBLE)
PHOTOS = ("chelsea.png", "coffee.png", "rocket.jpg", "motorcycle_left.png")


@pytest.fixture(scope="module")
def pictures() -> list[Image]:
    return [photo(name) for name in PHOTOS]


@pytest.fixture
def without(models_cache: Path, tmp_path: Path) -> Path:
    """A cache that lacks the second classifier."""
    folder = tmp_path / graphs.FOLDER
    folder.mkdir()
    for file in (models_cache / graphs.FOLDER).iterdir():
        if file.name != graphs.SECOND_GRAPH:
            (folder / file.name).symlink_to(file.resolve())
    return tmp_path


def test_probabilities_are_the_mean_of_both(models_cache: Path, pictures: list[Image]) -> None:
    one = EfficientNetRecogniser(models_cache, 2)
    both = EfficientNetRecogniser(models_cache, 2, ensemble=True)
    session = graphs.LazySession(models_cache, graphs.SECOND_GRAPH, 2)
    second = second_scores(session, pictures)
    pairs = zip(one.recognise(pictures), both.recognise(pictures), second, strict=True)
    for alone, together, other in pairs:
        mean = (alone.class_scores + other) / 2
        np.testing.assert_allclose(together.class_scores, mean, atol=1e-5)
        assert np.abs(together.class_scores - alone.class_scores).max() > 0.01
        np.testing.assert_array_equal(together.features, alone.features)
        assert together.found == alone.found
        own = {label.name for label in labels_from(both.vocabulary, together.class_scores)}
        assert own <= {label.name for label in together.labels}


def test_the_second_classifier_knows_the_same_classes(
    models_cache: Path, pictures: list[Image]
) -> None:
    session = graphs.LazySession(models_cache, graphs.SECOND_GRAPH, 2)
    names = EfficientNetRecogniser(models_cache, 2).vocabulary.class_words
    words = [names[row.argmax()] for row in second_scores(session, pictures)]
    for seen, word in zip(words, ("cat", "coffee", "missile", "motorcycle"), strict=True):
        assert any(word in each for each in seen), seen


def test_rows_tell_which_model_made_them_and_vectors_stay_comparable(
    models_cache: Path, tmp_path: Path
) -> None:
    one, both = (build_models(specs, models_cache, 1) for specs in ((), (ASKED,)))
    assert both.recogniser.name.startswith(one.recogniser.name)
    assert "efficientnet-lite3@94862906" in both.recogniser.name
    assert both.image_encoder.name == one.image_encoder.name
    keys = [described(tmp_path / "a.mp4", Parameters(), models) for models in (one, both)]
    assert keys[0].get("models") != keys[1].get("models")
    assert keys[0].get("parameters") == keys[1].get("parameters")


@pytest.mark.parametrize(("value", "model"), [("", ""), ("lite0", ""), ("ensemble", ENSEMBLE)])
def test_a_setting_asks_for_it(value: str, model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if value:
        monkeypatch.setenv("BACKTRAIL_PERCEPTION__RECOGNISER", value)
    (spec,) = [each for each in model_specs(load_settings()) if each.role == "recogniser"]
    assert spec == ModelSpec("recogniser", "embedded", model)


def test_without_its_graph_it_is_told_what_to_run(without: Path) -> None:
    specs = (*(ModelSpec(role, "scripted") for role in ROLES if role != "recogniser"), ASKED)
    with pytest.raises(ModelMissing, match=graphs.SECOND_GRAPH) as caught:
        build_models(specs, without, 1)
    assert "make setup" in caught.value.hint
    (told,) = [each for each in describe_models(specs, without) if each.role == "recogniser"]
    assert not told.ready and "make setup" in told.fix
    assert build_models((), without, 1).recogniser.name


def test_models_tell_of_it(models_cache: Path) -> None:
    for specs, said in (((), "RECOGNISER=ensemble"), ((ASKED,), "two classifiers")):
        (told,) = [e for e in describe_models(specs, models_cache) if e.role == "recogniser"]
        assert told.ready and said in told.why
