"""Steps in a row are one encoding: the same pictures, each step in the trace, nothing lost."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agents.act.fusing import FUSED, MOST_READ, fused_steps
from agents.act.history.replay import Verdict, replay
from agents.act.history.trace import trace_of
from agents.act.plan import ActStatus, PlanGraph, Ref, Step
from agents.act.request import ActRequest, Equipment, act_request
from agents.act.result import ActResult
from agents.act.timeline.export import edit_of
from agents.act.validate import Limits
from agents.errors import UnreadableMedia, UsageError
from agents.tools.assets import asset_of
from agents.tools.base import ToolFailed
from agents.tools.registry import Powers, Registry, registry_of
from flows.output.acting import trace_lines
from flows.output.trace.page import write_trace
from tests.agents.act.kit import Told, graph, runtime_at, step
from tests.agents.tools.bench import (
    bursts_of,
    clicks,
    counting,
    frames_of,
    numbers_of,
    photograph,
    psnr,
    sound_packets,
)
from tests.media import write_image

pytestmark = pytest.mark.skipif(
    find_spec("imageio_ffmpeg") is None, reason="the extra `edit` is not installed"
)
VIDEO = Ref("video")


@dataclass
class Desk:
    """A store, a video with numbered frames, and how often FFmpeg ran."""

    folder: Path
    encodings: list[str] = field(default_factory=list[str])
    registry: Registry = field(default_factory=lambda: registry_of(Powers()))
    given: dict[str, Path] = field(default_factory=dict[str, Path])

    def __post_init__(self) -> None:
        sounds = [clicks(6, [0.5, 2.0, 3.0])]
        self.give("video", counting(self.folder / "a.mp4", 6.0, sounds=sounds))

    def give(self, name: str, path: Path) -> None:
        self.given[name] = path

    def act(
        self, *steps: Step, outputs: tuple[str, ...] = (), budget: str = "", **how: Any
    ) -> ActResult:
        """Act on a plan over the files that were given: `Ref("video")` is the video."""
        ids = {name: asset_of(path).asset_id for name, path in self.given.items()}

        def known(value: Any) -> Any:
            if isinstance(value, Ref) and value.step in ids:
                return ids[value.step]
            return tuple(map(known, value)) if isinstance(value, tuple) else value  # pyright: ignore

        made = [
            replace(one, arguments={n: known(v) for n, v in one.arguments.items()}) for one in steps
        ]
        plan = graph(*made, outputs=outputs)
        media = tuple(map(str, self.given.values()))
        equipment = Equipment(self.registry, Told([plan]), **how)
        return act_request(runtime_at(self.folder), ActRequest("a goal", media, budget), equipment)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    made = Desk(tmp_path)
    run = subprocess.Popen

    def noted(command: Any, *more: Any, **options: Any) -> Any:
        if "-filter_complex" in command:
            made.encodings.append(str(command))
        return run(command, *more, **options)

    monkeypatch.setattr(subprocess, "Popen", noted)
    return made


def chain(*uses: tuple[str, Mapping[str, Any]]) -> list[Step]:
    """Steps in a row from the video on."""
    steps: list[Step] = []
    for number, (tool, arguments) in enumerate(uses):
        before = Ref(steps[-1].step_id) if steps else VIDEO
        steps.append(step(f"{tool}_{number}", tool, video=before, **arguments))
    return steps


TRIM = ("trim", {"start": 1.0, "end": 5.0})
ROWS: dict[str, list[tuple[str, Mapping[str, Any]]]] = {
    "times": [TRIM, ("speed", {"factor": 0.5}), ("remove", {"start": 1.0, "end": 2.0})],
    "a ramp": [TRIM, ("speed", {"factor": 0.5, "start": 1.0, "end": 2.0, "ramp": 0.3}), TRIM],
    "still": [TRIM, ("freeze", {"at": 1.0, "seconds": 1.0}), ("flip", {})],
    "frame": [
        TRIM,
        ("crop", {"x": 32, "y": 8, "width": 240, "height": 160}),
        ("resize", {"width": 320}),
        ("pad", {"aspect": "1:1"}),
        ("rotate", {"degrees": 90}),
        ("crop_aspect", {"aspect": "9:16"}),
    ],
    "look": [
        ("grey", {}),
        ("denoise", {}),
        ("colour", {"brightness": 0.1}),
        ("lut", {"table": Ref("table")}),
        TRIM,
    ],
    "over": [
        TRIM,
        ("overlay_text", {"text": "hi", "start": 1.0, "end": 2.0}),
        ("overlay_image", {"image": Ref("image")}),
        ("burn_subtitles", {"subtitles": Ref("lines")}),
        ("speed", {"factor": 2.0}),
    ],
}


@pytest.mark.parametrize("name", ROWS)
def test_one_encoding_shows_what_many_do(desk: Desk, name: str) -> None:
    desk.give("image", write_image(desk.folder / "logo.png", photograph("coffee.png")[..., :3]))
    lines = desk.folder / "lines.srt"
    lines.write_text("1\n00:00:00,500 --> 00:00:02,000\nfetch\n", encoding="utf-8")
    desk.give("lines", lines)
    table = desk.folder / "table.txt"
    corners = [f"{r} {g} {b * 0.5}" for b in (0, 1) for g in (0, 1) for r in (0, 1)]
    table.write_text("\n".join(["LUT_3D_SIZE 2", *corners]), encoding="utf-8")
    desk.give("table", table)
    steps = chain(*ROWS[name])
    fused = desk.act(*steps)
    assert fused.status is ActStatus.COMPLETED, fused.reason
    assert len(desk.encodings) == 1
    apart = desk.act(*steps, fuses=False, replays=False)
    assert len(desk.encodings) == 1 + len(steps)
    one, many = (frames_of(result.files[0]) for result in (fused, apart))
    assert len(one) == len(many)
    assert min(psnr(a, b) for a, b in zip(one, many, strict=True)) > 35
    times = zip(bursts_of(fused.files[0]), bursts_of(apart.files[0]), strict=True)
    assert max(abs(a - b) for a, b in times) < 0.005


def test_every_tool_that_fuses_is_compared(desk: Desk) -> None:
    fusing = {tool.name for tool in desk.registry.tools.values() if tool.fuses({})}
    assert fusing == {tool for row in ROWS.values() for tool, _ in row} | {"concatenate"}


def test_sound_that_nothing_changes_is_copied(desk: Desk) -> None:
    result = desk.act(*chain(("flip", {}), ("grey", {}), ("resize", {"width": 160})))
    assert len(desk.encodings) == 1
    assert sound_packets(result.files[0]) == sound_packets(desk.given["video"])


def test_two_rows_that_meet_are_one_encoding(desk: Desk) -> None:
    late = {"start": 3.0, "end": 4.0}
    result = desk.act(
        step("early", "trim", video=VIDEO, start=1.0, end=2.0),
        step("late", "trim", video=VIDEO, **late),
        step("both", "concatenate", clips=(Ref("late"), Ref("early"))),
    )
    assert numbers_of(result.files[0]) == [*range(75, 100), *range(25, 50)]
    assert len(desk.encodings) == 1


def test_every_step_is_in_the_trace_and_replays(desk: Desk) -> None:
    steps = chain(TRIM, ("speed", {"factor": 0.5}), ("flip", {}))
    result = desk.act(*steps)
    assert [report.status for report in result.steps] == ["done"] * 3
    runtime = runtime_at(desk.folder)
    rows = {row.step: row for row in runtime.store.artefacts("default")}
    assert rows.keys() == {one.step_id for one in steps}
    assert [rows[one.step_id].path == "" for one in steps] == [True, True, False]
    last = rows["flip_2"]
    for one, seconds in (("trim_0", 4.0), ("speed_1", 8.0)):
        assert rows[one].details[FUSED] == {"step": "flip_2", "key": last.key}
        assert rows[one].details["facts"]["seconds"] == seconds
        assert rows[one].video_ids == last.video_ids != ()
    assert rows["speed_1"].inputs == (rows["trim_0"].asset_id,)
    assert rows["speed_1"].details["parts"][0]["asset_id"] == rows["trim_0"].asset_id
    lines = trace_lines(trace_of(runtime.store, "default", last.artefact_id))
    tools = [line.split()[1].split("(")[0] for line in lines[::2]]
    assert tools == ["flip@1", "speed@3", "trim@2", ""]
    assert "in one encoding with flip_2: it has no file of its own" in "\n".join(lines)
    again = replay(runtime, result.run_id, desk.registry, Limits())
    assert [one.verdict for one in again.steps] == [Verdict.FUSED, Verdict.FUSED, Verdict.EQUAL]
    work = desk.folder / "store" / "made" / "work"
    assert list(work.iterdir()) == []


def test_the_file_of_a_step_without_one_is_refused_by_name(desk: Desk) -> None:
    result = desk.act(*chain(TRIM, ("speed", {"factor": 0.5}), ("flip", {})))
    notes = [report.notes[-1] for report in result.steps[:2]]
    assert set(notes) == {"in one encoding with flip_2: it has no file of its own"}
    runtime = runtime_at(desk.folder)
    rows = {row.step: row for row in runtime.store.artefacts("default")}
    reference = rows["trim_0"].artefact_id
    why = f"{reference} has no file: it is one encoding with flip_2"
    with pytest.raises(UsageError, match=why):
        edit_of(runtime.store, "default", reference)
    with pytest.raises(UnreadableMedia, match=why):
        act_request(
            runtime, ActRequest("flip it", (reference,)), Equipment(desk.registry, Told([]))
        )
    page = desk.folder / "trace.html"
    write_trace(runtime.store, "default", reference, page)
    text = page.read_text(encoding="utf-8")
    assert "no file of its own" in text and "<video" not in text


def test_the_same_again_is_reused_and_another_end_is_one_encoding_more(desk: Desk) -> None:
    row = TRIM, ("speed", {"factor": 0.5})
    first = desk.act(*chain(*row, ("flip", {})))
    again = desk.act(*chain(*row, ("flip", {})))
    assert [report.status for report in again.steps] == ["reused"] * 3
    assert again.usage["steps_reused"] == 3 and again.files == first.files
    other = desk.act(*chain(*row, ("grey", {})))
    assert [report.status for report in other.steps] == ["done"] * 3
    assert len(desk.encodings) == 2
    first.files[0].write_bytes(b"damaged")
    mended = desk.act(*chain(*row, ("flip", {})))
    assert [report.status for report in mended.steps] == ["done"] * 3
    assert mended.outputs == first.outputs and len(frames_of(mended.files[0])) == 200


def test_what_was_asked_for_or_is_used_twice_has_a_file(desk: Desk) -> None:
    steps = chain(TRIM, ("flip", {}), ("grey", {}))
    asked = desk.act(*steps, outputs=("flip_1", "grey_2"))
    assert [path.is_file() for path in asked.files] == [True, True]
    assert len(desk.encodings) == 2
    plan = PlanGraph("", (*steps, step("sheet", "contact_sheet", video=Ref("flip_1"))), ())
    assert fused_steps(plan, desk.registry) == {"trim_0": "flip_1"}
    smooth = chain(TRIM, ("speed", {"factor": 0.5, "smooth": True}), ("flip", {}))
    assert fused_steps(graph(*smooth), desk.registry) == {}
    rough = chain(("trim", {"start": 1.0, "end": 5.0, "mode": "keyframe"}), ("flip", {}))
    assert fused_steps(graph(*rough), desk.registry) == {}
    late = desk.act(*chain(TRIM, ("flip", {})))  # its file is there by now
    assert {report.status for report in late.steps} == {"reused"}


def test_what_one_encoding_opens_is_bounded(desk: Desk) -> None:
    half = MOST_READ // 2
    cuts = [
        step(f"cut_{n}", "trim", video="a" * 64, start=float(n), end=n + 1.0)
        for n in range(2 * half + 2)
    ]
    refs = [Ref(one.step_id) for one in cuts]
    one = step("one", "concatenate", clips=tuple(refs[: half + 1]))
    other = step("other", "concatenate", clips=tuple(refs[half + 1 :]))
    both = step("both", "concatenate", clips=(Ref("one"), Ref("other")))
    fused = fused_steps(graph(*cuts, one, other, both), desk.registry)
    assert fused.pop("one") == "both" and "other" not in fused  # together they would open too many
    assert set(fused.values()) == {"one", "other"} and len(fused) == len(cuts)
    # files that a step opens by itself are no more where clips of them are put off
    whole = step("whole", "concatenate", clips=tuple(refs))
    turned = step("turned", "flip", video=Ref("whole"))
    assert len(fused_steps(graph(*cuts, whole, turned), desk.registry)) == len(cuts) + 1


def test_a_file_that_is_there_is_used(desk: Desk) -> None:
    desk.act(*chain(TRIM))
    row = chain(TRIM, ("flip", {}))
    result = desk.act(*row)
    assert [report.status for report in result.steps] == ["reused", "done"]


def test_a_file_that_came_later_changes_nothing(desk: Desk) -> None:
    row = chain(TRIM, ("flip", {}))
    first = desk.act(*row)
    apart = desk.act(*row, fuses=False)
    assert [report.status for report in apart.steps] == ["done", "done"]
    again = desk.act(*row)
    assert [report.status for report in again.steps] == ["reused", "reused"]
    assert again.outputs == first.outputs != apart.outputs


def test_each_step_is_checked_and_a_failure_is_its_own(desk: Desk) -> None:
    steps = chain(TRIM, ("crop", {"x": 300, "y": 0, "width": 240, "height": 160}), ("flip", {}))
    result = desk.act(*steps)
    assert result.status is ActStatus.FAILED and "step crop_1 (crop)" in result.reason
    assert [report.status for report in result.steps] == ["not run", "failed", "not run"]
    assert desk.encodings == []


def test_a_budget_that_ends_leaves_nothing_half(desk: Desk) -> None:
    steps = chain(TRIM, ("speed", {"factor": 0.5}), ("flip", {}))
    ended = desk.act(*steps, budget="bytes=120000")  # what `flip` takes is known only when it runs
    assert ended.status is ActStatus.BUDGET_EXHAUSTED and "step flip_2" in ended.reason
    assert [report.status for report in ended.steps] == ["not run", "not run", "failed"]
    made = desk.folder / "store" / "made"
    assert runtime_at(desk.folder).store.artefacts("default") == []
    assert list(made.glob("*/*")) == [] and desk.encodings == []
    whole = desk.act(*steps)
    assert whole.status is ActStatus.COMPLETED
    # nothing is counted for what was never written
    assert whole.usage["bytes"] == whole.files[0].stat().st_size
    assert len(list(made.glob("*/*"))) == 1


@pytest.mark.parametrize("way", ["the last one fails", "its fallback copies packets"])
def test_a_failure_at_the_end_leaves_nothing_half(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    trim = desk.registry.tool("trim")
    run: Callable[..., Any] = trim.run

    def fussy(arguments: Any, place: Any) -> Any:
        if place.put_off is None and arguments.mode == "exact":
            raise ToolFailed("it cannot be done exactly")
        return run(arguments, place)

    others = () if way == "the last one fails" else trim.fallbacks
    desk.registry.tools["trim"] = replace(trim, run=fussy, fallbacks=others)
    result = desk.act(*chain(("flip", {}), TRIM))
    rows = runtime_at(desk.folder).store.artefacts("default")
    if not others:
        assert [report.status for report in result.steps] == ["not run", "failed"]
        assert rows == []
        return
    assert result.status is ActStatus.COMPLETED
    assert [row.path != "" for row in rows] == [True, True]
    assert np.median(numbers_of(result.files[0])) > 0
