"""Workflows in which a picture or a box says what is meant, on real clips."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.agents.tools.bench import frames_of, psnr
from tests.agents.tools.pointing.people import WIDE, pictures, side_by_side
from tests.media import write_image
from tests.workflows.desk import Desk

pytestmark = pytest.mark.shared


def test_this_person_is_hidden_and_the_other_is_not(desk: Desk, clip: Path, tmp_path: Path) -> None:
    film = side_by_side(clip, tmp_path / "both.mp4")
    face = next(pictures(clip / "univtg/charades.mp4", 7.5, 0.2))
    result = desk.act("blur this person", film, write_image(tmp_path / "face.png", face))
    assert [step.tool for step in result.plan.steps] == ["find_this", "blur_boxes"]
    before, after = frames_of(film), frames_of(result.files[0])
    assert len(before) == len(after)
    left = [psnr(one[:, :WIDE], two[:, :WIDE]) for one, two in zip(before, after, strict=True)]
    right = [psnr(one[:, WIDE:], two[:, WIDE:]) for one, two in zip(before, after, strict=True)]
    assert np.median(left) < 35 < np.min(right), (left, right)


def test_what_is_in_a_box_is_followed(desk: Desk, clip: Path, tmp_path: Path) -> None:
    film = side_by_side(clip, tmp_path / "both.mp4")
    result = desk.act("follow this person in the box 200x300+620+40 in 9:16", film)
    assert [step.tool for step in result.plan.steps] == ["track_box", "follow"]
    made = frames_of(result.files[0])
    height, width = made[0].shape[:2]
    assert abs(width / height - 9 / 16) < 0.02
    ours = frames_of(film)[0]
    best = min(
        range(0, ours.shape[1] - width + 1, 2),
        key=lambda x: float(np.abs(ours[:height, x : x + width].astype(int) - made[0]).mean()),
    )
    assert abs(best + width / 2 - 720) < 60, "the frame is where the box is"
