"""Plans are held against the live registry: each problem names the step and the repair."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from agents.act.plan import PlanGraph, Recall, Ref, Step, plan_json, plan_of
from agents.act.validate import Limits, examine, validate
from agents.tools.assets import Asset, Facts, MediaKind
from agents.tools.registry import Registry
from tests.agents.act.kit import Book, graph, step

REGISTRY = Registry.of(Book().tools())
CLIP = Asset("ab" * 32, MediaKind.VIDEO, Path("/x/clip.mp4"), Facts(seconds=5.0), "clip.mp4")
NOTE = Asset("cd" * 32, MediaKind.TEXT, Path("/x/note.txt"), Facts(bytes=3), "note.txt")
ASSETS = {asset.asset_id: asset for asset in (CLIP, NOTE)}
SAY = step("a", "say", text="hi")


@pytest.mark.parametrize(
    ("plan", "told"),
    [
        (graph(SAY, step("b", "shuot", source=Ref("a"))),
         "step b: there is no tool 'shuot' (use shout"),
        (graph(step("a", "absent", text="x")), "step a: absent cannot run here (install the extra"),
        (graph(SAY, step("b", "shout", source=Ref("c"))),
         "step b: $c refers to no step of the plan (the steps are a, b)"),
        (graph(SAY, step("b", "shout", source=Ref("a", "video"))),
         "step b: say gives no 'video' (it gives text)"),
        (graph(SAY, step("b", "shout", source=Ref("b"))),
         "step b: it waits for itself (break the circle"),
        (graph(step("x", "shout", source=Ref("y")), step("y", "shout", source=Ref("x"))),
         "step x: it waits for itself"),
        (graph(step("a", "say")), "step a: say needs text (give it)"),
        (graph(step("a", "say", text="x", colour="red")),
         "step a: say has no argument 'colour' (it has text, pause)"),
        (graph(step("a", "say", text="x", pause="long")), "step a: pause is 'long': "),
        (graph(step("a", "say", text="x", pause=float("inf"))), "step a: pause is 'inf': "),
        (graph(step("a", "shout", source=CLIP.asset_id)),
         "step a: source takes text, and clip.mp4 is video"),
        (graph(step("a", "shout", source="/etc/passwd")),
         "step a: source is '/etc/passwd', which is no known asset (use the id of an asset"),
        (graph(SAY, step("b", "say", text=Ref("a"))),
         "step b: text takes no output of a step (give a value)"),
        (graph(step("a", "say", text="x", pause=Recall("the cat"))),
         "step a: memory has no moment for 'the cat' (give the time"),
        (graph(Step("a", "say", {"text": "x"}, each="a dog")),
         "step a: memory has no moment for 'a dog'"),
        (graph(SAY, SAY), "step a: two steps have this id"),
        (graph(step("../x", "say", text="hi")), "step ../x: this is no id of a step"),
        (graph(SAY, outputs=["z"]), "the output $z is made by no step"),
        (PlanGraph("g", (SAY,), ()), "the plan gives nothing"),
        (PlanGraph("g", (), ()), "the plan has no step"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(plan: PlanGraph, told: str) -> None:
    problems = validate(plan, REGISTRY, ASSETS)
    assert any(str(problem).startswith(told) for problem in problems), problems
    assert all(problem.repair for problem in problems)


def test_a_good_plan_has_no_problem_and_a_forecast() -> None:
    plan = graph(
        SAY,
        step("b", "shout", source=NOTE.asset_id),
        step("c", "join", parts=(Ref("a"), Ref("b"), NOTE.asset_id)),
    )
    problems, forecast = examine(plan, REGISTRY, ASSETS)
    assert problems == [] and forecast.seconds == 3.0


def test_a_single_output_fits_an_argument_of_several() -> None:
    assert validate(graph(SAY, step("b", "join", parts=Ref("a"))), REGISTRY, ASSETS) == []


def test_what_costs_too_much_is_refused() -> None:
    plan = graph(SAY, step("b", "paid", source=Ref("a")))
    assert validate(plan, REGISTRY, ASSETS, Limits(usd=2.0)) == []
    (problem,) = validate(plan, REGISTRY, ASSETS, Limits(usd=1.0))
    assert "2 US dollars, and 1 are allowed" in str(problem)
    (problem,) = validate(plan, REGISTRY, ASSETS, Limits(usd=2.0, seconds=1.5))
    assert "--budget seconds=N" in str(problem)


@pytest.mark.parametrize("shape", ["chain", "fan", "circle"])
def test_plans_that_explode_are_refused_at_once(shape: str) -> None:
    last: dict[str, Any] = {"fan": "s0", "circle": "s999"}
    steps = [step("s0", "say", text="x")] + [
        step(f"s{n}", "shout", source=Ref(last.get(shape, f"s{n - 1}"))) for n in range(1, 1000)
    ]
    begun = time.monotonic()
    (problem,) = validate(graph(*steps), REGISTRY, ASSETS)
    assert "has 1000 steps, at most 100 are run" in str(problem)
    assert time.monotonic() - begun < 0.5


def test_plans_are_the_same_after_json() -> None:
    plan = PlanGraph(
        "cost $5",
        (
            Step("a", "say", {"text": "$a is no reference", "pause": Recall('the "cat"', "end")}),
            Step("b", "join", {"parts": (Ref("a", "text"),)}, "a dog", "why", ("m_1",), ("n",)),
        ),
        (Ref("b", "text"),),
        "act_1",
        "scripted",
        ("uncertain",),
    )  # fmt: skip
    assert plan_of(plan_json(plan)) == plan
