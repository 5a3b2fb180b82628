"""Following beside OpenCV's trackers alone, on clips in which the truth is known (`moving.py`)."""

from __future__ import annotations

import os
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2

from agents.tools.assets import Asset
from agents.tools.render.boxes import Rectangle, read_boxes, shared
from tests.agents.tools.bench import Bench, frames_of
from tests.benchmarks.act.moving import FPS, Scene, parts, written

ROOT = Path(__file__).resolve().parents[3]


def success(found: dict[int, Rectangle], truth: Sequence[Rectangle], seen: Sequence[int]) -> float:
    """Share of the frames in which it is to be seen whose box overlaps the true one by half."""
    return sum(n in found and shared(found[n], truth[n]) >= 0.5 for n in seen) / len(seen)


def by_tool(bench: Bench, clip: Asset, first: Rectangle) -> dict[int, Rectangle]:
    """The boxes of `track_box`."""
    x, y, wide, high = first
    made = bench.run(
        "track_box", [clip], video=clip.asset_id, x=x, y=y, width=wide, height=high, at=0.0
    )
    return {round(box.at * FPS): box.box for box in read_boxes(made[0].path)}


def by_opencv(name: str, clip: Asset, first: Rectangle) -> dict[int, Rectangle]:
    """The boxes of one of OpenCV's trackers alone."""
    tracker: Any = getattr(cv2, name).create()
    found: dict[int, Rectangle] = {}
    for number, picture in enumerate(frames_of(clip.path)):
        if number == 0:
            tracker.init(picture, tuple(round(side) for side in first))
            found[0] = first
            continue
        is_found, box = tracker.update(picture)
        if is_found:
            found[number] = tuple(map(float, box))  # pyright: ignore[reportArgumentType]
    return found


def tracking(folder: Path) -> list[str]:
    """Success of the product's tool beside OpenCV's trackers, by part and by way of moving."""
    others = [n for n in ("TrackerCSRT", "TrackerKCF", "TrackerMIL") if hasattr(cv2, n)]
    head = f"| part | moving | clips | track_box | {' | '.join(others)} |"
    lines = [head, f"|---|---|---|---|{'---|' * len(others)}"]
    clips = Path(os.environ.get("BACKTRAIL_SHARED", ROOT.parent / "shared")) / "data/video/dev"
    for part, scenes in parts(clips if clips.is_dir() else None).items():
        rows = {scene: _measured(scene, folder, clips, others) for scene in scenes}
        for kind in (*dict.fromkeys(scene.kind for scene in scenes), "all"):
            told = [row for scene, row in rows.items() if kind in (scene.kind, "all")]
            means = [f"{statistics.mean(each):.2f}" for each in zip(*told, strict=True)]
            lines.append(f"| {part} | {kind} | {len(told)} | {' | '.join(means)} |")
    return lines


def _measured(scene: Scene, folder: Path, clips: Path, others: Sequence[str]) -> list[float]:
    """Success of the tool, then of the others, on one clip."""
    clip, _, truth = written(scene, folder, clips)
    bench = Bench(folder / clip.path.stem)
    found = [by_tool(bench, clip, truth[0])]
    found += [by_opencv(name, clip, truth[0]) for name in others]
    return [success(one, truth, scene.seen) for one in found]
