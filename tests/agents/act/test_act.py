"""The algorithm: order, reuse, repair, budgets, approval, and what never counts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agents.act.plan import ActStatus, PlanGraph, Ref
from tests.agents.act.kit import Bench, graph, step

HELLO = graph(
    step("a", "say", text="hello"),
    step("b", "shout", source=Ref("a")),
    step("c", "join", parts=(Ref("a"), Ref("b", "text"))),
)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_steps_run_when_their_inputs_are_there(bench: Bench) -> None:
    backwards = replace(HELLO, steps=HELLO.steps[::-1])
    result = bench.act(backwards)
    assert (result.status, result.reason) == (ActStatus.COMPLETED, "")
    assert bench.text(result) == "hello HELLO"
    assert bench.book.runs == ["say hello", "shout hello", "join 2"]


def test_ready_steps_run_at_the_same_time(bench: Bench) -> None:
    one, two = (step(name, "say", text=name, pause=0.4) for name in ("x", "y"))
    bench.act(graph(one, two, step("c", "join", parts=(Ref("x"), Ref("y")))))
    (begun, ended), (begun_too, ended_too) = bench.book.spans.values()
    assert max(begun, begun_too) < min(ended, ended_too)


def test_the_same_step_on_the_same_input_is_not_run_twice(bench: Bench) -> None:
    first = bench.act(HELLO)
    again = bench.act(HELLO)
    assert len(bench.book.runs) == 3
    assert again.outputs == first.outputs
    assert again.usage["steps_reused"] == 3 and again.usage["steps_run"] == 0
    changed = replace(HELLO, steps=(step("a", "say", text="bye"), *HELLO.steps[1:]))
    bench.act(changed)
    assert bench.book.runs[3:] == ["say bye", "shout bye", "join 2"]


@pytest.mark.parametrize("other", [{"tenant": "b"}, {"engine": "2"}])
def test_results_of_other_tenants_and_engines_are_not_used(
    bench: Bench, other: dict[str, Any]
) -> None:
    bench.act(HELLO)
    replace(bench, **other).act(HELLO)
    assert len(bench.book.runs) == 6


def test_what_is_never_the_same_is_reused_in_later_rounds_of_a_run_only(bench: Bench) -> None:
    plan = graph(step("a", "dice", text="six"))
    first = bench.act(plan)
    bench.act(plan)
    assert len(bench.book.runs) == 2
    bench.act(plan, continues=first.run_id)
    assert len(bench.book.runs) == 2


@pytest.mark.parametrize("harm", ["gone", "changed"])
def test_files_that_are_gone_or_changed_are_made_again(bench: Bench, harm: str) -> None:
    path = bench.act(HELLO).outputs[0].path
    path.unlink() if harm == "gone" else path.write_text("hullo HULLO", encoding="utf-8")
    assert bench.text(bench.act(HELLO)) == "hello HELLO"
    assert bench.book.runs[3:] == ["join 2"]


def test_a_fallback_of_the_tool_repairs(bench: Bench) -> None:
    plan = graph(step("a", "say", text="hi"), step("b", "fussy", source=Ref("a")))
    result = bench.act(plan)
    assert result.status is ActStatus.COMPLETED and bench.text(result) == "HI"
    assert bench.book.runs == ["say hi", "fussy exact", "fussy rough", "shout hi"]
    assert result.steps[1].notes == (
        "fussy with mode = rough instead, since it cannot be done exactly",
    )
    assert result.repairs == ("b (fussy): it cannot be done exactly",)


def test_another_tool_with_the_same_arguments_repairs(bench: Bench) -> None:
    plan = graph(step("a", "say", text="hi"), step("b", "rescued", source=Ref("a")))
    assert bench.text(bench.act(plan)) == "HI"


def test_the_planner_may_change_what_is_not_finished(bench: Bench) -> None:
    plan = graph(step("a", "say", text="hi"), step("b", "broken", source=Ref("a")))

    def other(old: PlanGraph) -> PlanGraph:
        return replace(old, steps=(old.steps[0], step("b", "shout", source=Ref("a"))))

    result = bench.act(plan, other)
    assert bench.text(result) == "HI" and bench.book.runs == ["say hi", "broken", "shout hi"]


def test_the_planner_may_not_change_what_is_finished(bench: Bench) -> None:
    plan = graph(step("a", "say", text="hi"), step("b", "broken", source=Ref("a")))

    def cheat(old: PlanGraph) -> PlanGraph:
        return replace(
            old, steps=(step("a", "say", text="other"), step("b", "shout", source=Ref("a")))
        )

    result = bench.act(plan, cheat)
    assert result.status is ActStatus.FAILED
    assert "step a: it is finished and was changed" in result.reason
    assert bench.book.runs == ["say hi", "broken"]


def test_repairs_are_bounded(bench: Bench) -> None:
    plan = graph(step("a", "say", text="hi"), step("b", "broken", source=Ref("a")))
    result = bench.act(plan, *[lambda old: old] * 50)
    assert result.status is ActStatus.FAILED
    assert bench.book.runs.count("broken") == 5


@pytest.mark.parametrize(
    ("tool", "reason"),
    [
        ("broken", "step b (broken): the disk is on fire"),
        ("liar", "step b (liar): liar names a file that is not in its folder: hostname"),
        ("crash", "step b (crash): crash failed: unexpected TypeError: a bug of the tool"),
        ("unsure", "unsure gave what it should not: the words are not those of the source"),
    ],
)
def test_what_fails_never_counts(bench: Bench, tool: str, reason: str) -> None:
    plan = graph(step("a", "say", text="hi"), step("b", tool, source=Ref("a")))
    result = bench.act(plan)
    assert result.status is ActStatus.FAILED and reason in result.reason
    assert result.outputs == () and [s.status for s in result.steps] == ["done", "failed"]
    rows = bench.runtime.store.artefacts("default")
    assert [row.step for row in rows] == ["a"]
    work = bench.folder / "store" / "made" / "work"
    assert list(work.iterdir()) == []


def test_a_budget_of_seconds_keeps_what_is_finished(bench: Bench) -> None:
    plan = graph(step("a", "say", text="hi", pause=0.3), step("b", "shout", source=Ref("a")))
    result = bench.act(plan, budget="seconds=0.2")
    assert result.status is ActStatus.REFUSED  # two seconds are foreseen
    assert "step" not in result.reason and "--budget seconds=N" in result.reason
    late = replace(plan, steps=(step("a", "say", text="hi", pause=2.1), plan.steps[1]))
    result = bench.act(late, budget="seconds=2")
    assert result.status is ActStatus.BUDGET_EXHAUSTED
    assert [s.status for s in result.steps] == ["done", "failed"]
    assert bench.act(late).usage["steps_reused"] == 1


def test_money_is_spent_only_where_it_is_allowed_and_approved(bench: Bench) -> None:
    plan = graph(step("a", "say", text="hi"), step("b", "paid", source=Ref("a")))
    assert bench.act(plan).status is ActStatus.REFUSED
    assert bench.act(plan, budget="usd=5").status is ActStatus.DECLINED
    assert bench.book.runs == []
    asked: list[float] = []

    def yes(plan: PlanGraph, forecast: object) -> bool:
        asked.append(forecast.usd)  # type: ignore[attr-defined]
        return True

    result = bench.act(plan, budget="usd=5", approver=yes)
    assert result.status is ActStatus.COMPLETED and asked == [2.0]


def test_confirm_asks_before_anything_runs(bench: Bench) -> None:
    result = bench.act(HELLO, confirm=True)
    assert result.status is ActStatus.DECLINED and bench.book.runs == []


def test_a_dry_run_does_nothing_and_keeps_nothing(bench: Bench) -> None:
    result = bench.act(HELLO, dry_run=True)
    assert result.status is ActStatus.PLANNED and result.forecast["seconds"] == 3.0
    assert bench.book.runs == [] and bench.runtime.store.actions("default") == []


def test_a_run_is_kept_with_its_plan(bench: Bench) -> None:
    result = bench.act(HELLO)
    (kept,) = bench.runtime.store.actions("default")
    assert (kept.run_id, kept.status, kept.result) == (
        result.run_id,
        "completed",
        result.to_json(),
    )
