"""Pictures in every form that phones, browsers and screens make are seen as a viewer shows them."""

from __future__ import annotations

import struct
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame
from av.video.reformatter import ColorPrimaries, ColorTrc
from PIL import Image as Pillow

from agents.errors import UnreadableMedia
from agents.models.ports import Image
from agents.perception.media.boxes import is_encrypted
from agents.perception.media.convert import mapped
from agents.perception.media.decode import Decoding, frame_at, frames
from agents.perception.media.probe import probe
from agents.perception.records import Probe
from memory.records import SECOND, Span
from tests.media import plain, scene, steady, write_image, write_video
from tests.pictures import box, write_heic_grid

RED, BLUE, GREEN = (200, 30, 30), (30, 30, 200), (30, 160, 30)


def shown(path: Path) -> tuple[Probe, Image]:
    """What a picture is and how it looks."""
    found = probe(path)
    frame = frame_at(found, 0)
    assert frame is not None
    assert frame.image.shape[:2] == (found.height, found.width)
    return found, frame.image


def apart(one: Image, other: Image) -> float:
    """Mean difference of two pictures, 0 to 255."""
    return float(np.abs(one.astype(float) - other.astype(float)).mean())


@pytest.mark.parametrize("turns", [0, 1, 3])
def test_a_photograph_of_tiles_is_one_picture(tmp_path: Path, turns: int) -> None:
    picture = scene(3, 320, 200, "Seat 14 Row C")
    found, image = shown(write_heic_grid(tmp_path / "IMG_1.HEIC", picture, turns=turns))
    assert (found.media, found.notes) == ("image", ())
    assert apart(image, np.rot90(picture, turns)) < 6


def test_a_photograph_of_one_tile_is_a_picture(tmp_path: Path) -> None:
    picture = scene(3, 128, 128)
    found, image = shown(write_heic_grid(tmp_path / "one.heic", picture))
    assert found.media == "image"
    assert apart(image, picture) < 6


def test_a_missing_tile_is_told(tmp_path: Path) -> None:
    whole = write_heic_grid(tmp_path / "whole.heic", scene(3, 320, 200)).read_bytes()
    last = whole.rindex(struct.pack(">HHHHI", 6, 0, 0, 1, 0)[:6])
    length = int.from_bytes(whole[last + 12 : last + 16], "big")
    cut = tmp_path / "cut.heic"
    cut.write_bytes(whole[:-length])
    assert probe(cut).notes == ("1 of its 6 tiles cannot be decoded and are left black",)


def test_a_photograph_that_says_nonsense_about_its_tiles_is_refused(tmp_path: Path) -> None:
    huge = write_heic_grid(tmp_path / "huge.heic", scene(3, 64, 64), size=(65535, 65535))
    with pytest.raises(UnreadableMedia, match="description is broken"):
        probe(huge)
    cut = tmp_path / "cut.heic"
    cut.write_bytes(huge.read_bytes()[:60])
    with pytest.raises(UnreadableMedia):
        probe(cut)


@pytest.mark.parametrize("suffix", [".webp", ".gif", ".png", ".avif"])
def test_a_moving_picture_is_a_video_with_the_times_of_its_steps(
    tmp_path: Path, suffix: str
) -> None:
    steps = [Pillow.fromarray(plain(colour, 160, 90)) for colour in (RED, BLUE, GREEN)]
    path = tmp_path / f"steps{suffix}"
    steps[0].save(path, save_all=True, append_images=steps[1:], duration=[2000, 1000, 3000])
    found = probe(path)
    assert (found.media, found.duration) == ("video", 6 * SECOND)
    seen = list(frames(found, Span(0, found.duration)))
    assert [frame.span.start for frame in seen] == [0, 2 * SECOND, 3 * SECOND]
    for frame, colour in zip(seen, (RED, BLUE, GREEN), strict=True):
        assert apart(frame.image, plain(colour, 160, 90)) < 12


def test_a_moving_picture_that_breaks_off_says_so(tmp_path: Path) -> None:
    path = tmp_path / "steps.avif"
    steps = [Pillow.fromarray(scene(number, 320, 180)) for number in range(4)]
    steps[0].save(path, save_all=True, append_images=steps[1:], duration=1000)
    whole = path.read_bytes()
    path.write_bytes(whole[:-500] + bytes(500))  # in the middle of the third
    found = probe(path)
    decoding = Decoding(found, Span(0, 4 * SECOND))
    assert len(list(decoding.pictures())) == 2
    assert found.notes == ("it is damaged: after 2 pictures nothing can be decoded",)
    assert decoding.note
    path.write_bytes(whole[:-2000])
    with pytest.raises(UnreadableMedia, match="damaged or cut short"):
        probe(path)


@pytest.mark.parametrize("suffix", [".png", ".webp", ".gif", ".tiff", ".avif"])
@pytest.mark.parametrize(("ink", "ground"), [(20, 255), (235, 0)])
def test_what_is_drawn_on_nothing_stands_out_from_its_ground(
    tmp_path: Path, suffix: str, ink: int, ground: int
) -> None:
    drawn = np.zeros((90, 160, 4), np.uint8)
    drawn[30:60, 40:120] = (ink, ink, ink, 255)
    path = tmp_path / f"logo{suffix}"
    Pillow.fromarray(drawn).save(path, quality=100)
    _, image = shown(path)
    assert abs(int(image[5, 5, 0]) - ground) < 6
    assert abs(int(image[45, 80, 0]) - ink) < 12


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".jpg", ".tiff"])
def test_photographs_are_turned_and_mirrored_as_they_say(
    tmp_path: Path, orientation: int, suffix: str
) -> None:
    from PIL import ImageOps

    exif = Pillow.Exif()
    exif[0x112] = orientation
    path = tmp_path / f"photo{suffix}"
    Pillow.fromarray(scene(orientation, 160, 90)).save(path, exif=exif)
    with Pillow.open(path) as stored:
        upright = np.asarray(ImageOps.exif_transpose(stored).convert("RGB"))
    _, image = shown(path)
    assert image.shape == upright.shape
    assert apart(image, upright) < 6


@pytest.mark.parametrize("suffix", [".jpg", ".gif"])
def test_a_picture_cut_short_says_so(tmp_path: Path, suffix: str) -> None:
    path = write_image(tmp_path / f"whole{suffix}", scene(3, 640, 360))
    assert not any("cut short" in note for note in probe(path).notes)
    cut = tmp_path / f"cut{suffix}"
    cut.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    assert any("cut short" in note for note in probe(cut).notes)


def pq(light: float) -> int:
    """The 16-bit signal of PQ for a light in candela per square metre (ITU-R BT.2100)."""
    root = (light / 10_000) ** 0.1593017578125
    return round(65535 * ((0.8359375 + 18.8515625 * root) / (1 + 18.6875 * root)) ** 78.84375)


def hdr(light: tuple[float, float, float], transfer: ColorTrc) -> Image:
    signal = np.array([[[pq(each) for each in light]]], np.uint16)
    return mapped(signal, transfer, ColorPrimaries.BT709)


def test_high_dynamic_range_is_mapped_to_what_screens_show() -> None:
    white, grey, sun = (hdr((x, x, x), ColorTrc.SMPTE2084)[0, 0] for x in (203.0, 40.0, 1000.0))
    assert 225 <= white[0] <= 245
    assert abs(int(grey[0]) - 255 * (40 / 203) ** (1 / 2.2)) < 2
    assert sun[0] == 255
    red, green, blue = hdr((800.0, 80.0, 80.0), ColorTrc.SMPTE2084)[0, 0]
    assert red > 230
    assert abs(int(green) - int(blue)) < 2
    assert green < 120


def test_the_reference_white_of_hlg_is_nearly_white() -> None:
    signal = np.full((1, 1, 3), round(0.75 * 65535), np.uint16)
    assert 225 <= mapped(signal, ColorTrc.ARIB_STD_B67, ColorPrimaries.BT2020)[0, 0, 0] <= 245


def test_a_film_of_high_dynamic_range_has_its_colours(tmp_path: Path) -> None:
    coded = [np.full((90, 160, 3), [pq(x) for x in (150.0, 8.0, 8.0)], np.uint16)] * 5
    path = tmp_path / "phone.mkv"
    with av.open(path, "w") as output:
        stream = output.add_stream("libx265", rate=5)
        stream.height, stream.width, stream.pix_fmt = 90, 160, "yuv420p10le"
        stream.options = {"x265-params": "log-level=none"}
        stream.codec_context.color_trc = ColorTrc.SMPTE2084
        stream.codec_context.color_primaries = ColorPrimaries.BT709
        stream.codec_context.time_base = Fraction(1, 5)
        for number, picture in enumerate(coded):
            frame = VideoFrame.from_ndarray(picture, "rgb48le").reformat(format="yuv420p10le")
            frame.pts, frame.time_base = number, Fraction(1, 5)
            frame.color_trc = ColorTrc.SMPTE2084
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    found, image = shown(path)
    assert any("high dynamic range" in note for note in found.notes)
    expected = [255 * (x / 203) ** (1 / 2.2) for x in (150.0, 8.0, 8.0)]
    assert np.abs(image.mean(axis=(0, 1)) - expected).max() < 20


def protected(path: Path) -> Path:
    """A film whose header says that its pictures are encrypted."""
    write_video(path, steady([(scene(1), 1.0)]))
    raw = path.read_bytes()
    at = raw.rindex(b"avc1")
    path.write_bytes(raw[:at] + b"encv" + raw[at + 4 :])
    return path


def test_an_encrypted_film_is_called_encrypted(tmp_path: Path) -> None:
    with pytest.raises(UnreadableMedia, match="is encrypted"):
        probe(protected(tmp_path / "shop.mp4"))


def test_broken_headers_are_no_encryption(tmp_path: Path) -> None:
    path = tmp_path / "odd.mp4"
    for raw in (b"", b"moov", box(b"moov", b"\0\0\0\3trak"), box(b"moov", box(b"trak", b""))):
        path.write_bytes(raw)
        assert not is_encrypted(path)


@pytest.mark.parametrize(
    ("name", "check"),
    [
        ("tiled_photo/photo.avif", lambda found: (found.width, found.height) == (1280, 960)),
        ("animated_images/anim.webp", lambda found: found.duration == 8 * SECOND),
        ("hdr_pq/phone_hdr.mp4", lambda found: "high dynamic range" in found.notes[0]),
    ],
)
def test_the_shared_odd_pictures(odd: Path, name: str, check: Callable[[Probe], bool]) -> None:
    assert check(probe(odd / name))


def test_a_shared_film_of_high_dynamic_range_looks_like_its_twin(odd: Path) -> None:
    one, other = (shown(odd / "hdr_pq" / name)[1] for name in ("phone_hdr.mp4", "same_sdr.mp4"))
    assert apart(one, other) < 12


def test_the_shared_encrypted_film(odd: Path) -> None:
    with pytest.raises(UnreadableMedia, match="is encrypted"):
        probe(odd / "encrypted_mp4" / "drm.mp4")
