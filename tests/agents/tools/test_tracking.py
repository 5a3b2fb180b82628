"""Following and cutting out: against where rendered things really are."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from agents.models.build import build_models
from agents.tools.assets import asset_of
from agents.tools.base import Asset, MediaKind, ToolFailed
from agents.tools.registry import Powers
from agents.tools.render.boxes import Box, Rectangle, read_boxes, shared, write_boxes
from agents.tools.track.tracks import Track, bridged, follow
from tests.agents.tools.bench import Bench, frames_of, photograph
from tests.default_models import models_cache as models_cache
from tests.media import Picture, Shown, plain, scene, write_video

WIDE, HIGH = 60, 48
CUT = range(20, 28)
"""Frames in which another picture is shown."""


def ground() -> Picture:
    return cv2.GaussianBlur(scene(3), (0, 0), 3).astype(np.uint8)


def place(n: int) -> tuple[int, int]:
    """Where the thing is: it moves, and is elsewhere after the cut."""
    if n < CUT.start:
        return 30 + 4 * n, 40 + 2 * n
    return 200 - 3 * (n - CUT.stop), 30 + 2 * (n - CUT.stop)


@pytest.fixture
def moving(tmp_path: Path) -> Asset:
    thing = cv2.resize(photograph("coffee.png")[50:350, 100:475], (WIDE, HIGH)).astype(np.uint8)
    frames = []
    for n in range(44):
        picture = scene(8) if n in CUT else ground()
        if n not in CUT:
            x, y = place(n)
            picture[y : y + HIGH, x : x + WIDE] = thing
        frames.append(Shown(picture, n / 25))
    return asset_of(write_video(tmp_path / "m.mp4", frames, last_for=0.04))


def test_a_box_is_followed_and_found_again_after_a_cut(bench: Bench, moving: Asset) -> None:
    x, y = place(0)
    [made], told = bench.run_fully(
        "track_box", [moving], video=moving.asset_id, x=x, y=y, width=WIDE, height=HIGH
    )
    boxes = {round(box.at * 25): box.box for box in read_boxes(made.path)}
    right = [
        n
        for n in range(44)
        if n not in CUT
        and n in boxes
        and shared(boxes[n], (float(place(n)[0]), float(place(n)[1]), WIDE, HIGH)) >= 0.5
    ]
    assert len(right) >= 0.9 * (44 - len(CUT))
    assert not set(boxes) & set(CUT)
    assert "it is lost in" in told.notes[0]


def test_the_box_grows_with_the_thing(bench: Bench, tmp_path: Path) -> None:
    """OpenCV's trackers keep the size that they began with."""
    skin, frames, truth = photograph("coffee.png")[50:350, 100:400], [], list[Rectangle]()
    for n in range(40):
        side, x, y = 40 + 2 * n, 20 + 3 * n, 30
        picture = ground()
        picture[y : y + side, x : x + side] = cv2.resize(skin, (side, side))
        frames.append(Shown(picture, n / 25))
        truth.append((float(x), float(y), float(side), float(side)))
    video = asset_of(write_video(tmp_path / "g.mp4", frames, last_for=0.04))
    [made] = bench.run("track_box", [video], video=video.asset_id, x=20, y=30, width=40, height=40)
    boxes = {round(box.at * 25): box.box for box in read_boxes(made.path)}
    assert sum(n in boxes and shared(boxes[n], truth[n]) >= 0.5 for n in range(40)) >= 36
    assert boxes[39][2] > 2 * 40


def test_a_thing_that_turns_is_known_by_how_it_looked_lately(bench: Bench, tmp_path: Path) -> None:
    skin = cv2.resize(photograph("coffee.png")[50:350, 100:400], (52, 52)).astype(np.uint8)
    disc = cv2.circle(np.zeros((52, 52), np.uint8), (26, 26), 25, 1, -1)
    frames, truth = [], list[Rectangle]()
    for n in range(40):
        x, y, picture = 20 + 3 * n, 60, ground()
        turned = cv2.warpAffine(skin, cv2.getRotationMatrix2D((26, 26), 4.0 * n, 1.0), (52, 52))
        part = picture[y : y + 52, x : x + 52]
        part[disc > 0] = turned[disc > 0]
        frames.append(Shown(picture, n / 25))
        truth.append((float(x), float(y), 52.0, 52.0))
    video = asset_of(write_video(tmp_path / "t.mp4", frames, last_for=0.04))
    [made] = bench.run("track_box", [video], video=video.asset_id, x=20, y=60, width=52, height=52)
    boxes = {round(box.at * 25): box.box for box in read_boxes(made.path)}
    assert sum(n in boxes and shared(boxes[n], truth[n]) >= 0.5 for n in range(40)) >= 36


def test_a_box_must_lie_in_the_picture(bench: Bench, moving: Asset) -> None:
    with pytest.raises(ToolFailed, match="outside"):
        bench.run("track_box", [moving], video=moving.asset_id, x=400, y=0, width=30, height=30)


def test_things_are_found_by_name(tmp_path: Path, models_cache: Path) -> None:
    bench = Bench(tmp_path, Powers(build_models((), models_cache, 2)))
    person = cv2.resize(photograph("astronaut.png"), (240, 240)).astype(np.uint8)
    frames = []
    for n in range(12):
        picture = plain((120, 140, 160), 480, 270)
        picture[20:260, 10 + 10 * n : 250 + 10 * n] = person
        frames.append(Shown(picture, n / 10))
    video = asset_of(write_video(tmp_path / "p.mp4", frames))
    [made] = bench.run("find_things", [video], video=video.asset_id, name="persons", every=0.3)
    boxes = read_boxes(made.path)
    assert [round(box.at * 10) for box in boxes] == list(range(12))
    assert {box.name for box in boxes} == {"persons 1"}
    middles = [box.box[0] + box.box[2] / 2 for box in boxes]
    assert middles == pytest.approx([130 + 10 * n for n in range(12)], abs=60)
    with pytest.raises(ToolFailed, match="no zebra is seen"):
        bench.run("find_things", [video], video=video.asset_id, name="zebra")


def disc(n: int) -> tuple[int, int]:
    return 60 + 6 * n, 90


def test_masks_have_the_shape_of_things(bench: Bench, tmp_path: Path) -> None:
    pytest.importorskip("imageio_ffmpeg", reason="needs the extra `edit`")
    draw = np.random.default_rng(4)
    frames, truth, boxes = [], [], []
    for n in range(12):
        picture = (ground() // 4 + np.array([0, 60, 60])).astype(np.uint8)
        mask = np.zeros(picture.shape[:2], np.uint8)
        cv2.ellipse(mask, disc(n), (34, 26), 20, 0, 360, 255, -1)
        noise = draw.integers(-20, 20, (180, 320, 1))
        red = np.clip(np.array([220, 50, 40]) + noise, 0, 255).astype(np.uint8)
        picture = np.where(mask[..., None] > 0, red, picture)
        frames.append(Shown(picture, n / 25))
        truth.append(mask > 0)
        x, y, wide, high = cv2.boundingRect(mask)
        boxes.append(Box(n / 25, (float(x), float(y), float(wide), float(high))))
    video = asset_of(write_video(tmp_path / "d.mp4", frames, last_for=0.04))
    given = asset_of(write_boxes(boxes, tmp_path / "b.json"), MediaKind.BOXES)
    [made] = bench.run("segment", [video, given], video=video.asset_id, boxes=given.asset_id)
    masks = [frame[..., 0] > 127 for frame in frames_of(made.path)]
    assert len(masks) == 12
    assert (made.facts.width, made.facts.height) == (320, 180)
    scores = [(a & b).sum() / (a | b).sum() for a, b in zip(masks, truth, strict=True)]
    assert min(scores) > 0.85


def test_findings_become_tracks_and_gaps_are_bridged() -> None:
    tracks: list[Track] = []
    for time, left in ((0.0, 10.0), (0.1, 12.0), (0.5, 20.0)):
        follow(tracks, (left, 0.0, 20.0, 20.0), time)
        follow(tracks, (left + 100, 50.0, 20.0, 20.0), time)
    follow(tracks, (10.0, 0.0, 20.0, 20.0), 3.0)
    assert [len(track.times) for track in tracks] == [3, 3, 1]
    times = [n / 10 for n in range(10)]
    found = dict[float, Rectangle](bridged(tracks[0], times, 0.2))
    assert sorted(found) == pytest.approx(times[:8])
    assert found[0.3][0] == pytest.approx(16.0)
    assert found[0.7][0] == pytest.approx(20.0)
