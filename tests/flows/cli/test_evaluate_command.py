"""`backtrail evaluate`: what is printed and written, what is refused, and going on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.library import Said, backtrail, scripted_home

LABELS = {
    f"q{n}": {
        "question": f"What happened on May {n}, 2023?",
        "question_time_range": {"start": f"2023-05-0{n}", "end": f"2023-05-0{n}T23:59:59"},
    }
    for n in range(1, 7)
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("evaluated")
    with scripted_home(folder):
        (folder / "labels.json").write_text(json.dumps(LABELS), encoding="utf-8")
        yield folder


def asked(home: Path, *arguments: str) -> Said:
    return backtrail(
        "evaluate", "memory-t1", "--data", home / "labels.json", "--out", home / "out", *arguments
    )


def test_a_table_is_printed_and_written_beside_the_raw_answers(home: Path) -> None:
    said = asked(home, "--without", "all")
    assert said.code == 0, said.err
    assert "| exact | all | 6 | 100.0 | 100.0 (+0.0: +0.0 to +0.0) | 0.0 (+100.0" in said.out
    assert "memory-t1: 6 of 6" in said.err
    table = (home / "out" / "memory-t1.md").read_text(encoding="utf-8")
    assert table.strip() in said.out
    raw = (home / "out" / "memory-t1.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(raw) == 7 and json.loads(raw[0])["without"] == ["time_scope"]
    assert "happened" not in raw[1], "no texts of the set"
    parts = backtrail("evaluate", "ablations", "--out", home / "out")
    assert "| time_scope | memory-t1 | exact | all | 6 | 100.0 | 0.0 | +100.0" in parts.out
    assert (home / "out" / "ablations.md").is_file()
    assert not (home / "store").exists(), "the user's memory is not touched"


def test_one_object_says_the_same(home: Path) -> None:
    told = asked(home, "--json", "--limit", "2").object
    assert (told["evaluation"], told["questions"]) == ("memory-t1", 2)
    line = next(line for line in told["lines"] if line["group"] == "all")
    assert line["means"]["backtrail"] == 1 and line["ours_minus"]["last year"] == [1, 1, 1]


def test_a_run_that_was_stopped_is_gone_on_with_or_refused(home: Path) -> None:
    asked(home)
    path = home / "out" / "memory-t1.jsonl"
    path.write_text("\n".join(path.read_text().splitlines()[:4]) + "\n", encoding="utf-8")
    refused = asked(home)
    assert refused.code == 2 and "--resume" in refused.err
    assert asked(home, "--resume").code == 0
    assert len(path.read_text().splitlines()) == 7


@pytest.mark.parametrize("name", ["locomo", "precisionmembench", "booksort", "memory-t1"])
def test_without_data_the_wanted_file_is_named(home: Path, name: str) -> None:
    said = backtrail("evaluate", name, "--out", home / "none")
    assert said.code == 2
    assert "--data" in said.err and "github.com/" in said.err


def test_wrong_usage_is_told(home: Path) -> None:
    unknown = backtrail("evaluate", "oh", "--out", home / "none")
    assert unknown.code == 2 and "locomo" in unknown.err and "ablations" in unknown.err
    rows = backtrail("evaluate", "stages", "--rows", "1000", "--out", home / "none")
    assert rows.code == 2 and "scale" in rows.err
    none = backtrail("evaluate", "ablations", "--out", home / "none")
    assert none.code == 2 and "--without all" in none.err
