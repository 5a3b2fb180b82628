"""What people ask for, on real clips, by their words: those that take longer."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from agents.tools.render.moments import read_moments
from tests.agents.tools.bench import frames_of, picture_of, psnr
from tests.conftest import ROOT
from tests.media import write_image
from tests.workflows.desk import Desk, ends_of, heard, loudness_of, read, shrunk

pytestmark = [pytest.mark.shared, pytest.mark.long]


def test_the_slide_changes_of_a_talk_as_a_sheet(desk: Desk, clip: Path) -> None:
    entries = json.loads((clip / "INDEX.json").read_text(encoding="utf-8"))["entries"]
    [talk] = [entry for entry in entries if entry["id"] == "v2d_laion_talk"]
    path = clip / talk["file"]
    result = desk.act(f"make a contact sheet of the slide changes in {path.name}", path)
    starts = [moment.start for moment in read_moments(desk.made(result, "find_cuts").path)]
    missed = [c for c in talk["cuts_s"] if min(abs(start - c) for start in starts) > 0.05 + 1 / 30]
    assert missed == []
    sheet, shown = picture_of(result.files[0]), len(starts)
    columns = min(4, shown)
    wide, rows = sheet.shape[1] // columns, -(-shown // columns)
    high = sheet.shape[0] // rows
    import av

    with av.open(str(path)) as container:
        for number, start in enumerate(starts[:4]):
            container.seek(max(0, int((start - 0.1) * av.time_base)))
            near = [f for f in container.decode(video=0) if abs(float(f.time) - start) < 0.05]
            tile = sheet[2 : high - 40, number * wide + 2 : (number + 1) * wide - 2]
            small = [shrunk(f.to_ndarray(format="rgb24").astype(np.uint8), wide - 4) for f in near]
            assert max(psnr(tile, one[: len(tile)]) for one in small) > 25


def test_a_talk_without_its_silences(desk: Desk) -> None:
    sample = ROOT / "data" / "samples" / "sample.mp4"
    if not sample.is_file():
        script = sample.with_name("make.py")
        subprocess.run([sys.executable, str(script), "--out", str(sample)], check=True, timeout=600)
    result = desk.act("remove the silences from sample.mp4", sample)
    [file] = result.files
    assert result.outputs[0].seconds < desk.seconds(sample) - 1
    before, after = heard(desk.folder, sample), heard(desk.folder, file)
    assert after == before
    pictures, sound = ends_of(file)
    assert abs(pictures - sound) < 0.02 + 1 / 25


def test_a_narrated_slideshow_with_music_under_the_voice(desk: Desk, clip: Path) -> None:
    images = [clip / "scikit-image" / n for n in ("chelsea.png", "coffee.png", "coins.png")]
    images += [clip / "scikit-image" / "rocket.jpg", clip / "gradio" / "lion.jpg"]
    names = ", ".join(path.name for path in images)
    result = desk.act(
        f"make a slideshow of {names} with 1 second each, "
        'narrate it with "The rocket stands near the tower and the lion sleeps.", '
        "add calm music under the speech, set the loudness to -16 LUFS",
        *images,
    )
    [file] = result.files
    assert abs(loudness_of(file) + 16) <= 1
    words = heard(desk.folder, file)
    assert {"rocket", "tower", "lion", "sleeps"} <= set(words)


def test_a_picture_as_query_gives_a_supercut(desk: Desk, clip: Path, tmp_path: Path) -> None:
    film = clip / "llama-factory" / "2.avi"
    shown = frames_of(film)
    picture = write_image(tmp_path / "kitchen.png", shown[24])  # at 0.8 s; the cut is at 1.57 s
    result = desk.act("find every shot like kitchen.png in 2.avi and join them", picture, film)
    moments = read_moments(desk.made(result, "find_like").path)
    assert moments and all(moment.evidence for moment in moments)
    assert all(moment.start < 1.57 for moment in moments)
    assert desk.evidence(result)
    made = frames_of(result.files[0])
    first = frames_of(film)[: round(2.2 * 29.917)]
    assert np.median([max(psnr(one, two) for two in first[::3]) for one in made[::10]]) > 25


def test_captions_that_are_burned_into_a_real_clip_go(desk: Desk, clip: Path) -> None:
    film = clip / "llava-next" / "jobs.mp4"
    result = desk.act("keep the first 2 seconds of jobs.mp4, remove the burned-in captions", film)
    before, after = frames_of(desk.made(result, "trim").path), frames_of(result.files[0])
    lower = [(one[512:], two[512:]) for one, two in zip(before, after, strict=True)][::15]
    assert any(len(read(one)) > 4 for one, _ in lower)
    assert [read(two) for _, two in lower if len(read(two)) > 4] == []
    top = [(one[:480], two[:480]) for one, two in zip(before, after, strict=True)][::15]
    assert min(psnr(one, two) for one, two in top) > 38
