"""Tables: paired differences, groups, and negative results first."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.errors import UsageError
from agents.evaluate.cases import OURS
from agents.evaluate.intervals import paired_bootstrap
from agents.evaluate.reports import ablation_report, worths_in
from agents.evaluate.runner import Record
from agents.evaluate.tables import lines_of, results_table, worths


def records(*rows: tuple[str, dict[str, float]], measure: str = "right") -> list[Record]:
    return [
        Record(str(n), group, "u", {way: {measure: value} for way, value in scores.items()})
        for n, (group, scores) in enumerate(rows)
    ]


def test_means_of_groups_and_of_all_with_paired_differences() -> None:
    found = records(
        ("a", {OURS: 1, "BM25": 0}), ("a", {OURS: 1, "BM25": 1}), ("b", {OURS: 0, "BM25": 1})
    )
    a, b, every = lines_of(found, ["right"])
    assert (a.means, b.count, every.group) == ({OURS: 1, "BM25": 0.5}, 1, "all")
    assert every.gaps["BM25"] == paired_bootstrap([1, 1, 0], [0, 1, 1])
    table = results_table([a, b, every]).splitlines()
    assert table[0] == "| measure | group | questions | backtrail | BM25 |"
    assert table[2].startswith("| right | a | 2 | 100.0 | 50.0 (+50.0: +0.0 to +100.0) |")


def test_a_way_that_does_not_answer_a_question_is_compared_on_its_own() -> None:
    found = records(("a", {OURS: 1, "rule": 0}), ("a", {OURS: 0}))
    (line,) = lines_of(found, ["right"])
    assert line.means == {OURS: 0.5, "rule": 0} and line.gaps["rule"].mean == 1


def test_what_a_part_costs_stands_before_what_it_brings() -> None:
    ways = {OURS: 0.0, "without words": 1.0, "without levels": 0.0, "without facts": 0.0}
    found = worths("s", records(*[("a", ways | {"without vectors": 0.0})] * 9), ["right"])
    less = {OURS: 0.0, "without segments": 1.0}
    found += worths("s", records(*[("a", less)] * 9, measure="stale"), ["stale"])
    lines = ablation_report(found).split("| --- |")[-1].splitlines()
    order = [line.split(" | ")[0].strip("| ") for line in lines if line.startswith("| ")]
    assert order[0] == "words" and order[-1] == "segments"


def test_without_results_the_table_of_parts_says_how_to_get_some(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="without some part") as refused:
        worths_in(tmp_path)
    assert "--without all" in refused.value.hint
