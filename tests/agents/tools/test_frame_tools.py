"""The frame: every picture against the same change made by NumPy; sound packet by packet."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from agents.tools.assets import asset_of
from agents.tools.base import Asset, ToolFailed
from tests.agents.tools.bench import Bench, counting, frames_of, numbers_of, psnr, sound_packets
from tests.media import Picture, Shown, plain, scene, turned, write, write_video

pytest.importorskip("imageio_ffmpeg", reason="needs the extra `edit`")

CHANGES: list[tuple[str, dict[str, Any], Callable[[Picture], Picture]]] = [
    ("crop", {"x": 31, "y": 21, "width": 120, "height": 100}, lambda p: p[21:121, 31:151]),
    ("crop_aspect", {"aspect": "1:1", "centre_x": 1.0}, lambda p: p[:, 140:]),
    ("rotate", {"degrees": 90}, lambda p: np.rot90(p, -1)),
    ("rotate", {"degrees": -90}, lambda p: np.rot90(p, 1)),
    ("rotate", {"degrees": 180}, lambda p: np.rot90(p, 2)),
    ("flip", {"direction": "horizontal"}, lambda p: p[:, ::-1]),
    ("flip", {"direction": "vertical"}, lambda p: p[::-1]),
    (
        "resize",
        {"width": 160},
        lambda p: cv2.resize(p, (160, 90), interpolation=cv2.INTER_AREA).astype(np.uint8),
    ),
    ("pad", {"aspect": "1:1"}, lambda p: np.pad(p, ((70, 70), (0, 0), (0, 0)))),
]


@pytest.mark.parametrize(("name", "arguments", "change"), CHANGES)
def test_every_frame_is_changed_and_sound_is_not(
    bench: Bench,
    short: Asset,
    name: str,
    arguments: dict[str, Any],
    change: Callable[[Picture], Picture],
) -> None:
    [made] = bench.run(name, [short], video=short.asset_id, **arguments)
    before, after = frames_of(short.path), frames_of(made.path)
    assert len(before) == len(after)
    for one, two in zip(before, after, strict=True):
        assert psnr(change(one), two) > 30
    assert sound_packets(made.path) == sound_packets(short.path)


def test_frames_of_uneven_rate_keep_their_times(bench: Bench, tmp_path: Path) -> None:
    import av

    times = [0.0, 0.1, 0.5, 0.52, 1.3]
    source = write_video(tmp_path / "v.mp4", [Shown(scene(n), at) for n, at in enumerate(times)])
    asset = asset_of(source)
    [made] = bench.run("flip", [asset], video=asset.asset_id)
    with av.open(str(made.path)) as container:
        found = [float(frame.time or 0) for frame in container.decode(video=0)]
    assert found == pytest.approx(times, abs=0.001)


def test_turned_and_stretched_pictures_are_worked_on_as_shown(bench: Bench, tmp_path: Path) -> None:
    picture = scene(3)
    source = write_video(tmp_path / "t.mp4", [Shown(picture, 0.0), Shown(picture, 0.1)])
    asset = asset_of(turned(source, 90))
    [made] = bench.run("crop", [asset], video=asset.asset_id, x=0, y=0, width=180, height=160)
    shown = np.rot90(frames_of(asset.path)[0], -1)
    assert psnr(shown[:160], frames_of(made.path)[0]) > 35
    wide = write_video(tmp_path / "s.mp4", [Shown(picture, 0.0)], aspect=Fraction(2, 1))
    asset = asset_of(wide)
    [made] = bench.run("flip", [asset], video=asset.asset_id)
    assert frames_of(made.path)[0].shape == (180, 640, 3)


def test_a_rectangle_outside_is_refused(bench: Bench, short: Asset) -> None:
    with pytest.raises(ToolFailed, match="does not lie in 320x180"):
        bench.run("crop", [short], video=short.asset_id, x=300, y=0, width=40, height=40)


def test_padding_has_its_colour_and_knows_no_others(bench: Bench, short: Asset) -> None:
    [made] = bench.run("pad", [short], video=short.asset_id, aspect="1:1", color="red")
    assert np.abs(frames_of(made.path)[0][5, 5].astype(int) - (255, 0, 0)).max() < 12
    with pytest.raises(ToolFailed, match="no colour"):
        bench.run("pad", [short], video=short.asset_id, aspect="1:1", color="red:eval=frame")


def test_colours_change_as_asked(bench: Bench, tmp_path: Path) -> None:
    asset = asset_of(write_video(tmp_path / "c.mp4", [Shown(plain((180, 120, 60)), 0.0)]))

    def made(name: str, **arguments: Any) -> list[float]:
        [video] = bench.run(name, [asset], video=asset.asset_id, **arguments)
        return [float(v) for v in frames_of(video.path)[0].mean(axis=(0, 1))]

    same = made("colour")
    assert same == pytest.approx([180, 120, 60], abs=4)
    assert sum(made("colour", brightness=0.3)) > sum(same) + 60
    assert np.ptp(made("colour", saturation=-1)) < 4
    assert np.ptp(made("grey")) < 4
    warm = made("colour", warmth=0.8)
    assert warm[0] - warm[2] > same[0] - same[2] + 10


def test_a_table_of_colours_is_applied(bench: Bench, short: Asset, tmp_path: Path) -> None:
    cube = tmp_path / "swap.txt"
    rows = [f"{b} {g} {r}" for b in (0, 1) for g in (0, 1) for r in (0, 1)]
    cube.write_text("# red and blue change places\nLUT_3D_SIZE 2\n" + "\n".join(rows))
    table = asset_of(cube)
    asset = asset_of(write_video(tmp_path / "c.mp4", [Shown(plain((200, 120, 60)), 0.0)]))
    [made] = bench.run("lut", [asset, table], video=asset.asset_id, table=table.asset_id)
    assert frames_of(made.path)[0].mean(axis=(0, 1)) == pytest.approx([60, 120, 200], abs=4)
    cube.write_text("movie=/etc/passwd")
    table = asset_of(cube)
    with pytest.raises(ToolFailed, match="no table of colours"):
        bench.run("lut", [short, table], video=short.asset_id, table=table.asset_id)


def shaken(path: Path, amount: float) -> Path:
    """A still scene seen by a hand that shakes."""
    draw = np.random.default_rng(5)
    large = cv2.GaussianBlur(scene(11, 480, 300), (0, 0), 2).astype(np.uint8)
    large = write(large, "HARBOUR", (120, 160), 2.0)
    moves = draw.normal(0, amount, (30, 2)).clip(-20, 20).round().astype(int)
    frames = [
        Shown(np.ascontiguousarray(large[60 + y : 240 + y, 80 + x : 400 + x]), n / 25)
        for n, (x, y) in enumerate(moves)
    ]
    return write_video(path, frames, last_for=0.04)


def jitter_of(path: Path) -> float:
    """Pixels by which neighbours are shifted, root mean square."""
    grey = [cv2.cvtColor(f, cv2.COLOR_RGB2GRAY).astype(np.float32) for f in frames_of(path)]
    shifts = [cv2.phaseCorrelate(a, b)[0] for a, b in pairwise(grey)]
    return float(np.sqrt(np.mean(np.square(shifts))))


def test_a_shaking_camera_is_steadied(bench: Bench, tmp_path: Path) -> None:
    asset = asset_of(shaken(tmp_path / "s.mp4", 4.0))
    [made] = bench.run("stabilise", [asset], video=asset.asset_id)
    assert jitter_of(made.path) < jitter_of(asset.path) / 3


def test_noise_is_taken_out(bench: Bench, tmp_path: Path) -> None:
    draw = np.random.default_rng(1)
    clean = cv2.GaussianBlur(scene(4), (0, 0), 6).astype(np.uint8)
    noisy = [
        Shown(np.clip(clean + draw.normal(0, 12, clean.shape), 0, 255).astype(np.uint8), n / 25)
        for n in range(12)
    ]
    asset = asset_of(write_video(tmp_path / "n.mp4", noisy))
    [made] = bench.run("denoise", [asset], video=asset.asset_id, strength=0.8)
    assert psnr(clean, frames_of(made.path)[-1]) > psnr(clean, frames_of(asset.path)[-1]) + 3


def test_slow_motion_of_a_part_shows_each_frame_twice(bench: Bench, video: Asset) -> None:
    [made] = bench.run("speed", [video], video=video.asset_id, factor=0.5, start=1.0, end=2.0)
    slow = [n for n in range(25, 50) for _ in range(2)]
    assert numbers_of(made.path) == [*range(25), *slow, *range(50, 100)]


def test_faster_is_shorter_and_sound_keeps_its_place(bench: Bench, video: Asset) -> None:
    from tests.agents.tools.bench import bursts_of

    [made] = bench.run("speed", [video], video=video.asset_id, factor=2)
    assert numbers_of(made.path) == list(range(0, 100, 2))
    assert bursts_of(made.path, 0.1) == pytest.approx([0.25, 1.0, 1.5], abs=0.03)


def test_a_ramp_leads_to_the_speed_and_back(bench: Bench, video: Asset) -> None:
    [made] = bench.run(
        "speed", [video], video=video.asset_id, factor=0.25, start=1.0, end=3.0, ramp=0.4
    )
    numbers = numbers_of(made.path)
    assert sorted(numbers) == numbers
    assert set(numbers) == set(range(100))
    shown = [numbers.count(n) for n in range(100)]
    assert max(shown[40:60]) == 4
    assert max(shown[25:29]) <= 2 < 4 <= shown[50]


def test_pictures_can_be_invented_between(bench: Bench, tmp_path: Path) -> None:
    frames = [Shown(plain((20, 20, 20)), n / 10) for n in range(8)]
    for number, shown in enumerate(frames):
        shown.picture[60:120, 20 + 20 * number : 80 + 20 * number] = 230
    asset = asset_of(write_video(tmp_path / "m.mp4", frames))
    [made] = bench.run("speed", [asset], video=asset.asset_id, factor=0.5, smooth=True)
    found = frames_of(made.path)
    middle = [float(np.flatnonzero(f[90, :, 0] > 128).mean()) for f in found[2:10]]
    assert np.diff(middle) == pytest.approx([10] * 7, abs=5)


def test_backwards(bench: Bench, video: Asset) -> None:
    from tests.agents.tools.bench import bursts_of

    [made] = bench.run("reverse", [video], video=video.asset_id)
    assert numbers_of(made.path) == list(range(99, -1, -1))
    assert bursts_of(made.path) == pytest.approx([0.98, 1.98, 3.48], abs=0.02)


def test_a_picture_stands_still(bench: Bench, video: Asset) -> None:
    from tests.agents.tools.bench import bursts_of

    [made] = bench.run("freeze", [video], video=video.asset_id, at=1.0, seconds=0.8)
    assert numbers_of(made.path) == [*range(25), *[25] * 20, *range(25, 100)]
    assert bursts_of(made.path) == pytest.approx([0.5, 2.8, 3.8], abs=0.01)


def test_sizes_follow_even_numbers(bench: Bench, tmp_path: Path) -> None:
    asset = asset_of(counting(tmp_path / "o.mp4", 0.2))
    [made] = bench.run("resize", [asset], video=asset.asset_id, width=101, height=77)
    assert (made.facts.width, made.facts.height) == (100, 76)


def test_a_stream_that_changes_its_size_keeps_all_its_time(bench: Bench, odd: Path) -> None:
    call = asset_of(odd / "growing_resolution" / "call.webm")
    [made] = bench.run("title", [call], video=call.asset_id, text="Call", seconds=1.0)
    assert len(frames_of(made.path)) == 10 + call.facts.frames


@pytest.mark.parametrize("is_turned", [True, False])
def test_what_is_turned_or_has_wide_pixels_is_foreseen_as_it_is_shown(
    bench: Bench, tmp_path: Path, is_turned: bool
) -> None:
    shape = None if is_turned else Fraction(4, 3)
    path = counting(tmp_path / "odd.mp4", 0.4, aspect=shape)
    odd = asset_of(turned(path, 90) if is_turned else path)
    shown = (180, 320) if is_turned else (427, 180)
    assert (odd.facts.width, odd.facts.height) == shown
    [made] = bench.run("crop_aspect", [odd], video=odd.asset_id, aspect="1:1")
    assert (made.facts.width, made.facts.height) == (180, 180)
    [flipped] = bench.run(
        "flip", [odd], video=odd.asset_id
    )  # its size is held to what was foreseen
    assert abs(flipped.facts.width - shown[0]) <= 1
