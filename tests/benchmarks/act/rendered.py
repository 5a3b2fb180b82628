"""Following and masks on clips whose truth is known (`moving.py`), and rendering beside FFmpeg.

`python -m tests.benchmarks.act.rendered [--only tracking segmentation rendering] [--write]`.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from agents.act.plan import ActStatus, Ref
from agents.act.request import ActRequest, Equipment, act_request
from agents.tools.assets import Asset, asset_of
from agents.tools.registry import Powers, registry_of
from tests.agents.act.kit import Told, graph, runtime_at, step
from tests.agents.tools.bench import Bench, frames_of
from tests.benchmarks.act.followed import tracking
from tests.benchmarks.act.moving import FIT, FPS, Mask, rendered, written
from tests.benchmarks.act.report import kept
from tests.media import Shown, write_video

LARGE = (640, 360)
CURVE, GROWING = FIT[:2]


def edge_of(mask: Mask) -> Mask:
    """The rim of a mask."""
    return mask & ~cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)


def j_and_f(ours: Mask, truth: Mask) -> tuple[float, float]:
    """Region overlap and boundary F of DAVIS (Perazzi et al. 2016), two pixels of tolerance."""
    union = (ours | truth).sum()
    one, two = edge_of(ours), edge_of(truth)
    near = np.ones((5, 5), np.uint8)
    precision = (one & cv2.dilate(two.astype(np.uint8), near).astype(bool)).sum() / max(
        1, one.sum()
    )
    recall = (two & cv2.dilate(one.astype(np.uint8), near).astype(bool)).sum() / max(1, two.sum())
    f = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return float((ours & truth).sum() / max(1, union)), float(f)


def segmentation(folder: Path) -> list[str]:
    """J and F of `segment`, from true boxes and from those of `track_box`."""
    from agents.tools.assets import MediaKind
    from agents.tools.render.boxes import Box, write_boxes

    lines = ["| clip | boxes | J | F | J&F |", "|---|---|---|---|---|"]
    for scene in (CURVE, GROWING):
        kind = scene.kind
        clip, masks, truth = written(scene, folder)
        bench = Bench(folder / f"segment {kind}")
        rows = [Box(n / FPS, box) for n, box in enumerate(truth)]
        exact = asset_of(write_boxes(rows, folder / f"{kind}.json"), MediaKind.BOXES)
        x, y, wide, high = truth[0]
        arguments = {"video": clip.asset_id, "x": x, "y": y, "width": wide, "height": high}
        followed = bench.run("track_box", [clip], at=0.0, **arguments)[0]
        for name, boxes in (("true", exact), ("followed", followed)):
            [made] = bench.run("segment", [clip, boxes], video=clip.asset_id, boxes=boxes.asset_id)
            found = [picture[..., 0] > 127 for picture in frames_of(made.path)]
            each = [j_and_f(one, two) for one, two in zip(found, masks, strict=True)]
            j, f = (statistics.mean(one[n] for one in each) for n in (0, 1))
            lines.append(f"| {kind} | {name} | {j:.3f} | {f:.3f} | {(j + f) / 2:.3f} |")
    return lines


def rendering(folder: Path, repeats: int) -> list[str]:
    """Processor time of an edit by our steps, over that of one command of FFmpeg with its graph.

    The steps are run as a plan is: keyed, checked, kept. Once as one encoding, once each with a
    file of its own.
    """
    head = "| edit | clip | one encoding / one command | each a file / one command |"
    lines = [head, "|---|---|---|---|"]
    for wide, high in (LARGE, (2 * LARGE[0], 2 * LARGE[1])):
        large = [cv2.resize(p, (wide, high)).astype(np.uint8) for p, _, _ in rendered(CURVE)]
        pictures = [Shown(picture, n / FPS) for n, picture in enumerate(large * 6)]
        clip = asset_of(write_video(folder / f"{wide}.mp4", pictures, last_for=1 / FPS))
        slow = "trim=1:9,setpts=2*(PTS-STARTPTS),fps=25"
        graphs = {
            "trim": "trim=1:9,setpts=PTS-STARTPTS",
            "trim, half speed, crop to 9:16": f"{slow},crop={round(high * 9 / 32) * 2}:{high}",
            "trim, half speed, flip": f"{slow},hflip",
        }
        for name, filters in graphs.items():
            told = _beside(clip, name, filters, folder / f"{wide} {name}", repeats)
            lines.append(f"| {name} | {wide}x{high}, 14 s | {' | '.join(told)} |")
    return lines


def _beside(clip: Asset, name: str, filters: str, folder: Path, repeats: int) -> list[str]:
    """An edit in one encoding, and with a file of each step, over FFmpeg's own time for it."""
    from agents.tools.ffmpeg import binary

    ratios: dict[bool, list[float]] = {True: [], False: []}
    for number in range(repeats):
        command = [str(binary()), "-nostdin", "-y", "-v", "error", "-i", str(clip.path)]
        command += ["-vf", filters, "-c:v", "libx264", "-preset", "veryfast", "-crf", "16"]
        plain = _spent(lambda c=command: _run([*c, str(clip.path.with_name("plain.mp4"))]))
        for fuses, found in ratios.items():
            place = folder / f"{number} {fuses}"
            ours = _spent(lambda p=place, f=fuses: _edited(p, clip, name, f))
            found.append(ours / plain)
    return [f"{statistics.median(r):.2f} ({min(r):.2f}-{max(r):.2f})" for r in ratios.values()]


def _run(command: Sequence[str]) -> None:
    subprocess.run(command, check=True)


def _edited(folder: Path, clip: Asset, name: str, fuses: bool) -> None:
    steps = [step("cut", "trim", video=clip.asset_id, start=1.0, end=9.0)]
    if name != "trim":
        steps.append(step("slow", "speed", video=Ref("cut"), factor=0.5))
        last = {"flip": {}, "crop_aspect": {"aspect": "9:16"}}
        tool = "flip" if name.endswith("flip") else "crop_aspect"
        steps.append(step("last", tool, video=Ref("slow"), **last[tool]))
    registry = registry_of(Powers())
    equipment = Equipment(registry, Told([graph(*steps)]), fuses=fuses)
    result = act_request(runtime_at(folder), ActRequest("edit", (str(clip.path),)), equipment)
    assert result.status is ActStatus.COMPLETED, result.reason


def _spent(work: Any) -> float:
    """Processor seconds of this process and of what it started."""

    def now() -> float:
        told = [resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(one.ru_utime + one.ru_stime for one in told)

    begun = now()
    work()
    return now() - begun


def main() -> None:
    """Measure, print, and write the report if that is wished."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--write", action="store_true")
    arguments.add_argument("--only", nargs="*")
    arguments.add_argument("--repeats", type=int, default=5)
    chosen = arguments.parse_args()
    parts: dict[str, Callable[[Path], list[str]]] = {
        "tracking": tracking,
        "segmentation": segmentation,
        "rendering": lambda folder: rendering(folder, chosen.repeats),
    }
    for part in chosen.only or parts:
        with tempfile.TemporaryDirectory() as name:
            kept(part, parts[part](Path(name)), write=chosen.write)


if __name__ == "__main__":
    main()
