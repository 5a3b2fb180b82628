"""Where workflows are done: a goal by the user's words, and machine checks of what it gave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from agents.act.fusing import is_fused
from agents.act.plan import ActStatus
from agents.act.result import ActResult
from agents.tools.assets import Asset
from tests.agents.tools.bench import Bench, psnr
from tests.media import Picture


@dataclass
class Desk:
    """A folder with a memory of its own."""

    folder: Path

    def act(self, goal: str, *media: Path, continues: str = "") -> ActResult:
        """Reach a goal with the embedded planner; it must be reached."""
        from flows.act import act

        result = act(goal, [str(path) for path in media], continues=continues)
        assert result.status is ActStatus.COMPLETED, result.reason
        assert result.plan.planner == "embedded"
        return result

    def made(self, result: ActResult, tool: str) -> Asset:
        """The first file that the step of a tool gave, whichever run did it first."""
        from agents.act.history.graph import history_of
        from agents.act.workshop import asset_of_row

        store = runtime().store
        assert store.workshop is not None
        steps = history_of(store, "default", result.run_id).steps
        row = next(row for step in steps for row in step.rows if row.tool.startswith(f"{tool}@"))
        if is_fused(row):
            return self.made(self._apart(result), tool)  # there nothing is
        return asset_of_row(row, store.workshop)

    def _apart(self, result: ActResult) -> ActResult:
        """The run once more, with a file of every step."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("BACKTRAIL_ACT__FUSE", "false")
            return self.act("", continues=result.run_id)

    def seconds(self, path: Path) -> float:
        """How long a file is."""
        from agents.tools.assets import asset_of

        return asset_of(path).facts.seconds

    def evidence(self, result: ActResult) -> list[str]:
        """Ids of memory rows that the files of a run cite."""
        rows = [r for r in runtime().store.artefacts("default") if r.run_id == result.run_id]
        return [one for row in rows for one in row.details["evidence"]]


def runtime() -> Any:
    """The runtime that flows use."""
    from flows.wiring import runtime_of

    return runtime_of()


def read(picture: Picture) -> str:
    """All text in a picture, by the product's reader, in small letters."""
    lines = runtime().models.text_reader.read(np.ascontiguousarray(picture))
    return " ".join(line.text for line in lines).lower()


def likeness(ours: Sequence[Picture], theirs: Sequence[Picture]) -> float:
    """The worst likeness of pictures, one by one, in dB."""
    assert len(ours) == len(theirs)
    return min(psnr(one, two) for one, two in zip(ours, theirs, strict=True))


def packets(path: Path, kind: str) -> list[bytes]:
    """The packets of the first stream of a kind as they stand in a file."""
    with av.open(str(path)) as container:
        stream = next(s for s in container.streams if s.type == kind)
        return [bytes(packet) for packet in container.demux(stream) if packet.size]


def loudness_of(path: Path) -> float:
    """Integrated loudness (EBU R128) by FFmpeg's own meter, in LUFS."""
    import re
    import subprocess

    from agents.tools.ffmpeg import binary

    command = [binary(), "-nostdin", "-hide_banner", "-i", f"file:{path}"]
    meter = ["-map", "0:a", "-af", "ebur128", "-f", "null", "-"]
    said = subprocess.run([*command, *meter], capture_output=True, text=True, check=True).stderr
    return float(re.findall(r"I:\s+(-?\d+\.\d+) LUFS", said)[-1])


def shrunk(picture: Picture, width: int) -> Picture:
    """A picture of a width, its shape kept."""
    from PIL import Image

    height = max(2, round(picture.shape[0] * width / picture.shape[1]))
    return np.asarray(Image.fromarray(picture).resize((width, height), Image.Resampling.LANCZOS))


def fitted(picture: Picture, like: Picture) -> Picture:
    """A picture that covers a frame."""
    from PIL import Image, ImageOps

    size = like.shape[1], like.shape[0]
    return np.asarray(ImageOps.fit(Image.fromarray(picture), size, Image.Resampling.LANCZOS))


def soft_cues(path: Path) -> list[Any]:
    """The subtitles inside a video, as the product takes them out."""
    import pysubs2

    from agents.tools.assets import asset_of
    from agents.tools.render.cues import cues_inside, written
    from agents.tools.render.source import source_of

    file = written(cues_inside(source_of(asset_of(path))), path.with_suffix(".check.srt"))
    found = pysubs2.load(str(file), format_="srt")
    file.unlink()
    return list(found)


def where(whole: Picture, part: Picture) -> int:
    """The column at which a part of a picture stands."""
    import cv2

    found = cv2.matchTemplate(whole, part, cv2.TM_SQDIFF)
    return int(cv2.minMaxLoc(found)[2][0])


def redness(picture: Picture, box: tuple[float, float, float, float]) -> float:
    """The share of red in the middle of a box."""
    from agents.perception.measures import colours_of

    x, y, wide, high = (round(side) for side in box)
    inner = picture[y + high // 5 : y + 4 * high // 5, x + wide // 5 : x + 4 * wide // 5]
    return dict(colours_of(np.ascontiguousarray(inner))).get("red", 0.0)


def unlike_outside(one: Picture, two: Picture) -> float:
    """Mean squared error of two pictures outside of the part in which they plainly differ."""
    apart = np.abs(one.astype(int) - two.astype(int)).max(axis=2) > 24
    outside = np.ones(apart.shape, bool)
    rows, columns = np.flatnonzero(apart.any(axis=1)), np.flatnonzero(apart.any(axis=0))
    if len(rows):
        part = (
            slice(max(0, rows[0] - 8), rows[-1] + 9),
            slice(max(0, columns[0] - 8), columns[-1] + 9),
        )
        outside[part] = False
    return float(np.square(one[outside].astype(float) - two[outside]).mean())


def heard(folder: Path, path: Path) -> list[str]:
    """The words of a file's speech, by the product's transcriber."""
    import re

    import pysubs2

    from agents.tools.assets import asset_of
    from agents.tools.registry import Powers

    asset = asset_of(path)
    bench = Bench(folder / f"heard {asset.asset_id[:12]}", Powers(runtime().models))
    [subtitles] = bench.run("transcribe", [asset], source=asset.asset_id)
    lines = pysubs2.load(str(subtitles.path))
    return re.findall(r"[a-z0-9']+", " ".join(line.plaintext for line in lines).lower())


def ends_of(path: Path) -> tuple[float, float]:
    """When the last picture and the last sound of a file end, in seconds."""
    ends = {"video": 0.0, "audio": 0.0}
    with av.open(str(path)) as container:
        for packet in container.demux():
            if packet.pts is not None and packet.stream.type in ends:
                end = float((packet.pts + (packet.duration or 0)) * packet.time_base)
                ends[packet.stream.type] = max(ends[packet.stream.type], end)
    return ends["video"], ends["audio"]
