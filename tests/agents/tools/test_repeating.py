"""Deterministic tools give the same bytes again: results are reused and replayed by that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agents.tools.assets import asset_of
from agents.tools.base import Asset
from tests.agents.tools.bench import Bench, numbered
from tests.media import write_image

pytest.importorskip("imageio_ffmpeg", reason="needs the extra `edit`")

CALLS: list[tuple[str, dict[str, Any]]] = [
    ("trim", {"start": 0.5, "end": 2.0}),
    ("trim", {"start": 0.5, "end": 2.0, "mode": "keyframe"}),
    ("speed", {"factor": 0.5, "start": 1, "end": 2}),
    ("overlay_text", {"text": "Same again"}),
    ("stabilise", {}),
    ("loudness", {"lufs": -20}),
    ("title", {"text": "Same again", "seconds": 0.4}),
    ("blur_region", {"x": 10, "y": 10, "width": 50, "height": 50}),
    ("gif", {"end": 0.5}),
    ("extract_sound", {"format": "mp3"}),
    ("contact_sheet", {"count": 2}),
]


@pytest.mark.parametrize(("name", "arguments"), CALLS, ids=[name for name, _ in CALLS])
def test_the_same_call_gives_the_same_bytes(
    bench: Bench, video: Asset, name: str, arguments: dict[str, Any]
) -> None:
    [one] = bench.run(name, [video], video=video.asset_id, **arguments)
    [two] = bench.run(name, [video], video=video.asset_id, **arguments)
    assert one.path != two.path
    assert bench.tool(name).deterministic
    assert one.asset_id == two.asset_id


def test_slides_are_the_same_again(bench: Bench, tmp_path: Path) -> None:
    image = asset_of(write_image(tmp_path / "i.png", numbered(5)))
    calls = [
        bench.run("slideshow", [image], images=[image.asset_id] * 2, seconds=0.4, width=160)
        for _ in range(2)
    ]
    assert calls[0][0].asset_id == calls[1][0].asset_id
