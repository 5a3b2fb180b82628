"""Tools that say they did it: what they wrote is opened and held against what was foreseen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agents.act.plan import ActStatus, PlanGraph
from agents.act.request import ActRequest, Equipment, act_request
from agents.act.result import ActResult
from agents.act.validate import Limits
from agents.tools.assets import Facts, MediaKind
from agents.tools.base import Arguments, Effect, Estimate, Made, Output, Place, Tool
from agents.tools.registry import Registry
from tests.agents.act.kit import Told, graph, runtime_at, step
from tests.agents.tools.bench import clicks, counting
from tests.media import plain, write_image

PROMISED = Facts(seconds=1.0, width=320, height=180, fps=25.0, has_picture=True, has_sound=True)
SOUND = (clicks(1.0, [0.5]),)


class Nothing(Arguments):
    pass


Write = Callable[[Path], object]


def truncated(path: Path) -> None:
    whole = counting(path, 1.0, sounds=SOUND).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


def pointing_elsewhere(path: Path) -> None:
    real = counting(path.parent.parent / "elsewhere.mp4", 1.0, sounds=SOUND)
    path.symlink_to(real)


LIES: dict[str, tuple[Write, str]] = {
    "longer": (
        lambda path: counting(path, 2.0, sounds=(clicks(2.0, [0.5]),)),
        "lasts 2.000 s instead of 1.000 s",
    ),
    "shorter": (
        lambda path: counting(path, 0.4, sounds=(clicks(0.4, [0.1]),)),
        "instead of 1.000 s",
    ),
    "smaller": (
        lambda path: counting(path, 1.0, sounds=SOUND, size=(160, 90)),
        "has a width of 160 instead of 320",
    ),
    "silent": (lambda path: counting(path, 1.0), "has no sound stream"),
    "a still": (
        lambda path: write_image(path.with_suffix(".png"), plain((9, 9, 9))).replace(path),
        "lasts 0.000 s instead of 1.000 s",
    ),
    "empty": (lambda path: path.write_bytes(b""), "wrote what cannot be read"),
    "cut off": (truncated, "wrote what cannot be read"),
    "words": (lambda path: path.write_text("done!"), "wrote what cannot be read"),
    "a list of files": (
        lambda path: path.write_text("ffconcat version 1.0\nfile /etc/passwd\n"),
        "wrote what cannot be read",
    ),
    "nothing": (lambda path: None, "is not in its folder"),
    "a link": (pointing_elsewhere, "is not in its folder"),
}


def lying(write: Write) -> Tool[Any]:
    """A tool that promises a second of video, and says that it wrote it."""

    def run(arguments: Nothing, place: Place) -> Made:
        del arguments
        path = place.new("video", ".mp4")
        write(path)
        return Made({"video": (path,)})

    return Tool(
        "shoot",
        "Shoot a video.",
        Nothing,
        (Output("video", MediaKind.VIDEO),),
        run,
        estimate=lambda arguments, assets: Estimate(1.0, 1000, outputs={"video": PROMISED}),
    )


def acted(folder: Path, plan: PlanGraph, *tools: Tool[Any], **limits: Any) -> ActResult:
    equipment = Equipment(Registry.of(tools), Told([plan]), Limits(**limits), (Effect.PAID,))
    return act_request(runtime_at(folder), ActRequest("a goal"), equipment)


@pytest.mark.parametrize("lie", LIES)
def test_what_is_not_as_promised_fails_and_leaves_nothing(tmp_path: Path, lie: str) -> None:
    write, said = LIES[lie]
    result = acted(tmp_path, graph(step("a", "shoot")), lying(write))
    assert result.status is ActStatus.FAILED and said in result.reason, result.reason
    assert result.outputs == ()
    assert runtime_at(tmp_path).store.artefacts("default") == []
    made = tmp_path / "store" / "made"
    left = [path for path in made.rglob("*") if path.is_file() and path.name != "elsewhere.mp4"]
    assert left == [], "neither half nor whole"


def test_what_is_as_promised_is_kept(tmp_path: Path) -> None:
    honest = lying(lambda path: counting(path, 1.0, sounds=SOUND))
    result = acted(tmp_path, graph(step("a", "shoot")), honest)
    assert result.status is ActStatus.COMPLETED and len(result.outputs) == 1


def test_one_that_costs_more_than_it_said_is_the_last_that_is_paid(tmp_path: Path) -> None:
    paid: list[str] = []

    class Bill(Arguments):
        text: str

    def run(arguments: Bill, place: Place) -> Made:
        paid.append(arguments.text)
        path = place.new("text", ".txt")
        path.write_text(arguments.text)
        return Made({"text": (path,)}, usd=5.0)

    dear = Tool(
        "bill",
        "Cost little.",
        Bill,
        (Output("text", MediaKind.TEXT),),
        run,
        estimate=lambda arguments, assets: Estimate(1.0, 10, 0.1),
        effect=Effect.PAID,
    )
    steps = [step(f"s{number}", "bill", text=str(number)) for number in range(9)]
    plan = graph(*steps, outputs=[one.step_id for one in steps])
    result = acted(tmp_path, plan, dear, usd=1.0)
    assert result.status is ActStatus.BUDGET_EXHAUSTED and "usd is spent" in result.reason
    assert len(paid) <= 2, "only those that ran at the same time"
    assert result.usage["usd"] == pytest.approx(5.0 * len(paid))


@pytest.mark.parametrize(
    ("text", "said"),
    [("[" * 200_000, "cannot be read"), ("9", "cannot be read"), ("[NaN", "cannot be read")],
)
def test_lists_that_are_none_or_nested_without_end_are_refused(
    tmp_path: Path, text: str, said: str
) -> None:
    def run(arguments: Nothing, place: Place) -> Made:
        del arguments
        path = place.new("boxes", ".json")
        path.write_text(text)
        return Made({"boxes": (path,)})

    gives = (Output("boxes", MediaKind.BOXES),)
    result = acted(tmp_path, graph(step("a", "look")), Tool("look", "Look.", Nothing, gives, run))
    assert result.status is ActStatus.FAILED and said in result.reason, result.reason


def test_a_list_that_fills_memory_is_not_read(tmp_path: Path) -> None:
    def run(arguments: Nothing, place: Place) -> Made:
        del arguments
        path = place.new("subtitles", ".srt")
        with path.open("wb") as file:
            file.truncate(60_000_000)
        return Made({"subtitles": (path,)})

    gives = (Output("subtitles", MediaKind.SUBTITLES),)
    result = acted(
        tmp_path, graph(step("a", "flood")), Tool("flood", "Flood.", Nothing, gives, run)
    )
    assert result.status is ActStatus.FAILED
    assert "texts of at most 50,000,000 are read" in result.reason
    assert np.sum([p.stat().st_size for p in tmp_path.rglob("*.srt")]) == 0
