from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from agents.models.embedded.rapid_ocr import RapidOcrReader
from agents.models.ports import Image
from agents.perception.media.decode import Decoding, frame_at, frames
from agents.perception.media.probe import probe
from agents.perception.records import Probe, StreamChoice
from agents.perception.screen_text import read_closely
from memory.records import SECOND, Span
from tests.media import Shown, plain, scene, steady, turned, write, write_image, write_video

ROOT = Path(__file__).resolve().parents[3]
DEV = Path(os.environ.get("BACKTRAIL_SHARED", ROOT.parent / "shared")) / "data" / "video" / "dev"
NUMBERS = 40


def shade(number: int) -> tuple[int, int, int]:
    return (number * 6, 255 - number * 6, 128)


def shade_of(image: Image) -> int:
    return round(float(image[..., 0].mean()) / 6)


@pytest.fixture(scope="module", params=["a.mp4", "a.mkv"])
def numbered(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Probe:
    """40 frames, 0.1 s each, whose red value tells the number; keyframes every 12, B-frames."""
    path = tmp_path_factory.mktemp("clips") / request.param
    shown = [Shown(plain(shade(i)), i / 10) for i in range(NUMBERS)]
    return probe(write_video(path, shown, b_frames=2, starts_at=3.0), StreamChoice())


def test_every_frame_once_with_its_time(numbered: Probe) -> None:
    seen = list(frames(numbered, Span(0, numbered.duration)))
    assert [shade_of(frame.image) for frame in seen] == list(range(NUMBERS))
    starts = [frame.span.start for frame in seen]
    assert starts == pytest.approx([i * 100_000 for i in range(NUMBERS)], abs=1000)
    assert all(a.span.end == b.span.start for a, b in pairwise(seen))


@pytest.mark.parametrize("start", [0, 450_000, 1_200_000, 2_350_000, 3_900_000])
def test_a_span_in_the_middle_is_what_sequential_decoding_gives(
    numbered: Probe, start: int
) -> None:
    whole = list(frames(numbered, Span(0, numbered.duration)))
    span = Span(start, start + 400_000)
    part = list(frames(numbered, span))
    expected = [frame for frame in whole if frame.span.overlap(span)]
    assert [f.span for f in part] == [f.span for f in expected]
    assert [shade_of(f.image) for f in part] == [shade_of(f.image) for f in expected]


def test_the_grid_is_the_same_for_every_window(numbered: Probe) -> None:
    whole = [f.span for f in frames(numbered, Span(0, 4 * SECOND), step=300_000)]
    parts = [
        f.span
        for window in (Span(0, 1_500_000), Span(1_500_000, 4 * SECOND))
        for f in frames(numbered, window, step=300_000)
    ]
    assert parts == whole
    assert [round(span.start / 1e5) for span in whole] == list(range(0, NUMBERS, 3))


def test_a_span_between_grid_points_gives_the_frame_on_show(numbered: Probe) -> None:
    only = list(frames(numbered, Span(1_310_000, 1_320_000), step=SECOND))
    assert [shade_of(frame.image) for frame in only] == [13]


def test_the_frame_at_a_time(numbered: Probe) -> None:
    frame = frame_at(numbered, 2_799_000)
    assert frame is not None
    assert shade_of(frame.image) == 27
    assert frame_at(numbered, numbered.duration + SECOND) is None


def test_pictures_are_scaled_and_turned(tmp_path: Path) -> None:
    picture = plain((0, 0, 0))
    picture[:90, :160] = (255, 0, 0)
    path = write_video(tmp_path / "a.mp4", [Shown(picture, i / 10) for i in range(3)])
    for degrees, corner in [(90, (0, 1)), (180, (1, 1)), (270, (1, 0))]:
        found = probe(turned(path, degrees), StreamChoice())
        frame = frame_at(found, 0, max_side=160)
        assert frame is not None
        height, width = frame.image.shape[:2]
        assert (width, height) == ((90, 160) if degrees % 180 else (160, 90))
        quarters = frame.image[..., 0].reshape(2, height // 2, 2, width // 2).mean((1, 3))
        assert np.unravel_index(int(quarters.argmax()), (2, 2)) == corner


def test_uneven_frame_times_are_kept(tmp_path: Path) -> None:
    times = [0.0, 0.04, 0.5, 0.53, 2.0, 2.01]
    shown = [Shown(plain(shade(i * 5)), at) for i, at in enumerate(times)]
    found = probe(write_video(tmp_path / "v.mp4", shown), StreamChoice())
    seen = list(frames(found, Span(0, found.duration)))
    assert [f.span.start / SECOND for f in seen] == pytest.approx(times, abs=1e-3)
    frame = frame_at(found, 1_900_000)
    assert frame is not None
    assert frame.span.start == pytest.approx(530_000, abs=1000)


def test_skipping_frames_changes_times_by_little_and_pictures_not_at_all(tmp_path: Path) -> None:
    shown = steady([(scene(i), 0.5) for i in range(8)])
    found = probe(write_video(tmp_path / "b.mp4", shown, b_frames=3), StreamChoice())
    full = {f.span.start: f.image for f in frames(found, Span(0, found.duration))}
    quick = list(frames(found, Span(0, found.duration), thorough=False))
    assert len(quick) < len(full)
    assert all(np.array_equal(full[frame.span.start], frame.image) for frame in quick)
    assert all(a.span.end == b.span.start for a, b in pairwise(quick))


def test_damage_is_passed_over_and_told(tmp_path: Path) -> None:
    shown = steady([(scene(i), 1.0) for i in range(6)])
    path = write_video(tmp_path / "d.mp4", shown, gop=5)
    raw = bytearray(path.read_bytes())
    begin = raw.find(b"mdat") + 4
    end = begin + int.from_bytes(raw[begin - 8 : begin - 4], "big") - 8
    middle = (begin + end) // 2
    raw[middle:end] = os.urandom(1) * (end - middle)
    path.write_bytes(bytes(raw))
    found = probe(path, StreamChoice())
    decoding = Decoding(found, Span(0, 6 * SECOND))
    times = [picture.span.start for picture in decoding.pictures()]
    assert times[:20] == pytest.approx([i * 100_000 for i in range(20)], abs=1000)
    assert "breaks off" in decoding.note
    assert decoding.end < 5 * SECOND


@pytest.mark.parametrize(("suffix", "share"), [(".mkv", 0.3), (".mkv", 0.5), (".mp4", 0.5)])
def test_damage_in_the_middle_is_told_though_pictures_follow(
    tmp_path: Path, suffix: str, share: float
) -> None:
    shown = steady([(scene(i), 1.0) for i in range(6)])
    path = write_video(tmp_path / f"d{suffix}", shown, gop=5)
    raw = bytearray(path.read_bytes())
    middle = int(len(raw) * share)
    raw[middle : middle + 400] = bytes(400)
    path.write_bytes(bytes(raw))
    decoding = Decoding(probe(path, StreamChoice()), Span(0, 4 * SECOND))
    times = [picture.span.start for picture in decoding.pictures()]
    assert times[-1] >= 3.5 * SECOND
    assert "damaged" in decoding.note


def test_a_still_image_is_on_show_for_its_second(tmp_path: Path) -> None:
    found = probe(write_image(tmp_path / "a.png", scene(4)), StreamChoice())
    seen = list(frames(found, Span(0, SECOND), step=SECOND // 2))
    assert [frame.span for frame in seen] == [Span(0, SECOND)]
    assert np.abs(seen[0].image.astype(int) - scene(4)).mean() < 2


@pytest.mark.shared
def test_a_file_that_may_not_be_sought_in_is_decoded_from_the_start() -> None:
    path = DEV / "imageio" / "cockatoo.mp4"
    if not path.exists():
        pytest.skip(f"{path} is not here")
    found = probe(path, StreamChoice())
    wanted = Span(8 * SECOND, 8 * SECOND + 1)
    whole = list(frames(found, Span(0, 9 * SECOND), max_side=64))
    right = next(f for f in whole if f.span.overlap(wanted))
    frame = frame_at(found, wanted.start, max_side=64)
    assert frame is not None
    assert np.array_equal(frame.image, right.image)


def blinking(path: Path) -> Path:
    """240 frames a second; a number stands there for 40 ms."""
    ground = plain((30, 30, 30))
    card = write(ground.copy(), "PIN 8841", (20, 100))
    shown = [Shown(card if 300 <= n < 310 else ground, n / 240) for n in range(600)]
    return write_video(path, shown, gop=120)


def test_what_blinks_between_two_samples_is_noticed(tmp_path: Path) -> None:
    found = probe(blinking(tmp_path / "slow.mp4"), StreamChoice())
    span, step = Span(0, 2 * SECOND), SECOND // 2
    assert [f.span.start // step for f in frames(found, span, step=step)] == [0, 1, 2, 3]
    seen = list(frames(found, span, step=step, glimpses=True))
    extra = [f for f in seen if f.span.start / SECOND == pytest.approx(1.25, abs=0.01)]
    assert len(extra) == 1
    assert extra[0].image.max() > 200
    assert len(seen) <= 6


def test_in_a_moving_picture_nothing_is_a_glimpse(tmp_path: Path) -> None:
    moving = [Shown(scene(n), n / 25) for n in range(50)]
    found = probe(write_video(tmp_path / "moving.mp4", moving), StreamChoice())
    span, step = Span(0, 2 * SECOND), SECOND // 2
    assert len(list(frames(found, span, step=step, glimpses=True))) == 4


def test_a_look_finds_what_is_there_for_a_few_frames(odd: Path) -> None:
    found = probe(odd / "flash_240fps" / "slowmo.mp4", StreamChoice())
    seen = frames(found, Span(0, 8 * SECOND), step=SECOND // 2, max_side=1280, glimpses=True)
    said = " ".join(percept.text or "" for percept in read_closely(seen, RapidOcrReader()))
    assert "PIN" in said
