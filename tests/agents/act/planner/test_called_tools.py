"""Tools of MCP servers called by name in a goal, without a model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import pytest

from agents.act.hands import Goal
from agents.act.plan import PlanGraph, Ref
from agents.act.planner.embedded import EmbeddedPlanner
from agents.act.planner.reading import NotPlanned
from agents.tools.assets import Asset, MediaKind
from agents.tools.base import Arguments, Made, Output, Place, Takes, Tool
from agents.tools.registry import Registry

PICTURE = Asset("a" * 64, MediaKind.IMAGE, Path("cat.png"), name="cat.png")


class Draw(Arguments):
    text: str = ""
    Width: int = 0
    fine: bool = False
    like: Annotated[str | None, Takes(MediaKind.IMAGE)] = None


def unused(arguments: Any, place: Place) -> Made:
    raise AssertionError


def planned(goal: str, media: Sequence[Asset] = ()) -> PlanGraph:
    gives = (Output("image", MediaKind.IMAGE),)
    tools = [
        Tool("paint.draw", "Draw.", Draw, gives, unused),
        Tool("paint.gone", "Draw.", Draw, gives, unused, missing="the server does not answer"),
    ]
    return EmbeddedPlanner().plan(Goal(goal, tuple(media)), Registry.of(tools))


def test_values_are_texts_numbers_files_and_what_was_made() -> None:
    goal = 'use paint.draw with text "a cat and a dog" and width 640 and fine yes'
    (step,) = planned(goal).steps
    assert (step.tool, step.step_id) == ("paint.draw", "paint_draw_1")
    assert step.arguments == {"text": "a cat and a dog", "Width": 640, "fine": True}
    (step,) = planned("call paint.draw on like = cat.png", [PICTURE]).steps
    assert step.arguments == {"like": PICTURE.asset_id}
    plan = planned('use paint.draw with text "x", then use paint.draw with like it')
    assert plan.steps[1].arguments == {"like": Ref("paint_draw_1", "image")}
    assert plan.outputs == (Ref("paint_draw_2", "image"),)
    assert planned("use paint.draw").steps[0].arguments == {}


@pytest.mark.parametrize(
    ("goal", "words"),
    [
        ("use paint.draw with text cat", "what text is to be is not clear"),
        ('use paint.draw with colour "red"', "names no argument of paint.draw"),
        ("use paint.sing", "needs the tool paint.sing, which is not here"),
        ('use paint.gone with text "x"', "needs the tool paint.gone, which is not here"),
    ],
)
def test_what_is_not_there_or_not_clear_is_told(goal: str, words: str) -> None:
    with pytest.raises(NotPlanned, match=words):
        planned(goal)
