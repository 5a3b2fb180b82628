"""Evaluations answer each case once, whatever kills them, and refuse to mix results."""

from __future__ import annotations

import json
import os
import signal
import warnings
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agents.errors import UsageError
from agents.evaluate.cases import OURS, Bench, Case, Evaluation, Told, Unit, Ways
from agents.evaluate.parts import NONE, Off
from agents.evaluate.runner import Request, limited, read_records
from agents.runtime import Runtime
from tests.agents.evaluate.evaluation_bench import run, spec


def squares(asked: list[str], die_at: str = "") -> Evaluation:
    """Two units of five cases; asking one is noted, and kills this process at one of them."""

    def load(data: Path | None) -> Iterable[Unit[int]]:
        del data
        return [unit("a", range(5)), unit("b", range(5, 10))]

    def unit(name: str, numbers: range) -> Unit[int]:
        def open_(bench: Bench, off: Off) -> Ways[int]:
            del bench

            def ours(case: Case[int]) -> Told:
                asked.append(case.case_id)
                if case.case_id == die_at:
                    os.kill(os.getpid(), signal.SIGKILL)
                return Told({"even": 0.0 if off else float(case.item % 2 == 0)}, (str(case.item),))

            return {OURS: ours, "always": lambda case: Told({"even": 1.0})}

        return Unit(name, tuple(Case(f"{name}{n}", name, n) for n in numbers), open_)

    return Evaluation("squares", "", {"even": ""}, ("facts",), load)


def test_every_case_is_on_disk_with_all_ways_and_parts(tmp_path: Path) -> None:
    records = run(squares([]), tmp_path, Request(without=("facts",)))
    head, kept = read_records(tmp_path / "out" / "squares.jsonl")
    assert kept == records and head["cases"] == len(records) == 10
    assert records[4].scores == {
        OURS: {"even": 1.0}, "always": {"even": 1.0}, "without facts": {"even": 0.0}
    }  # fmt: skip
    assert records[4].told == {OURS: ["4"], "without facts": ["4"]}


@pytest.mark.parametrize("at", ["a0", "a4", "b6"])
def test_a_killed_run_goes_on_where_it_was_killed(tmp_path: Path, at: str) -> None:
    warnings.filterwarnings("ignore", message=".*fork.*")
    child = os.fork()
    if child == 0:
        run(squares([], die_at=at), tmp_path, Request())
        os._exit(0)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    with pytest.raises(UsageError, match="of a run that was stopped") as refused:
        run(squares([]), tmp_path, Request())
    assert "--resume" in refused.value.hint
    asked: list[str] = []
    records = run(squares(asked), tmp_path, Request(resume=True))
    assert asked[0] == at and len(asked) == len(set(asked)), "nothing is asked twice"
    assert records == run(squares([]), tmp_path / "whole", Request())


def test_a_line_that_was_cut_off_is_asked_again(tmp_path: Path) -> None:
    whole = run(squares([]), tmp_path, Request())
    path = tmp_path / "out" / "squares.jsonl"
    path.write_bytes(path.read_bytes()[:-20])
    asked: list[str] = []
    assert run(squares(asked), tmp_path, Request(resume=True)) == whole
    assert asked == ["b9"]
    assert [json.loads(line) for line in path.read_text().splitlines()][-1]["case"] == "b9"


def test_results_of_something_else_are_not_mixed(tmp_path: Path) -> None:
    run(squares([]), tmp_path, Request(limit=4))
    with pytest.raises(UsageError, match="another cases"):
        run(squares([]), tmp_path, Request(limit=5, resume=True))
    with pytest.raises(UsageError, match="another without"):
        run(squares([]), tmp_path, Request(limit=4, without=("facts",), resume=True))
    (tmp_path / "out" / "squares.jsonl").write_text("{oh\n")
    with pytest.raises(UsageError, match="holds no results"):
        run(squares([]), tmp_path, Request())


def test_a_finished_run_is_taken_anew(tmp_path: Path) -> None:
    run(squares([]), tmp_path, Request(limit=4))
    asked: list[str] = []
    run(squares(asked), tmp_path, Request(limit=4))
    assert len(asked) == 4


def test_few_questions_are_spread_over_all() -> None:
    units = list(squares([]).load(None))
    chosen = [case.case_id for unit in limited(units, 4) for case in unit.cases]
    assert chosen == ["a0", "a2", "b5", "b7"]
    assert limited(units, 99) == units


@pytest.mark.parametrize(("part", "said"), [("oh", "no part"), ("vectors", "does not touch")])
def test_parts_that_are_not_touched_are_refused(tmp_path: Path, part: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        run(squares([]), tmp_path, Request(without=(part,)))


def test_a_store_that_a_crash_left_half_is_built_anew(tmp_path: Path) -> None:
    bench, built = Bench(spec(tmp_path), tmp_path / "stores"), list[str]()

    def build(runtime: Runtime) -> None:
        built.append(runtime.spec.organise.consolidate)
        if len(built) == 1:
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        bench.prepared("a", NONE, build)
    bench.prepared("a", NONE, build)
    bench.prepared("a", frozenset(("words",)), build)
    bench.prepared("a", frozenset(("consolidate",)), build)
    assert built == ["near", "near", "off"], "parts of reading share a store, others do not"
    bench.clear()
    assert not (tmp_path / "stores").exists()


def test_the_memory_of_a_user_is_never_touched(tmp_path: Path) -> None:
    own: dict[str, Any] = {}

    def build(runtime: Runtime) -> None:
        own["uri"] = runtime.spec.uri

    run(replace(squares([]), load=lambda data: [_noted(build)]), tmp_path, Request())
    assert Path(own["uri"]).is_relative_to(tmp_path / "out" / "squares.stores")
    assert not (tmp_path / "unused").exists()


def _noted(build: Any) -> Unit[int]:
    def open_(bench: Bench, off: Off) -> Ways[int]:
        bench.prepared("n", off, build)
        return {OURS: lambda case: Told({"even": 1.0})}

    return Unit("n", (Case("n0", "n", 0),), open_)
