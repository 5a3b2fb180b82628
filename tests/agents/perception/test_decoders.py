"""What every decoder of videos keeps to; decord also refuses what it would get wrong."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from agents.errors import UnreadableMedia
from agents.models.ports import Image
from agents.perception.media.decode import Decoding, frame_at, frames
from agents.perception.media.decoders import by_decord
from agents.perception.media.probe import probe
from agents.perception.media.source import File
from agents.perception.records import Probe, StreamChoice
from memory.records import SECOND, Span
from tests.media import Shown, plain, scene, steady, tone, turned, write_image, write_video

COUNT = 40
STEP = SECOND // 10


def shade(number: int) -> tuple[int, int, int]:
    """A grey that tells the number of a frame."""
    grey = 5 * number + 20
    return grey, grey, grey


def number_of(image: Image) -> int:
    return round((float(image.mean()) - 20) / 5)


def skip_without_decord() -> None:
    """Skip where it is not installed; importing it here would load it before torch."""
    if find_spec("decord") is None:
        pytest.skip("decord is not installed")


@pytest.fixture(params=["pyav", "decord"])
def choice(request: pytest.FixtureRequest) -> StreamChoice:
    if request.param == "decord":
        skip_without_decord()
    return StreamChoice(decoder=request.param)


@pytest.fixture
def numbered(choice: StreamChoice, tmp_path: Path) -> Probe:
    shown = [Shown(plain(shade(number)), number / 10) for number in range(COUNT)]
    found = probe(write_video(tmp_path / "numbered.mp4", shown), choice)
    assert found.decoder == choice.decoder
    return found


def test_every_frame_comes_once_with_its_time(numbered: Probe) -> None:
    seen = list(frames(numbered, numbered_span(numbered)))
    assert [number_of(frame.image) for frame in seen] == list(range(COUNT))
    assert [frame.span.start for frame in seen] == [n * STEP for n in range(COUNT)]
    assert all(frame.image.shape == (180, 320, 3) for frame in seen)


def numbered_span(found: Probe) -> Span:
    return Span(0, found.duration)


@pytest.mark.parametrize("start", [0.0, 0.95, 1.23, 3.5, 3.91])
def test_a_span_begins_with_the_frame_on_show(numbered: Probe, start: float) -> None:
    begin = round(start * SECOND)
    seen = list(frames(numbered, Span(begin, begin + SECOND)))
    assert number_of(seen[0].image) == begin // STEP
    assert [number_of(f.image) for f in seen] == list(
        range(begin // STEP, begin // STEP + len(seen))
    )


def test_jumping_about_gives_the_right_frames(numbered: Probe) -> None:
    for number in (30, 2, 17, 39, 0, 25):
        frame = frame_at(numbered, number * STEP + STEP // 5)
        assert frame is not None
        assert number_of(frame.image) == number


def test_samples_fall_on_the_grid_of_absolute_time(numbered: Probe) -> None:
    seen = list(frames(numbered, Span(SECOND // 2, 3 * SECOND), step=SECOND // 2))
    assert [number_of(frame.image) for frame in seen] == [5, 10, 15, 20, 25]


def test_pictures_are_scaled(numbered: Probe) -> None:
    frame = next(frames(numbered, Span(0, SECOND), max_side=160))
    assert frame.image.shape == (90, 160, 3)


def test_uneven_times_are_kept(choice: StreamChoice, tmp_path: Path) -> None:
    times = [0.0, 0.1, 0.2, 1.2, 1.25, 3.0]
    shown = [Shown(plain(shade(n)), at) for n, at in enumerate(times)]
    found = probe(write_video(tmp_path / "uneven.mp4", shown, last_for=1.0), choice)
    seen = list(frames(found, Span(0, found.duration)))
    assert [frame.span.start for frame in seen] == [round(at * SECOND) for at in times]
    assert [number_of(frame.image) for frame in seen] == list(range(len(times)))


def test_sound_and_single_pictures_are_read_as_ever(choice: StreamChoice, tmp_path: Path) -> None:
    still = probe(write_image(tmp_path / "a.png", scene(1)), choice)
    assert (still.media, still.decoder) == ("image", "pyav")
    assert frame_at(still, 0) is not None


def test_looks_use_the_decoder_that_is_chosen(
    numbered: Probe, choice: StreamChoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    passed = Decoding.pictures

    def watched(self: Decoding) -> object:
        seen.append(self._probe.decoder)
        return passed(self)

    monkeypatch.setattr(Decoding, "pictures", watched)
    found = list(File(numbered.path, choice).frames(Span(0, SECOND), SECOND // 2, 320))
    assert [number_of(frame.image) for frame in found] == [0, 5]
    assert seen[-1] == choice.decoder


def two_cameras(path: Path) -> Path:
    shown = steady([(scene(1), 2.0)])
    return write_video(path, shown, others=[shown])


WRONG: dict[str, tuple[str, Callable[[Path], Path]]] = {
    "turned": (
        "pictures are turned",
        lambda path: turned(write_video(path, steady([(scene(1), 2.0)])), 90),
    ),
    "square": (
        "pixels are not square",
        lambda path: write_video(path, steady([(scene(1), 2.0)]), aspect=Fraction(4, 3)),
    ),
    "streams": ("several picture streams", two_cameras),
    "av1": (
        "frames of AV1",
        lambda path: write_video(path, steady([(scene(1), 2.0)]), codec="libsvtav1"),
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_decord_refuses_what_it_would_get_wrong(tmp_path: Path, name: str) -> None:
    skip_without_decord()
    reason, make = WRONG[name]
    path = make(tmp_path / "film.mp4")
    assert probe(path).decoder == "pyav"
    with pytest.raises(UnreadableMedia, match=reason) as told:
        probe(path, StreamChoice(decoder="decord"))
    assert "BACKTRAIL_PERCEPTION__DECODER" in told.value.hint


@pytest.mark.parametrize("fault", ["times", "pictures"])
def test_decord_is_checked_against_pyav_in_every_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    skip_without_decord()
    path = write_video(tmp_path / "film.mp4", steady([(scene(1), 1.0), (scene(2), 1.0)]))
    if fault == "times":
        monkeypatch.setattr(by_decord, "EXACT", -1)
    else:
        monkeypatch.setattr(by_decord, "frame_at", lambda *_: None)
    with pytest.raises(UnreadableMedia, match="decord cannot read"):
        probe(path, StreamChoice(decoder="decord"))


def test_without_the_extra_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "decord", None)
    path = write_video(tmp_path / "film.mp4", steady([(scene(1), 1.0)]), sounds=[tone(1.0)])
    with pytest.raises(UnreadableMedia, match="not installed"):
        probe(path, StreamChoice(decoder="decord"))


MODEL_AFTER_DECORD = """
from agents.perception.media.decoders import by_decord
by_decord._package()
import torch
layer, pictures = torch.nn.MultiheadAttention(768, 12).eval(), torch.rand(50, 4, 768)
with torch.no_grad():
    layer(pictures, pictures, pictures)
"""


def test_models_run_in_a_process_that_decodes_by_decord() -> None:
    skip_without_decord()
    if find_spec("torch") is None:
        pytest.skip("torch is not installed")
    run = subprocess.run([sys.executable, "-c", MODEL_AFTER_DECORD], check=False)
    assert run.returncode == 0


@pytest.mark.parametrize("name", ["unordered.mov", "cockatoo.mp4", "no_duration.webm", "fire2.mp4"])
def test_real_clips_are_read_right_or_refused(shared: Path, name: str) -> None:
    skip_without_decord()
    clip = next(iter(sorted(shared.rglob(name))), None)
    if clip is None:
        pytest.skip(f"{name} is not here")
    try:
        found = probe(clip, StreamChoice(decoder="decord"))
    except UnreadableMedia:
        assert name != "unordered.mov"
        return
    for at in range(0, found.duration, max(1, found.duration // 7)):
        one, other = frame_at(found, at), frame_at(replace(found, decoder="pyav"), at)
        assert one is not None
        assert other is not None
        apart = np.abs(one.image.astype(float) - other.image.astype(float)).mean()
        assert apart < by_decord.TOLERANCE
