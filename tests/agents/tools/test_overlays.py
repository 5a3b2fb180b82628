"""Text and pictures over videos: read back, looked for, and gone when they should be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from agents.models.embedded.rapid_ocr import RapidOcrReader
from agents.tools.assets import asset_of
from agents.tools.base import Asset, MediaKind, ToolFailed
from agents.tools.render.cues import Cue, cues_inside, read_cues, written
from agents.tools.render.source import source_of
from tests.agents.tools.bench import (
    Bench,
    frames_of,
    number_of,
    numbers_of,
    picture_of,
    psnr,
    sound_packets,
)
from tests.media import Picture, Shown, plain, scene, steady, write_image, write_video

pytest.importorskip("imageio_ffmpeg", reason="needs the extra `edit`")


@pytest.fixture(scope="module")
def reader() -> RapidOcrReader:
    return RapidOcrReader()


@pytest.fixture
def street(tmp_path: Path) -> Asset:
    """Two seconds of one soft picture with sound."""
    picture = plain((70, 90, 120), 640, 360)
    frames = [Shown(picture, n / 25) for n in range(50)]
    return asset_of(write_video(tmp_path / "street.mp4", frames, sounds=[np.zeros(32_000, "f4")]))


def texts(reader: RapidOcrReader, picture: Picture) -> str:
    return " ".join(line.text for line in reader.read(picture))


def test_text_is_there_when_it_should_be(
    bench: Bench, street: Asset, reader: RapidOcrReader
) -> None:
    text = "Harbour: 50% 'off', [today]"
    [made] = bench.run(
        "overlay_text", [street], video=street.asset_id, text=text, start=0.52, end=1.2
    )
    before, after = frames_of(street.path), frames_of(made.path)
    changed = [psnr(a, b) < 35 for a, b in zip(before, after, strict=True)]
    assert changed == [13 <= n < 30 for n in range(50)]
    assert texts(reader, after[20]).replace(" ", "") == text.replace(" ", "")
    assert sound_packets(made.path) == sound_packets(street.path)


def test_text_of_other_scripts_and_colours(
    bench: Bench, street: Asset, reader: RapidOcrReader
) -> None:
    [made] = bench.run(
        "overlay_text",
        [street],
        video=street.asset_id,
        text="港の猫 Größe",
        position="top left",
        color="yellow",
        size="large",
        box="black",
    )
    frame = frames_of(made.path)[3]
    assert "港の猫" in texts(reader, frame[:140])
    yellow = (frame[..., 0] > 200) & (frame[..., 1] > 200) & (frame[..., 2] < 80)
    assert yellow[:140].mean() > 0.01
    assert psnr(frame[200:], frames_of(street.path)[3][200:]) > 40
    with pytest.raises(ToolFailed, match="no letters for 😀"):
        bench.run("overlay_text", [street], video=street.asset_id, text="ok 😀")


def test_a_logo_keeps_its_transparency(bench: Bench, street: Asset, tmp_path: Path) -> None:
    from PIL import Image

    logo = np.zeros((60, 60, 4), np.uint8)
    logo[:, :30] = (255, 0, 0, 255)
    Image.fromarray(logo).save(tmp_path / "logo.png")
    image = asset_of(tmp_path / "logo.png")
    [made] = bench.run(
        "overlay_image",
        [street, image],
        video=street.asset_id,
        image=image.asset_id,
        position="bottom right",
        width=0.1,
    )
    frame = frames_of(made.path)[0].astype(int)
    left, top = 640 - 64 - round(360 * 0.06), 360 - 64 - round(360 * 0.06)
    assert np.abs(frame[top + 30, left + 10] - (255, 0, 0)).max() < 15
    assert np.abs(frame[top + 30, left + 50] - (70, 90, 120)).max() < 6
    assert np.abs(frame[top - 8, left + 10] - (70, 90, 120)).max() < 6


CUES = [Cue(0.2, 0.8, "First line"), Cue(1.0, 1.6, "Second caption"), Cue(2.4, 3.6, "The last")]


@pytest.fixture
def captions(tmp_path: Path) -> Asset:
    return asset_of(written(CUES, tmp_path / "cues.srt"))


@pytest.fixture
def talk(tmp_path: Path) -> Asset:
    pictures = [(plain((40, 60, 90), 480, 270), 4.0)]
    return asset_of(write_video(tmp_path / "talk.mp4", steady(pictures, 25), last_for=0.04))


def test_soft_captions_follow_a_cut(bench: Bench, video: Asset, captions: Asset) -> None:
    [soft] = bench.run(
        "add_subtitles",
        [video, captions],
        video=video.asset_id,
        subtitles=captions.asset_id,
    )
    assert cues_inside(source_of(soft)) == CUES
    assert sound_packets(soft.path) == sound_packets(video.path)
    assert numbers_of(soft.path) == list(range(100))
    [cut] = bench.run("remove", [soft], video=soft.asset_id, start=1.2, end=2.0)
    assert cues_inside(source_of(cut)) == [
        Cue(0.2, 0.8, "First line"),
        Cue(1.0, 1.2, "Second caption"),
        Cue(1.6, 2.8, "The last"),
    ]
    [out] = bench.run("extract_subtitles", [cut], video=cut.asset_id)
    assert read_cues(out.path) == cues_inside(source_of(cut))
    [flipped] = bench.run("flip", [cut], video=cut.asset_id)
    assert len(cues_inside(source_of(flipped))) == 3


def test_burned_captions_are_read_back(
    bench: Bench, talk: Asset, captions: Asset, reader: RapidOcrReader
) -> None:
    [made] = bench.run(
        "burn_subtitles",
        [talk, captions],
        video=talk.asset_id,
        subtitles=captions.asset_id,
        color="yellow",
    )
    before, after = frames_of(talk.path), frames_of(made.path)
    changed = [psnr(a, b) < 38 for a, b in zip(before, after, strict=True)]
    expected = [any(cue.start <= n / 25 + 1e-6 < cue.end for cue in CUES) for n in range(100)]
    assert changed == expected
    assert texts(reader, after[10]) == "First line"
    assert texts(reader, after[30]) == "Second caption"
    assert texts(reader, after[75]) == "The last"


def test_overlapping_cues_stand_above_each_other(
    bench: Bench, talk: Asset, tmp_path: Path, reader: RapidOcrReader
) -> None:
    cues = [Cue(0.0, 2.0, "Upper words"), Cue(1.0, 2.0, "Lower words")]
    given = asset_of(written(cues, tmp_path / "two.srt"))
    [made] = bench.run(
        "burn_subtitles", [talk, given], video=talk.asset_id, subtitles=given.asset_id
    )
    assert texts(reader, frames_of(made.path)[30]) == "Upper words Lower words"


def test_subtitles_move_and_are_cut(bench: Bench, captions: Asset) -> None:
    [later] = bench.run("shift_subtitles", [captions], subtitles=captions.asset_id, seconds=-0.5)
    assert [(c.start, c.end) for c in read_cues(later.path)] == [
        (0.0, 0.3),
        (0.5, 1.1),
        (1.9, 3.1),
    ]
    [kept] = bench.run("cut_subtitles", [captions], subtitles=captions.asset_id, start=1.2, end=3.0)
    assert read_cues(kept.path) == [Cue(0.0, 0.4, "Second caption"), Cue(1.2, 1.8, "The last")]
    [rest] = bench.run(
        "cut_subtitles",
        [captions],
        subtitles=captions.asset_id,
        start=0.5,
        end=2.5,
        mode="remove",
    )
    assert read_cues(rest.path) == [Cue(0.2, 0.5, "First line"), Cue(0.5, 1.6, "The last")]


def test_frames_are_those_on_show(bench: Bench, video: Asset) -> None:
    [one] = bench.run("frame", [video], video=video.asset_id, at=1.41)
    assert number_of(picture_of(one.path)) == 35
    many = bench.run("frames", [video], video=video.asset_id, every=0.5, start=1.0, end=2.6)
    numbers = [number_of(picture_of(image.path)) for image in many]
    assert numbers == [25, 37, 50, 62]
    with pytest.raises(ToolFailed, match="shows nothing at 9 s"):
        bench.run("frame", [video], video=video.asset_id, at=9)


def test_a_contact_sheet_shows_its_moments(bench: Bench, video: Asset, tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    path.write_text('[{"start": 0.0}, {"start": 1.2}, {"start": 3.96}]')
    moments = asset_of(path, MediaKind.MOMENTS)
    [sheet] = bench.run(
        "contact_sheet",
        [video, moments],
        video=video.asset_id,
        moments=moments.asset_id,
        columns=2,
    )
    picture = picture_of(sheet.path)
    assert picture.shape == (2 * 184, 2 * 324, 3)
    tiles = [picture[2:182, 2:322], picture[2:182, 326:646], picture[186:366, 2:322]]
    assert [number_of(tile) for tile in tiles] == [0, 30, 99]
    assert picture[186:366, 330:640].max() == 0
    [even] = bench.run("contact_sheet", [video], video=video.asset_id, count=3, columns=3)
    assert picture_of(even.path).shape == (184, 3 * 324, 3)


def test_a_gif_shows_its_stretch(bench: Bench, video: Asset) -> None:
    [made] = bench.run(
        "gif", [video], video=video.asset_id, start=1.0, end=2.0, width=320, fps=12.5
    )
    assert numbers_of(made.path) == list(range(25, 50, 2))


def test_a_file_tells_what_it_holds(bench: Bench, video: Asset) -> None:
    [told] = bench.run("probe", [video], source=video.asset_id)
    text = told.path.read_text()
    assert "length: 4.000 s" in text
    assert "pictures: 320x180, h264, 25 a second" in text
    assert "sound: yes" in text


def test_pictures_of_scenes_are_images(bench: Bench, tmp_path: Path) -> None:
    image = asset_of(write_image(tmp_path / "s.png", scene(2)))
    [told] = bench.run("probe", [image], source=image.asset_id)
    assert "kind: image" in told.path.read_text()
