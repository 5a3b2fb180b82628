"""Burnt-in text goes: nothing is read any more, and the rest of the picture stays."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from agents.models.build import build_models
from agents.models.embedded.rapid_ocr import RapidOcrReader
from agents.tools.assets import asset_of
from agents.tools.base import ToolFailed
from agents.tools.registry import Powers
from agents.tools.render.cues import Cue, written
from tests.agents.tools.bench import Bench, clicks, frames_of, psnr, sound_packets
from tests.default_models import models_cache as models_cache
from tests.media import Shown, scene, write_video

pytest.importorskip("imageio_ffmpeg", reason="needs the extra `edit`")


def test_burnt_in_captions_go(tmp_path: Path, models_cache: Path) -> None:
    bench = Bench(tmp_path, Powers(build_models((), models_cache, 2)))
    picture = cv2.GaussianBlur(scene(6, 480, 270), (0, 0), 12).astype(np.uint8)
    frames = [Shown(np.roll(picture, n, axis=1), n / 25) for n in range(40)]
    clean = asset_of(
        write_video(tmp_path / "c.mp4", frames, sounds=[clicks(1.6, [0.8])], last_for=0.04)
    )
    cues = asset_of(written([Cue(0.32, 1.2, "Gate seven opens")], tmp_path / "c.srt"))
    [burnt] = bench.run(
        "burn_subtitles",
        [clean, cues],
        video=clean.asset_id,
        subtitles=cues.asset_id,
        size=0.1,
    )
    reader = RapidOcrReader()
    assert [line.text for line in reader.read(frames_of(burnt.path)[20])] == ["Gate seven opens"]
    [made], told = bench.run_fully("remove_text", [burnt], video=burnt.asset_id, every=0.2)
    after = frames_of(made.path)
    assert [reader.read(after[n]) for n in (9, 20, 28)] == [[], [], []]
    before = frames_of(clean.path)
    assert min(psnr(a[:200], b[:200]) for a, b in zip(before, after, strict=True)) > 40
    written_on = frames_of(burnt.path)
    for n in (9, 20, 28):  # what is filled is nearer to what was there than the letters were
        filled, letters = (
            psnr(before[n][200:], after[n][200:]),
            psnr(before[n][200:], written_on[n][200:]),
        )
        assert filled > letters + 6
    assert sound_packets(made.path) == sound_packets(clean.path)
    assert "text was found" in told.notes[0]
    with pytest.raises(ToolFailed, match="no text is seen"):
        bench.run("remove_text", [clean], video=clean.asset_id, every=1)
