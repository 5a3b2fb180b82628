"""The one thing that a picture shows, told from others of its kind: real people, side by side."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from agents.models.build import build_models
from agents.tools.assets import asset_of
from agents.tools.base import Asset, ToolFailed
from agents.tools.registry import Powers
from agents.tools.render.boxes import read_boxes
from agents.tools.track.pointing import ALIKE, APART, chosen_of
from agents.tools.track.tracks import Track
from tests.agents.tools.bench import Bench, photograph
from tests.agents.tools.pointing.people import WIDE, pictures, side_by_side
from tests.default_models import models_cache as models_cache
from tests.media import Shown, write_image, write_video


@pytest.fixture
def bench(tmp_path: Path, models_cache: Path) -> Bench:
    return Bench(tmp_path, Powers(build_models((), models_cache, 2)))


@pytest.mark.shared
def test_a_person_of_a_picture_is_told_from_another_at_the_same_time(
    bench: Bench, shared: Path, tmp_path: Path
) -> None:
    one, other = shared / "univtg/charades.mp4", shared / "llama-factory/2.avi"
    video = asset_of(side_by_side(shared, tmp_path / "both.mp4"))
    for name, clip, at, is_there in (
        ("left", one, 7.5, lambda x: x < WIDE),
        ("right", other, 0.7, lambda x: x > WIDE),
    ):
        image = asset_of(write_image(tmp_path / f"{name}.png", next(pictures(clip, at, 0.2))))
        boxes = found(bench, video, image)
        assert boxes and all(is_there(x) for x in boxes), (name, boxes)
    stranger = next(pictures(shared / "llava-next/jobs.mp4", 4.0, 0.2))
    image = asset_of(write_image(tmp_path / "stranger.png", stranger))
    with pytest.raises(ToolFailed, match=r"no person in both.mp4 is surely the one in the picture"):
        found(bench, video, image)


def found(bench: Bench, video: Asset, image: Asset) -> list[float]:
    """The middles of the boxes of a person, from the left."""
    [made], told = bench.run_fully(
        "find_this", [video, image], video=video.asset_id, image=image.asset_id, name="person"
    )
    assert told.model and "told by its look" in told.notes[0]
    return [box.box[0] + box.box[2] / 2 for box in read_boxes(made.path)]


def test_a_picture_without_the_thing_or_with_two_points_at_nothing(
    bench: Bench, tmp_path: Path
) -> None:
    cat = np.ascontiguousarray(photograph("chelsea.png"))
    video = asset_of(write_video(tmp_path / "v.mp4", [Shown(cat[:300, :450], 0.0)], last_for=0.2))
    alone = asset_of(write_image(tmp_path / "cat.png", cat))
    twice = asset_of(write_image(tmp_path / "cats.png", np.hstack([cat, cat[:, ::-1]])))
    given = {"video": video.asset_id, "image": alone.asset_id}
    with pytest.raises(ToolFailed, match=r"no person is seen in cat\.png"):
        bench.run("find_this", [video, alone], **given, name="person")
    with pytest.raises(ToolFailed, match="shows 2 of its kind: cat"):
        bench.run("find_this", [video, twice], video=video.asset_id, image=twice.asset_id)
    [made] = bench.run("find_this", [video, alone], **given, name="thing")
    assert {box.name for box in read_boxes(made.path)} == {"cat 1"}


def test_two_that_are_as_much_alike_are_neither() -> None:
    tracks = [Track([0.0, 2.0]), Track([1.0, 3.0]), Track([5.0, 6.0])]
    surely, nearly = ALIKE + 0.2, ALIKE + 0.2 - APART / 2
    assert chosen_of(tracks, {0: surely, 1: nearly, 2: surely}) == [2], "at one time they are two"
    assert chosen_of(tracks, {0: surely, 1: ALIKE - 0.1, 2: surely}) == [0, 2]
    assert chosen_of(tracks, {0: ALIKE - 0.01, 1: 0.1, 2: 0.1}) == []
