"""Plans of a thousand steps and moments without end: refused before anything runs."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from agents.act.plan import ActStatus, Recall, Ref, Step
from agents.act.planner.embedded import EmbeddedPlanner
from agents.act.recall import MOST_MOMENTS, recalled
from agents.act.request import ActRequest, Equipment, act_request
from agents.errors import QuestionError
from agents.tools.registry import Found, Registry
from tests.agents.act.kit import Bench, Told, graph, runtime_at, step
from tests.agents.act.planner.goals import DOG, goal, problems, registry


@pytest.mark.parametrize("shape", ["chain", "fan"])
def test_a_thousand_steps_are_refused_and_none_runs(tmp_path: Path, shape: str) -> None:
    steps = [step("s0", "say", text="x")]
    for number in range(1, 1000):
        before = f"s{number - 1}" if shape == "chain" else "s0"
        steps.append(step(f"s{number}", "shout", source=Ref(before)))
    bench, begun = Bench(tmp_path), time.process_time()
    result = bench.act(graph(*steps))
    assert result.status is ActStatus.REFUSED and bench.book.runs == []
    assert "the plan has 1000 steps, at most 100 are run" in result.reason
    assert time.process_time() - begun < 20
    kept = bench.runtime.store.artefacts("default")
    assert kept == []


def test_repairs_do_not_make_a_plan_explode(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    plan = graph(step("a", "say", text="hi"), step("b", "broken", source=Ref("a")))
    more = [step(f"c{number}", "shout", source=Ref("a")) for number in range(1000)]
    result = bench.act(plan, lambda old: graph(old.steps[0], *more))
    assert result.status is ActStatus.FAILED and "at most 100 are run" in result.reason
    assert bench.book.runs == ["say hi", "broken"]


def test_a_memory_with_moments_without_end_does_not_make_a_plan_explode(tmp_path: Path) -> None:
    asked: list[str] = []

    def find(query: str, videos: Sequence[str], every: bool) -> list[Found]:
        del every
        asked.append(query)
        return [Found(videos[0], n, n + 0.5, "x", 0.5, ("m",)) for n in range(100_000)]

    times = {"start": Recall("dogs", "start"), "end": Recall("dogs", "end")}
    each = Step("cut", "trim", {"video": "v", **times}, "dogs")
    plan = recalled(graph(each), find, ["v"])
    assert asked == ["dogs"] and len(plan.steps) == MOST_MOMENTS


def test_a_goal_of_hundreds_of_operations_is_refused_in_time(tmp_path: Path) -> None:
    text = ", ".join(["reverse it"] * 330)
    begun = time.process_time()
    plan = EmbeddedPlanner().plan(goal(text), registry())
    assert len(plan.steps) == 330
    assert any("at most 100 are run" in said for said in problems(plan, (DOG,)))
    assert time.process_time() - begun < 20
    bench = Bench(tmp_path)
    with pytest.raises(QuestionError, match="characters are too many for a goal"):
        act_request(
            runtime_at(tmp_path),
            ActRequest(text * 10),
            Equipment(Registry.of(bench.book.tools()), Told([])),
        )
