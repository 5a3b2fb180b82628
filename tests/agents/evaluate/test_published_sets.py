"""Published sets, where they are: PrecisionMemBench and LoCoMo through real stores."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.errors import UsageError
from agents.evaluate.runner import Request
from agents.evaluate.searching import BM25
from agents.evaluate.sets.dialogues import LOCOMO
from agents.evaluate.sets.precision import PRECISION
from agents.evaluate.sets.ranges import RANGES
from memory.organise.profiles import ALL_RULES
from tests.agents.evaluate.evaluation_bench import mean, run


@pytest.fixture
def texts(shared: Path) -> Path:
    folder = shared.parents[1] / "text"
    if not (folder / "precisionmembench").is_dir():
        pytest.skip(f"the published sets of texts are not at {folder}")
    return folder


@pytest.mark.shared
def test_precision_of_notes_and_every_rule_earns_its_place(texts: Path, tmp_path: Path) -> None:
    request = Request(data=texts / "precisionmembench", without=tuple(sorted(ALL_RULES)))
    records = [r for r in run(PRECISION, tmp_path, request) if r.group != "Session drift"]
    assert len(records) == 77
    assert mean(records, "passed") * 77 >= 75
    for rule in ALL_RULES:
        assert mean(records, "passed", way=f"without {rule}") < mean(records, "passed"), rule
    assert mean(records, "precision", way=BM25) < mean(records, "precision")


@pytest.mark.shared
def test_a_few_questions_of_locomo(texts: Path, tmp_path: Path) -> None:
    data = texts / "locomo" / "locomo10.json"
    units = list(LOCOMO.load(data))
    assert (len(units), sum(len(unit.cases) for unit in units)) == (10, 1_981)
    records = run(LOCOMO, tmp_path, Request(data=data, limit=1))
    assert set(records[0].scores["backtrail"]) == {"R@1", "R@5", "R@10", "all@10", "session@5"}


@pytest.mark.parametrize("evaluation", [PRECISION, RANGES], ids=lambda e: e.name)
def test_missing_data_is_named_with_where_it_is_published(
    evaluation: object, tmp_path: Path
) -> None:
    assert evaluation in (PRECISION, RANGES)
    for given in (None, tmp_path):
        with pytest.raises(UsageError) as refused:
            list(evaluation.load(given))  # type: ignore[attr-defined]
        assert "github.com" in refused.value.hint and ".json" in refused.value.hint
