"""What everything that finds the joints of bodies promises."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from agents.errors import ModelMissing
from agents.models.build import ROLES, build_models, describe_models
from agents.models.embedded.people import movenet
from agents.models.embedded.people.movenet import SIDE, MoveNet, cut_out
from agents.models.ports import Box, Image, ModelSpec, PoseReader, Unseen
from agents.models.scripted import ScriptedPoses
from agents.perception.people.postures import NOSE, SEEN, SHOULDERS
from tests.agents.tools.bench import photograph

needs_extra = pytest.mark.skipif(
    find_spec("ai_edge_litert") is None,
    reason="the extra `poses` is not installed (make setup-all)",
)
ASKED = tuple(
    ModelSpec(role, "embedded" if role == "pose_reader" else "scripted") for role in ROLES
)
WHOLE: Box = (0.0, 0.0, 1.0, 1.0)
LEFT: Box = (0.0, 0.1, 0.5, 0.9)


@pytest.fixture(scope="module")
def person() -> Image:
    return photograph("astronaut.png")


@pytest.fixture(params=[pytest.param("embedded", marks=needs_extra), "scripted", "none"])
def reader(request: pytest.FixtureRequest) -> PoseReader:
    made = {"embedded": MoveNet, "scripted": ScriptedPoses, "none": Unseen}
    return made[request.param]()


def test_each_box_has_its_pose_in_order(reader: PoseReader, person: Image) -> None:
    one, two = reader.read(person, [WHOLE, LEFT])
    assert reader.name
    assert one.shape == two.shape == (17, 3)
    assert 0 <= one[:, 2].min() <= one[:, 2].max() <= 1
    assert np.array_equal(reader.read(person, [LEFT])[0], two)
    assert reader.read(person, []) == []


@needs_extra
def test_joints_of_a_real_person_are_where_they_are(person: Image) -> None:
    [pose] = MoveNet().read(person, [WHOLE])
    assert pose[NOSE, 2] >= SEEN
    assert abs(pose[NOSE, 0] - 228) < 20 and abs(pose[NOSE, 1] - 123) < 25
    left, right = (pose[joint] for joint in SHOULDERS)
    assert left[0] > pose[NOSE, 0] > right[0]
    wide = np.pad(person, ((0, 0), (512, 0), (0, 0)))
    [moved] = MoveNet().read(wide, [(0.5, 0.0, 1.0, 1.0)])
    assert np.abs(moved[NOSE, :2] - pose[NOSE, :2] - (512, 0)).max() < 10


@needs_extra
def test_where_nobody_is_few_joints_are_seen() -> None:
    [pose] = MoveNet().read(np.full((90, 160, 3), 90, np.uint8), [WHOLE])
    assert (pose[:, 2] >= SEEN).sum() == 0


@pytest.mark.parametrize("box", [WHOLE, LEFT, (0.9, 0.9, 1.0, 1.0), (0.5, 0.5, 0.5, 0.5)])
def test_what_is_cut_out_is_a_square_around_the_box(box: Box, person: Image) -> None:
    part, left, top, side = cut_out(person, box)
    assert part.shape == (SIDE, SIDE, 3)
    x, y = (box[0] + box[2]) / 2 * 512, (box[1] + box[3]) / 2 * 512
    assert abs(left + side / 2 - x) <= 1 and abs(top + side / 2 - y) <= 1


def test_without_the_extra_it_is_told_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    absent = replace(movenet.WEIGHTS, package="no-such-package")
    monkeypatch.setattr(movenet, "WEIGHTS", absent)
    with pytest.raises(ModelMissing, match="not installed"):
        build_models(ASKED, tmp_path, 1)
    (told,) = [each for each in describe_models(ASKED, tmp_path) if each.role == "pose_reader"]
    assert not told.ready and "the extra `poses`" in told.fix


def test_how_to_switch_it_on_is_told_where_it_is_off(tmp_path: Path) -> None:
    (told,) = [each for each in describe_models((), tmp_path) if each.role == "pose_reader"]
    assert (told.ready, told.model) == (True, "none")
    assert "BACKTRAIL_PERCEPTION__POSES=true" in told.why
