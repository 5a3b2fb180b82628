"""Searches at many rows: measured against a scan, in a store that is removed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agents.evaluate.scale.measure import scale_report


@pytest.mark.slow
def test_times_are_told_as_ratios_and_what_is_found_is_right(tmp_path: Path) -> None:
    said: list[str] = []
    text, told = scale_report(tmp_path, (1_000, 3_000), 3, said.append)
    assert [one["rows"] for one in told["scale"]] == [1_000, 1_000, 3_000, 3_000]
    assert all(one["recall"] == 1 for one in told["scale"]), "small scopes are searched exactly"
    assert "From 1,000 to 3,000 rows" in text and "small (1%)" in text
    kept = (tmp_path / "scale.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in kept] == json.loads(json.dumps(told["scale"]))
    assert [path.name for path in tmp_path.iterdir()] == ["scale.jsonl"], "stores are removed"
    assert said == ["scale: 1,000 rows", "scale: 3,000 rows"]
